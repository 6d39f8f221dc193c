//! Putting back what a manager does not own, where two objects have the same fields.

use super::element;
use super::schema::{ListOf, MapOf, Relationship, Schemas, Shape, TypeRef};
use super::set::Set;
use super::validate::list_item;
use crate::kube::members::{Walk, equal};
use crate::{Map, Result, Value};

/// What the API server writes itself, and a diff leaves aside.
const WRITTEN: [&str; 3] = ["creationTimestamp", "generation", "resourceVersion"];

/// Gives the right value what the left one has wherever the two differ and it is not owned, what the API server writes itself left aside.
/// Only where both have the same fields, and the same items in the same order: elsewhere, or when anything is not certain, the answer is
/// no, and some of what is not owned may have been put back. Both must have been validated.
pub fn revert_foreign(schemas: &Schemas, left: &Value, right: &mut Value, ty: TypeRef, owned: &Set) -> bool {
    Revert { schemas, text: String::new() }.visit(left, right, ty, Some(owned), false, Place::Root)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Metadata,
    Inside,
}

struct Revert<'a> {
    schemas: &'a Schemas,
    text: String,
}

impl<'a> Revert<'a> {
    /// `owned` is what is owned below the value; `itself` says whether the value is.
    fn visit(&mut self, left: &Value, right: &mut Value, ty: TypeRef, owned: Option<&Set>, itself: bool, place: Place) -> bool {
        let schemas: &'a Schemas = self.schemas;
        let (Ok(shape), Ok(other)) = (schemas.shape(ty, Some(left)), schemas.shape(ty, Some(right))) else { return false };
        match (&shape, left, &mut *right) {
            _ if !shape.same(&other) => false,
            (Shape::Map(map), Value::Object(left), Value::Object(right)) if map.relationship != Relationship::Atomic => {
                self.members(left, right, map, owned, place)
            }
            (Shape::List(list), Value::Array(left), Value::Array(right)) if list.relationship != Relationship::Atomic => {
                self.items(left, right, list, owned)
            }
            (_, Value::Null, _) | (_, _, Value::Null) => false,
            (_, left, right) => {
                if !itself && !equal(left, right) {
                    right.clone_from(left);
                }
                true
            }
        }
    }

    fn members(
        &mut self,
        left: &Map<String, Value>,
        right: &mut Map<String, Value>,
        map: &MapOf<'_>,
        owned: Option<&Set>,
        place: Place,
    ) -> bool {
        let written = |name: &str| place == Place::Metadata && WRITTEN.contains(&name);
        let mut walk = Walk::new(left);
        let mut shared = 0;
        for (name, other) in right.iter_mut().filter(|(name, _)| !written(name)) {
            let (Some(one), Some(ty)) = (walk.find(name), map.member(name)) else { return false };
            let (below, itself) = match owned {
                Some(owned) => {
                    let element = element::field_in(&mut self.text, name);
                    (owned.child(element), owned.has(element))
                }
                None => (None, false),
            };
            let place = if place == Place::Root && name == "metadata" { Place::Metadata } else { Place::Inside };
            if !self.visit(one, other, ty, below, itself, place) {
                return false;
            }
            shared += 1;
        }
        shared == left.keys().filter(|name| !written(name)).count()
    }

    /// Valid lists name no item twice.
    fn items(&mut self, left: &[Value], right: &mut [Value], list: &ListOf<'_>, owned: Option<&Set>) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|(one, other)| self.item(one, other, list, owned).unwrap_or(false))
    }

    fn item(&mut self, left: &Value, right: &mut Value, list: &ListOf<'_>, owned: Option<&Set>) -> Result<bool> {
        let same = equal(left, right);
        let partly = match owned {
            Some(owned) => Some((owned, list_item(self.schemas, list, right)?)).filter(|(owned, name)| !owned.is_free_of(name)),
            None => None,
        };
        match partly {
            None if same => Ok(!holds_null(left)),
            None => self.renamed(left, right, list, None),
            Some((owned, name)) => {
                let below = owned.child(&name);
                let kept = keeps_its_name(&name, right, list, below);
                Ok(kept && if same { self.below(left, right, list, below) } else { self.renamed(left, right, list, below)? })
            }
        }
    }

    /// An item that differs, if it has the same name on both sides. Of a name with several keys upstream leaves the fields of these
    /// names in everything below.
    fn renamed(&mut self, left: &Value, right: &mut Value, list: &ListOf<'_>, owned: Option<&Set>) -> Result<bool> {
        let named = list.keys.len() < 2 && list_item(self.schemas, list, left)? == list_item(self.schemas, list, right)?;
        Ok(named && self.below(left, right, list, owned))
    }

    fn below(&mut self, left: &Value, right: &mut Value, list: &ListOf<'_>, owned: Option<&Set>) -> bool {
        self.visit(left, right, list.element, owned, false, Place::Inside)
    }
}

/// Whether an item still has its keys when what is not owned is taken out of it: those of several are left in it.
fn keeps_its_name(name: &str, item: &Value, list: &ListOf<'_>, owned: Option<&Set>) -> bool {
    let has = |key: &str| owned.is_some_and(|owned| owned.has(&element::field(key)));
    let several = || element::key_names(name).is_some_and(|names| names.len() > 1);
    list.keys.iter().filter(|key| item.get(key.as_str()).is_some()).all(|key| has(key)) || several()
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::managed_fields::{foreign_fields, merge, remove_items};
    use serde_json::json;

    fn deployment(replicas: i64, image: &str, observed: i64, generation: i64) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x", "generation": generation},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"name": "a", "image": image}, {"name": "b", "image": "b"}]}}},
            "status": {"observedGeneration": observed}})
    }

    #[test]
    fn comes_to_what_merging_the_owned_fields_gives() -> crate::Result<()> {
        let schemas = Schemas::default();
        let Some(ty) = schemas.kind("apps", "v1", "Deployment") else { return Err(crate::Error::upstream("no schema")) };
        let live = deployment(1, "a:1", 1, 1);
        for owned in [
            json!({"f:spec": {"f:replicas": {}}}),
            json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {r#"k:{"name":"a"}"#: {".": {}, "f:image": {}, "f:name": {}}}}}}}),
            json!({"f:metadata": {}}),
        ] {
            let owned = Set::read(&owned)?;
            let predicted = deployment(2, "a:2", 2, 1);
            let foreign = foreign_fields(&schemas, &predicted, ty, &owned)?;
            let own = remove_items(&schemas, predicted.clone(), &foreign.without_composite_keys(), ty);
            let merged = merge(&schemas, live.clone(), &own, ty)?;
            let mut reverted = predicted;
            assert!(revert_foreign(&schemas, &live, &mut reverted, ty, &owned));
            assert!(equal(&reverted, &merged), "{reverted} {merged}");
        }
        Ok(())
    }

    #[test]
    fn an_item_whose_name_is_not_owned_is_another_one() -> crate::Result<()> {
        let schemas = Schemas::default();
        let Some(ty) = schemas.kind("apps", "v1", "Deployment") else { return Err(crate::Error::upstream("no schema")) };
        let live = deployment(1, "a:1", 1, 1);
        for image in ["a:1", "a:2"] {
            let owned = Set::read(
                &json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {r#"k:{"name":"a"}"#: {".": {}, "f:image": {}}}}}}}),
            )?;
            assert!(!revert_foreign(&schemas, &live, &mut deployment(1, image, 1, 1), ty, &owned));
        }
        Ok(())
    }

    #[test]
    fn counters_are_left_aside_and_other_fields_are_not_guessed() {
        let schemas = Schemas::default();
        let ty = schemas.kind("apps", "v1", "Deployment").unwrap_or_else(|| schemas.deduced());
        let reverts = |live: &Value, mut predicted: Value| revert_foreign(&schemas, live, &mut predicted, ty, &Set::default());
        let live = deployment(1, "a:1", 1, 1);
        assert!(reverts(&live, deployment(1, "a:1", 1, 2)));
        for change in [
            json!({"metadata": {"name": "x", "generation": 1, "labels": {"a": "b"}}}),
            json!({"spec": {"replicas": null, "template": live["spec"]["template"]}}),
            json!({"spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}}}),
            json!({"spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "c", "image": "a:1"}, {"name": "b", "image": "b"}]}}}}),
        ] {
            let mut predicted = live.clone();
            for (key, value) in change.as_object().into_iter().flatten() {
                predicted[key] = value.clone();
            }
            assert!(!reverts(&live, predicted), "{change}");
        }
    }
}

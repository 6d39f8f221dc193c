//! Whether a document has all that another one asks for, found without making the patch.

use std::cell::Cell;

use super::lists::same_key;
use crate::kube::defaults;
use crate::kube::members::{Walk, distinct, equal};
use crate::kube::structs::{Field, Shape, Structs, Type, canonical_leaf, canonicalize, conforms, is_omitted, structs};
use crate::{Map, Value};

/// How two documents are held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// As a strategic patch: what only the current document has stays.
    Patch,
    /// All of it.
    Exact,
    /// What the wanted document has, as `RemoveMapFields` leaves the current one.
    Pruned,
}

/// Where two documents stand in the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Metadata,
    /// The spec of a StatefulSet.
    Claims,
    Inside,
}

/// True when `wanted` in canonical form, its namespace and creation time left aside, certainly changes nothing in `current`, which
/// must be canonical and of the same type: the patch would be empty, or replace lists by some that the defaults make the same. What
/// is not certain is no. With `claims`, the claim templates of a StatefulSet count as far as they are asked for.
pub(crate) fn is_covered(wanted: &Map<String, Value>, current: &Map<String, Value>, ty: Type, claims: bool) -> bool {
    let Type::Struct(at) = ty else { return false };
    Covered { table: structs(), claims, replaces: Cell::new(false) }.members(wanted, current, at, Mode::Patch, Place::Root, false)
}

struct Covered {
    table: &'static Structs,
    claims: bool,
    /// The patch would replace a list.
    replaces: Cell<bool>,
}

impl Covered {
    /// With `all`, nothing may be in `current` that is not wanted: a patch that keeps keys would say so.
    fn members(&self, wanted: &Map<String, Value>, current: &Map<String, Value>, at: u32, mode: Mode, place: Place, all: bool) -> bool {
        let structure = self.table.structure(at);
        let mut walk = Walk::new(current);
        let mut shared = 0;
        for (name, item) in wanted {
            let Some(field) = structure.field(name) else { return false };
            let ty = self.table.ty(field.ty);
            let aside = place == Place::Metadata && matches!(name.as_str(), "namespace" | "creationTimestamp");
            if aside || is_omitted(item, field, ty) {
                if conforms(item, ty, true).is_none() {
                    return false;
                }
                continue;
            }
            let Some(there) = walk.find(name) else { return false };
            shared += 1;
            let place = match (place, name.as_str()) {
                (Place::Root, "metadata") => Place::Metadata,
                (Place::Root, "spec") if self.claims => Place::Claims,
                (Place::Claims, "volumeClaimTemplates") => Place::Claims,
                _ => Place::Inside,
            };
            if !self.member(item, there, field, ty, mode, place) {
                return false;
            }
        }
        !(all || mode == Mode::Exact) || shared == current.len()
    }

    fn member(&self, wanted: &Value, current: &Value, field: &Field, ty: Type, mode: Mode, place: Place) -> bool {
        if mode != Mode::Patch {
            return self.value(wanted, current, ty, mode);
        }
        if field.replace {
            return false;
        }
        match (self.plain(ty), wanted, current) {
            (Type::Struct(at), Value::Object(wanted), Value::Object(current)) => {
                self.members(wanted, current, at, Mode::Patch, place, field.retain_keys)
            }
            (Type::List(of), Value::Array(wanted), Value::Array(current)) if place == Place::Claims => {
                self.lists(wanted, current, self.table.ty(of), Mode::Pruned)
            }
            (Type::List(of), Value::Array(wanted), Value::Array(current)) if field.merge => {
                self.merging(wanted, current, field, self.table.ty(of))
            }
            // what a map holds has no struct that says how it merges
            (Type::Map(of), Value::Object(wanted), Value::Object(current)) => self.entries(wanted, current, self.table.ty(of), Mode::Exact),
            (Type::List(_), Value::Array(_), Value::Array(_)) if matches!(ty, Type::List(_)) => {
                self.value(wanted, current, ty, Mode::Exact) || self.same_with_defaults(wanted, current, ty)
            }
            (ty, ..) => self.value(wanted, current, ty, Mode::Exact),
        }
    }

    /// Lists whose elements have the same keys in the same order; of scalars at most one, as upstream sorts them.
    fn merging(&self, wanted: &[Value], current: &[Value], field: &Field, of: Type) -> bool {
        if wanted.len() != current.len() {
            return false;
        }
        let (Type::Struct(at), Some(key)) = (self.plain(of), field.merge_key) else {
            return wanted.len() == 1 && wanted == current && wanted.iter().all(Value::is_string);
        };
        let before = self.replaces.replace(false);
        let covered = wanted.iter().zip(current).all(|(wanted, current)| match (wanted, current) {
            (Value::Object(one), Value::Object(other)) => {
                same_key(wanted, current, key) && self.members(one, other, at, Mode::Patch, Place::Inside, field.retain_keys)
            }
            _ => false,
        });
        // a patch finds its element by the key
        let found = !self.replaces.get() || distinct(wanted, key);
        self.replaces.set(before || self.replaces.get());
        covered && found
    }

    /// Whether a list that does not merge comes to the same once the defaults are in it.
    fn same_with_defaults(&self, wanted: &Value, current: &Value, ty: Type) -> bool {
        let lengths = [wanted, current].map(|list| list.as_array().map(Vec::len));
        if !defaults::has_defaults(ty) || lengths[0] != lengths[1] || conforms(wanted, ty, true).is_none() {
            return false;
        }
        let mut wanted = wanted.clone();
        canonicalize(&mut wanted, ty);
        self.replaces.set(true);
        conforms(&wanted, ty, true).is_some_and(|shape| shape <= Shape::Paired)
            && equal(&defaults::list_with_defaults(&wanted, ty), &defaults::list_with_defaults(current, ty))
    }

    fn value(&self, wanted: &Value, current: &Value, ty: Type, mode: Mode) -> bool {
        match (self.plain(ty), wanted, current) {
            (Type::Struct(at), Value::Object(wanted), Value::Object(current)) => {
                self.members(wanted, current, at, mode, Place::Inside, false)
            }
            (Type::List(of), Value::Array(wanted), Value::Array(current)) => self.lists(wanted, current, self.table.ty(of), mode),
            (Type::Map(of), Value::Object(wanted), Value::Object(current)) => {
                (mode != Mode::Exact || wanted.len() == current.len()) && self.entries(wanted, current, self.table.ty(of), mode)
            }
            (Type::String | Type::Bool | Type::Raw, ..) => !wanted.is_null() && equal(wanted, current),
            (Type::Struct(_) | Type::List(_) | Type::Map(_), ..) | (Type::Bytes, Value::Array(_), _) => false,
            (ty, ..) => !wanted.is_null() && (wanted == current || canonical_leaf(wanted, ty).is_some_and(|leaf| leaf == *current)),
        }
    }

    fn lists(&self, wanted: &[Value], current: &[Value], of: Type, mode: Mode) -> bool {
        wanted.len() == current.len() && wanted.iter().zip(current).all(|(wanted, current)| self.value(wanted, current, of, mode))
    }

    /// The entries of a map, each as wanted.
    fn entries(&self, wanted: &Map<String, Value>, current: &Map<String, Value>, of: Type, mode: Mode) -> bool {
        let mut walk = Walk::new(current);
        wanted.iter().all(|(name, wanted)| walk.find(name).is_some_and(|current| self.value(wanted, current, of, mode)))
    }

    /// The type behind pointers.
    fn plain(&self, mut ty: Type) -> Type {
        while let Type::Pointer(to) = ty {
            ty = self.table.ty(to);
        }
        ty
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn covered(wanted: &Value, current: &Value) -> bool {
        let ty = structs().kind("apps", "v1", "Deployment").unwrap_or(Type::Raw);
        let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
        is_covered(&object(wanted), &object(current), ty, false)
    }

    fn deployment(pod: Value) -> Value {
        json!({"metadata": {"name": "x"}, "spec": {"template": {"spec": pod}}})
    }

    #[test]
    fn what_is_wanted_may_be_spelt_otherwise() {
        let live = deployment(json!({"containers": [{"name": "a", "image": "a", "imagePullPolicy": "Always",
            "resources": {"limits": {"cpu": "500m"}}}], "dnsPolicy": "ClusterFirst"}));
        let with = |cpu: &str| deployment(json!({"containers": [{"name": "a", "image": "a", "resources": {"limits": {"cpu": cpu}}}]}));
        assert!(covered(&with("0.5"), &live) && covered(&with("500m"), &live));
        assert!(!covered(&with("1"), &live) && !covered(&live, &with("500m")));
        let other = json!({"metadata": {"name": "x", "namespace": "y", "creationTimestamp": null}, "spec": {"paused": false}});
        assert!(covered(&other, &live));
        assert!(!covered(&json!({"spec": {"unknown": 1}}), &live) && !covered(&json!({"metadata": {"namespace": 1}}), &live));
    }

    #[test]
    fn keys_that_are_kept_and_lists_that_are_replaced_count() {
        let live = deployment(json!({"containers": [], "volumes": [{"name": "t", "emptyDir": {}, "projected":
            {"defaultMode": 420, "sources": [{"serviceAccountToken": {"expirationSeconds": 3600, "path": "p"}}]}}]}));
        let volume = |volume: Value| deployment(json!({"volumes": [volume]}));
        let token = |path: &str| json!({"sources": [{"serviceAccountToken": {"path": path}}]});
        assert!(covered(&volume(json!({"name": "t", "emptyDir": {}, "projected": token("p")})), &live));
        assert!(!covered(&volume(json!({"name": "t", "emptyDir": {}, "projected": token("q")})), &live));
        assert!(!covered(&volume(json!({"name": "t", "projected": token("p")})), &live), "the patch would take emptyDir out");
    }
}

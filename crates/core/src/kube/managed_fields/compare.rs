//! Which paths differ between two values (`TypedValue.Compare`).

use indexmap::IndexMap;

use super::element::{self, Element};
use super::schema::{List, MapType, Relationship, Schemas, Shape, TypeRef};
use super::set::Set;
use super::validate::{list_item, scalar};
use crate::kube::merge_patch::same;
use crate::{Error, Result, Value};

/// The outcome: leaves and items, by what happened to them from left to right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// In the left value only.
    pub removed: Set,
    /// In both, differing.
    pub modified: Set,
    /// In the right value only.
    pub added: Set,
}

/// Compares two values of one type.
pub fn compare(schemas: &Schemas, left: &Value, right: &Value, ty: TypeRef) -> Result<Comparison> {
    let mut walk = Walk { schemas, path: Vec::new(), out: Comparison::default() };
    walk.visit(Some(left), Some(right), ty)?;
    Ok(walk.out)
}

struct Walk<'a> {
    schemas: &'a Schemas,
    path: Vec<Element>,
    out: Comparison,
}

type Side<'v> = Option<&'v Value>;

impl<'a> Walk<'a> {
    fn visit(&mut self, left: Side<'_>, right: Side<'_>, ty: TypeRef) -> Result<()> {
        let schemas: &'a Schemas = self.schemas;
        let leaf = match (left, right) {
            (None, None) => return Err(Error::upstream("at least one of lhs and rhs must be provided")),
            (_, None) => self.handle(left, right, &schemas.shape(ty, left)?)?,
            (None, _) => self.handle(left, right, &schemas.shape(ty, right)?)?,
            (Some(_), Some(_)) => {
                let (of_left, of_right) = (schemas.shape(ty, left)?, schemas.shape(ty, right)?);
                if !of_left.same(&of_right) {
                    self.handle(left, right, &of_left)?;
                }
                self.handle(left, right, &of_right)?
            }
        };
        if !leaf {
            match (left, right) {
                (None, _) => self.out.added.insert(&self.path),
                (_, None) => self.out.removed.insert(&self.path),
                _ => {}
            }
        }
        Ok(())
    }

    /// Says whether it was taken as a leaf.
    fn handle(&mut self, left: Side<'_>, right: Side<'_>, shape: &Shape<'_>) -> Result<bool> {
        match shape {
            Shape::Scalar(of) => {
                if let (Err(error), Err(_)) = (scalar(*of, left), scalar(*of, right)) {
                    return Err(error);
                }
                self.leaf(left, right);
                Ok(true)
            }
            Shape::List(list) => {
                let items = |side: Side<'_>| side.and_then(Value::as_array).map_or(0, Vec::len);
                if list.relationship == Relationship::Atomic || (items(left) == 0 && items(right) == 0) {
                    self.leaf(left, right);
                    return Ok(true);
                }
                self.items(left, right, list)?;
                Ok(false)
            }
            Shape::Map(map) => {
                let members = |side: Side<'_>| side.and_then(Value::as_object).map_or(0, crate::Map::len);
                if map.relationship == Relationship::Atomic || (members(left) == 0 && members(right) == 0) {
                    self.leaf(left, right);
                    return Ok(true);
                }
                self.members(left, right, map)?;
                Ok(false)
            }
        }
    }

    fn leaf(&mut self, left: Side<'_>, right: Side<'_>) {
        match (left, right) {
            (None, _) => self.out.added.insert(&self.path),
            (_, None) => self.out.removed.insert(&self.path),
            (Some(left), Some(right)) if !same(left, right) => self.out.modified.insert(&self.path),
            _ => {}
        }
    }

    fn members(&mut self, left: Side<'_>, right: Side<'_>, map: &MapType) -> Result<()> {
        let (left, right) = (left.and_then(Value::as_object), right.and_then(Value::as_object));
        for (name, value) in left.into_iter().flatten() {
            self.member(name, Some(value), right.and_then(|right| right.get(name)), map)?;
        }
        for (name, value) in right.into_iter().flatten().filter(|(name, _)| left.is_none_or(|left| !left.contains_key(*name))) {
            self.member(name, None, Some(value), map)?;
        }
        Ok(())
    }

    fn member(&mut self, name: &str, left: Side<'_>, right: Side<'_>, map: &MapType) -> Result<()> {
        let ty = map.member(name).ok_or_else(|| Error::upstream(format!(".{name}: field not declared in schema")))?;
        self.path.push(element::field(name));
        let result = self.visit(left, right, ty);
        self.path.pop();
        result
    }

    fn items(&mut self, left: Side<'_>, right: Side<'_>, list: &List) -> Result<()> {
        let mut pairs: IndexMap<Element, (Vec<&Value>, Vec<&Value>)> = IndexMap::new();
        for item in left.and_then(Value::as_array).into_iter().flatten() {
            pairs.entry(list_item(self.schemas, list, item)?).or_default().0.push(item);
        }
        for item in right.and_then(Value::as_array).into_iter().flatten() {
            pairs.entry(list_item(self.schemas, list, item)?).or_default().1.push(item);
        }
        for (element, (left, right)) in pairs {
            self.path.push(element);
            let result = self.item(&left, &right, list);
            self.path.pop();
            result?;
        }
        Ok(())
    }

    fn item(&mut self, left: &[&Value], right: &[&Value], list: &List) -> Result<()> {
        match (left.len(), right.len()) {
            (0 | 1, 0 | 1) => self.visit(left.first().copied(), right.first().copied(), list.element),
            (2.., 2..) => {
                if left.len() != right.len() || !left.iter().zip(right).all(|(left, right)| same(left, right)) {
                    self.out.modified.insert(&self.path);
                }
                Ok(())
            }
            (2.., _) => {
                if let Some(right) = right.first() {
                    self.visit(None, Some(right), list.element)?;
                }
                self.out.removed.insert(&self.path);
                Ok(())
            }
            _ => {
                if let Some(left) = left.first() {
                    self.visit(Some(left), None, list.element)?;
                }
                self.out.added.insert(&self.path);
                Ok(())
            }
        }
    }
}

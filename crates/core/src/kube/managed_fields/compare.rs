//! Which paths differ between two values (`TypedValue.Compare`).

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use smallvec::SmallVec;

use super::element::{self, Element};
use super::schema::{ListOf, MapOf, Relationship, Schemas, Shape, TypeRef};
use super::set::Set;
use super::validate::{list_item, scalar};
use crate::kube::members::Walk as Members;
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
pub fn compare<'a>(schemas: &'a Schemas, left: &'a Value, right: &'a Value, ty: TypeRef) -> Result<Comparison> {
    let mut walk = Walk { schemas, path: Vec::new(), out: Comparison::default() };
    walk.visit(Some(left), Some(right), ty)?;
    Ok(walk.out)
}

struct Walk<'a> {
    schemas: &'a Schemas,
    path: Vec<Step<'a>>,
    out: Comparison,
}

/// A step on the way; written as an element only where something differs.
enum Step<'a> {
    Field(&'a str),
    Item(Element),
}

type Side<'v> = Option<&'v Value>;

/// The items of one name; mostly one.
type Items<'v> = SmallVec<[&'v Value; 1]>;

impl Walk<'_> {
    fn here(&self) -> Vec<Element> {
        let element = |step: &Step<'_>| match step {
            Step::Field(name) => element::field(name),
            Step::Item(element) => element.clone(),
        };
        self.path.iter().map(element).collect()
    }

    fn added(&mut self) {
        let path = self.here();
        self.out.added.insert(&path);
    }

    fn removed(&mut self) {
        let path = self.here();
        self.out.removed.insert(&path);
    }

    fn modified(&mut self) {
        let path = self.here();
        self.out.modified.insert(&path);
    }
}

impl<'a> Walk<'a> {
    fn visit(&mut self, left: Side<'a>, right: Side<'a>, ty: TypeRef) -> Result<()> {
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
                (None, _) => self.added(),
                (_, None) => self.removed(),
                _ => {}
            }
        }
        Ok(())
    }

    /// Says whether it was taken as a leaf.
    fn handle(&mut self, left: Side<'a>, right: Side<'a>, shape: &Shape<'_>) -> Result<bool> {
        match shape {
            Shape::Scalar(of) => {
                if let (Err(error), Err(_)) = (scalar(*of, left), scalar(*of, right)) {
                    return Err(error);
                }
                self.leaf(left, right);
                Ok(true)
            }
            Shape::List(list) => {
                let items = |side: Side<'a>| side.and_then(Value::as_array).map_or(0, Vec::len);
                if list.relationship == Relationship::Atomic || (items(left) == 0 && items(right) == 0) {
                    self.leaf(left, right);
                    return Ok(true);
                }
                self.items(left, right, list)?;
                Ok(false)
            }
            Shape::Map(map) => {
                let members = |side: Side<'a>| side.and_then(Value::as_object).map_or(0, crate::Map::len);
                if map.relationship == Relationship::Atomic || (members(left) == 0 && members(right) == 0) {
                    self.leaf(left, right);
                    return Ok(true);
                }
                self.members(left, right, map)?;
                Ok(false)
            }
        }
    }

    fn leaf(&mut self, left: Side<'a>, right: Side<'a>) {
        match (left, right) {
            (None, _) => self.added(),
            (_, None) => self.removed(),
            (Some(left), Some(right)) if !same(left, right) => self.modified(),
            _ => {}
        }
    }

    fn members(&mut self, left: Side<'a>, right: Side<'a>, map: &MapOf<'_>) -> Result<()> {
        let (left, right) = (left.and_then(Value::as_object), right.and_then(Value::as_object));
        let mut walk = right.map(Members::new);
        let mut shared = 0;
        for (name, value) in left.into_iter().flatten() {
            let right = walk.as_mut().and_then(|walk| walk.find(name));
            shared += usize::from(right.is_some());
            self.member(name, Some(value), right, map)?;
        }
        if right.is_some_and(|right| shared < right.len()) {
            for (name, value) in right.into_iter().flatten().filter(|(name, _)| left.is_none_or(|left| !left.contains_key(*name))) {
                self.member(name, None, Some(value), map)?;
            }
        }
        Ok(())
    }

    fn member(&mut self, name: &'a str, left: Side<'a>, right: Side<'a>, map: &MapOf<'_>) -> Result<()> {
        let ty = map.member(name).ok_or_else(|| Error::upstream(format!(".{name}: field not declared in schema")))?;
        self.path.push(Step::Field(name));
        let result = self.visit(left, right, ty);
        self.path.pop();
        result
    }

    fn items(&mut self, left: Side<'a>, right: Side<'a>, list: &ListOf<'_>) -> Result<()> {
        let mut pairs: IndexMap<Element, (Items<'a>, Items<'a>), RandomState> = IndexMap::default();
        for item in left.and_then(Value::as_array).into_iter().flatten() {
            pairs.entry(list_item(self.schemas, list, item)?).or_default().0.push(item);
        }
        for item in right.and_then(Value::as_array).into_iter().flatten() {
            pairs.entry(list_item(self.schemas, list, item)?).or_default().1.push(item);
        }
        for (element, (left, right)) in pairs {
            self.path.push(Step::Item(element));
            let result = self.item(&left, &right, list);
            self.path.pop();
            result?;
        }
        Ok(())
    }

    fn item(&mut self, left: &[&'a Value], right: &[&'a Value], list: &ListOf<'_>) -> Result<()> {
        match (left.len(), right.len()) {
            (0 | 1, 0 | 1) => self.visit(left.first().copied(), right.first().copied(), list.element),
            (2.., 2..) => {
                if left.len() != right.len() || !left.iter().zip(right).all(|(left, right)| same(left, right)) {
                    self.modified();
                }
                Ok(())
            }
            (2.., _) => {
                if let Some(right) = right.first() {
                    self.visit(None, Some(right), list.element)?;
                }
                self.removed();
                Ok(())
            }
            _ => {
                if let Some(left) = left.first() {
                    self.visit(Some(left), None, list.element)?;
                }
                self.added();
                Ok(())
            }
        }
    }
}

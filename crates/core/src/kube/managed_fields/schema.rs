//! Schemas: atoms and references between them.

use std::collections::HashMap;
use std::sync::OnceLock;

use foldhash::fast::RandomState;

use super::crd;
use crate::{Error, Result, Value};

/// The static schema of the built-in kinds.
const TABLE: &str = include_str!("../tables/schema.txt");

/// How the elements of a list or map relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Relationship {
    /// Owned as a whole.
    Atomic,
    /// A set, or items with keys.
    Associative,
    /// Each by itself; what is not said means the same.
    #[default]
    Separable,
}

/// The type of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Numeric,
    String,
    Boolean,
    Untyped,
}

/// A reference to an atom, with an override of its relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeRef {
    pub(super) atom: u32,
    pub(super) atomic: Option<bool>,
}

impl TypeRef {
    pub(super) fn to(atom: u32) -> Self {
        Self { atom, atomic: None }
    }
}

#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) element: TypeRef,
    pub(super) relationship: Relationship,
    pub(super) keys: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) ty: TypeRef,
    pub(super) default: Option<Value>,
}

/// The fields of a map by name; only asked, never walked.
pub(super) type Fields = HashMap<String, Field, RandomState>;

#[derive(Debug, Clone, Default)]
pub(super) struct MapType {
    pub(super) fields: Fields,
    pub(super) element: Option<TypeRef>,
    pub(super) relationship: Relationship,
}

/// A list as a reference to it says how its items relate.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListOf<'a> {
    pub(super) element: TypeRef,
    pub(super) relationship: Relationship,
    pub(super) keys: &'a [String],
}

/// A map as a reference to it says how its members relate.
#[derive(Debug, Clone, Copy)]
pub(super) struct MapOf<'a> {
    pub(super) fields: &'a Fields,
    element: Option<TypeRef>,
    pub(super) relationship: Relationship,
}

impl MapOf<'_> {
    /// The type of a member: the field's, else the element's.
    pub(super) fn member(&self, name: &str) -> Option<TypeRef> {
        self.fields.get(name).map(|field| field.ty).or(self.element)
    }
}

/// A type: at most one of each.
#[derive(Debug, Clone, Default)]
pub(super) struct Atom {
    pub(super) scalar: Option<Scalar>,
    pub(super) list: Option<List>,
    pub(super) map: Option<MapType>,
}

/// What of an atom applies to a value (`deduceAtom`, `handleAtom`).
pub(super) enum Shape<'a> {
    Map(MapOf<'a>),
    Scalar(Scalar),
    List(ListOf<'a>),
}

impl Shape<'_> {
    /// Whether two shapes of one atom are the same alternative.
    pub(super) fn same(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

#[derive(Debug, Default)]
struct Table {
    atoms: Vec<Atom>,
    kinds: HashMap<(String, String, String), u32>,
    names: HashMap<String, u32>,
}

/// The types of the built-in kinds and of the given custom ones.
#[derive(Debug, Clone)]
pub struct Schemas {
    base: &'static Table,
    custom: Vec<Atom>,
    kinds: HashMap<(String, String, String), u32>,
}

impl Default for Schemas {
    fn default() -> Self {
        Self { base: table(), custom: Vec::new(), kinds: HashMap::new() }
    }
}

impl Schemas {
    /// With the kinds of CustomResourceDefinitions.
    pub fn with_crds(crds: &[Value]) -> Result<Self> {
        let mut schemas = Self::default();
        for crd in crds {
            crd::add(&mut schemas, crd)?;
        }
        Ok(schemas)
    }

    /// The type of a kind, if it has a schema.
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Option<TypeRef> {
        let key = (group.to_owned(), version.to_owned(), kind.to_owned());
        self.base.kinds.get(&key).or_else(|| self.kinds.get(&key)).map(|atom| TypeRef::to(*atom))
    }

    /// The type that is deduced from the content: lists are atomic.
    pub fn deduced(&self) -> TypeRef {
        self.named("__untyped_deduced_")
    }

    pub(super) fn named(&self, name: &str) -> TypeRef {
        TypeRef::to(self.base.names.get(name).copied().unwrap_or(u32::MAX))
    }

    /// Adds an atom of a custom kind.
    pub(super) fn push(&mut self, atom: Atom) -> TypeRef {
        let at = self.base.atoms.len() + self.custom.len();
        self.custom.push(atom);
        TypeRef::to(u32::try_from(at).unwrap_or(u32::MAX))
    }

    pub(super) fn register(&mut self, group: &str, version: &str, kind: &str, ty: TypeRef) {
        self.kinds.entry((group.to_owned(), version.to_owned(), kind.to_owned())).or_insert(ty.atom);
    }

    fn atom(&self, ty: TypeRef) -> Option<&Atom> {
        let at = ty.atom as usize;
        self.base.atoms.get(at).or_else(|| self.custom.get(at.checked_sub(self.base.atoms.len())?))
    }

    /// What of a type applies to a value.
    pub(super) fn shape(&self, ty: TypeRef, value: Option<&Value>) -> Result<Shape<'_>> {
        let atom = self.atom(ty).ok_or_else(|| Error::upstream("schema error: no type found matching"))?;
        let only = match value {
            Some(Value::String(_) | Value::Number(_) | Value::Bool(_)) if atom.scalar.is_some() => 's',
            Some(Value::Array(_)) if atom.list.is_some() => 'l',
            Some(Value::Object(_)) if atom.map.is_some() => 'm',
            _ => '*',
        };
        let map = atom.map.as_ref().filter(|_| matches!(only, 'm' | '*'));
        let scalar = atom.scalar.filter(|_| matches!(only, 's' | '*'));
        let list = atom.list.as_ref().filter(|_| matches!(only, 'l' | '*'));
        match (map, scalar, list) {
            (Some(map), _, _) => {
                let relationship = ty.atomic.map_or(map.relationship, relationship);
                Ok(Shape::Map(MapOf { fields: &map.fields, element: map.element, relationship }))
            }
            (None, Some(scalar), _) => Ok(Shape::Scalar(scalar)),
            (None, None, Some(list)) => {
                let relationship = ty.atomic.filter(|_| atom.map.is_none()).map_or(list.relationship, relationship);
                Ok(Shape::List(ListOf { element: list.element, relationship, keys: &list.keys }))
            }
            _ => Err(Error::upstream("schema error: invalid atom")),
        }
    }

    /// The default of a key of a list's items.
    pub(super) fn key_default(&self, list: &ListOf<'_>, name: &str) -> Result<Option<&Value>> {
        let atom = self.atom(list.element).ok_or_else(|| Error::upstream("invalid elementType for list"))?;
        let map = atom.map.as_ref().ok_or_else(|| Error::upstream("associative list may not have non-map types"))?;
        Ok(map.fields.get(name).and_then(|field| field.default.as_ref()))
    }
}

fn relationship(atomic: bool) -> Relationship {
    if atomic { Relationship::Atomic } else { Relationship::Separable }
}

fn table() -> &'static Table {
    static STATIC: OnceLock<Table> = OnceLock::new();
    STATIC.get_or_init(|| read(TABLE))
}

/// Types come first by number, inlined ones (`#N`) after them.
fn read(text: &str) -> Table {
    let named = u32::try_from(text.lines().filter(|line| line.starts_with("T ") && !line.starts_with("T #")).count()).unwrap_or(0);
    let mut table = Table::default();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("K ") {
            let mut words = rest.split(' ').map(str::to_owned);
            if let (Some(group), Some(version), Some(kind), Some(at)) = (words.next(), words.next(), words.next(), words.next()) {
                table.kinds.insert((group, version, kind), at.parse().unwrap_or(u32::MAX));
            }
        } else if let Some(rest) = line.strip_prefix("T ") {
            let mut words = rest.split(' ');
            let name = words.next().unwrap_or("");
            table.names.insert(name.to_owned(), u32::try_from(table.atoms.len()).unwrap_or(u32::MAX));
            table.atoms.push(atom(words, named));
        } else {
            let mut words = line.splitn(3, ' ');
            let (name, ty) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let default = words.next().and_then(|text| serde_json::from_str(text).ok());
            if let Some(map) = table.atoms.last_mut().and_then(|atom| atom.map.as_mut()) {
                map.fields.insert(name.to_owned(), Field { ty: reference(ty, named), default });
            }
        }
    }
    table
}

fn reference(text: &str, named: u32) -> TypeRef {
    let (at, over) = text.split_once('!').map_or((text, None), |(at, over)| (at, Some(over)));
    let atom = match at.strip_prefix('#') {
        Some(at) => at.parse().map_or(u32::MAX, |at: u32| at.saturating_add(named)),
        None => at.parse().unwrap_or(u32::MAX),
    };
    TypeRef { atom, atomic: over.map(|over| over == "a") }
}

fn atom<'a>(words: impl Iterator<Item = &'a str>, named: u32) -> Atom {
    let mut atom = Atom::default();
    for word in words {
        let mut parts = word.split(':');
        match parts.next() {
            Some("s") => {
                atom.scalar = Some(match parts.next() {
                    Some("numeric") => Scalar::Numeric,
                    Some("string") => Scalar::String,
                    Some("boolean") => Scalar::Boolean,
                    _ => Scalar::Untyped,
                });
            }
            Some("l") => {
                let relationship = parts.next().unwrap_or("");
                let element = reference(parts.next().unwrap_or(""), named);
                let keys: Vec<String> = parts.next().map(|keys| keys.split(',').map(str::to_owned).collect()).unwrap_or_default();
                let relationship = if relationship == "x" { Relationship::Associative } else { Relationship::Atomic };
                atom.list = Some(List { element, relationship, keys });
            }
            Some("m") => {
                let relationship = if parts.next() == Some("a") { Relationship::Atomic } else { Relationship::Separable };
                atom.map =
                    Some(MapType { fields: Fields::default(), element: parts.next().map(|text| reference(text, named)), relationship });
            }
            _ => {}
        }
    }
    atom
}

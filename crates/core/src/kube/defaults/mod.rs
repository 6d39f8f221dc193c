//! What Kubernetes fills in when a field is missing (`Scheme.Default` of Kubernetes 1.37).
//!
//! A default hangs on a type, wherever the type occurs: a struct's own function
//! runs first, then its fields are visited. The functions read a missing member,
//! null and the type's zero value alike, so they work on encoded structs and on
//! documents as they are.

mod admission;
mod core;
mod field;
mod in_place;
mod other;
mod pod;
mod workload;

use std::sync::OnceLock;

pub(crate) use in_place::list_with_defaults;
pub use in_place::{fill, fill_paired, pairs_stay};

use super::structs::{Field, Structs, Type, encode, structs};
use crate::{Map, Value};

type Members = Map<String, Value>;
type Default = fn(&mut Members);

/// Fills in the defaults of an encoded struct (see [`encode`]); all members that are always written
/// must be there.
pub fn apply(object: &mut Value, ty: Type) {
    if reach().of(structs(), ty) {
        visit(structs(), object, ty);
    }
}

/// Whether anything below a type has a default.
pub fn has_defaults(ty: Type) -> bool {
    reach().of(structs(), ty)
}

/// The function of one struct.
pub(super) fn of_struct(name: &str) -> Option<Default> {
    admission::find(name)
        .or_else(|| core::find(name))
        .or_else(|| pod::find(name))
        .or_else(|| workload::find(name))
        .or_else(|| other::find(name))
}

/// Which structs have a default of their own or below them.
struct Reach {
    functions: Vec<Option<Default>>,
    below: Vec<bool>,
    /// The fields of each struct that have defaults below them.
    fields: Vec<Vec<u16>>,
}

fn reach() -> &'static Reach {
    static REACH: OnceLock<Reach> = OnceLock::new();
    REACH.get_or_init(|| {
        let table = structs();
        let count = u32::try_from(table.len()).unwrap_or(0);
        let functions: Vec<Option<Default>> = (0..count).map(|at| of_struct(table.structure(at).name)).collect();
        let mut reach = Reach { below: functions.iter().map(Option::is_some).collect(), functions, fields: Vec::new() };
        loop {
            let mut changed = false;
            for at in 0..count {
                if !reach.below.get(at as usize).copied().unwrap_or(true)
                    && table.structure(at).fields().iter().any(|field| reach.of(table, table.ty(field.ty)))
                {
                    if let Some(below) = reach.below.get_mut(at as usize) {
                        *below = true;
                    }
                    changed = true;
                }
            }
            if !changed {
                reach.fields = (0..count).map(|at| reach.fields_of(table, at)).collect();
                return reach;
            }
        }
    })
}

impl Reach {
    fn fields_of(&self, table: &Structs, at: u32) -> Vec<u16> {
        let fields = table.structure(at).fields().iter().enumerate();
        fields.filter(|(_, field)| self.of(table, table.ty(field.ty))).filter_map(|(index, _)| u16::try_from(index).ok()).collect()
    }

    /// The default of a struct.
    fn function(&self, at: u32) -> Option<Default> {
        self.functions.get(at as usize).copied().flatten()
    }

    /// The fields of a struct that have defaults below them.
    fn fields<'t>(&self, table: &'t Structs, at: u32) -> impl Iterator<Item = &'t Field> {
        let all = table.structure(at).fields();
        self.fields.get(at as usize).into_iter().flatten().filter_map(|index| all.get(usize::from(*index)))
    }

    fn of(&self, table: &Structs, ty: Type) -> bool {
        match ty {
            Type::Struct(at) => self.below.get(at as usize).copied().unwrap_or(false),
            Type::Pointer(to) | Type::List(to) | Type::Map(to) => self.of(table, table.ty(to)),
            _ => false,
        }
    }
}

fn visit(table: &Structs, value: &mut Value, ty: Type) {
    match (ty, value) {
        (Type::Pointer(to), value) if !value.is_null() => visit(table, value, table.ty(to)),
        (Type::List(of), Value::Array(items)) => {
            let of = table.ty(of);
            items.iter_mut().for_each(|item| visit(table, item, of));
        }
        (Type::Map(of), Value::Object(members)) => {
            let of = table.ty(of);
            members.values_mut().for_each(|item| visit(table, item, of));
        }
        (Type::Struct(at), Value::Object(members)) => {
            let reach = reach();
            if let Some(function) = reach.function(at) {
                function(members);
            }
            for field in reach.fields(table, at) {
                if let Some(value) = members.get_mut(field.name) {
                    visit(table, value, table.ty(field.ty));
                }
            }
        }
        _ => {}
    }
}

/// The encoded struct before and after its defaults.
pub fn before_and_after(object: &Value, ty: Type) -> (Value, Value) {
    let before = encode(object, ty);
    let mut after = before.clone();
    let emptied = other::emptied_policies(object);
    other::mark_policies(&mut after, &emptied, true);
    apply(&mut after, ty);
    other::mark_policies(&mut after, &emptied, false);
    (before, after)
}

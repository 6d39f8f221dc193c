//! The application template, compiled once for all parameter sets.

use std::{cell::Cell, rc::Rc};

use super::{
    interpolate::{number, sorted},
    params::Params,
    stop::Stop,
    text::{Compiled, Engine},
};
use crate::{
    Error, Map, Value,
    argocd::application::codec,
    kube::structs::{Structs, Type, structs},
};

/// A part of the template: what it gives is encoded as Go encodes it.
#[derive(Debug)]
pub(super) enum Part {
    /// The same for every set.
    Constant(Value),
    /// A text; an empty result is left out where Go would.
    Text {
        text: String,
        compiled: Rc<Result<Compiled, Stop>>,
        omit_empty: bool,
    },
    /// A struct, or a map whose keys are no templates: fixed members, and the map that has the constant ones.
    Struct {
        members: Vec<(String, Part)>,
        constants: Map<String, Value>,
    },
    /// A map: the keys are texts too.
    Map(Vec<(Part, Part)>),
    List(Vec<Part>),
}

/// Compiles a decoded value of a type.
pub(super) fn compile(engine: &Engine, value: &Value, ty: Type) -> Part {
    Compiler { engine, table: structs() }.value(value, ty, false)
}

struct Compiler<'e> {
    engine: &'e Engine,
    table: &'static Structs,
}

impl Compiler<'_> {
    fn text(&self, text: &str, omit_empty: bool) -> Part {
        let compiled = self.engine.compile(text, false);
        match compiled.as_ref() {
            Ok(Compiled::Literal) => Part::Constant(Value::from(text)),
            _ => Part::Text { text: text.to_owned(), compiled, omit_empty },
        }
    }

    fn value(&self, value: &Value, ty: Type, omit_empty: bool) -> Part {
        match (ty, value) {
            (Type::Raw, _) => self.raw(value),
            (Type::Pointer(to), Value::String(text)) if matches!(self.table.ty(to), Type::String) => self.text(text, false),
            (Type::Pointer(to), _) if !value.is_null() => self.value(value, self.table.ty(to), false),
            (Type::String | Type::IntOrString, Value::String(text)) => self.text(text, omit_empty),
            (Type::List(of), Value::Array(items)) => {
                let of = self.table.ty(of);
                fold_list(items.iter().map(|item| self.value(item, of, false)).collect())
            }
            (Type::Map(of), Value::Object(members)) => {
                let of = self.table.ty(of);
                fold_map(sorted(members).into_iter().map(|(key, item)| (self.text(key, false), self.value(item, of, false))).collect())
            }
            (Type::Struct(at), _) => self.structure(value, at),
            _ => Part::Constant(codec::encode(value, ty)),
        }
    }

    fn structure(&self, value: &Value, at: u32) -> Part {
        let structure = self.table.structure(at);
        let mut members = Vec::new();
        for field in structure.fields() {
            let ty = self.table.ty(field.ty);
            let member = value.get(field.name).unwrap_or(&Value::Null);
            if codec::is_left_out(structure, field, ty, member) {
                continue;
            }
            members.push((field.name.to_owned(), self.value(member, ty, field.omit_empty && matches!(ty, Type::String))));
        }
        fold_struct(members)
    }

    fn raw(&self, value: &Value) -> Part {
        match value {
            Value::String(text) => self.text(text, false),
            Value::Number(_) => Part::Constant(number(value)),
            Value::Array(items) => fold_list(items.iter().map(|item| self.raw(item)).collect()),
            Value::Object(members) => {
                let members = sorted(members).into_iter().filter(|(_, item)| !item.is_null());
                fold_map(members.map(|(key, item)| (self.text(key, false), self.raw(item))).collect())
            }
            other => Part::Constant(other.clone()),
        }
    }
}

fn fold_list(parts: Vec<Part>) -> Part {
    if parts.iter().all(|part| matches!(part, Part::Constant(_))) {
        return Part::Constant(Value::Array(parts.into_iter().filter_map(constant).collect()));
    }
    Part::List(parts)
}

fn fold_struct(members: Vec<(String, Part)>) -> Part {
    if members.iter().all(|(_, part)| matches!(part, Part::Constant(_))) {
        return Part::Constant(Value::Object(members.into_iter().filter_map(|(name, part)| Some((name, constant(part)?))).collect()));
    }
    let mut constants = Map::with_capacity(members.len());
    for (name, part) in &members {
        let value = if let Part::Constant(value) = part { value.clone() } else { Value::Null };
        constants.insert(name.clone(), value);
    }
    Part::Struct { members, constants }
}

fn fold_map(members: Vec<(Part, Part)>) -> Part {
    if members.iter().all(|(key, _)| matches!(key, Part::Constant(_))) {
        let named = members.into_iter().filter_map(|(key, part)| match constant(key)? {
            Value::String(key) => Some((key, part)),
            _ => None,
        });
        return fold_struct(named.collect());
    }
    Part::Map(members)
}

fn constant(part: Part) -> Option<Value> {
    match part {
        Part::Constant(value) => Some(value),
        _ => None,
    }
}

/// How many bytes the Applications of a set may still have.
#[derive(Debug)]
pub(super) struct Room(Cell<usize>);

impl Room {
    /// The texts of all Applications of a set may have as much.
    const MOST: usize = 1 << 30;

    pub(super) fn new() -> Self {
        Self(Cell::new(Self::MOST))
    }

    /// Takes some of it.
    pub(super) fn take(&self, bytes: usize) -> Result<(), Stop> {
        let refused = || Stop::Refused(Error::limit(format!("the Applications of the set have more than {} bytes", Self::MOST)));
        self.0.set(self.0.get().checked_sub(bytes).ok_or_else(refused)?);
        Ok(())
    }
}

impl Part {
    /// Renders the part; nothing where the encoding leaves it out.
    pub(super) fn render(&self, params: &Params, room: &Room) -> Result<Option<Value>, Stop> {
        Ok(match self {
            Self::Constant(value) => Some(value.clone()),
            Self::Text { text, compiled, omit_empty } => {
                let rendered = match compiled.as_ref() {
                    Ok(compiled) => compiled.render(text, params)?,
                    Err(stop) => return Err(stop.clone()),
                };
                room.take(rendered.len())?;
                (!*omit_empty || !rendered.is_empty()).then_some(Value::String(rendered))
            }
            Self::Struct { members, constants } => {
                let mut out = constants.clone();
                let mut omitted = Vec::new();
                for (place, (name, part)) in out.values_mut().zip(members) {
                    if matches!(part, Self::Constant(_)) {
                        continue;
                    }
                    match part.render(params, room)? {
                        Some(value) => *place = value,
                        None => omitted.push(name),
                    }
                }
                for name in omitted {
                    out.shift_remove(name);
                }
                Some(Value::Object(out))
            }
            Self::Map(members) => {
                let mut out = Map::with_capacity(members.len());
                for (key, part) in members {
                    let value = part.render(params, room)?;
                    if let (Some(Value::String(key)), Some(value)) = (key.render(params, room)?, value) {
                        out.insert(key, value);
                    }
                }
                Some(Value::Object(out))
            }
            Self::List(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                for part in parts {
                    items.extend(part.render(params, room)?);
                }
                Some(Value::Array(items))
            }
        })
    }

    /// Every text with its place, for reports: `/spec/destination/server`.
    pub(super) fn texts<'p>(&'p self, at: &str, found: &mut Vec<(String, &'p str)>) {
        let child = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        match self {
            Self::Constant(_) => {}
            Self::Text { text, .. } => found.push((at.to_owned(), text)),
            Self::Struct { members, .. } => members.iter().for_each(|(name, part)| part.texts(&child(name), found)),
            Self::Map(members) => {
                for (key, part) in members {
                    let name = match key {
                        Self::Constant(Value::String(name)) => name.clone(),
                        Self::Text { text, .. } => {
                            found.push((child(text), text));
                            text.clone()
                        }
                        _ => String::new(),
                    };
                    part.texts(&child(&name), found);
                }
            }
            Self::List(parts) => parts.iter().enumerate().for_each(|(index, part)| part.texts(&child(&index.to_string()), found)),
        }
    }
}

//! The application template, compiled once for all parameter sets.

use std::rc::Rc;

use super::{
    interpolate::{number, sorted},
    params::Params,
    stop::Stop,
    text::{Compiled, Engine},
};
use crate::{
    Map, Value,
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
    /// A struct: fixed members.
    Struct(Vec<(String, Part)>),
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
            let encoded = codec::encode(member, ty);
            if codec::is_omitted(structure, field, ty, &encoded) {
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
    Part::Struct(members)
}

fn fold_map(members: Vec<(Part, Part)>) -> Part {
    if members.iter().all(|(key, part)| matches!((key, part), (Part::Constant(_), Part::Constant(_)))) {
        let entries = members.into_iter().filter_map(|(key, part)| match constant(key)? {
            Value::String(key) => Some((key, constant(part)?)),
            _ => None,
        });
        return Part::Constant(Value::Object(entries.collect()));
    }
    Part::Map(members)
}

fn constant(part: Part) -> Option<Value> {
    match part {
        Part::Constant(value) => Some(value),
        _ => None,
    }
}

impl Part {
    /// Renders the part; nothing where the encoding leaves it out.
    pub(super) fn render(&self, params: &Params) -> Result<Option<Value>, Stop> {
        Ok(match self {
            Self::Constant(value) => Some(value.clone()),
            Self::Text { text, compiled, omit_empty } => {
                let rendered = match compiled.as_ref() {
                    Ok(compiled) => compiled.render(text, params)?,
                    Err(stop) => return Err(stop.clone()),
                };
                (!*omit_empty || !rendered.is_empty()).then_some(Value::String(rendered))
            }
            Self::Struct(members) => {
                let mut out = Map::with_capacity(members.len());
                for (name, part) in members {
                    if let Some(value) = part.render(params)? {
                        out.insert(name.clone(), value);
                    }
                }
                Some(Value::Object(out))
            }
            Self::Map(members) => {
                let mut out = Map::with_capacity(members.len());
                for (key, part) in members {
                    let value = part.render(params)?;
                    if let (Some(Value::String(key)), Some(value)) = (key.render(params)?, value) {
                        out.insert(key, value);
                    }
                }
                Some(Value::Object(out))
            }
            Self::List(parts) => {
                let items: Result<Vec<Option<Value>>, Stop> = parts.iter().map(|part| part.render(params)).collect();
                Some(Value::Array(items?.into_iter().flatten().collect()))
            }
        })
    }

    /// Every text with its place, for reports: `/spec/destination/server`.
    pub(super) fn texts<'p>(&'p self, at: &str, found: &mut Vec<(String, &'p str)>) {
        let child = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        match self {
            Self::Constant(_) => {}
            Self::Text { text, .. } => found.push((at.to_owned(), text)),
            Self::Struct(members) => members.iter().for_each(|(name, part)| part.texts(&child(name), found)),
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

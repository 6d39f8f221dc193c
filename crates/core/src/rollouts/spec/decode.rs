//! Reading JSON into Go's structs and writing it back, driven by the field tables.

use serde::de::DeserializeOwned;

use super::{
    Time,
    json::{general, go_float},
    schema::{Field, Kind, Schema, Struct},
};
use crate::{Error, Map, Result, Value, kube::quantity::Quantity};

/// How strictly a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// `json.Unmarshal`: unknown fields are ignored.
    Lenient,
    /// `yaml.UnmarshalStrict` of sigs.k8s.io/yaml: unknown fields are refused, numbers
    /// and booleans become strings where a string is wanted.
    Strict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// What `json.Marshal` writes.
    Wire,
    /// Only what the document sets: absent and null members are left out.
    Compact,
}

struct Reader {
    schema: &'static Schema,
    reading: Reading,
    form: Form,
}

/// Reads a document as the named Go type into a Rust model.
pub fn read<T: DeserializeOwned>(type_name: &str, document: &Value, reading: Reading) -> Result<T> {
    let compact = normalize(type_name, document, reading)?;
    serde_json::from_value(compact).map_err(|error| Error::parse(format!("{type_name}: {error}")))
}

/// As [`read`], for a pointer: null and absent are `None`.
pub fn read_opt<T: DeserializeOwned>(type_name: &str, document: Option<&Value>) -> Result<Option<T>> {
    match document {
        None | Some(Value::Null) => Ok(None),
        Some(document) => read(type_name, document, Reading::Lenient).map(Some),
    }
}

/// The document with every key spelled and every value typed as the Go type has it,
/// absent and null members left out.
pub fn normalize(type_name: &str, document: &Value, reading: Reading) -> Result<Value> {
    convert(type_name, document, reading, Form::Compact)
}

/// What `json.Marshal` gives for the document once read into the named Go type.
pub fn to_wire(type_name: &str, document: &Value) -> Result<Value> {
    convert(type_name, document, Reading::Lenient, Form::Wire)
}

fn convert(type_name: &str, document: &Value, reading: Reading, form: Form) -> Result<Value> {
    let schema = Schema::get();
    let kind = match type_name.strip_prefix("[]") {
        Some(element) => Kind::List(Box::new(struct_kind(schema, element)?)),
        None => struct_kind(schema, type_name)?,
    };
    let reader = Reader { schema, reading, form };
    Ok(reader.value(&kind, &[document], true, &mut Path(Vec::new()))?.0)
}

fn struct_kind(schema: &Schema, name: &str) -> Result<Kind> {
    schema.find(name).map(Kind::Struct).ok_or_else(|| Error::invalid(format!("there is no type {name}")))
}

/// Where the reader is, for messages.
struct Path(Vec<&'static str>);

impl Path {
    fn wrong(&self, value: &Value, wanted: &str) -> Error {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        Error::parse(format!("{}: cannot read {found} as {wanted}", self.0.join(".")))
    }
}

impl Reader {
    /// The converted value, and whether omitempty would leave it out.
    fn value(&self, kind: &Kind, given: &[&Value], coerce: bool, path: &mut Path) -> Result<(Value, bool)> {
        if let [earlier @ .., _] = given {
            // What a later, differently cased key replaces must be readable all the same.
            for value in earlier {
                self.value(kind, &[value], coerce, path)?;
            }
        }
        let last = given.last().copied().unwrap_or(&Value::Null);
        match kind {
            Kind::Pointer(_) if last.is_null() => Ok((Value::Null, true)),
            Kind::Pointer(inner) => {
                let since_null = given.iter().rposition(|value| value.is_null()).map_or(0, |at| at + 1);
                Ok((self.value(inner, given.get(since_null..).unwrap_or(given), coerce, path)?.0, false))
            }
            Kind::Struct(index) => self.object(*index, given, coerce, path),
            Kind::List(element) => self.list(element, last, coerce, path),
            Kind::Map(element) => self.map(element, given, coerce, path),
            Kind::Raw if given.is_empty() => Ok((Value::Null, true)),
            Kind::Raw | Kind::Any | Kind::Free => Ok((self.free(last), last.is_null())),
            _ => {
                // null leaves what an earlier, differently cased key has set
                let set = given.iter().rev().find(|value| !value.is_null()).copied().unwrap_or(&Value::Null);
                self.scalar(kind, set, coerce, path)
            }
        }
    }

    fn free(&self, value: &Value) -> Value {
        match (self.reading, value) {
            (Reading::Strict, Value::Number(number)) if number.is_f64() => integral(value).map_or_else(|| value.clone(), Value::from),
            (Reading::Strict, Value::Array(items)) => Value::Array(items.iter().map(|item| self.free(item)).collect()),
            (Reading::Strict, Value::Object(members)) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by_key(|(key, _)| *key);
                Value::Object(sorted.into_iter().map(|(key, member)| (key.clone(), self.free(member))).collect())
            }
            _ => value.clone(),
        }
    }

    fn scalar(&self, kind: &Kind, value: &Value, coerce: bool, path: &Path) -> Result<(Value, bool)> {
        let strict = self.reading == Reading::Strict;
        Ok(match (kind, value) {
            (Kind::Str | Kind::Bytes, Value::Null) => (Value::String(String::new()), true),
            (Kind::Str | Kind::Bytes, Value::String(text)) => (value.clone(), text.is_empty()),
            (Kind::Str, Value::Bool(flag)) if strict && coerce => (Value::String(flag.to_string()), false),
            (Kind::Str, Value::Number(number)) if strict && coerce => (Value::String(number_text(number)), false),
            (Kind::Bool, Value::Null) => (Value::Bool(false), true),
            (Kind::Bool, Value::Bool(flag)) => (value.clone(), !flag),
            (Kind::I32 | Kind::I64 | Kind::F64, Value::Null) => (Value::from(0), true),
            (Kind::F64, Value::Number(number)) => (value.clone(), number.as_f64() == Some(0.0)),
            (Kind::I32 | Kind::I64, Value::Number(_)) => {
                let integer = self.integer(value).ok_or_else(|| path.wrong(value, "an integer"))?;
                if matches!(kind, Kind::I32) && i32::try_from(integer).is_err() {
                    return Err(path.wrong(value, "an integer of 32 bits"));
                }
                (Value::from(integer), integer == 0)
            }
            (Kind::IntOrString, Value::Null) => (Value::from(0), false),
            (Kind::IntOrString, Value::String(_)) => (value.clone(), false),
            (Kind::IntOrString, Value::Number(_)) => {
                let integer = self.integer(value).and_then(|v| i32::try_from(v).ok());
                (Value::from(integer.ok_or_else(|| path.wrong(value, "an integer of 32 bits"))?), false)
            }
            (Kind::Quantity, Value::Null) => (Value::from("0"), false),
            (Kind::Quantity, Value::String(text)) => (Value::String(quantity(text).ok_or_else(|| path.wrong(value, "a quantity"))?), false),
            (Kind::Quantity, Value::Number(number)) => {
                let text = if number.is_f64() { go_float(number.as_f64().unwrap_or(0.0)) } else { number.to_string() };
                (Value::String(quantity(&text).ok_or_else(|| path.wrong(value, "a quantity"))?), false)
            }
            (Kind::Time | Kind::MicroTime, Value::Null) => (Value::Null, false),
            (Kind::Time | Kind::MicroTime, Value::String(text)) => {
                let time = Time::parse(text).ok_or_else(|| path.wrong(value, "a time (RFC 3339)"))?;
                let text = match (self.form, kind) {
                    (Form::Wire, Kind::Time) => time.wire(),
                    (Form::Wire, _) => format!("{:.6}", time.0),
                    _ => time.precise(),
                };
                (Value::String(text), false)
            }
            (Kind::Str, _) => return Err(path.wrong(value, "a string")),
            (Kind::Bool, _) => return Err(path.wrong(value, "a boolean")),
            (Kind::Quantity, _) => return Err(path.wrong(value, "a quantity")),
            (Kind::Time | Kind::MicroTime, _) => return Err(path.wrong(value, "a time")),
            _ => return Err(path.wrong(value, "a number")),
        })
    }

    fn integer(&self, value: &Value) -> Option<i64> {
        value.as_i64().or_else(|| if self.reading == Reading::Strict { integral(value) } else { None })
    }

    fn list(&self, element: &Kind, value: &Value, coerce: bool, path: &mut Path) -> Result<(Value, bool)> {
        match value {
            Value::Null => Ok((Value::Null, true)),
            Value::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    out.push(self.value(element, &[item], coerce, path)?.0);
                }
                let empty = out.is_empty();
                Ok((Value::Array(out), empty))
            }
            _ => Err(path.wrong(value, "a list")),
        }
    }

    fn map(&self, element: &Kind, given: &[&Value], coerce: bool, path: &mut Path) -> Result<(Value, bool)> {
        let mut sorted = std::collections::BTreeMap::new();
        let mut nil = true;
        for value in given {
            match value {
                Value::Null => {
                    nil = true;
                    sorted.clear();
                }
                Value::Object(members) => {
                    nil = false;
                    for (key, member) in members {
                        sorted.insert(key, self.value(element, &[member], coerce, path)?.0);
                    }
                }
                _ => return Err(path.wrong(value, "an object")),
            }
        }
        if nil {
            return Ok((Value::Null, true));
        }
        let empty = sorted.is_empty();
        Ok((Value::Object(sorted.into_iter().map(|(key, member)| (key.clone(), member)).collect()), empty))
    }

    fn object(&self, index: usize, given: &[&Value], coerce: bool, path: &mut Path) -> Result<(Value, bool)> {
        let Some(table) = self.schema.at(index) else { return Err(Error::invalid("a type is missing from the tables")) };
        let mut slots: Vec<Slot<'_>> = vec![Slot::Empty; table.fields.len()];
        for value in given {
            match value {
                Value::Null => {}
                Value::Object(members) => self.fill(table, members, &mut slots, path)?,
                _ => return Err(path.wrong(value, "an object")),
            }
        }
        let mut out = Map::with_capacity(match self.form {
            Form::Wire => table.fields.len(),
            Form::Compact => 4,
        });
        for (field, slot) in table.fields.iter().zip(&slots) {
            if matches!(slot, Slot::Empty) && (self.form == Form::Compact || field.omit_empty && !always_written(field)) {
                continue;
            }
            self.member(field, slot, coerce, path, &mut out)?;
        }
        Ok((Value::Object(out), false))
    }

    fn fill<'a>(&self, table: &Struct, members: &'a Map<String, Value>, slots: &mut [Slot<'a>], path: &Path) -> Result<()> {
        let mut given: Vec<(&'a String, &'a Value)> = members.iter().collect();
        // sigs.k8s.io/yaml hands the keys on sorted, which counts when some differ only in case.
        if self.reading == Reading::Strict && !given.iter().all(|(key, _)| table.knows(key)) {
            given.sort_by_key(|(key, _)| *key);
        }
        for (key, member) in given {
            match table.field(key).and_then(|at| slots.get_mut(at)) {
                Some(slot) => slot.add(member),
                None if self.reading == Reading::Strict => {
                    return Err(Error::parse(format!("{}: unknown field {key:?} in {}", path.0.join("."), table.name)));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn member(&self, field: &Field, slot: &Slot<'_>, coerce: bool, path: &mut Path, out: &mut Map<String, Value>) -> Result<()> {
        path.0.push(field.name);
        let (value, empty) = self.value(&field.kind, slot.values(), coerce && !field.embedded, path)?;
        path.0.pop();
        let leave_out = match self.form {
            Form::Compact => value.is_null(),
            Form::Wire => field.omit_empty && empty || field.omit_zero && value.is_null(),
        };
        if !leave_out {
            out.insert(field.name.to_string(), value);
        }
        Ok(())
    }
}

/// Structs are never empty in Go, so omitempty does not leave them out.
fn always_written(field: &Field) -> bool {
    matches!(field.kind, Kind::Struct(_) | Kind::Quantity | Kind::IntOrString | Kind::Time | Kind::MicroTime) && !field.omit_zero
}

/// The values given for one field: mostly one, more when keys differ only in case.
#[derive(Clone)]
enum Slot<'a> {
    Empty,
    One([&'a Value; 1]),
    Many(Vec<&'a Value>),
}

impl<'a> Slot<'a> {
    fn add(&mut self, value: &'a Value) {
        *self = match std::mem::replace(self, Slot::Empty) {
            Slot::Empty => Slot::One([value]),
            Slot::One([first]) => Slot::Many(vec![first, value]),
            Slot::Many(mut values) => {
                values.push(value);
                Slot::Many(values)
            }
        };
    }

    fn values(&self) -> &[&'a Value] {
        match self {
            Slot::Empty => &[],
            Slot::One(value) => value,
            Slot::Many(values) => values,
        }
    }
}

/// A float without a fraction, which YAML hands to JSON as an integer.
fn integral(value: &Value) -> Option<i64> {
    let float = value.as_f64()?;
    (float.fract() == 0.0 && float.abs() < 9.2e18).then_some(float as i64)
}

/// A number as sigs.k8s.io/yaml writes it into a string: floats in 32 bits.
fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => general(&format!("{:e}", float as f32)),
        _ => number.to_string(),
    }
}

/// A quantity as `MarshalJSON` writes it.
fn quantity(text: &str) -> Option<String> {
    Quantity::parse(text.trim()).ok().map(|quantity| quantity.to_string())
}

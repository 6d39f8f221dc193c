//! Ajv 8 on draft-07: the keywords that Backstage's entity schemas use,
//! with Ajv's messages, parameters and order of errors.

use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value};

use crate::text::pointer::{self, member};
use crate::{Error, Result};

/// One violation, as Ajv reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer to the offending value; empty for the root.
    pub instance_path: String,
    /// The keyword that failed.
    pub keyword: &'static str,
    /// Ajv's message.
    pub message: String,
    /// Ajv's parameters, printed as `key: value` pairs.
    pub params: String,
}

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    types: Vec<Type>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    pattern: Option<(String, Regex)>,
    constant: Option<Value>,
    enumeration: Option<Vec<Value>>,
    one_of: Vec<Schema>,
    all_of: Vec<Schema>,
    min_items: Option<u64>,
    items: Option<Box<Schema>>,
    required: Vec<String>,
    properties: Vec<(String, Schema)>,
    pattern_properties: Vec<(KeyPattern, Schema)>,
    additional: Additional,
    reference: Option<Arc<Schema>>,
}

/// A key of `patternProperties`.
#[derive(Debug)]
enum KeyPattern {
    /// [`ANY_LINE`], which needs no machine.
    AnyLine,
    Regex(Regex),
}

/// What Backstage writes for maps of any keys.
const ANY_LINE: &str = "^.+$";

impl KeyPattern {
    fn is_match(&self, key: &str) -> bool {
        match self {
            Self::AnyLine => !key.is_empty() && !key.contains('\n'),
            Self::Regex(regex) => regex.is_match(key),
        }
    }
}

#[derive(Debug)]
enum Additional {
    Any,
    None,
    Schema(Box<Schema>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Null,
    Boolean,
    Number,
    Integer,
    String,
    Array,
    Object,
}

impl Type {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "string" => Self::String,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    fn matches(self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Boolean => value.is_boolean(),
            Self::Number => value.is_number(),
            Self::Integer => value.as_f64().is_some_and(|n| n.fract() == 0.0),
            Self::String => value.is_string(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
        }
    }
}

/// Schemas that others may refer to by `$ref`, by name.
#[derive(Debug, Default)]
pub struct Library {
    schemas: Vec<(String, Arc<Schema>)>,
}

impl Library {
    /// Compiles a schema and adds it under a name; later schemas may refer to it.
    pub fn add(&mut self, name: &str, schema: &Value) -> Result<Arc<Schema>> {
        let compiled = Arc::new(self.compile(schema)?);
        self.schemas.push((name.to_owned(), Arc::clone(&compiled)));
        Ok(compiled)
    }

    /// Compiles a schema whose references are in this library.
    pub fn compile(&self, schema: &Value) -> Result<Schema> {
        let empty = Map::new();
        let source = schema.as_object().unwrap_or(&empty);
        let list = |key: &str| -> Result<Vec<Schema>> {
            source.get(key).and_then(Value::as_array).into_iter().flatten().map(|item| self.compile(item)).collect()
        };
        let regex = |text: &str| Regex::new(text).map_err(|e| Error::invalid(format!("pattern {text:?}: {e}")));
        let members = |key: &str| source.get(key).and_then(Value::as_object).into_iter().flatten();
        let strings = |value: Option<&Value>| -> Vec<String> {
            let one = value.and_then(Value::as_str).map(str::to_owned);
            let many = value.and_then(Value::as_array).into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned));
            one.into_iter().chain(many).collect()
        };
        let reference = match source.get("$ref").and_then(Value::as_str) {
            None => None,
            Some(name) => {
                let found = self.schemas.iter().find(|(known, _)| known == name);
                Some(Arc::clone(&found.ok_or_else(|| Error::invalid(format!("can't resolve reference {name}")))?.1))
            }
        };
        Ok(Schema {
            types: strings(source.get("type")).iter().filter_map(|name| Type::named(name)).collect(),
            min_length: source.get("minLength").and_then(Value::as_u64),
            max_length: source.get("maxLength").and_then(Value::as_u64),
            pattern: match source.get("pattern").and_then(Value::as_str) {
                None => None,
                Some(text) => Some((text.to_owned(), regex(text)?)),
            },
            constant: source.get("const").cloned(),
            enumeration: source.get("enum").and_then(Value::as_array).cloned(),
            one_of: list("oneOf")?,
            all_of: list("allOf")?,
            min_items: source.get("minItems").and_then(Value::as_u64),
            items: source.get("items").map(|items| self.compile(items).map(Box::new)).transpose()?,
            required: strings(source.get("required")),
            properties: members("properties").map(|(key, value)| Ok((key.clone(), self.compile(value)?))).collect::<Result<_>>()?,
            pattern_properties: members("patternProperties")
                .map(|(key, value)| {
                    let pattern = if key == ANY_LINE { KeyPattern::AnyLine } else { KeyPattern::Regex(regex(key)?) };
                    Ok((pattern, self.compile(value)?))
                })
                .collect::<Result<_>>()?,
            additional: match source.get("additionalProperties") {
                None | Some(Value::Bool(true)) => Additional::Any,
                Some(Value::Bool(false)) => Additional::None,
                Some(schema) => Additional::Schema(Box::new(self.compile(schema)?)),
            },
            reference,
        })
    }
}

/// Collects violations; stops after the first one unless all are wanted.
struct Run {
    all: bool,
    found: Vec<Violation>,
}

impl Run {
    fn done(&self) -> bool {
        !self.all && !self.found.is_empty()
    }

    fn report(&mut self, path: Path<'_>, keyword: &'static str, message: impl Into<String>, params: String) {
        if !self.done() {
            self.found.push(Violation { instance_path: path.to_pointer(), keyword, message: message.into(), params });
        }
    }
}

impl Schema {
    /// Every violation, in Ajv's order with `allErrors`.
    pub fn validate_all(&self, value: &Value) -> Vec<Violation> {
        let mut run = Run { all: true, found: Vec::new() };
        self.visit(value, Path::Root, &mut run);
        run.found
    }

    /// The violation that Ajv reports without `allErrors`.
    pub fn validate(&self, value: &Value) -> Option<Violation> {
        let mut run = Run { all: false, found: Vec::new() };
        self.visit(value, Path::Root, &mut run);
        run.found.into_iter().next()
    }

    fn visit(&self, value: &Value, path: Path<'_>, run: &mut Run) {
        if run.done() {
            return;
        }
        // A single type whose rules follow is checked together with them; any other type first.
        let grouped = self.grouped_type();
        if !self.types.is_empty() && grouped.is_none() && !self.types.iter().any(|t| t.matches(value)) {
            return self.report_type(path, run);
        }
        if let Some(reference) = &self.reference {
            reference.visit(value, path, run);
        }
        if let Value::String(text) = value {
            self.visit_string(text, path, run);
        } else if grouped == Some(Type::String) {
            self.report_type(path, run);
        }
        self.visit_any(value, path, run);
        if let Value::Array(items) = value {
            self.visit_array(items, path, run);
        } else if grouped == Some(Type::Array) {
            self.report_type(path, run);
        }
        if let Value::Object(members) = value {
            self.visit_object(members, path, run);
        } else if grouped == Some(Type::Object) {
            self.report_type(path, run);
        }
    }

    fn grouped_type(&self) -> Option<Type> {
        let [only] = self.types.as_slice() else { return None };
        let has_rules = match only {
            Type::String => self.min_length.is_some() || self.max_length.is_some() || self.pattern.is_some(),
            Type::Array => self.min_items.is_some() || self.items.is_some(),
            Type::Object => {
                !self.required.is_empty()
                    || !self.properties.is_empty()
                    || !self.pattern_properties.is_empty()
                    || !matches!(self.additional, Additional::Any)
            }
            _ => false,
        };
        has_rules.then_some(*only)
    }

    fn report_type(&self, path: Path<'_>, run: &mut Run) {
        let names: Vec<&str> = self.types.iter().map(|t| t.name()).collect();
        let names = names.join(",");
        run.report(path, "type", format!("must be {names}"), format!("type: {names}"));
    }

    fn visit_string(&self, text: &str, path: Path<'_>, run: &mut Run) {
        let length = || text.chars().count() as u64;
        if let Some(limit) = self.max_length
            && length() > limit
        {
            run.report(path, "maxLength", format!("must NOT have more than {limit} characters"), format!("limit: {limit}"));
        }
        // No character takes more than four bytes.
        if let Some(limit) = self.min_length
            && (text.len() as u64) < limit.saturating_mul(4)
            && length() < limit
        {
            run.report(path, "minLength", format!("must NOT have fewer than {limit} characters"), format!("limit: {limit}"));
        }
        if let Some((source, regex)) = &self.pattern
            && !regex.is_match(text)
        {
            run.report(path, "pattern", format!("must match pattern \"{source}\""), format!("pattern: {source}"));
        }
    }

    fn visit_any(&self, value: &Value, path: Path<'_>, run: &mut Run) {
        if let Some(constant) = &self.constant
            && constant != value
        {
            let allowed = crate::lang::javascript::to_text(constant);
            run.report(path, "const", "must be equal to constant", format!("allowedValue: {allowed}"));
        }
        if let Some(allowed) = &self.enumeration
            && !allowed.contains(value)
        {
            let names = crate::lang::javascript::to_text(&Value::Array(allowed.clone()));
            run.report(path, "enum", "must be equal to one of the allowed values", format!("allowedValues: {names}"));
        }
        if !self.one_of.is_empty() {
            self.visit_one_of(value, path, run);
        }
        for part in &self.all_of {
            part.visit(value, path, run);
        }
    }

    fn visit_one_of(&self, value: &Value, path: Path<'_>, run: &mut Run) {
        let mut passing = Vec::new();
        let mut failures = Vec::new();
        for (index, option) in self.one_of.iter().enumerate() {
            let mut inner = Run { all: run.all, found: Vec::new() };
            option.visit(value, path, &mut inner);
            if inner.found.is_empty() {
                passing.push(index.to_string());
            }
            failures.extend(inner.found);
        }
        if passing.len() == 1 {
            return;
        }
        let passing = if passing.is_empty() { "null".to_owned() } else { passing.join(",") };
        failures.push(Violation {
            instance_path: path.to_pointer(),
            keyword: "oneOf",
            message: "must match exactly one schema in oneOf".to_owned(),
            params: format!("passingSchemas: {passing}"),
        });
        run.found.extend(failures);
    }

    fn visit_array(&self, items: &[Value], path: Path<'_>, run: &mut Run) {
        if let Some(limit) = self.min_items
            && (items.len() as u64) < limit
        {
            run.report(path, "minItems", format!("must NOT have fewer than {limit} items"), format!("limit: {limit}"));
        }
        if let Some(schema) = &self.items {
            for (index, item) in items.iter().enumerate() {
                schema.visit(item, Path::Index(&path, index), run);
            }
        }
    }

    fn visit_object(&self, members: &Map<String, Value>, path: Path<'_>, run: &mut Run) {
        for key in &self.required {
            if member(members, key).is_none() {
                run.report(path, "required", format!("must have required property '{key}'"), format!("missingProperty: {key}"));
            }
        }
        if !matches!(self.additional, Additional::Any) {
            for (key, member) in members {
                let known =
                    self.properties.iter().any(|(name, _)| name == key) || self.pattern_properties.iter().any(|(p, _)| p.is_match(key));
                match &self.additional {
                    _ if known => {}
                    Additional::Any => {}
                    Additional::None => {
                        run.report(
                            path,
                            "additionalProperties",
                            "must NOT have additional properties",
                            format!("additionalProperty: {key}"),
                        );
                    }
                    Additional::Schema(schema) => schema.visit(member, Path::Key(&path, key), run),
                }
            }
        }
        for (key, schema) in &self.properties {
            if let Some(member) = member(members, key) {
                schema.visit(member, Path::Key(&path, key), run);
            }
        }
        for (pattern, schema) in &self.pattern_properties {
            for (key, member) in members.iter().filter(|(key, _)| pattern.is_match(key)) {
                schema.visit(member, Path::Key(&path, key), run);
            }
        }
    }
}

/// Where a value is, written down only when somebody is told.
#[derive(Debug, Clone, Copy)]
enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    fn to_pointer(self) -> String {
        let mut pointer = String::new();
        self.write(&mut pointer);
        pointer
    }

    fn write(self, out: &mut String) {
        match self {
            Self::Root => {}
            Self::Key(parent, key) => {
                parent.write(out);
                pointer::push(out, key);
            }
            Self::Index(parent, index) => {
                parent.write(out);
                pointer::push(out, &index.to_string());
            }
        }
    }
}

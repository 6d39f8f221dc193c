//! What is known of a value before the run: the schemas of the form and of outputs, followed through `each`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Template;
use super::parameters;
use crate::lang::javascript::integer_key;
use crate::lang::jinja::{self, Options};

/// How deep one value may stand for another.
const MAX_DEPTH: usize = 20;

/// A value that is not there yet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape<'a> {
    /// It will fit this JSON Schema.
    Schema(&'a Value),
    /// It is written in the template.
    Literal(&'a Value),
    /// A list of who knows what.
    List,
    /// A text.
    Text,
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// Nobody knows.
    Unknown,
    /// One of these.
    Known(Vec<Shape<'a>>),
    /// It has no member of this name, but these.
    Missing(String, Vec<String>),
}

/// The types of a template's names.
#[derive(Debug)]
pub(super) struct Types<'a> {
    fields: BTreeMap<String, Vec<&'a Value>>,
    steps: Vec<&'a Value>,
    ids: Vec<String>,
    outputs: Vec<Option<&'a Value>>,
}

impl<'a> Types<'a> {
    pub(super) fn new(template: &Template<'a>) -> Self {
        let steps: Vec<&Value> = template.steps().map(|(_, step)| step).collect();
        let registry = template.registry;
        let output = |step: &&'a Value| registry.get(step.get("action")?.as_str()?)?.output.as_ref();
        let mut fields: BTreeMap<String, Vec<&'a Value>> = BTreeMap::new();
        parameters::walk(template.value, &mut |name, _, schema| fields.entry(name.to_owned()).or_default().push(schema));
        Self { fields, outputs: steps.iter().map(output).collect(), ids: template.step_ids(), steps }
    }

    /// What a name with its members is, as seen by the step at `step`.
    pub(super) fn find(&self, step: Option<usize>, path: &[String]) -> Found<'a> {
        self.resolve(step, path, 0)
    }

    fn resolve(&self, step: Option<usize>, path: &[String], depth: usize) -> Found<'a> {
        if depth > MAX_DEPTH {
            return Found::Unknown;
        }
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["parameters", name, rest @ ..] => match self.fields.get(*name) {
                Some(schemas) => descend(schemas.iter().map(|schema| Shape::Schema(schema)).collect(), rest),
                None => Found::Unknown,
            },
            ["steps", id, "output", name, rest @ ..] => {
                let Some(at) = self.ids.iter().rposition(|known| known == id) else { return Found::Unknown };
                let Some(schema) = self.outputs.get(at).copied().flatten() else { return Found::Unknown };
                // A step that runs for each of a list puts lists out.
                if self.steps.get(at).is_some_and(|step| step.get("each").is_some()) {
                    return if rest.is_empty() { Found::Known(vec![Shape::List]) } else { Found::Unknown };
                }
                match schema.get("properties").and_then(|properties| properties.get(*name)) {
                    Some(schema) => descend(vec![Shape::Schema(schema)], rest),
                    None => Found::Unknown,
                }
            }
            ["each", "key"] => Found::Known(vec![Shape::Text]),
            ["each", "value", rest @ ..] => match self.items(step, depth + 1) {
                Some(items) => descend(items, rest),
                None => Found::Unknown,
            },
            _ => Found::Unknown,
        }
    }

    /// What the step's `each` iterates over.
    pub(super) fn each(&self, at: usize) -> Found<'a> {
        self.each_at(at, 0)
    }

    fn each_at(&self, at: usize, depth: usize) -> Found<'a> {
        match self.steps.get(at).and_then(|step| step.get("each")) {
            None => Found::Unknown,
            Some(each @ Value::String(text)) => match sole(text) {
                // Without an expression it stays the text that it is.
                None if !is_templated(text) => Found::Known(vec![Shape::Literal(each)]),
                None => Found::Unknown,
                Some(name) => self.resolve(Some(at), &name.path, depth + 1),
            },
            Some(each) => Found::Known(vec![Shape::Literal(each)]),
        }
    }

    fn items(&self, step: Option<usize>, depth: usize) -> Option<Vec<Shape<'a>>> {
        let Found::Known(lists) = self.each_at(step?, depth) else { return None };
        let mut items = Vec::new();
        for list in lists {
            match list {
                Shape::Literal(Value::Array(members)) => items.extend(members.iter().map(Shape::Literal)),
                Shape::Literal(Value::Object(members)) => items.extend(members.values().map(Shape::Literal)),
                Shape::Schema(schema) => match (schema.get("items"), schema.get("properties").and_then(Value::as_object)) {
                    (Some(item @ Value::Object(_)), _) => items.push(Shape::Schema(item)),
                    (None, Some(members)) => items.extend(members.values().map(Shape::Schema)),
                    _ => return None,
                },
                _ => return None,
            }
        }
        Some(items).filter(|items| !items.is_empty())
    }
}

/// The name that a text passes on as it is.
pub(super) fn sole(text: &str) -> Option<jinja::Reference> {
    jinja::Template::parse(text, &Options::default()).ok()?.sole_reference()
}

/// Whether rendering may change a text.
pub(super) fn is_templated(text: &str) -> bool {
    text.contains("${{") || text.contains("{%") || text.contains("{#")
}

fn descend<'a>(shapes: Vec<Shape<'a>>, rest: &[&str]) -> Found<'a> {
    let mut shapes = shapes;
    for key in rest {
        let mut next = Vec::new();
        let mut lacking = BTreeSet::new();
        for shape in &shapes {
            match member(*shape, key) {
                Found::Known(found) => next.extend(found),
                Found::Missing(_, known) => lacking.extend(known),
                Found::Unknown => return Found::Unknown,
            }
        }
        if next.is_empty() {
            return Found::Missing((*key).to_owned(), lacking.into_iter().collect());
        }
        shapes = next;
    }
    Found::Known(shapes)
}

/// Keywords with which an object may have members that `properties` does not tell.
const OPEN: &[&str] = &[
    "additionalProperties",
    "patternProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "then",
    "else",
    "dependencies",
    "dependentSchemas",
    "$ref",
    "ui:field",
];

fn member<'a>(shape: Shape<'a>, key: &str) -> Found<'a> {
    match shape {
        Shape::Literal(Value::Object(members)) => match members.get(key) {
            Some(found) => Found::Known(vec![Shape::Literal(found)]),
            None => Found::Missing(key.to_owned(), members.keys().cloned().collect()),
        },
        Shape::Schema(schema) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            if let Some(found) = properties.and_then(|properties| properties.get(key)) {
                return Found::Known(vec![Shape::Schema(found)]);
            }
            if let (Some(_), Some(items @ Value::Object(_))) = (integer_key(key), schema.get("items")) {
                return Found::Known(vec![Shape::Schema(items)]);
            }
            let closed = OPEN.iter().all(|keyword| schema.get(keyword).is_none_or(|value| value == &Value::Bool(false)));
            match properties.filter(|properties| !properties.is_empty() && closed) {
                Some(properties) => Found::Missing(key.to_owned(), properties.keys().cloned().collect()),
                None => Found::Unknown,
            }
        }
        _ => Found::Unknown,
    }
}

/// The JSON types that the shapes may have; none when nobody knows.
pub(super) fn kinds<'a>(shapes: &[Shape<'a>]) -> Option<BTreeSet<&'a str>> {
    let mut kinds = BTreeSet::new();
    for shape in shapes {
        match shape {
            Shape::List => {
                kinds.insert("array");
            }
            Shape::Text => {
                kinds.insert("string");
            }
            Shape::Literal(Value::String(text)) if is_templated(text) => return None,
            Shape::Literal(value) => {
                kinds.insert(kind(value));
            }
            Shape::Schema(schema) => match (schema.get("type"), schema.get("enum").and_then(Value::as_array)) {
                (Some(Value::String(one)), _) => {
                    kinds.insert(one.as_str());
                }
                (Some(Value::Array(many)), _) => kinds.extend(many.iter().filter_map(Value::as_str)),
                (None, Some(values)) => values.iter().for_each(|value| {
                    kinds.insert(kind(value));
                }),
                _ => return None,
            },
        }
    }
    Some(kinds)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The only values that the shapes may have; none when there are others.
pub(super) fn values<'a>(shapes: &[Shape<'a>]) -> Option<Vec<&'a Value>> {
    let mut found = Vec::new();
    for shape in shapes {
        match shape {
            Shape::Schema(schema) => match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
                (Some(one), _) => found.push(one),
                (None, Some(many)) => found.extend(many),
                _ => return None,
            },
            Shape::Literal(Value::String(text)) if is_templated(text) => return None,
            Shape::Literal(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => found.push(value),
            _ => return None,
        }
    }
    Some(found)
}

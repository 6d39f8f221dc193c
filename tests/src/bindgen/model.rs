//! The table of operations with its types, read from the JSON Schemas.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A type as both hosts can express it.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Any JSON.
    Any,
    /// JSON's null.
    Null,
    /// true or false.
    Bool,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// A string.
    Text,
    /// One of these strings.
    Words(Vec<String>),
    /// A list.
    List(Box<Type>),
    /// An object with free keys.
    Dict(Box<Type>),
    /// A named object.
    Named(String),
    /// One of several.
    Union(Vec<Type>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The JSON key.
    pub name: String,
    /// Its type.
    pub of: Type,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub doc: String,
}

/// A named object.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// What it is.
    pub doc: String,
    /// Its members, in order.
    pub fields: Vec<Field>,
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// `health.assess`
    pub name: String,
    /// One line.
    pub help: String,
    /// The members of the request.
    pub request: Vec<Field>,
    /// Set when the request is not one object with fixed members.
    pub request_type: Type,
    /// The answer.
    pub response: Type,
}

/// A kind of handle, as a class of the hosts.
#[derive(Debug)]
pub struct Handle {
    /// `Catalog`
    pub class: String,
    /// `catalog`
    pub kind: String,
    /// One line.
    pub help: String,
    /// What opens it.
    pub opening: Operation,
    /// What it answers, without what it keeps.
    pub methods: Vec<Operation>,
}

/// All operations and the named objects they speak of.
#[derive(Debug, Default)]
pub struct Table {
    /// Sorted by name.
    pub operations: Vec<Operation>,
    /// Sorted by class.
    pub handles: Vec<Handle>,
    /// Named objects.
    pub objects: BTreeMap<String, Object>,
}

impl Table {
    /// Reads the table that this build of the core has.
    pub fn read() -> Self {
        let mut table = Self::default();
        for op in lofting::wire::ops() {
            let schema = op.schema();
            let operation = table.operation(op.name(), op.help(), &schema["request"], "Request", &schema["response"]);
            table.operations.push(operation);
        }
        for kind in lofting::wire::kinds() {
            let opening = table.operation(kind.name(), kind.help(), &kind.opening(), "Opening", &Value::Null);
            let mut methods = Vec::new();
            for method in kind.methods() {
                let help = lofting::wire::find(method.op()).map_or("", lofting::wire::Op::help);
                methods.push(table.operation(method.op(), help, &method.question(), "Question", &method.response()));
            }
            table.handles.push(Handle {
                class: pascal(kind.name()),
                kind: kind.name().to_owned(),
                help: kind.help().to_owned(),
                opening,
                methods,
            });
        }
        table
    }

    fn operation(&mut self, name: &str, help: &str, request: &Value, suffix: &str, response: &Value) -> Operation {
        let pascal = pascal(name);
        let request_type = Reader::new(self, request, &pascal).root(&format!("{pascal}{suffix}"));
        let response = Reader::new(self, response, &pascal).root(&format!("{pascal}Response"));
        let fields = match &request_type {
            Type::Named(name) => self.objects.get(name).map(|object| object.fields.clone()).unwrap_or_default(),
            _ => Vec::new(),
        };
        Operation { name: name.to_owned(), help: help.to_owned(), request: fields, request_type, response }
    }
}

impl Operation {
    /// The last word: `query`.
    pub fn word(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.request.is_empty() && matches!(&self.request_type, Type::Null | Type::Dict(_))
    }

    /// Whether it can be asked without a request.
    pub fn is_optional(&self) -> bool {
        self.is_empty() || (!self.request.is_empty() && self.request.iter().all(|field| !field.required))
    }
}

/// `health.assess` as `HealthAssess`.
pub fn pascal(name: &str) -> String {
    name.split(['.', '_', '-'])
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
        })
        .collect()
}

struct Reader<'t> {
    table: &'t mut Table,
    root: &'t Value,
    prefix: &'t str,
    names: BTreeMap<String, String>,
}

impl<'t> Reader<'t> {
    fn new(table: &'t mut Table, root: &'t Value, prefix: &'t str) -> Self {
        Self { table, root, prefix, names: BTreeMap::new() }
    }

    /// The root gets a name of its own when it is an object.
    fn root(mut self, name: &str) -> Type {
        let mut schema = self.root;
        let mut aliases = Vec::new();
        while let Some(target) = reference(schema) {
            aliases.push(target);
            schema = self.root.pointer(&format!("/$defs/{target}")).unwrap_or(&Value::Null);
        }
        if has_fields(schema) {
            self.names.extend(aliases.into_iter().map(|alias| (alias.to_owned(), name.to_owned())));
            let object = self.object(schema);
            self.table.objects.insert(name.to_owned(), object);
            return Type::Named(name.to_owned());
        }
        self.of(schema)
    }

    fn object(&mut self, schema: &Value) -> Object {
        let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let empty = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&empty);
        let fields = properties
            .iter()
            .map(|(name, schema)| Field {
                name: name.clone(),
                of: self.of(schema),
                required: required.contains(&name.as_str()),
                doc: doc(schema),
            })
            .collect();
        Object { doc: doc(schema), fields }
    }

    fn named(&mut self, target: &str) -> Type {
        if let Some(name) = self.names.get(target) {
            return Type::Named(name.clone());
        }
        let schema = self.root.pointer(&format!("/$defs/{target}")).cloned().unwrap_or_default();
        if !has_fields(&schema) {
            return self.of(&schema);
        }
        // Reserve the name first: types may refer to themselves.
        self.names.insert(target.to_owned(), target.to_owned());
        let object = self.object(&schema);
        // The hosts have a class of that name for a kind of handle.
        let class = lofting::wire::kinds().iter().any(|kind| pascal(kind.name()) == target);
        let taken = class || self.table.objects.get(target).is_some_and(|known| *known != object);
        let name = if taken { format!("{}{target}", self.prefix) } else { target.to_owned() };
        self.names.insert(target.to_owned(), name.clone());
        self.table.objects.insert(name.clone(), object);
        Type::Named(name)
    }

    fn of(&mut self, schema: &Value) -> Type {
        if let Some(target) = reference(schema) {
            return self.named(target);
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(options) = schema[key].as_array() {
                return union(options.iter().map(|option| self.of(option)).collect());
            }
        }
        if let Some(words) = schema["enum"].as_array() {
            return Type::Words(words.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        if let Some(word) = schema["const"].as_str() {
            return Type::Words(vec![word.to_owned()]);
        }
        match &schema["type"] {
            Value::String(kind) => self.kind(kind, schema),
            Value::Array(kinds) => union(kinds.iter().filter_map(Value::as_str).map(|kind| self.kind(kind, schema)).collect()),
            _ => Type::Any,
        }
    }

    fn kind(&mut self, kind: &str, schema: &Value) -> Type {
        match kind {
            "null" => Type::Null,
            "boolean" => Type::Bool,
            "integer" => Type::Integer,
            "number" => Type::Number,
            "string" => Type::Text,
            "array" => Type::List(Box::new(schema.get("items").map_or(Type::Any, |items| self.of(items)))),
            "object" => Type::Dict(Box::new(match schema.get("additionalProperties") {
                Some(value @ Value::Object(_)) => self.of(value),
                _ => Type::Any,
            })),
            _ => Type::Any,
        }
    }
}

fn has_fields(schema: &Value) -> bool {
    schema["properties"].as_object().is_some_and(|p| !p.is_empty()) && schema.get("anyOf").is_none() && schema.get("oneOf").is_none()
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"))
}

fn doc(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn union(options: Vec<Type>) -> Type {
    let mut flat: Vec<Type> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for option in options {
        match option {
            Type::Any => return Type::Any,
            Type::Words(more) => words.extend(more),
            Type::Union(inner) => flat.extend(inner),
            other if !flat.contains(&other) => flat.push(other),
            _ => {}
        }
    }
    if !words.is_empty() {
        flat.insert(0, Type::Words(words));
    }
    if flat.len() == 1 { flat.remove(0) } else { Type::Union(flat) }
}

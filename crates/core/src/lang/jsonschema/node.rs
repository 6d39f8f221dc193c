//! The npm package `jsonschema` 1.5.0: draft 4 to 7 with leftovers of draft 3, its messages and its order of errors.

#![allow(clippy::neg_cmp_op_on_partial_ord, reason = "as in JavaScript, nothing compares with NaN")]

mod scalars;

use std::collections::HashMap;

use serde_json::{Map, Value};
use url::Url;

use super::format::conforms;
use crate::lang::javascript::{stringify, to_text, truthy};
use crate::lang::jinja::Pattern;
use crate::{Error, Result};

/// How deep schemas may lead.
const MAX_DEPTH: usize = 400;

/// One violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// `instance.a[0].b`.
    pub property: String,
    /// What is wrong.
    pub message: String,
    /// The keyword.
    pub name: &'static str,
    /// The keyword's argument, where messages are made anew from it.
    pub argument: Option<String>,
}

impl Violation {
    /// `property message`, as the package prints it.
    pub fn stack(&self) -> String {
        format!("{} {}", self.property, self.message)
    }
}

/// Checks a value; refuses schemas that cannot be used.
pub fn validate(instance: &Value, schema: &Value) -> Result<Vec<Violation>> {
    if !schema.is_boolean() && !schema.is_object() && !schema.is_array() {
        return refuse("Expected `schema` to be an object or boolean");
    }
    let base = resolve_url("undefined", id_of(schema).unwrap_or_default())?;
    let mut known = HashMap::new();
    known.insert(base.clone(), schema);
    scan(&base, schema, &mut known, 0)?;
    let mut run = Run { known, found: Vec::new() };
    run.schema(Some(instance), schema, &Context { path: "instance".to_owned(), base }, 0)?;
    Ok(run.found)
}

fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::upstream(message))
}

fn id_of(schema: &Value) -> Option<&str> {
    let text = |key: &str| schema.get(key).filter(|id| truthy(id));
    text("$id").or_else(|| text("id")).and_then(Value::as_str)
}

/// Resolves a schema's URI; what has no scheme of its own stays relative.
fn resolve_url(from: &str, to: &str) -> Result<String> {
    let invalid = |_| Error::upstream("Invalid URL");
    let root = Url::parse("resolve://").map_err(invalid)?;
    let resolved = root.join(from).map_err(invalid)?.join(to).map_err(invalid)?;
    if resolved.scheme() != "resolve" {
        return Ok(resolved.into());
    }
    let query = resolved.query().filter(|query| !query.is_empty()).map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = resolved.fragment().filter(|fragment| !fragment.is_empty()).map(|fragment| format!("#{fragment}")).unwrap_or_default();
    Ok(format!("{}{query}{fragment}", resolved.path()))
}

/// Indexes every subschema by its URI.
fn scan<'a>(base: &str, schema: &'a Value, known: &mut HashMap<String, &'a Value>, depth: usize) -> Result<()> {
    let Value::Object(members) = schema else { return Ok(()) };
    if depth > MAX_DEPTH || members.get("$ref").is_some_and(truthy) {
        return Ok(());
    }
    let mut own = match id_of(schema) {
        Some(id) => resolve_url(base, id)?,
        None => base.to_owned(),
    };
    if !own.contains('#') {
        own.push('#');
    }
    if let Some(other) = known.get(&own) {
        if !equal(other, schema) {
            return refuse(format!("Schema <{own}> already exists with different definition"));
        }
        return Ok(());
    }
    known.insert(own.clone(), schema);
    if let Some(bare) = own.strip_suffix('#') {
        known.insert(bare.to_owned(), schema);
    }
    let mut visit = |keyword: &str, lists: bool, maps: bool| -> Result<()> {
        let at = format!("{own}/{keyword}");
        match members.get(keyword) {
            Some(Value::Array(items)) if lists => {
                items.iter().enumerate().try_for_each(|(index, item)| scan(&format!("{at}/{index}"), item, known, depth + 1))
            }
            Some(item @ Value::Object(_)) if lists && matches!(keyword, "items" | "extends") => {
                scan(&format!("{at}/0"), item, known, depth + 1)
            }
            Some(Value::Object(items)) if maps => {
                items.iter().try_for_each(|(key, item)| scan(&format!("{at}/{key}"), item, known, depth + 1))
            }
            Some(item) if !lists && !maps => scan(&at, item, known, depth + 1),
            _ => Ok(()),
        }
    };
    visit("items", true, false)?;
    visit("extends", true, false)?;
    visit("additionalItems", false, false)?;
    visit("properties", false, true)?;
    visit("additionalProperties", false, false)?;
    visit("definitions", false, true)?;
    visit("patternProperties", false, true)?;
    visit("dependencies", false, true)?;
    visit("disallow", true, false)?;
    visit("allOf", true, false)?;
    visit("anyOf", true, false)?;
    visit("oneOf", true, false)?;
    visit("not", false, false)
}

/// Where we are.
struct Context {
    /// Printed path.
    path: String,
    /// Base URI.
    base: String,
}

impl Context {
    fn child(&self, schema: &Value, property: Option<&str>) -> Result<Self> {
        let base = match id_of(schema) {
            Some(id) => resolve_url(&self.base, id)?,
            None => self.base.clone(),
        };
        let path = property.map_or_else(|| self.path.clone(), |property| format!("{}{}", self.path, suffix(property)));
        Ok(Self { path, base })
    }
}

/// A property or index in a printed path.
fn suffix(key: &str) -> String {
    let digit = key.bytes().next().is_some_and(|b| b.is_ascii_digit());
    if !digit && !key.contains(|c: char| matches!(c, '.' | '[' | ']') || crate::lang::javascript::is_space(c)) {
        return format!(".{key}");
    }
    if key.bytes().all(|b| b.is_ascii_digit()) {
        return format!("[{key}]");
    }
    format!("[{}]", stringify(&Value::String(key.to_owned())))
}

struct Run<'a> {
    known: HashMap<String, &'a Value>,
    found: Vec<Violation>,
}

/// The name of a subschema in messages.
fn label(schema: &Value, index: usize, bracketed: bool) -> String {
    if let Some(id) = id_of(schema) {
        return if bracketed { format!("<{id}>") } else { id.to_owned() };
    }
    if let Some(title) = schema.get("title").filter(|title| truthy(title)) {
        return stringify(title);
    }
    if let Some(reference) = schema.get("$ref").filter(|reference| truthy(reference)) {
        return format!("<{}>", to_text(reference));
    }
    format!("[subschema {index}]")
}

/// Strict deep equality.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b))),
        (a, b) => a == b,
    }
}

fn number(value: &Value) -> Option<f64> {
    if value.is_number() { value.as_f64() } else { None }
}

/// A bound of a keyword as JavaScript would compare it; `NaN` never holds.
fn bound(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Number(n) => n.as_f64().unwrap_or(f64::NAN),
        Value::String(text) => crate::lang::javascript::string_to_number(text),
        _ => f64::NAN,
    }
}

/// A regular expression as the package compiles it: with the flag `u` first.
fn pattern(source: &Value) -> Result<Pattern> {
    let source = to_text(source);
    Pattern::new(&source, "u")
        .or_else(|_| Pattern::new(&source, ""))
        .map_err(|_| Error::upstream(format!("Invalid regular expression: /{source}/")))
}

impl<'a> Run<'a> {
    fn report(&mut self, context: &Context, name: &'static str, message: impl Into<String>) {
        self.found.push(Violation { property: context.path.clone(), message: message.into(), name, argument: None });
    }

    /// Checks without keeping the violations.
    fn passes(&mut self, instance: Option<&Value>, schema: &'a Value, context: &Context, depth: usize) -> Result<bool> {
        let kept = self.found.len();
        let outcome = self.schema(instance, schema, context, depth);
        let passes = self.found.len() == kept;
        self.found.truncate(kept);
        outcome.map(|()| passes)
    }

    fn schema(&mut self, instance: Option<&Value>, schema: &'a Value, context: &Context, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return refuse("Maximum call stack size exceeded");
        }
        let members = match schema {
            Value::Bool(true) => return Ok(()),
            Value::Bool(false) => {
                if instance.is_some() {
                    self.report(context, "type", "is not of a type(s) ");
                }
                return Ok(());
            }
            Value::Object(members) => members,
            Value::String(reference) if !reference.is_empty() => return self.reference(instance, reference, context, depth),
            other if truthy(other) => return Ok(()),
            _ => return refuse("schema is undefined"),
        };
        if let Some(Value::String(reference)) = members.get("$ref") {
            return self.reference(instance, reference, context, depth);
        }
        if let Some(extends) = members.get("extends").filter(|extends| truthy(extends)) {
            // Draft 3: the parents' keywords hold as well.
            let parents: Vec<&Value> = extends.as_array().map_or_else(|| vec![extends], |list| list.iter().collect());
            for parent in parents {
                self.schema(instance, parent, context, depth + 1)?;
            }
        }
        for keyword in members.keys() {
            self.keyword(keyword, instance, members, context, depth)?;
        }
        Ok(())
    }

    fn reference(&mut self, instance: Option<&Value>, reference: &str, context: &Context, depth: usize) -> Result<()> {
        let uri = resolve_url(&context.base, reference)?;
        let target = match self.known.get(&uri) {
            Some(schema) => *schema,
            None => {
                let (document, fragment) = uri.split_once('#').map_or((uri.as_str(), ""), |(document, fragment)| (document, fragment));
                let Some(root) = self.known.get(document).filter(|_| !fragment.is_empty()) else {
                    return refuse(format!("no such schema <{uri}>"));
                };
                let mut target: &'a Value = root;
                for token in fragment.split('/').skip(1) {
                    let token = token.replacen("~0", "~", 1).replace("~1", "/");
                    let token = percent_decode(&token);
                    let next = match target {
                        Value::Object(members) => members.get(&token),
                        Value::Array(items) => token.parse().ok().and_then(|index: usize| items.get(index)),
                        _ => None,
                    };
                    target = next.ok_or_else(|| Error::upstream(format!("no such schema #{fragment} located in <{document}>")))?;
                }
                target
            }
        };
        self.schema(instance, target, &Context { path: context.path.clone(), base: uri }, depth + 1)
    }

    fn keyword(
        &mut self,
        keyword: &str,
        instance: Option<&Value>,
        schema: &'a Map<String, Value>,
        context: &Context,
        depth: usize,
    ) -> Result<()> {
        let Some(argument) = schema.get(keyword) else { return Ok(()) };
        match keyword {
            "required" => self.required(instance, argument, context),
            "properties" => self.properties(instance, argument, context, depth)?,
            _ => {
                let Some(instance) = instance else { return Ok(()) };
                match keyword {
                    "type" => self.types(instance, argument, context, depth)?,
                    "anyOf" | "oneOf" | "allOf" => self.combine(keyword, instance, argument, context, depth)?,
                    "if" => self.condition(instance, argument, schema, context, depth)?,
                    "not" | "disallow" => self.not(instance, schema, context, depth)?,
                    "enum" => self.enumeration(instance, argument, context)?,
                    "const" if !equal(argument, instance) => {
                        self.report(context, "const", format!("does not exactly match expected constant: {}", to_text(argument)));
                    }
                    "format" => {
                        if let (Value::String(text), Value::String(format)) = (instance, argument)
                            && !conforms(text, format)
                        {
                            self.report(context, "format", format!("does not conform to the {} format", stringify(argument)));
                        }
                    }
                    _ => self.typed(keyword, instance, argument, schema, context, depth)?,
                }
            }
        }
        Ok(())
    }

    /// Keywords that only look at values of one type.
    fn typed(
        &mut self,
        keyword: &str,
        instance: &Value,
        argument: &'a Value,
        schema: &'a Map<String, Value>,
        context: &Context,
        depth: usize,
    ) -> Result<()> {
        match instance {
            Value::Object(members) => self.object(keyword, members, argument, schema, context, depth),
            Value::Array(items) => self.array(keyword, items, argument, schema, context, depth),
            Value::String(text) => self.text(keyword, text, argument, context),
            Value::Number(_) => self.number(keyword, number(instance).unwrap_or(f64::NAN), argument, schema, context),
            _ => Ok(()),
        }
    }

    fn required(&mut self, instance: Option<&Value>, argument: &Value, context: &Context) {
        match (instance, argument) {
            (None, Value::Bool(true)) => self.report(context, "required", "is required"),
            (Some(Value::Object(members)), Value::Array(names)) => {
                for name in names {
                    let key = to_text(name);
                    if !members.contains_key(&key) {
                        self.report(context, "required", format!("requires property {}", stringify(name)));
                        if let Some(last) = self.found.last_mut() {
                            last.argument = Some(key);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn properties(&mut self, instance: Option<&Value>, argument: &'a Value, context: &Context, depth: usize) -> Result<()> {
        let (Some(Value::Object(members)), Value::Object(properties)) = (instance, argument) else { return Ok(()) };
        for (key, schema) in properties {
            if schema.is_null() {
                return refuse("Unexpected null, expected schema in \"properties\"");
            }
            self.schema(members.get(key), schema, &context.child(schema, Some(key))?, depth + 1)?;
        }
        Ok(())
    }

    fn types(&mut self, instance: &Value, argument: &'a Value, context: &Context, depth: usize) -> Result<()> {
        let types: Vec<&'a Value> = argument.as_array().map_or_else(|| vec![argument], |list| list.iter().collect());
        for kind in &types {
            if self.test_type(instance, kind, context, depth)? {
                return Ok(());
            }
        }
        let names: Vec<String> = types
            .iter()
            .map(|kind| match id_of(kind) {
                _ if !truthy(kind) => String::new(),
                Some(id) => format!("<{id}>"),
                None => to_text(kind),
            })
            .collect();
        self.report(context, "type", format!("is not of a type(s) {}", names.join(",")));
        Ok(())
    }

    fn test_type(&mut self, instance: &Value, kind: &'a Value, context: &Context, depth: usize) -> Result<bool> {
        Ok(match kind {
            Value::Null => return refuse("Unexpected null in \"type\" keyword"),
            Value::String(name) => match name.as_str() {
                "string" => instance.is_string(),
                "number" => instance.is_number(),
                "integer" => number(instance).is_some_and(|n| n.fract() == 0.0),
                "boolean" => instance.is_boolean(),
                "array" => instance.is_array(),
                "null" => instance.is_null(),
                "object" => instance.is_object(),
                "date" => false,
                // Names that nobody knows are accepted.
                _ => true,
            },
            Value::Object(_) | Value::Array(_) => self.passes(Some(instance), kind, context, depth + 1)?,
            _ => true,
        })
    }

    fn combine(&mut self, keyword: &str, instance: &Value, argument: &'a Value, context: &Context, depth: usize) -> Result<()> {
        let Value::Array(options) = argument else { return refuse(format!("{keyword} must be an array")) };
        if keyword == "allOf" {
            for (index, option) in options.iter().enumerate() {
                let from = self.found.len();
                self.schema(Some(instance), option, context, depth + 1)?;
                let inner = self.found.split_off(from);
                if !inner.is_empty() {
                    let message = format!("does not match allOf schema {} with {} error[s]:", label(option, index, false), inner.len());
                    self.report(context, "allOf", message);
                    self.found.extend(inner);
                }
            }
            return Ok(());
        }
        let mut passing = 0;
        for option in options {
            passing += usize::from(self.passes(Some(instance), option, context, depth + 1)?);
            if keyword == "anyOf" && passing > 0 {
                return Ok(());
            }
        }
        let any = keyword == "anyOf";
        let names: Vec<String> = options.iter().enumerate().map(|(index, option)| label(option, index, any)).collect();
        let names = names.join(",");
        if any {
            self.report(context, "anyOf", format!("is not any of {names}"));
        } else if passing != 1 {
            self.report(context, "oneOf", format!("is not exactly one from {names}"));
        }
        Ok(())
    }

    fn condition(
        &mut self,
        instance: &Value,
        argument: &'a Value,
        schema: &'a Map<String, Value>,
        context: &Context,
        depth: usize,
    ) -> Result<()> {
        let is_schema = |value: &Value| value.is_object() || value.is_array() || value.is_boolean();
        if !is_schema(argument) {
            return refuse("Expected \"if\" keyword to be a schema");
        }
        let keyword = if self.passes(Some(instance), argument, context, depth + 1)? { "then" } else { "else" };
        let Some(branch) = schema.get(keyword) else { return Ok(()) };
        if !is_schema(branch) {
            return refuse(format!("Expected \"{keyword}\" keyword to be a schema"));
        }
        self.schema(Some(instance), branch, &context.child(branch, None)?, depth + 1)
    }

    fn not(&mut self, instance: &Value, schema: &'a Map<String, Value>, context: &Context, depth: usize) -> Result<()> {
        let wanted = |keyword: &str| schema.get(keyword).filter(|value| truthy(value));
        let Some(types) = wanted("not").or_else(|| wanted("disallow")) else { return Ok(()) };
        let types: Vec<&'a Value> = types.as_array().map_or_else(|| vec![types], |list| list.iter().collect());
        for kind in types {
            if self.test_type(instance, kind, context, depth)? {
                let name = id_of(kind).map_or_else(|| to_text(kind), str::to_owned);
                self.report(context, "not", format!("is of prohibited type {name}"));
            }
        }
        Ok(())
    }

    fn enumeration(&mut self, instance: &Value, argument: &Value, context: &Context) -> Result<()> {
        let Value::Array(options) = argument else { return refuse("enum expects an array") };
        if !options.iter().any(|option| equal(option, instance)) {
            let names: Vec<String> = options.iter().map(to_text).collect();
            self.report(context, "enum", format!("is not one of enum values: {}", names.join(",")));
        }
        Ok(())
    }

    fn object(
        &mut self,
        keyword: &str,
        members: &Map<String, Value>,
        argument: &'a Value,
        schema: &'a Map<String, Value>,
        context: &Context,
        depth: usize,
    ) -> Result<()> {
        let count = members.len() as f64;
        match keyword {
            "minProperties" if !(count >= bound(argument)) => {
                self.report(context, "minProperties", format!("does not meet minimum property length of {}", to_text(argument)));
            }
            "maxProperties" if !(count <= bound(argument)) => {
                self.report(context, "maxProperties", format!("does not meet maximum property length of {}", to_text(argument)));
            }
            "propertyNames" => {
                if !argument.is_object() && !argument.is_boolean() && !argument.is_array() {
                    return refuse("Expected \"propertyNames\" to be a schema (object or boolean)");
                }
                for key in members.keys() {
                    self.schema(Some(&Value::String(key.clone())), argument, &context.child(argument, None)?, depth + 1)?;
                }
            }
            "patternProperties" => self.pattern_properties(members, argument, schema, context, depth)?,
            "additionalProperties" if !schema.get("patternProperties").is_some_and(truthy) => {
                for (key, member) in members {
                    self.additional_property(key, member, schema, context, depth)?;
                }
            }
            "dependencies" => self.dependencies(members, argument, context, depth)?,
            _ => {}
        }
        Ok(())
    }

    fn pattern_properties(
        &mut self,
        members: &Map<String, Value>,
        argument: &'a Value,
        schema: &'a Map<String, Value>,
        context: &Context,
        depth: usize,
    ) -> Result<()> {
        let patterns = argument.as_object();
        let mut compiled: Vec<(Pattern, &'a Value)> = Vec::new();
        for (source, subschema) in patterns.into_iter().flatten() {
            if subschema.is_null() && !members.is_empty() {
                return refuse("Unexpected null, expected schema in \"patternProperties\"");
            }
            compiled.push((pattern(&Value::String(source.clone()))?, subschema));
        }
        for (key, member) in members {
            let mut matched = false;
            for (pattern, subschema) in &compiled {
                if pattern.is_match(key) {
                    matched = true;
                    self.schema(Some(member), subschema, &context.child(subschema, Some(key))?, depth + 1)?;
                }
            }
            if !matched {
                self.additional_property(key, member, schema, context, depth)?;
            }
        }
        Ok(())
    }

    fn additional_property(
        &mut self,
        key: &str,
        member: &Value,
        schema: &'a Map<String, Value>,
        context: &Context,
        depth: usize,
    ) -> Result<()> {
        if schema.get("properties").and_then(|properties| properties.get(key)).is_some() {
            return Ok(());
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => {
                let key = stringify(&Value::String(key.to_owned()));
                self.report(context, "additionalProperties", format!("is not allowed to have the additional property {key}"));
                Ok(())
            }
            Some(additional) if truthy(additional) => {
                self.schema(Some(member), additional, &context.child(additional, Some(key))?, depth + 1)
            }
            _ => Ok(()),
        }
    }

    fn dependencies(&mut self, members: &Map<String, Value>, argument: &'a Value, context: &Context, depth: usize) -> Result<()> {
        for (key, dependency) in argument.as_object().into_iter().flatten() {
            if !members.contains_key(key) {
                continue;
            }
            let child = context.child(dependency, Some(key))?;
            let names: Vec<String> = match dependency {
                Value::String(name) => vec![name.clone()],
                Value::Array(names) => names.iter().map(to_text).collect(),
                schema => {
                    let from = self.found.len();
                    self.schema(Some(&Value::Object(members.clone())), schema, &child, depth + 1)?;
                    let inner = self.found.split_off(from);
                    if !inner.is_empty() {
                        self.report(context, "dependencies", format!("does not meet dependency required by {}", child.path));
                        self.found.extend(inner);
                    }
                    continue;
                }
            };
            for name in names {
                if !members.contains_key(&name) {
                    self.report(context, "dependencies", format!("property {name} not found, required by {}", child.path));
                }
            }
        }
        Ok(())
    }

    fn array(
        &mut self,
        keyword: &str,
        items: &[Value],
        argument: &'a Value,
        schema: &'a Map<String, Value>,
        context: &Context,
        depth: usize,
    ) -> Result<()> {
        let count = items.len() as f64;
        match keyword {
            "minItems" if !(count >= bound(argument)) => {
                self.report(context, "minItems", format!("does not meet minimum length of {}", to_text(argument)));
            }
            "maxItems" if !(count <= bound(argument)) => {
                self.report(context, "maxItems", format!("does not meet maximum length of {}", to_text(argument)));
            }
            "uniqueItems" if argument == &Value::Bool(true) => {
                let duplicate = items.iter().enumerate().any(|(at, item)| items.iter().skip(at + 1).any(|other| equal(item, other)));
                if duplicate {
                    self.report(context, "uniqueItems", "contains duplicate item");
                }
            }
            "contains" => {
                if !argument.is_object() && !argument.is_boolean() && !argument.is_array() {
                    return refuse("Expected \"contains\" keyword to be a schema");
                }
                for (at, item) in items.iter().enumerate() {
                    if self.passes(Some(item), argument, &context.child(argument, Some(&at.to_string()))?, depth + 1)? {
                        return Ok(());
                    }
                }
                self.report(context, "contains", "must contain an item matching given schema");
            }
            "items" => {
                for (at, item) in items.iter().enumerate() {
                    let subschema = match argument {
                        Value::Array(list) => list.get(at).or_else(|| schema.get("additionalItems")),
                        single => Some(single),
                    };
                    match subschema {
                        None => {}
                        Some(Value::Bool(false)) => {
                            self.report(context, "items", "additionalItems not permitted");
                            break;
                        }
                        Some(subschema) => {
                            self.schema(Some(item), subschema, &context.child(subschema, Some(&at.to_string()))?, depth + 1)?
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn percent_decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(hex.unwrap_or(*byte));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

//! Struct field tables of the pinned Kubernetes and Argo Rollouts types.
//!
//! A table is a list of types; an indented line is a field: JSON name, type and
//! flags (`?` omitempty, `!` omitzero, `<` from an embedded struct). Types:
//! `str bool i32 i64 f64 raw any`, named scalars such as `Quantity`, `*T`, `[]T`,
//! `{}T` (map of strings to T), or the name of another type of the table.

use std::{collections::HashMap, sync::OnceLock};

const TABLES: [&str; 2] = [include_str!("tables/kubernetes.txt"), include_str!("tables/rollouts.txt")];

/// The Go type of a field, as far as encoding/json can tell.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Str,
    Bool,
    I32,
    I64,
    F64,
    /// json.RawMessage.
    Raw,
    /// A byte slice, base64 in JSON.
    Bytes,
    Any,
    Quantity,
    IntOrString,
    Time,
    MicroTime,
    /// A struct written as free JSON, such as FieldsV1.
    Free,
    Pointer(Box<Kind>),
    List(Box<Kind>),
    Map(Box<Kind>),
    Struct(usize),
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) omit_empty: bool,
    pub(super) omit_zero: bool,
    /// Reached through an embedded struct: sigs.k8s.io/yaml then loses sight of its type.
    pub(super) embedded: bool,
}

#[derive(Debug)]
pub(super) struct Struct {
    pub(super) name: &'static str,
    pub(super) fields: Vec<Field>,
    by_name: HashMap<&'static str, usize>,
}

impl Struct {
    /// Whether a key is spelled exactly as a field is.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.by_name.contains_key(key)
    }

    /// The field a JSON key goes to: by exact name, else ignoring case, as encoding/json does.
    pub(super) fn field(&self, key: &str) -> Option<usize> {
        self.by_name.get(key).copied().or_else(|| self.fields.iter().position(|field| folds(field.name, key)))
    }
}

fn folds(name: &str, key: &str) -> bool {
    if key.is_ascii() {
        return name.eq_ignore_ascii_case(key);
    }
    // encoding/json folds by simple Unicode rules: the Kelvin sign and the long s meet ASCII letters.
    let ascii: String = key
        .chars()
        .map(|c| {
            if c == '\u{212a}' {
                'k'
            } else if c == '\u{17f}' {
                's'
            } else {
                c
            }
        })
        .collect();
    name.eq_ignore_ascii_case(&ascii)
}

pub(super) struct Schema {
    structs: Vec<Struct>,
    by_name: HashMap<&'static str, usize>,
}

impl Schema {
    pub(super) fn get() -> &'static Schema {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(Schema::parse)
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(super) fn at(&self, index: usize) -> Option<&Struct> {
        self.structs.get(index)
    }

    fn parse() -> Schema {
        let lines = || TABLES.iter().flat_map(|table| table.lines());
        let names: Vec<&'static str> = lines().filter(|line| !line.starts_with(' ')).collect();
        let by_name: HashMap<_, _> = names.iter().enumerate().map(|(index, name)| (*name, index)).collect();
        let mut structs: Vec<Struct> = Vec::with_capacity(names.len());
        for line in lines() {
            if !line.starts_with(' ') {
                structs.push(Struct { name: line, fields: Vec::new(), by_name: HashMap::new() });
                continue;
            }
            let mut words = line.split_whitespace();
            let (name, kind, flags) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next().unwrap_or(""));
            let field = Field {
                name,
                kind: kind_of(kind, &by_name),
                omit_empty: flags.contains('?'),
                omit_zero: flags.contains('!'),
                embedded: flags.contains('<'),
            };
            if let Some(current) = structs.last_mut() {
                current.by_name.insert(name, current.fields.len());
                current.fields.push(field);
            }
        }
        Schema { structs, by_name }
    }
}

fn kind_of(text: &str, names: &HashMap<&'static str, usize>) -> Kind {
    if let Some(rest) = text.strip_prefix('*') {
        return Kind::Pointer(Box::new(kind_of(rest, names)));
    }
    if let Some(rest) = text.strip_prefix("[]") {
        return Kind::List(Box::new(kind_of(rest, names)));
    }
    if let Some(rest) = text.strip_prefix("{}") {
        return Kind::Map(Box::new(kind_of(rest, names)));
    }
    match text {
        "str" => Kind::Str,
        "bool" => Kind::Bool,
        "i32" => Kind::I32,
        "i64" => Kind::I64,
        "f64" => Kind::F64,
        "raw" => Kind::Raw,
        "bytes" => Kind::Bytes,
        "Quantity" => Kind::Quantity,
        "IntOrString" => Kind::IntOrString,
        "Time" => Kind::Time,
        "MicroTime" => Kind::MicroTime,
        "FieldsV1" => Kind::Free,
        _ => names.get(text).map_or(Kind::Any, |index| Kind::Struct(*index)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_type_is_in_the_tables() {
        let schema = Schema::get();
        fn named(kind: &Kind) -> bool {
            match kind {
                Kind::Pointer(inner) | Kind::List(inner) | Kind::Map(inner) => named(inner),
                Kind::Any => false,
                _ => true,
            }
        }
        for entry in &schema.structs {
            for field in &entry.fields {
                assert!(named(&field.kind), "{}.{}", entry.name, field.name);
            }
        }
        assert!(schema.find("PodSpec").is_some() && schema.find("Rollout").is_some());
    }
}

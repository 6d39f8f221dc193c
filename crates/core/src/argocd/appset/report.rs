//! Provenance and findings: why this Application, why this value.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    generate::{Generated, GeneratedApplication},
    generators::{Origin, Row},
    params::{Params, flatten, shown},
    plan::Part,
    set::ApplicationSet,
    text::{Compiled, Engine},
    unused,
};
use crate::{Diagnostic, Map, Value, lang::gofmt::Value as GoValue};

/// How many rows a finding names.
const MOST_NAMED: usize = 10;

/// Where one Application came from.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// The rows that its parameter set was made of; where two give one parameter, the later one wins.
    pub rows: Vec<GeneratorRow>,
    /// The parameter set, flattened to text.
    pub parameters: Map<String, Value>,
    /// The templated fields.
    pub fields: Vec<TemplatedField>,
}

/// One parameter set of one generator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GeneratorRow {
    /// JSON pointer of the generator in the set.
    pub generator: String,
    /// Which of its parameter sets, from 0.
    pub row: usize,
}

impl GeneratorRow {
    fn of(row: &Row) -> Self {
        Self { generator: row.generator.to_string(), row: row.index }
    }
}

/// A field whose value came from a template.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplatedField {
    /// JSON pointer of the field in the template, or `/spec/templatePatch` for the patch as a whole.
    pub path: String,
    /// The template's text.
    pub template: String,
    /// What it gave.
    pub value: String,
    /// The parameters that it reads.
    pub reads: Vec<Reading>,
}

/// A parameter that a template reads.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// Its name, with dots.
    pub parameter: String,
    /// Its value as text; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The row that gave it; absent where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<GeneratorRow>,
}

/// The parameters that a text reads.
fn reads(compiled: &Compiled) -> Vec<String> {
    let mut names = match compiled {
        Compiled::Literal => Vec::new(),
        Compiled::Fast(template) => template.tags().map(ToOwned::to_owned).collect(),
        Compiled::Go(template) => template.fields(),
    };
    names.sort();
    names.dedup();
    names
}

/// A parameter by its name with dots, as text.
fn lookup(params: &Params, name: &str) -> Option<String> {
    let open = |map: &Params, key: &str| map.get(key.as_bytes());
    if let Some(value) = open(params, name) {
        return Some(shown(&value));
    }
    let mut parts = name.split('.');
    let mut value = open(params, parts.next()?)?;
    for part in parts {
        let GoValue::Map(map) = &value else { return None };
        value = open(map, part)?;
    }
    Some(shown(&value))
}

/// Why each templated field of an Application has its value.
pub(super) fn provenance(engine: &Engine, set: &ApplicationSet, part: &Part, params: &Params, origin: &Origin) -> Provenance {
    let mut texts = Vec::new();
    part.texts("", &mut texts);
    if let Some(patch) = set.value().pointer("/spec/templatePatch").and_then(Value::as_str) {
        texts.push(("/spec/templatePatch".to_owned(), patch));
    }
    let fields = texts.into_iter().filter_map(|(path, text)| {
        let compiled = engine.compile(text, false);
        let compiled = compiled.as_ref().as_ref().ok()?;
        let value = compiled.render(text, params).ok()?;
        let reading =
            |name: String| Reading { value: lookup(params, &name), from: origin.of(&name).map(GeneratorRow::of), parameter: name };
        Some(TemplatedField { path, template: text.to_owned(), value, reads: reads(compiled).into_iter().map(reading).collect() })
    });
    let parameters = flatten(params).into_iter().map(|(key, value)| (key, Value::from(shown(&value))));
    Provenance {
        rows: origin.rows().into_iter().map(GeneratorRow::of).collect(),
        fields: fields.collect(),
        parameters: parameters.collect(),
    }
}

/// Adds the findings about what was generated.
pub(super) fn examine(set: &ApplicationSet, out: &mut Generated, engine: &Engine) {
    duplicates(out);
    unused::examine(set, out, engine);
    dialects(set, out);
    unknown_generators(set, out);
    if set.value().pointer("/spec/templatePatch").is_some() && !set.go_template() {
        out.diagnostics.push(Diagnostic::warning(
            "argocd-appset-patch-without-go-template",
            "/spec/templatePatch",
            "templatePatch is rendered by the simple engine: control tags stay in the text and break it",
        ));
    }
}

fn duplicates(out: &mut Generated) {
    let mut names: HashSet<&str> = HashSet::with_capacity(out.applications.len());
    if out.applications.iter().map(GeneratedApplication::name).all(|name| !name.is_empty() && names.insert(name)) {
        return;
    }
    let mut seen: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, application) in out.applications.iter().enumerate() {
        seen.entry(application.name()).or_default().push(index);
    }
    let mut found = Vec::new();
    for (name, indexes) in &seen {
        let mut rows: Vec<String> = indexes
            .iter()
            .take(MOST_NAMED)
            .filter_map(|index| out.applications.get(*index))
            .map(|application| format!("row {} of /spec/generators/{}/{}", application.row, application.entry, application.generator))
            .collect();
        if indexes.len() > MOST_NAMED {
            rows.push(format!("and {} more", indexes.len() - MOST_NAMED));
        }
        if name.is_empty() {
            found.push(Diagnostic::error(
                "argocd-appset-empty-name",
                "/spec/template/metadata/name",
                format!("an Application would have no name ({}): upstream creates none of them", rows.join(", ")),
            ));
        } else if indexes.len() > 1 {
            found.push(Diagnostic::error(
                "argocd-appset-duplicate-name",
                "/spec/template/metadata/name",
                format!(
                    "{} Applications would be named {name:?} ({}): upstream creates and updates none of them",
                    indexes.len(),
                    rows.join(", ")
                ),
            ));
        }
    }
    out.diagnostics.extend(found);
}

/// Tags of the other engine: `{{.name}}` without `goTemplate`, `{{name}}` with it.
fn dialects(set: &ApplicationSet, out: &mut Generated) {
    fn walk(value: &Value, at: &mut String, found: &mut Vec<String>, test: &dyn Fn(&str) -> bool) {
        match value {
            Value::String(text) if test(text) => found.push(at.clone()),
            Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
                let before = at.len();
                at.push_str(&format!("/{index}"));
                walk(item, at, found, test);
                at.truncate(before);
            }),
            Value::Object(members) => members.iter().for_each(|(key, item)| {
                let before = at.len();
                at.push('/');
                at.push_str(&key.replace('~', "~0").replace('/', "~1"));
                walk(item, at, found, test);
                at.truncate(before);
            }),
            _ => {}
        }
    }
    if set.go_template() {
        return;
    }
    let dotted = |text: &str| {
        text.match_indices("{{").any(|(at, _)| text.get(at + 2..).is_some_and(|rest| rest.trim_start_matches(['-', ' ']).starts_with('.')))
    };
    let mut found = Vec::new();
    if let Some(template) = set.value().pointer("/spec/template") {
        walk(template, &mut "/spec/template".to_owned(), &mut found, &dotted);
    }
    for path in found {
        out.diagnostics.push(Diagnostic::warning(
            "argocd-appset-dotted-tag",
            path,
            "a tag with a dot needs goTemplate: true; without it the text stays as it is written",
        ));
    }
}

fn unknown_generators(set: &ApplicationSet, out: &mut Generated) {
    for (index, entry) in set.items("/spec/generators").iter().enumerate() {
        let known = entry.as_object().is_some_and(|members| members.keys().any(|key| key != "selector"));
        if !known {
            out.diagnostics.push(Diagnostic::warning(
                "argocd-appset-no-generator",
                format!("/spec/generators/{index}"),
                "the entry names no generator: upstream generates nothing for it and, under the sync policy, deletes what it generated before",
            ));
        }
    }
}

//! Provenance and findings: why this Application, why this value.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    generate::Generated,
    generators::Entry,
    params::{Params, flatten, shown},
    plan::Part,
    set::ApplicationSet,
    text::{Compiled, Engine},
};
use crate::{Diagnostic, Map, Value};

/// Where one Application came from.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// JSON pointer of the generator in the set.
    pub generator: String,
    /// The parameter set, flattened to text.
    pub parameters: Map<String, Value>,
    /// The templated fields.
    pub fields: Vec<TemplatedField>,
}

/// A field whose value came from a template.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplatedField {
    /// JSON pointer of the field in the template.
    pub path: String,
    /// The template's text.
    pub template: String,
    /// What it gave.
    pub value: String,
    /// The parameters that it reads.
    pub reads: Vec<String>,
}

/// The parameters that a text reads.
fn reads(compiled: &Compiled) -> Vec<String> {
    match compiled {
        Compiled::Literal => Vec::new(),
        Compiled::Fast(template) => template.tags().map(ToOwned::to_owned).collect(),
        Compiled::Go(template) => template.fields(),
    }
}

/// Why each templated field of an Application has its value.
pub(super) fn provenance(engine: &Engine, part: &Part, params: &Params, entry: &Entry, index: usize) -> Provenance {
    let mut texts = Vec::new();
    part.texts("", &mut texts);
    let fields = texts.into_iter().filter_map(|(path, text)| {
        let compiled = engine.compile(text, false);
        let compiled = compiled.as_ref().as_ref().ok()?;
        let value = compiled.render(text, params).ok()?;
        Some(TemplatedField { path, template: text.to_owned(), value, reads: reads(compiled) })
    });
    let parameters = flatten(params).into_iter().map(|(key, value)| (key, Value::from(shown(&value))));
    Provenance { generator: format!("/spec/generators/{index}/{}", entry.kind), fields: fields.collect(), parameters: parameters.collect() }
}

/// Which parameters each generator gives and which are read anywhere.
#[derive(Debug, Default)]
pub(super) struct Usage {
    given: BTreeMap<(usize, &'static str), BTreeSet<String>>,
    read: BTreeSet<String>,
}

impl Usage {
    /// Notes what an entry gives and what its template reads.
    pub(super) fn note_entry(&mut self, index: usize, entry: &Entry, part: &Part) {
        if let Some(params) = entry.params.first() {
            let names = params.to_vec().into_iter().map(|(key, _)| key.to_lossy().into_owned());
            self.given.entry((index, entry.kind)).or_default().extend(names);
        }
        let mut texts = Vec::new();
        part.texts("", &mut texts);
        self.read.extend(texts.into_iter().map(|(_, text)| text.to_owned()));
    }
}

/// Adds the findings about what was generated.
pub(super) fn examine(set: &ApplicationSet, out: &mut Generated, used: &Usage) {
    duplicates(out);
    unused(set, out, used);
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
    let mut seen: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, application) in out.applications.iter().enumerate() {
        seen.entry(application.name()).or_default().push(index);
    }
    let mut found = Vec::new();
    for (name, indexes) in &seen {
        let rows: Vec<String> = indexes
            .iter()
            .filter_map(|index| out.applications.get(*index))
            .map(|application| format!("row {} of /spec/generators/{}/{}", application.row, application.entry, application.generator))
            .collect();
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

/// A parameter is unused when no text of the set mentions its name.
fn unused(set: &ApplicationSet, out: &mut Generated, used: &Usage) {
    let patch = set.value().pointer("/spec/templatePatch").and_then(Value::as_str).unwrap_or_default();
    let generators = set.value().pointer("/spec/generators").map(ToString::to_string).unwrap_or_default();
    let well_known = ["path", "values", "generator", "metadata", "clusters"];
    for ((index, kind), names) in &used.given {
        if *kind != "list" {
            continue;
        }
        for name in names {
            let mentioned = |text: &str| text.contains("{{") && text.contains(name.as_str());
            let read = used.read.iter().any(|text| mentioned(text) || text.contains("range .") || text.contains(" . "))
                || mentioned(patch)
                || mentioned(&generators);
            if !read && !well_known.contains(&name.as_str()) && !name.is_empty() {
                out.diagnostics.push(Diagnostic::info(
                    "argocd-appset-unused-parameter",
                    format!("/spec/generators/{index}/{kind}"),
                    format!("no template reads the parameter {name:?}"),
                ));
            }
        }
    }
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

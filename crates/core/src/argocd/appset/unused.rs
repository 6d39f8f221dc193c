//! Parameters that the set's author gives and no template reads.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    generate::Generated,
    set::ApplicationSet,
    text::{Compiled, Engine},
};
use crate::{Diagnostic, Value, text::pointer};

/// What the templates of a set read.
struct Used {
    names: BTreeSet<String>,
    /// Some template reads whatever there is.
    all: bool,
}

impl Used {
    /// Every text that was compiled, and the names that selectors and merge keys use.
    fn of(set: &ApplicationSet, engine: &Engine) -> Self {
        let mut used = Self { names: BTreeSet::new(), all: false };
        engine.each_compiled(|compiled| match compiled {
            Compiled::Literal => {}
            Compiled::Fast(template) => used.names.extend(template.tags().map(ToOwned::to_owned)),
            Compiled::Go(template) => {
                used.all |= template.reads_all();
                used.names.extend(template.fields());
            }
        });
        used.selected(set.items("/spec/generators"));
        used
    }

    fn selected(&mut self, entries: &[Value]) {
        for entry in entries {
            if let Some(labels) = entry.pointer("/selector/matchLabels").and_then(Value::as_object) {
                self.names.extend(labels.keys().cloned());
            }
            let expressions = entry.pointer("/selector/matchExpressions").and_then(Value::as_array).into_iter().flatten();
            self.names.extend(expressions.filter_map(|one| one.get("key")?.as_str().map(ToOwned::to_owned)));
            let keys = entry.pointer("/merge/mergeKeys").and_then(Value::as_array).into_iter().flatten();
            self.names.extend(keys.filter_map(|key| key.as_str().map(ToOwned::to_owned)));
            for kind in ["matrix", "merge"] {
                self.selected(entry.get(kind).and_then(|kind| kind.get("generators")).and_then(Value::as_array).map_or(&[], Vec::as_slice));
            }
        }
    }

    /// Whether something reads a parameter, a part of it, or what it is a part of.
    fn reads(&self, name: &str) -> bool {
        let inside = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        self.all || self.names.contains(name) || self.names.iter().any(|known| inside(known, name) || inside(name, known))
    }
}

/// Adds a remark for each parameter of a list, and each of `values`, that nothing reads. What upstream's generators give of
/// their own accord is not the author's to drop. Nothing is said where the set does not generate: there a text may not have
/// been compiled.
pub(super) fn examine(set: &ApplicationSet, out: &mut Generated, engine: &Engine) {
    if out.upstream.failed || !out.needs.is_empty() || out.applications.is_empty() {
        return;
    }
    let mut given = BTreeMap::new();
    collect(set.items("/spec/generators"), "/spec/generators", 0, &mut given);
    if given.is_empty() {
        return;
    }
    let used = Used::of(set, engine);
    for (name, path) in given.into_iter().filter(|(name, _)| !used.reads(name)) {
        out.diagnostics.push(Diagnostic::info("argocd-appset-unused-parameter", path, format!("no template reads the parameter {name:?}")));
    }
}

/// Matrices nest no deeper upstream.
const MAX_DEPTH: usize = 4;

/// The author's parameters by name, each with the pointer of its first mention.
fn collect(entries: &[Value], at: &str, depth: usize, given: &mut BTreeMap<String, String>) {
    for (index, entry) in entries.iter().enumerate() {
        for (kind, generator) in entry.as_object().into_iter().flatten() {
            let path = format!("{at}/{index}/{kind}");
            if let Some(children) = generator.get("generators").and_then(Value::as_array)
                && depth < MAX_DEPTH
            {
                collect(children, &format!("{path}/generators"), depth + 1, given);
            }
            note_values(generator, &path, given);
            for (row, element) in generator.get("elements").and_then(Value::as_array).into_iter().flatten().enumerate() {
                for name in element.as_object().into_iter().flatten().map(|(name, _)| name) {
                    if name == "values" {
                        note_values(element, &format!("{path}/elements/{row}"), given);
                    } else if !given.contains_key(name) {
                        given.insert(name.clone(), joined(&format!("{path}/elements/{row}"), name));
                    }
                }
            }
        }
    }
}

fn note_values(of: &Value, path: &str, given: &mut BTreeMap<String, String>) {
    for name in of.get("values").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name) {
        given.entry(format!("values.{name}")).or_insert_with(|| joined(&format!("{path}/values"), name));
    }
}

fn joined(at: &str, token: &str) -> String {
    let mut path = at.to_owned();
    pointer::push(&mut path, token);
    path
}

//! ApplicationSets: empty, without `missingkey=error`, unquoted, or about to delete.

use super::Finding;
use super::applications::is_true;
use super::context::{Context, text};
use super::fix::{Edit, Fix, insert_after};
use crate::platform::tree::Object;
use crate::{Diagnostic, Location, Severity, Value};

const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for object in context.platform.tree.of_kind("argoproj.io", "ApplicationSet") {
        missing_key(object, findings);
        let name = object.meta("name");
        let Some(set) = context.platform.applications.sets.iter().find(|set| set.name == name) else { continue };
        if set.error.is_some() || !set.needs.is_empty() {
            continue;
        }
        if set.applications.is_empty() && !context.is_patched(object) {
            let message = format!("{name} generates no Application");
            let mut finding = Diagnostic::warning("platform-appset-empty", "/spec/generators", message);
            finding.location = object.location("/spec/generators");
            findings.push(finding.into());
        }
        gone(context, object, &set.applications, findings);
    }
    for (path, _) in &context.platform.tree.broken {
        unquoted(context, path, findings);
    }
}

fn missing_key(object: &Object<'_>, findings: &mut Vec<Finding>) {
    let value = object.value();
    if !is_true(value.pointer("/spec/goTemplate")) {
        return;
    }
    let options = value.pointer("/spec/goTemplateOptions").and_then(Value::as_array);
    if options.into_iter().flatten().filter_map(Value::as_str).any(|option| option.starts_with("missingkey=")) {
        return;
    }
    let message = format!("{}: a parameter that is not there becomes the text <no value>", object.meta("name"));
    let mut diagnostic = Diagnostic::warning("platform-appset-missingkey", "/spec/goTemplate", message);
    diagnostic.location = object.location("/spec/goTemplate");
    let lines = ["goTemplateOptions:", "  - missingkey=error"];
    let edit = if options.is_some() { None } else { insert_after(object, "/spec/goTemplate", &lines) };
    findings.push(Finding { diagnostic, fix: Fix::new("add missingkey=error", edit.into_iter().collect()) });
}

/// Applications that the set made and no longer generates: the controller deletes them.
fn gone(context: &Context<'_>, object: &Object<'_>, generated: &[String], findings: &mut Vec<Finding>) {
    let value = object.value();
    let policy = text(value, "/spec/syncPolicy/applicationsSync");
    if matches!(policy, "create-only" | "create-update") {
        return;
    }
    let keeps = is_true(value.pointer("/spec/syncPolicy/preserveResourcesOnDeletion"));
    for (name, live) in context.snapshot.applications() {
        let owners = live.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        let mine = owners
            .into_iter()
            .flatten()
            .any(|owner| text(owner, "/kind") == "ApplicationSet" && text(owner, "/name") == object.meta("name"));
        if !mine || generated.iter().any(|known| known == name) {
            continue;
        }
        let finalizers = live.pointer("/metadata/finalizers").and_then(Value::as_array);
        let cascades = !keeps && finalizers.into_iter().flatten().filter_map(Value::as_str).any(|one| one.starts_with(FINALIZER));
        let (code, severity, what) = if cascades {
            ("argocd-appset-deletes-resources", Severity::Error, "with everything it deployed")
        } else {
            ("argocd-appset-deletes-application", Severity::Warning, "and what it deployed stays behind unmanaged")
        };
        let message = format!("{} no longer generates {name}: the Application is deleted, {what}", object.meta("name"));
        let mut finding = Diagnostic::new(code, severity, "/spec/generators", message);
        finding.location = object.location("/spec/generators");
        findings.push(finding.into());
    }
}

/// Why a set's file cannot be read: values that begin with `{{`.
fn unquoted(context: &Context<'_>, path: &str, findings: &mut Vec<Finding>) {
    let Some(text) = context.platform.tree.text(path).filter(|text| text.contains("kind: ApplicationSet")) else { return };
    let mut start = 0;
    let mut block: Option<usize> = None;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let here = start;
        start += line.len();
        let bare = line.trim_end();
        let indent = bare.len() - bare.trim_start().len();
        // Inside a block scalar everything is text.
        if let Some(outer) = block {
            if bare.is_empty() || indent > outer {
                continue;
            }
            block = None;
        }
        if [": |", ": >", ": |-", ": >-", ": |+", ": >+"].iter().any(|mark| bare.ends_with(mark)) {
            block = Some(indent);
            continue;
        }
        let Some((from, value)) = value_of(bare).filter(|(_, value)| value.starts_with("{{")) else { continue };
        let quote = if value.contains('"') { "'" } else { "\"" };
        if value.contains('\'') && value.contains('"') {
            continue;
        }
        let column = bare.get(..from).map_or(1, |before| before.chars().count() + 1);
        let location = Location { file: path.to_owned(), line: at + 1, column, end: None };
        let message = format!("{value} is not in quotes, so YAML reads a mapping and the file cannot be read");
        let edit =
            Edit { file: path.to_owned(), start: here + from, end: here + from + value.len(), text: format!("{quote}{value}{quote}") };
        findings.push(Finding {
            diagnostic: Diagnostic::error("platform-unquoted-template", "", message).with_location(location),
            fix: Fix::new("put the value in quotes", vec![edit]),
        });
    }
}

/// The value of a line `key: value` or `- value`, and where it begins; a comment at the end is left out.
fn value_of(line: &str) -> Option<(usize, &str)> {
    let from = match line.find(": ") {
        Some(colon) if !line.get(..colon)?.contains("{{") => colon + 2,
        _ => line.find("- ")? + 2,
    };
    let rest = line.get(from..)?;
    let from = from + rest.len() - rest.trim_start().len();
    let value = line.get(from..)?;
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    Some((from, value))
}

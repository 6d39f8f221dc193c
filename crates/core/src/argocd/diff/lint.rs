//! Findings about the two objects and the rules, beside the comparison.

use super::Ignored;
use super::last_applied::last_applied;
use crate::argocd::glob::matches;
use crate::argocd::ignore::{IgnoreRule, RuleSource};
use crate::argocd::settings::Settings;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::{Structs, Type, conforms, structs};
use crate::lang::jq::Program;
use crate::lang::{LangErrorKind, Limits};
use crate::text::pointer;
use crate::{Diagnostic, Value};

/// The findings; paths are pointers into the target, the live object (under `/live`) or the rules (under
/// `/ignoreDifferences`).
pub fn lint(
    target: Option<&Value>,
    live: Option<&Value>,
    rules: &[IgnoreRule],
    settings: &Settings,
    ignored: &[Ignored],
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(target) = target {
        found.extend(unknown_field(target));
    }
    if let Some(Err(error)) = live.map(last_applied) {
        let message = format!("the last applied configuration cannot be read: {}", error.message);
        found.push(Diagnostic::warning("argocd-diff-last-applied", "/live/metadata/annotations", message));
    }
    let object = target.or(live).unwrap_or(&Value::Null);
    for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| applies(rule, object)) {
        unused(at, rule, [target, live], ignored, &mut found);
    }
    let core =
        settings.overrides.iter().filter(|(key, one)| !key.contains('/') && !one.ignore_differences.managed_fields_managers.is_empty());
    for (key, _) in core.filter(|(key, _)| *key == unstructured::text(object, "kind")) {
        let message = format!("the managedFieldsManagers that argocd-cm gives for {key} are never looked up");
        found.push(Diagnostic::warning("argocd-diff-ignore-managers-core", "/settings", message));
    }
    found
}

fn applies(rule: &IgnoreRule, object: &Value) -> bool {
    let Gvk { group, kind, .. } = unstructured::gvk(object);
    matches(&rule.group, group)
        && matches(&rule.kind, kind)
        && (rule.name.is_empty() || rule.name == unstructured::name(object))
        && (rule.namespace.is_empty() || rule.namespace == unstructured::namespace(object))
}

/// Rules that left nothing out. A group, kind or name pattern is meant for many objects; only a rule that
/// names the object is worth a word.
fn unused(at: usize, rule: &IgnoreRule, objects: [Option<&Value>; 2], ignored: &[Ignored], found: &mut Vec<Diagnostic>) {
    let used = |expression: &str| {
        let source = RuleSource::Application(at);
        ignored.iter().any(|one| one.removed.expression == expression && one.removed.source == source)
    };
    let pointers = rule.json_pointers.iter().enumerate().map(|(index, text)| ("jsonPointers", index, text));
    let expressions = rule.jq_path_expressions.iter().enumerate().map(|(index, text)| ("jqPathExpressions", index, text));
    for (key, index, text) in pointers.chain(expressions) {
        let path = format!("/ignoreDifferences/{at}/{key}/{index}");
        if key == "jsonPointers" && !text.contains('/') {
            let message = format!("the JSON pointer {text:?} has no slash and never applies");
            found.push(Diagnostic::warning("argocd-diff-ignore-pointer", path, message));
        } else if key == "jqPathExpressions" && !used(text) && endless(text, objects) {
            let message = format!("{text} does not come to an end on this object, so it leaves nothing out");
            found.push(Diagnostic::warning("argocd-diff-ignore-endless", path, message));
        } else if !rule.name.is_empty() && !used(text) {
            found.push(Diagnostic::info("argocd-diff-ignore-nothing", path, format!("{text} is on neither side")));
        }
    }
}

/// Whether an expression reaches a limit on one of the objects.
fn endless(expression: &str, objects: [Option<&Value>; 2]) -> bool {
    let Ok(program) = Program::deletion(expression, Limits::default()) else { return false };
    objects.into_iter().flatten().any(|object| program.delete(object).is_err_and(|error| error.kind == LangErrorKind::Limit))
}

/// The first member that the struct of a built-in kind does not have.
fn unknown_field(object: &Value) -> Option<Diagnostic> {
    let Gvk { group, version, kind } = unstructured::gvk(object);
    let ty = structs().kind(group, version, kind)?;
    conforms(object, ty, false)?;
    if conforms(object, ty, true).is_some() {
        return None;
    }
    let mut path = String::new();
    search(structs(), object, ty, &mut path).then(|| {
        let name = pointer::tokens(&path).last().unwrap_or_default().into_owned();
        Diagnostic::warning(
            "argocd-diff-field-unknown",
            path,
            format!("{kind} has no field {name:?} here; the object is compared as it is spelt"),
        )
    })
}

fn search(table: &Structs, value: &Value, ty: Type, path: &mut String) -> bool {
    let len = path.len();
    match (ty, value) {
        (Type::Pointer(to), _) => search(table, value, table.ty(to), path),
        (Type::List(of), Value::Array(items)) => items.iter().enumerate().any(|(at, item)| {
            path.truncate(len);
            pointer::push(path, &at.to_string());
            search(table, item, table.ty(of), path)
        }),
        (Type::Map(of), Value::Object(members)) => members.iter().any(|(name, item)| {
            path.truncate(len);
            pointer::push(path, name);
            search(table, item, table.ty(of), path)
        }),
        (Type::Struct(at), Value::Object(members)) => members.iter().any(|(name, item)| {
            path.truncate(len);
            pointer::push(path, name);
            table.structure(at).field_folded(name).is_none_or(|field| search(table, item, table.ty(field.ty), path))
        }),
        _ => false,
    }
}

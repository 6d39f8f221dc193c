//! The folders that `fetch:template` renders: files that fail, and values that nobody passes.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::{Template, nearest, suggest};
use crate::backstage::scaffolder::dry_run::{Skeleton, skeleton};
use crate::lang::jinja::{self, Options};
use crate::text::{Diagnostic, LineIndex, Span};

/// Names that every skeleton sees.
const GLOBALS: &[&str] = &["range", "cycler", "joiner", "loop", "None", "True", "False"];

pub(super) fn check(template: &mut Template<'_>) {
    let mut findings = Vec::new();
    for (at, step) in template.steps() {
        let Some(input) = step.get("input").filter(|_| step.get("action").and_then(Value::as_str) == Some("fetch:template")) else {
            continue;
        };
        let Some(url) = input.get("url").and_then(Value::as_str).filter(|url| !url.contains("${{")) else { continue };
        let path = format!("/spec/steps/{at}/input");
        if Url::parse(url).is_ok() {
            continue;
        }
        match skeleton(&template.run, input) {
            Err(error) => findings.push(Diagnostic::error("backstage-template-skeleton", format!("{path}/url"), error.message)),
            // What lies beside the template's folder may not have been given.
            Ok(None) if url.contains("..") => {}
            Ok(None) => {
                findings.push(Diagnostic::error("backstage-template-skeleton", format!("{path}/url"), format!("There is no folder {url}")))
            }
            Ok(Some(skeleton)) => files(input, &path, &skeleton, &mut findings),
        }
    }
    template.report_all(findings);
}

fn files(input: &Value, path: &str, skeleton: &Skeleton, findings: &mut Vec<Diagnostic>) {
    let flag = |key: &str| input.get(key) == Some(&Value::Bool(true));
    let cookiecutter = flag("cookiecutterCompat");
    let options =
        Options { trim_blocks: flag("trimBlocks"), lstrip_blocks: flag("lstripBlocks"), cookiecutter_compat: cookiecutter, legacy: false };
    let root = if cookiecutter { "cookiecutter" } else { "values" };
    let passed = match input.get("values") {
        Some(Value::Object(values)) => Some(values.keys().map(String::as_str).collect::<BTreeSet<_>>()),
        Some(_) => None,
        None => Some(BTreeSet::new()),
    };
    let paths = skeleton.paths.iter().map(|path| (path.as_str(), path.as_str(), false));
    let texts = skeleton.texts.iter().map(|(place, text)| (place.as_str(), text.as_str(), true));
    for (place, text, is_file) in paths.chain(texts).filter(|(_, text, _)| text.contains('{')) {
        let mut report = |finding: Diagnostic, offset: usize| {
            // A name has no line of its own: the step's place is shown.
            if !is_file {
                findings.push(finding);
                return;
            }
            let start = offset.min(text.len());
            let location = LineIndex::new(text).location(text, place, Span { start, end: start });
            findings.push(finding.with_location(location));
        };
        let parsed = match jinja::Template::parse(text, &options) {
            Ok(parsed) => parsed,
            Err(error) => {
                let finding = Diagnostic::error("backstage-template-skeleton-syntax", path, format!("{place}: {error}"));
                let advice = "The whole step fails. Wrap what is not meant for the scaffolder in {% raw %}, or list the file in copyWithoutTemplating.";
                report(finding.with_help(advice), error.offset.unwrap_or(0));
                continue;
            }
        };
        let mut seen = BTreeSet::new();
        let names = parsed.references().names;
        // What the text itself asks for before it reads it may be absent.
        let optional: BTreeSet<&str> =
            names.iter().filter(|name| name.tested).filter_map(|name| name.path.get(1)).map(String::as_str).collect();
        for name in &names {
            let first = name.path.first().map(String::as_str).unwrap_or_default();
            let finding = if first != root && !GLOBALS.contains(&first) {
                let whole = name.path.join(".");
                let message = format!("{place} reads {whole}, but skeletons see `{root}` only: it is rendered as nothing");
                (Diagnostic::warning("backstage-template-blanked", path, message), None, whole)
            } else if let (true, Some(passed), Some(member)) = (first == root, &passed, name.path.get(1)) {
                if passed.contains(member.as_str()) || optional.contains(member.as_str()) {
                    continue;
                }
                let message = format!("{place} reads {root}.{member}, which the step does not pass");
                (
                    Diagnostic::warning("backstage-template-missing-value", path, message),
                    nearest(member, passed.iter().copied()),
                    member.clone(),
                )
            } else {
                continue;
            };
            let (finding, near, key) = finding;
            if seen.insert(key.clone()) {
                report(suggest(finding, near), name.offset);
            }
        }
    }
}

//! Stages 8 and 9: documentation, and what else a golden path brings.

use super::journey::Journey;
use super::{Finding, Problem};
use crate::backstage::techdocs;
use crate::platform::File;
use crate::{Severity, Value, yaml};

pub(super) fn techdocs(journey: &mut Journey<'_>) -> Finding {
    let pages: Vec<techdocs::Page<'_>> = journey.product.iter().map(|file| techdocs::Page { path: &file.path, text: &file.text }).collect();
    let findings = techdocs::check(&pages, "");
    let mut found = Finding::default();
    for finding in findings {
        let file = finding.location.as_ref().and_then(|at| journey.file(&at.file)).or_else(|| journey.file("mkdocs.yml"));
        let place = file.map_or_else(|| journey.template_file(), |file| journey.shown(file));
        let mut problem = journey.problem(&place, &finding.path, finding.message);
        if let Some(at) = finding.location {
            problem.location = crate::Location { file: place.path.clone(), ..at };
        }
        if finding.severity == Severity::Info { found.product.push(problem.message) } else { found.problems.push(problem) }
    }
    let documents: Vec<String> =
        journey.product.iter().filter(|file| file.path.starts_with("docs/")).map(|file| file.path.clone()).collect();
    let pages = documents.len();
    found.product.extend(documents);
    found.summary = match found.problems.len() {
        0 if pages == 1 => "1 page, and it is reachable".into(),
        0 => format!("{pages} pages, all reachable"),
        1 => "one problem".into(),
        number => format!("{number} problems"),
    };
    found
}

/// What a pipeline must do, and words that tell that it does.
const PIPELINE: [(&str, &[&str]); 5] = [
    ("lint", &["lint", "format", "ruff", "eslint", "clippy"]),
    ("test", &["test"]),
    ("build", &["build"]),
    ("scan", &["scan", "trivy", "grype", "snyk"]),
    ("push", &["push", "publish"]),
];

pub(super) fn extras(journey: &mut Journey<'_>) -> Finding {
    let mut found = Finding::default();
    let template = journey.template_file();
    let missing = |found: &mut Finding, message: String| {
        found.problems.push(Problem { message, location: super::journey::locate(&template, "/spec/steps") });
    };
    match journey.product.iter().find(|file| is_dashboard(file)) {
        Some(file) => dashboard(journey, file, &mut found),
        None => missing(&mut found, "the template writes no dashboard".into()),
    }
    match journey.product.iter().find(|file| is_pipeline(&file.path)) {
        Some(file) => pipeline(journey, file, &mut found),
        None => missing(&mut found, "the template writes no pipeline".into()),
    }
    let claims: Vec<String> = journey.product.iter().flat_map(claims).collect();
    let wanted = journey.values.iter().find(|(key, value)| key.to_lowercase().contains("database") && **value == Value::Bool(true));
    match (wanted, claims.is_empty()) {
        (Some((key, _)), true) => missing(&mut found, format!("{key} is true, and the template writes no claim")),
        (None, false) => missing(&mut found, format!("nobody asked for {}", claims.join(", "))),
        (Some(_), false) => found.product.push(format!("claim {}", claims.join(", "))),
        (None, true) => found.product.push("no claim, as nobody asked for one".into()),
    }
    found.summary = match found.problems.len() {
        0 => "all there".into(),
        1 => "one is missing or not complete".into(),
        number => format!("{number} are missing or not complete"),
    };
    found
}

fn is_dashboard(file: &File) -> bool {
    file.path.ends_with(".json") && (file.path.contains("dashboard") || file.path.contains("grafana"))
}

fn is_pipeline(path: &str) -> bool {
    path.starts_with(".github/workflows/") || matches!(path, ".gitlab-ci.yml" | "Jenkinsfile" | "azure-pipelines.yml")
}

/// A dashboard shows rate, errors and duration.
fn dashboard(journey: &Journey<'_>, file: &File, found: &mut Finding) {
    let shown = journey.shown(file);
    let value: Value = match serde_json::from_str(&file.text) {
        Ok(value) => value,
        Err(error) => {
            let location = crate::Location { file: shown.path, line: error.line().max(1), column: error.column().max(1), end: None };
            found.problems.push(Problem { message: format!("the dashboard cannot be read: {error}"), location });
            return;
        }
    };
    let panels = value.get("panels").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let said: Vec<String> = panels.iter().map(|panel| panel.to_string().to_lowercase()).collect();
    let shows = |words: &[&str]| said.iter().any(|panel| words.iter().any(|word| panel.contains(word)));
    for (what, words) in [("rate", ["rate("]), ("errors", ["5.."]), ("duration", ["duration"])] {
        let named =
            panels.iter().any(|panel| panel.get("title").and_then(Value::as_str).is_some_and(|title| title.to_lowercase().contains(what)));
        if !named && !shows(&words) {
            found.problems.push(journey.problem(&shown, "/panels", format!("the dashboard shows no {what}")));
        }
    }
    found.product.push(format!("dashboard {} with {} panels", file.path, panels.len()));
}

fn pipeline(journey: &Journey<'_>, file: &File, found: &mut Finding) {
    let shown = journey.shown(file);
    let lower = file.text.to_lowercase();
    if let Err(error) = yaml::kubernetes::documents(&file.text) {
        let mut problem = journey.problem(&shown, "", error.message);
        if let Some(at) = error.location {
            problem.location = crate::Location { file: shown.path.clone(), ..*at };
        }
        found.problems.push(problem);
        return;
    }
    for (step, words) in PIPELINE {
        if !words.iter().any(|word| lower.contains(word)) {
            found.problems.push(journey.problem(&shown, "/jobs", format!("the pipeline does not {step}")));
        }
    }
    found.product.push(format!("pipeline {}", file.path));
}

/// Claims on infrastructure among the manifests.
fn claims(file: &File) -> Vec<String> {
    if !file.text.contains("Claim") {
        return Vec::new();
    }
    let documents = yaml::kubernetes::documents(&file.text).unwrap_or_default();
    let text = |document: &Value, pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_claim = |document: &&Value| text(document, "/kind").ends_with("Claim") && text(document, "/kind") != "PersistentVolumeClaim";
    documents.iter().filter(is_claim).map(|document| format!("{} {}", text(document, "/kind"), text(document, "/metadata/name"))).collect()
}

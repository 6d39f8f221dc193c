//! Stage 2: the dry run writes the repository.

use super::Finding;
use super::journey::Journey;
use crate::backstage::scaffolder::actions::{Action, Registry};
use crate::backstage::scaffolder::check as template;
use crate::backstage::scaffolder::dry_run::{DryRun, Status};
use crate::platform::File;
use crate::platform::drift::around;
use crate::{Result, Severity, Value};

/// The action of Roadie's plugin that creates an Application.
pub(super) const CREATE: &str = "argocd:create-resources";

pub(super) fn write(journey: &mut Journey<'_>) -> Result<Finding> {
    let registry = registry()?;
    let files = around(&journey.platform, &journey.request.template);
    let template_file = journey.template_file();
    let mut problems = Vec::new();
    for finding in template::check(&files, &journey.request.template, &registry)? {
        if finding.severity == Severity::Error {
            let mut problem = journey.problem(&template_file, &finding.path, finding.message);
            problem.location = finding.location.unwrap_or(problem.location);
            problems.push(problem);
        }
    }
    if !problems.is_empty() {
        return Ok(Finding::failed("the template is not sound", problems));
    }
    let entities = journey.platform.catalog.entities.iter().map(|entity| &entity.value).collect();
    let run = DryRun {
        files: &files,
        template: &journey.request.template,
        values: journey.values.clone(),
        user: journey.request.user.as_deref(),
        entities,
        from_host: true,
        ..DryRun::default()
    };
    let outcome = match run.run(&registry) {
        Ok(outcome) => outcome,
        Err(error) => {
            let mut problem = journey.problem(&template_file, "/spec/steps", error.message);
            if let Some(at) = error.location {
                problem.location = crate::Location { file: template_file.path.clone(), ..*at };
            }
            return Ok(Finding::failed("the dry run stops", vec![problem]));
        }
    };
    journey.product = outcome
        .files
        .iter()
        .filter_map(|file| Some(File { path: file.path.clone(), text: String::from_utf8(file.bytes.clone()).ok()? }))
        .collect();
    journey.steps = outcome.steps;
    name(journey);
    let skipped = journey.steps.iter().filter(|step| step.status == Status::Skipped && step.input.is_none()).count();
    let unwanted = if skipped == 0 { String::new() } else { format!(", {skipped} not wanted") };
    let mut found = Finding::new(format!("{} files in {}, {} steps{unwanted}", journey.product.len(), journey.name, journey.steps.len()));
    for step in &journey.steps {
        let verdict = match (step.status, &step.input) {
            (Status::Completed, _) => "done",
            (Status::Skipped, Some(_)) => "only a server can do it",
            (Status::Skipped, None) => "not wanted",
        };
        found.product.push(format!("step {} ({}): {verdict}", step.id, step.action));
    }
    found.product.extend(journey.product.iter().map(|file| file.path.clone()));
    if journey.product.is_empty() {
        found.problems.push(journey.problem(&template_file, "/spec/steps", "the template writes no file"));
    }
    Ok(found)
}

/// Upstream's actions, and the one that creates Applications.
fn registry() -> Result<Registry> {
    let mut registry = Registry::built_in()?.clone();
    if registry.get(CREATE).is_none() {
        registry.add(Action { id: CREATE.into(), supports_dry_run: false, input: None, output: None });
    }
    Ok(registry)
}

/// Name and address of the repository: as the publishing step says, else as the form does.
fn name(journey: &mut Journey<'_>) {
    let publish = journey.steps.iter().find(|step| step.action.starts_with("publish:"));
    let input = |key: &str| publish.and_then(|step| step.input.as_ref()).and_then(|input| input.get(key)).and_then(Value::as_str);
    let repo_url = input("repoUrl").unwrap_or_default();
    let (host, query) = repo_url.split_once('?').unwrap_or((repo_url, ""));
    let part = |key: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value);
    let asked = journey.values.get("name").and_then(Value::as_str);
    journey.name = part("repo").or(asked).unwrap_or("new-service").to_owned();
    journey.repository = match part("owner") {
        Some(owner) if !host.is_empty() => format!("https://{host}/{owner}/{}", journey.name),
        _ => format!("https://example.invalid/{}", journey.name),
    };
}

//! Stage 3: the new entity beside the existing catalog.

use super::Finding;
use super::journey::Journey;
use crate::platform::File;
use crate::platform::catalog::Catalog;
use crate::platform::tree::Tree;
use crate::{Result, Severity, Value};

pub(super) fn check(journey: &mut Journey<'_>) -> Result<Finding> {
    let register = journey.steps.iter().find(|step| step.action == "catalog:register");
    let path = register
        .and_then(|step| step.input.as_ref())
        .and_then(|input| input.get("catalogInfoPath").and_then(Value::as_str))
        .unwrap_or("catalog-info.yaml")
        .trim_start_matches('/')
        .to_owned();
    let Some(file) = journey.file(&path).map(|file| journey.shown(file)) else {
        let problem = journey.problem(&journey.template_file(), "/spec/steps", format!("the template writes no {path}"));
        return Ok(Finding::failed("nothing can be registered", vec![problem]));
    };
    let known: Vec<&File> = journey.platform.tree.files.iter().collect();
    let mut files: Vec<File> = known.into_iter().cloned().collect();
    files.extend(journey.product.iter().map(|file| journey.shown(file)));
    let tree = Tree::read(&files, &journey.platform.config);
    let mut findings = Vec::new();
    let catalog = Catalog::read(&tree, &mut findings);
    let mut found = Finding::default();
    for finding in findings {
        let here = finding.location.as_ref().is_some_and(|at| at.file == file.path);
        let matters = finding.severity == Severity::Error || finding.code == "platform-dangling-reference";
        if here && matters {
            let mut problem = journey.problem(&file, &finding.path, finding.message);
            problem.location = finding.location.unwrap_or(problem.location);
            found.problems.push(problem);
        }
    }
    let fresh: Vec<_> = catalog.entities.iter().filter(|entity| entity.location.file == file.path).collect();
    for entity in &fresh {
        if journey.platform.catalog.get(&entity.entity_ref).is_some() {
            found.problems.push(journey.problem(&file, "/metadata/name", format!("{} is in the catalog already", entity.entity_ref)));
        }
        let owner = entity.owner.clone().unwrap_or_default();
        found.product.push(format!("{} owned by {owner}", entity.entity_ref));
        found.product.extend(entity.relations.iter().map(|relation| format!("{} {}", relation.r#type, relation.target)));
    }
    // A name that is taken is kept by the entity that had it.
    if fresh.is_empty() && found.problems.is_empty() {
        found.problems.push(journey.problem(&file, "/metadata/name", "the name is taken by another entity"));
    }
    journey.entity = fresh.first().map(|entity| entity.entity_ref.clone());
    found.summary = match (&journey.entity, found.problems.len()) {
        (Some(entity), 0) => format!("{entity} is accepted, and its references lead somewhere"),
        (_, number) => format!("{number} {} with {path}", if number == 1 { "problem" } else { "problems" }),
    };
    Ok(found)
}

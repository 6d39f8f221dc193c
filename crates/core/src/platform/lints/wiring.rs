//! Annotations that contradict themselves or one another.

use super::Finding;
use super::context::{Context, text};
use super::fix::{Edit, Fix};
use crate::platform::catalog::Entity;
use crate::yaml::{self, Dialect};
use crate::{Diagnostic, Location};

const APP_NAME: &str = "/metadata/annotations/argocd~1app-name";
const SELECTOR: &str = "/metadata/annotations/argocd~1app-selector";
const PROJECT: &str = "/metadata/annotations/argocd~1project-name";
const NAMESPACE: &str = "/metadata/annotations/backstage.io~1kubernetes-namespace";

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for entity in &context.platform.catalog.entities {
        let value = &entity.value;
        let (name, selector, project) = (text(value, APP_NAME), text(value, SELECTOR), text(value, PROJECT));
        let mut say = |finding: Diagnostic| {
            let location = locate(context, entity, &finding.path);
            findings.push(finding.with_location(location).into());
        };
        if !name.is_empty() && !selector.is_empty() {
            let message = format!("{}: carries both argocd/app-name and argocd/app-selector", entity.entity_ref);
            say(Diagnostic::error("platform-app-name-and-selector", SELECTOR, message));
        }
        if !name.is_empty() && !project.is_empty() {
            let message = format!("{}: argocd/app-name with argocd/project-name is refused by Roadie's plugin", entity.entity_ref);
            say(Diagnostic::info("platform-app-name-and-project", PROJECT, message));
        }
        let wanted = text(value, NAMESPACE);
        let wire = context.platform.wiring.iter().find(|wire| wire.component == entity.entity_ref);
        let found = wire.into_iter().flat_map(|wire| &wire.applications).filter_map(|name| context.platform.applications.get(name));
        let spaces: Vec<&str> = found.map(|app| app.destination.namespace.as_str()).filter(|space| !space.is_empty()).collect();
        if !wanted.is_empty() && !spaces.is_empty() && !spaces.contains(&wanted) {
            let message =
                format!("{}: looks into the namespace {wanted}, its Application deploys to {}", entity.entity_ref, spaces.join(", "));
            say(Diagnostic::warning("platform-wrong-namespace", NAMESPACE, message));
        }
    }
}

/// The place of a pointer in an entity's document.
fn locate(context: &Context<'_>, entity: &Entity, pointer: &str) -> Location {
    crate::platform::wiring::locate(&context.platform.tree, entity, pointer)
}

/// `argocd/app-name` that names no Application although one has the Component's own name: safe to mend.
pub(super) fn fix_of(context: &Context<'_>, finding: &Diagnostic) -> Option<Fix> {
    let entity = context.platform.catalog.get(finding.message.split_once(": ")?.0)?;
    if finding.code != "platform-unwired-component" || text(&entity.value, APP_NAME).is_empty() {
        return None;
    }
    context.platform.applications.get(&entity.name)?;
    let file = &entity.location.file;
    let documents = yaml::parse(context.platform.tree.text(file)?, Dialect::Backstage).ok()?;
    let document = documents.iter().find(|document| text(document.value(), "/metadata/name") == entity.name)?;
    document.value().pointer(APP_NAME)?;
    let span = document.locate(APP_NAME)?;
    let edit = Edit { file: file.clone(), start: span.start, end: span.end, text: entity.name.clone() };
    Fix::new(format!("name the Application {}", entity.name), vec![edit])
}

//! `validateGeneratedApplications`

use std::collections::{BTreeMap, HashSet};

use crate::{
    Value,
    argocd::{
        application::destination_cluster,
        appset::{inventory::Inventory, live, set::ApplicationSet},
    },
};

/// Errors by `namespace/name`.
pub(super) fn errors(set: &ApplicationSet, inventory: &Inventory, applications: &[Value]) -> BTreeMap<String, String> {
    let mut errors = BTreeMap::new();
    let mut names = HashSet::new();
    for application in applications {
        if let Some(error) = error(set, inventory, application, &mut names) {
            errors.insert(qualified(application), error);
        }
    }
    errors
}

/// `QualifiedName`
pub(super) fn qualified(application: &Value) -> String {
    match live::namespace(application) {
        "" => live::name(application).to_owned(),
        namespace => format!("{namespace}/{}", live::name(application)),
    }
}

fn error<'a>(set: &ApplicationSet, inventory: &Inventory, application: &'a Value, names: &mut HashSet<&'a str>) -> Option<String> {
    let name = live::name(application);
    if name.is_empty() {
        return Some(format!(
            "ApplicationSet {} contains an application with no name; a name must be set in the template's metadata.name or via a templatePatch (generateName is not supported)",
            set.name()
        ));
    }
    if !names.insert(name) {
        return Some(format!("ApplicationSet {} contains applications with duplicate name: {name}", set.name()));
    }
    let project = live::text(application, "/spec/project");
    if inventory.projects.as_ref().is_some_and(|projects| !projects.iter().any(|known| known == project)) {
        return Some(format!("application references project {project} which does not exist"));
    }
    let empty = Value::Object(crate::Map::new());
    let destination = application.pointer("/spec/destination").unwrap_or(&empty);
    destination_cluster(destination, inventory).err().map(|error| format!("application destination spec is invalid: {error}"))
}

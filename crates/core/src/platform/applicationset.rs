//! What each ApplicationSet generates.

use super::application::ApplicationSet as Summary;
use super::tree::Object;
use crate::argocd::appset::{self, ApplicationSet, Inventory};
use crate::{Diagnostic, Value};

/// A set with the Applications it generates.
#[derive(Debug)]
pub struct Generated {
    /// The summary.
    pub set: Summary,
    /// The manifests, in the order of generation.
    pub applications: Vec<Value>,
}

/// Generates with what the inventory knows.
pub fn generate(object: &Object<'_>, inventory: &Inventory, findings: &mut Vec<Diagnostic>) -> Generated {
    let mut set = Summary {
        name: object.meta("name").to_owned(),
        location: object.location("/metadata/name"),
        applications: Vec::new(),
        error: None,
        needs: Vec::new(),
    };
    let generated = ApplicationSet::from_value(object.value()).and_then(|set| appset::generate(&set, inventory, false));
    let generated = match generated {
        Ok(generated) => generated,
        Err(error) => {
            set.error = Some(error.message);
            return Generated { set, applications: Vec::new() };
        }
    };
    for mut finding in generated.diagnostics {
        finding.location = finding.location.or_else(|| object.location(&finding.path));
        findings.push(finding);
    }
    set.needs = generated.needs.iter().filter_map(|need| serde_json::to_value(need).ok()).collect();
    if generated.upstream.failed {
        set.error = Some(generated.upstream.error.or(generated.upstream.reason).unwrap_or_else(|| "generation fails".into()));
    }
    set.applications = generated.applications.iter().map(|application| application.name().to_owned()).collect();
    Generated { set, applications: generated.applications.into_iter().map(|application| application.value).collect() }
}

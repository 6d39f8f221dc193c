//! The Application's health out of its resources' (`setApplicationHealth`).

use super::{Application, Condition, ResourceStatus};
use crate::argocd::health::{Customizations, Health, assess_with, is_worse};
use crate::argocd::sync::hook::HookFacts;
use crate::argocd::unstructured::{self, Gvk};

const SHOWN: usize = 3;

/// The sum.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppHealth {
    /// The worst code that counts.
    pub status: String,
    /// `group/Kind:namespace/name` of the resources that have it, when it is not `Healthy`.
    pub causes: Vec<String>,
}

impl AppHealth {
    /// Upstream's message: up to three causes, and how many more there are.
    pub fn message(&self) -> String {
        if self.causes.is_empty() {
            return String::new();
        }
        let shown: Vec<&str> = self.causes.iter().take(SHOWN).map(String::as_str).collect();
        let more = self.causes.len().saturating_sub(SHOWN);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("Caused by {}{rest}", shown.join(", "))
    }
}

/// Judges one resource after the other, and sums up.
pub(super) struct Healths<'w, 'a> {
    app: &'w Application<'a>,
    customizations: Customizations,
    sum: AppHealth,
    any: bool,
    any_live: bool,
    errors: Vec<String>,
}

impl<'w, 'a> Healths<'w, 'a> {
    pub(super) fn new(app: &'w Application<'a>, customizations: Customizations) -> Self {
        let sum = AppHealth { status: "Healthy".to_owned(), causes: Vec::new() };
        Self { app, customizations, sum, any: false, any_live: false, errors: Vec::new() }
    }

    /// Judges a resource and writes its health down.
    pub(super) fn add(&mut self, one: &mut ResourceStatus<'_>) {
        if one.target.as_ref().is_some_and(|target| HookFacts::of(target).skip) {
            return;
        }
        if one.live.as_deref().is_some_and(|live| HookFacts::of(live).is_hook) {
            return;
        }
        self.any = true;
        self.any_live |= one.live.is_some();
        let health = match one.live.as_deref() {
            None => Some(Health { status: "Missing".to_owned(), message: String::new(), failed: false }),
            Some(live) => {
                if unstructured::annotation(live, "argocd.argoproj.io/ignore-healthcheck") == Some("true") || is_itself(self.app, live) {
                    return;
                }
                assess_with(live, &self.customizations)
            }
        };
        let Some(health) = health else { return };
        if health.failed {
            self.errors.push(format!(
                "failed to get resource health for {:?} with name {:?} in namespace {:?}: {}",
                one.kind, one.name, one.namespace, health.message
            ));
        }
        let missing = one.live.is_none();
        let child = one.kind == "Application" && one.group == "argoproj.io" && matches!(health.status.as_str(), "Missing" | "Unknown");
        if !missing && !child {
            if is_worse(&self.sum.status, &health.status) {
                self.sum.status.clone_from(&health.status);
                self.sum.causes = vec![cause(one)];
            } else if self.sum.status == health.status && self.sum.status != "Healthy" {
                self.sum.causes.push(cause(one));
            }
        }
        one.health = Some(Health { failed: false, ..health });
    }

    /// The Application's health.
    pub(super) fn sum(self, conditions: &mut Vec<Condition>) -> AppHealth {
        let Self { mut sum, any, any_live, errors, .. } = self;
        if any && !any_live && is_worse(&sum.status, "Missing") {
            sum = AppHealth { status: "Missing".to_owned(), causes: Vec::new() };
        }
        if let Some(first) = errors.first() {
            let others = errors.len() - 1;
            let message = if others > 0 {
                format!(
                    "error setting app health: see application-controller logs for {others} other errors; most recent error was: {first}"
                )
            } else {
                format!("error setting app health: {first}")
            };
            conditions.push(Condition { ty: "ComparisonError", message });
        }
        sum
    }
}

fn cause(one: &ResourceStatus<'_>) -> String {
    let kind = if one.group.is_empty() { one.kind.clone() } else { format!("{}/{}", one.group, one.kind) };
    let name = if one.namespace.is_empty() { one.name.clone() } else { format!("{}/{}", one.namespace, one.name) };
    format!("{kind}:{name}")
}

/// An Application that manages itself does not count for its own health.
fn is_itself(app: &Application<'_>, live: &crate::Value) -> bool {
    let Gvk { group, kind, .. } = unstructured::gvk(live);
    group == "argoproj.io"
        && kind == "Application"
        && unstructured::uid(live) == app.uid()
        && unstructured::name(live) == app.name()
        && unstructured::namespace(live) == app.namespace()
}

//! The cascade: which resources go, and in which order.

use crate::Value;
use crate::argocd::sync::cluster::{ApiError, Live, Propagation};
use crate::argocd::sync::{Object, Verb};
use crate::argocd::unstructured::{self, has_option};

use super::step::Deletion;
use crate::argocd::sync::recording::Recording;

/// How far the cascade is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cascade {
    /// Something is left, or confirmation is missing.
    Waiting,
    /// Everything that may go is gone.
    Done,
}

impl Deletion<'_> {
    pub(super) fn cascade(&self, propagation: Propagation, cluster: &mut Recording<'_>) -> Result<Cascade, ApiError> {
        let live = self.live(cluster.cluster);
        // Any object on its way out is waited for, even one that would not be deleted.
        if live.iter().any(|live| live.object.is_terminating()) {
            return Ok(Cascade::Waiting);
        }
        let going: Vec<&Live> = live.iter().filter(|live| self.is_deletable(&live.object)).collect();
        if !self.is_approved() && going.iter().any(|live| self.needs_confirmation(&live.object)) {
            return Ok(Cascade::Waiting);
        }
        let highest = going.iter().map(|live| live.object.wave()).max();
        let mut failure = None;
        for live in going.iter().filter(|live| Some(live.object.wave()) == highest) {
            if let Err(error) = cluster.delete(Verb::Delete, live.object.key(), Some(propagation)) {
                failure.get_or_insert(error);
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        let left = self.live(cluster.cluster).iter().any(|live| self.is_deletable(&live.object));
        Ok(if left { Cascade::Waiting } else { Cascade::Done })
    }

    /// `shouldBeDeleted`: no definition, not the Application itself, not kept by an option of Argo CD or Helm.
    fn is_deletable(&self, object: &Object) -> bool {
        let key = object.key();
        let (namespace, name) = self.name();
        let itself = unstructured::uid(object.value()) == unstructured::uid(self.application)
            && key.group == "argoproj.io"
            && key.kind == "Application"
            && key.namespace == namespace
            && key.name == name;
        let option = object.option_value("Delete").or_else(|| self.policy_option("Delete"));
        !object.is_crd() && !itself && option != Some("false") && !has_option(object.value(), "helm.sh/resource-policy", "keep")
    }

    /// The status, not the object, says whether a deletion must be confirmed.
    fn needs_confirmation(&self, object: &Object) -> bool {
        let key = object.key();
        let resources = self.application.pointer("/status/resources").and_then(Value::as_array);
        let entry = resources.into_iter().flatten().find(|entry| {
            let is = |name: &str, value: &str| entry.get(name).and_then(Value::as_str).unwrap_or("") == value;
            is("group", &key.group) && is("kind", &key.kind) && is("namespace", &key.namespace) && is("name", &key.name)
        });
        entry.and_then(|entry| entry.get("requiresDeletionConfirmation")).and_then(Value::as_bool) == Some(true)
    }
}

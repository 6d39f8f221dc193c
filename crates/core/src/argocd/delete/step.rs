//! One pass of the controller over an Application that is being deleted.

use jiff::Timestamp;

use super::cascade::Cascade;
use super::finalizers::{Finalizers, POST_DELETE_FINALIZER, PRE_DELETE_FINALIZER};
use super::hooks::DeleteHook;
use crate::argocd::project::{AppProject, ApplicationDestination, Cluster as DestinationCluster, Permissions};
use crate::argocd::sync::application::{app_instance, destination_of, project_for, resolve};
use crate::argocd::sync::cluster::{Cluster, Live, Propagation};
use crate::argocd::sync::operation::option_value;
use crate::argocd::sync::plan::project_name;
use crate::argocd::sync::recording::Recording;
use crate::argocd::sync::{Action, CONTROLLER_NAMESPACE, DELETION_APPROVED};
use crate::argocd::unstructured;
use crate::{Result, Value};

/// An Application that is being deleted.
#[derive(Debug)]
pub struct Deletion<'a> {
    pub(super) application: &'a Value,
    pub(super) targets: &'a [Value],
    project: Result<Permissions<'a>>,
    pub(super) destination: ApplicationDestination,
    cluster: Result<DestinationCluster>,
    pub(super) app_instance: String,
    namespace: &'a str,
    options: Vec<String>,
    since: Timestamp,
    approved: Option<Timestamp>,
}

/// What one pass came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The calls made to the cluster.
    pub actions: Vec<Action>,
    /// The finalizers left on the Application.
    pub finalizers: Vec<String>,
    /// What the controller reports.
    pub error: Option<String>,
}

impl<'a> Deletion<'a> {
    /// The same with clusters that the controller knows beside its own.
    #[must_use]
    pub fn with_clusters(mut self, known: &[DestinationCluster]) -> Self {
        self.cluster = resolve(&self.destination, known);
        self
    }

    /// Reads the Application; `now` is when it was deleted if it does not say so itself.
    pub fn new(application: &'a Value, project: &'a AppProject, targets: &'a [Value], now: Timestamp) -> Result<Self> {
        let namespace = match unstructured::namespace(application) {
            "" => CONTROLLER_NAMESPACE,
            own => own,
        };
        let name = unstructured::name(application);
        let destination = destination_of(application)?;
        let deleted = application.pointer("/metadata/deletionTimestamp").and_then(Value::as_str);
        let annotated = unstructured::annotation(application, DELETION_APPROVED);
        let options = application.pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array);
        Ok(Self {
            application,
            targets,
            project: project_for(project, project_name(application), name, namespace),
            cluster: resolve(&destination, &[]),
            destination,
            app_instance: app_instance(name, namespace),
            namespace,
            options: options.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
            since: deleted.and_then(|text| text.parse().ok()).unwrap_or(now),
            approved: annotated.and_then(|text| text.parse().ok()),
        })
    }

    /// Somebody approves of the deletion.
    pub fn approve(&mut self, at: Timestamp) {
        self.approved = Some(at);
    }

    pub(super) fn is_approved(&self) -> bool {
        self.approved.is_some_and(|at| at >= self.since)
    }

    /// Namespace and name of the Application.
    pub(super) fn name(&self) -> (&str, &str) {
        (self.namespace, unstructured::name(self.application))
    }

    /// An option of the Application's sync policy.
    pub(super) fn policy_option(&self, name: &str) -> Option<&str> {
        option_value(&self.options, name)
    }

    pub(super) fn permissions(&self) -> Option<(&Permissions<'a>, &DestinationCluster)> {
        self.project.as_ref().ok().zip(self.cluster.as_ref().ok())
    }

    /// Live objects of the Application, as far as the project permits them; others are left behind.
    pub(super) fn live(&self, cluster: &dyn Cluster) -> Vec<Live> {
        let Some((permissions, destination)) = self.permissions() else { return Vec::new() };
        let mut live = cluster.tracked(&self.app_instance);
        live.retain(|live| {
            let key = live.object.key();
            permissions.resource((&key.group, &key.kind), &key.name, &key.namespace, destination, &[])
        });
        live.sort_by(|one, other| one.object.key().cmp(other.object.key()));
        live
    }

    /// One pass (`finalizeApplicationDeletion`); hand the finalizers it leaves to the next.
    pub fn step(&self, finalizers: &[String], cluster: &mut dyn Cluster) -> Step {
        let mut left = Finalizers(finalizers.to_vec());
        let mut recording = Recording::new(cluster, false);
        let error = match (&self.project, &self.cluster) {
            (Err(error), _) => Some(error.message.clone()),
            (Ok(_), Err(_)) => {
                left.abandon();
                None
            }
            (Ok(_), Ok(_)) => self.finalize(&mut left, &mut recording).err(),
        };
        Step { actions: recording.actions, finalizers: left.0, error }
    }

    fn finalize(&self, left: &mut Finalizers, cluster: &mut Recording<'_>) -> Result<(), String> {
        if left.has(PRE_DELETE_FINALIZER) {
            let done = self.execute(DeleteHook::PreDelete, cluster);
            if !done.map_err(|error| format!("error executing pre-delete hooks: {error}"))? {
                return Ok(());
            }
            left.remove(PRE_DELETE_FINALIZER);
        }
        if let Some(finalizer) = left.cascade() {
            let background = finalizer.ends_with("/background");
            let propagation = if background { Propagation::Background } else { Propagation::Foreground };
            if self.cascade(propagation, cluster).map_err(|error| error.message)? == Cascade::Done {
                left.remove_cascade();
            }
            return Ok(());
        }
        if left.has(POST_DELETE_FINALIZER) {
            if self.execute(DeleteHook::PostDelete, cluster)? {
                left.remove(POST_DELETE_FINALIZER);
            }
            return Ok(());
        }
        let pre = format!("{PRE_DELETE_FINALIZER}/cleanup");
        if left.has(&pre) {
            let done = self.clean_up(DeleteHook::PreDelete, cluster);
            if done.map_err(|error| format!("error cleaning up pre-delete hooks: {error}"))? {
                left.remove(&pre);
            }
            return Ok(());
        }
        let post = format!("{POST_DELETE_FINALIZER}/cleanup");
        if left.has(&post) && self.clean_up(DeleteHook::PostDelete, cluster)? {
            left.remove(&post);
        }
        Ok(())
    }
}

//! Applying or pruning one object (`applyObject`, `pruneObject`).

use std::sync::Arc;

use super::cluster::{ApiResult, ApplyOptions};
use super::migrate;
use super::object::Object;
use super::pass::Pass;
use super::phase::ResultCode;
use super::recording::Verb;
use crate::argocd::unstructured;

const REPLACE: &str = "Replace=true";
const FORCE: &str = "Force=true";
const SERVER_SIDE_APPLY: &str = "ServerSideApply=true";

impl Pass<'_, '_> {
    pub(crate) fn apply(&mut self, id: usize, dry_run: bool) -> (ResultCode, String) {
        let Some(target) = self.task(id).and_then(|task| task.target.clone()) else { return (ResultCode::SyncFailed, String::new()) };
        let live = self.live_object(id);
        let either = |option: &str| target.has_option(option) || live.as_ref().is_some_and(|live| live.has_option(option));
        let replace = self.settings.has(REPLACE) || either(REPLACE);
        let options = ApplyOptions {
            dry_run,
            force: self.settings.operation.force() || either(FORCE),
            validate: !self.settings.has("Validate=false") && !target.has_option("Validate=false"),
            // Server-side dry runs would refuse what goes into a namespace that is yet to be made.
            server_side: !dry_run
                && !target.has_option("ServerSideApply=false")
                && (self.settings.has(SERVER_SIDE_APPLY) || target.has_option(SERVER_SIDE_APPLY)),
        };
        if options.server_side
            && let Some(live) = &live
            && let Err(message) = self.migrate(live)
        {
            return (ResultCode::SyncFailed, message);
        }
        match self.make(&target, live.as_ref(), replace, options) {
            Err(error) => (ResultCode::SyncFailed, error.message),
            Ok(message) => {
                if target.is_crd() && !dry_run {
                    // Upstream polls until the definition is established, and only logs when it is not.
                    let _ = self.cluster.get(&target, target.key());
                }
                (ResultCode::Synced, message)
            }
        }
    }

    fn make(&mut self, target: &Arc<Object>, live: Option<&Arc<Object>>, replace: bool, options: ApplyOptions) -> ApiResult<String> {
        let key = target.key();
        match live {
            _ if !replace => self.cluster.apply(target, options),
            None => self.cluster.create(target, options.dry_run, options.validate),
            // Replacing a definition or a namespace might delete everything in it.
            Some(live) if target.is_crd() || key.kind == "Namespace" => {
                let mut update = target.value().clone();
                let version = live.value().pointer("/metadata/resourceVersion").cloned();
                if let (Some(metadata), Some(version)) = (unstructured::metadata_mut(&mut update), version) {
                    metadata.insert("resourceVersion".to_owned(), version);
                }
                self.cluster.update(&Object::new(update), options.dry_run)?;
                Ok(format!("{}/{} updated", key.kind, key.name))
            }
            Some(_) => self.cluster.replace(target, options.dry_run, options.force),
        }
    }

    /// Moves field ownership from client-side apply, once.
    fn migrate(&mut self, live: &Arc<Object>) -> Result<(), String> {
        let manager = self.settings.migration_manager;
        if self.settings.has("ClientSideApplyMigration=false") || !migrate::is_needed(live.value(), manager) {
            return Ok(());
        }
        let fields = |fresh: &Object| Ok(migrate::upgraded(fresh.value(), manager));
        self.cluster
            .migrate_managed_fields(live, fields)
            .map_err(|error| format!("Failed to perform client-side apply migration for {}: {}", live.key().go_struct(), error.message))
    }

    pub(crate) fn prune_object(&mut self, id: usize, dry_run: bool) -> (ResultCode, String) {
        let live = self.live_object(id);
        if !self.settings.operation.prune {
            return (ResultCode::PruneSkipped, "ignored (requires pruning)".to_owned());
        }
        if self.settings.prune_option(live.as_deref()) == Some("false") {
            return (ResultCode::PruneSkipped, "ignored (no prune)".to_owned());
        }
        if dry_run {
            return (ResultCode::Pruned, "pruned (dry run)".to_owned());
        }
        if let Some(live) = live.filter(|live| !live.is_terminating())
            && let Err(error) = self.cluster.delete(Verb::Prune, live.key(), Some(self.settings.propagation()))
        {
            return (ResultCode::SyncFailed, error.message);
        }
        (ResultCode::Pruned, "pruned".to_owned())
    }
}

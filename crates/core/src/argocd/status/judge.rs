//! The sync status of every pair and of the Application.

use super::health::{AppHealth, Healths};
use super::{Condition, Pair, ResourceStatus, World};
use crate::Value;
use crate::argocd::diff::DiffResult;
use crate::argocd::health::Customizations;
use crate::argocd::project::Permissions;
use crate::argocd::sync::SYNC_OPTIONS;
use crate::argocd::sync::hook::{HookFacts, sync_wave as wave};
use crate::argocd::tracking::{self, TrackingMethod};
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::resource_key::KeyRef;

/// The resources, in the order of the pairs, and the Application's code and health.
pub(super) struct Judged<'a> {
    pub(super) sync: &'static str,
    pub(super) health: AppHealth,
    pub(super) resources: Vec<ResourceStatus<'a>>,
}

/// Judges one pair after the other.
pub(super) struct Judge<'w, 'a> {
    world: &'w World<'a>,
    permissions: &'w Permissions<'w>,
    hooks: &'w [Value],
    healths: Healths<'w, 'a>,
    of_app: [Option<&'a str>; 2],
    failed: bool,
    out_of_sync: bool,
    resources: Vec<ResourceStatus<'a>>,
}

impl<'w, 'a> Judge<'w, 'a> {
    pub(super) fn new(world: &'w World<'a>, permissions: &'w Permissions<'w>, hooks: &'w [Value], failed: bool) -> Self {
        let of_app = CONFIRMABLE.map(|name| world.app.sync_option(name));
        let healths = Healths::new(&world.app, Customizations::of(&world.settings));
        Self { world, permissions, hooks, healths, of_app, failed, out_of_sync: false, resources: Vec::new() }
    }

    /// Judges a pair that was compared, its health included.
    pub(super) fn judge(&mut self, pair: Pair<'a>, diff: DiffResult<'static>, conditions: &mut Vec<Condition>) {
        let mut one = status(self.world, &pair, diff, self.hooks, self.of_app, &mut self.out_of_sync);
        let scope = self.world.objects.scope(&one.group, &one.kind);
        if !self.permissions.group_kind_name(&one.group, &one.kind, &one.name, scope == Some(true)) {
            one.status = "Unknown";
        }
        if scope == Some(true) && one.namespace.is_empty() {
            let message = format!("Namespace for {} {}/{}, Kind={} is missing.", one.name, one.group, one.version, one.kind);
            conditions.push(Condition { ty: "InvalidSpecError", message });
        }
        one.target = pair.target;
        one.live = pair.live;
        self.healths.add(&mut one);
        self.resources.push(one);
    }

    /// The comparison failed: nothing is known of any resource.
    pub(super) fn fail(&mut self) {
        self.failed = true;
        for one in &mut self.resources {
            one.diff = DiffResult::default();
        }
    }

    /// The resources, in the order of the pairs, and the Application's code and health.
    pub(super) fn judged(mut self, conditions: &mut Vec<Condition>) -> Judged<'a> {
        if self.failed {
            self.resources.iter_mut().for_each(|one| one.status = "Unknown");
        }
        let sync = match (self.failed, self.out_of_sync || self.world.app.has_changed_managed_namespace_metadata()) {
            (true, _) => "Unknown",
            (false, true) => "OutOfSync",
            (false, false) => "Synced",
        };
        Judged { sync, health: self.healths.sum(conditions), resources: self.resources }
    }
}

fn status<'a>(
    world: &World<'_>,
    pair: &Pair<'_>,
    diff: DiffResult<'static>,
    hooks: &[Value],
    of_app: [Option<&str>; 2],
    out_of_sync: &mut bool,
) -> ResourceStatus<'a> {
    let (target, live) = (pair.target.as_ref(), pair.live.as_deref());
    let object = live.or(target).unwrap_or(&Value::Null);
    let Gvk { group, version, kind } = unstructured::gvk(object);
    let hook = HookFacts::of(object);
    let own = is_self_referenced(world, live, target);
    let skipped = target.is_some_and(|target| HookFacts::of(target).skip);
    let managed_namespace = live.is_none() && target.is_some_and(|target| world.app.manages_namespace(target));
    let status = if hook.is_any_hook() || hook.ignored || skipped || !own {
        ""
    } else if !managed_namespace && (diff.modified || target.is_none() || live.is_none()) {
        let extra = target.is_none();
        if !extra || !unstructured::has_option(object, "argocd.argoproj.io/compare-options", "IgnoreExtraneous") {
            *out_of_sync = true;
        }
        "OutOfSync"
    } else {
        "Synced"
    };
    let sync_wave = match target {
        Some(target) => wave(target),
        None if hook.is_any_hook() => hooks.iter().find(|one| same_hook(one, object)).map_or(0, wave),
        None => 0,
    };
    ResourceStatus {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        namespace: unstructured::namespace(object).to_owned(),
        name: unstructured::name(object).to_owned(),
        status,
        health: None,
        hook: hook.is_any_hook(),
        requires_pruning: target.is_none() && live.is_some() && own,
        requires_deletion_confirmation: [target, live].into_iter().flatten().any(|object| needs_confirmation(object, of_app)),
        sync_wave,
        target: None,
        live: None,
        diff,
    }
}

fn same_hook(one: &Value, other: &Value) -> bool {
    unstructured::name(one) == unstructured::name(other)
        && unstructured::text(one, "kind") == unstructured::text(other, "kind")
        && unstructured::namespace(one) == unstructured::namespace(other)
}

/// The options of which each may ask for a confirmation.
const CONFIRMABLE: [&str; 2] = ["Delete", "Prune"];

/// The object's option, else the Application's, for `Delete` and for `Prune`.
fn needs_confirmation(object: &Value, of_app: [Option<&str>; 2]) -> bool {
    let own = |name| unstructured::option_value(object, SYNC_OPTIONS, name);
    CONFIRMABLE.iter().zip(of_app).any(|(name, of_app)| own(name).or(of_app) == Some("confirm"))
}

/// Whether a live object carries its own tracking id, and not one copied from another object.
fn is_self_referenced(world: &World<'_>, live: Option<&Value>, target: Option<&Value>) -> bool {
    let Some(live) = live else { return true };
    let method = world.settings.method();
    if method == TrackingMethod::Label {
        return true;
    }
    let wanted = match target {
        Some(target) => Some(KeyRef::of(target)),
        None => tracking::tracked_key(live, method, &world.settings.installation_id),
    };
    let Some(wanted) = wanted else { return true };
    let key = KeyRef::of(live);
    (key.namespace == wanted.namespace || key.namespace.is_empty())
        && (key.name, key.group, key.kind) == (wanted.name, wanted.group, wanted.kind)
}

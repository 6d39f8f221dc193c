//! Desired against live, for one object (`util/argo/diff.StateDiff`, `gitops-engine/pkg/diff`).
//!
//! One road: copies are smoothed (tracking, trusted managers), brought into
//! canonical form, normalised, and compared by the strategy that the options
//! and the object ask for.

mod changes;
mod client;
mod codes;
mod kept;
mod last_applied;
mod lint;
mod managed;
mod mask;
mod prune;
mod same;
mod server;
mod side;
mod verdict;

pub use changes::{Cause, Change, changes, masked_changes};
pub use codes::CODES;
pub use last_applied::LAST_APPLIED;
pub use lint::lint;
pub use mask::{mask_secret, shown_secret};
pub use side::Side;

use std::borrow::Cow;
use std::sync::Arc;

use client::Outcome;

use super::ignore::{self, IgnoreRule, Normalizer, Removed};
use super::normalize::{self, Remarshalled, normalize, normalize_cow, remarshal, remarshal_cow};
use super::settings::Settings;
use super::{tracking, unstructured};
use crate::kube::managed_fields::Schemas;
use crate::kube::structs::Shape;
use crate::{Error, Result, Value};

/// What the Application decides about its diffs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffOptions {
    /// Server-side diff is on: a dry-run answer is needed for objects that exist on both sides.
    pub server_side_diff: bool,
    /// Keep what mutating webhooks did in the dry-run answer.
    pub include_mutation_webhook: bool,
    /// The field manager of the sync.
    pub manager: String,
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self { server_side_diff: false, include_mutation_webhook: false, manager: "argocd-controller".to_owned() }
    }
}

/// Everything a diff needs besides the two objects, compiled once.
#[derive(Debug)]
pub struct Differ<'a> {
    settings: &'a Settings,
    rules: &'a [IgnoreRule],
    normalizer: Normalizer,
    gathered: bool,
    options: DiffOptions,
    schemas: Schemas,
}

/// The outcome for one object.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiffResult<'a> {
    /// Whether the two differ.
    pub modified: bool,
    /// The live object after normalisation; null when there is none.
    pub normalized_live: Side<'a>,
    /// The live object as the sync would leave it; null when it would not be touched.
    pub predicted_live: Side<'a>,
    /// Fields that rules took out of either side before the comparison.
    pub ignored: Vec<Ignored>,
}

impl<'a> DiffResult<'a> {
    fn of(outcome: Outcome, managed_fields: Option<&'a Value>) -> Self {
        let modified = outcome.predicted.is_some();
        let normalized = Side::new(Arc::new(outcome.normalized), managed_fields);
        let predicted = outcome.predicted.map_or_else(|| normalized.clone(), |predicted| Side::new(Arc::new(predicted), managed_fields));
        Self { modified, normalized_live: normalized, predicted_live: predicted, ignored: Vec::new() }
    }

    /// The same outcome without a hold on the live object, see [`Side::detached`].
    pub fn detached(self) -> DiffResult<'static> {
        DiffResult {
            modified: self.modified,
            normalized_live: self.normalized_live.detached(),
            predicted_live: self.predicted_live.detached(),
            ignored: self.ignored,
        }
    }
}

/// One removed field, with the side it was on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Whether it was in the live object, else in the desired one.
    pub live: bool,
    /// Which field and which rule.
    pub removed: Removed,
}

/// What upstream calls the last of the three steps in its errors.
const CALCULATE: &str = "failed to calculate diff";

/// The error with the step it happened in, as upstream wraps it.
fn within(step: &str, error: Error) -> Error {
    Error { message: format!("{step}: {}", error.message), ..error }
}

impl<'a> Differ<'a> {
    /// Compiles the rules of an Application and of its settings; the rules that a target brings itself
    /// are added when it is compared. `crds` give custom kinds a schema.
    pub fn new(rules: &'a [IgnoreRule], settings: &'a Settings, options: DiffOptions, crds: &[Value]) -> Result<Self> {
        let normalizer = Normalizer::new(rules, settings).map_err(|error| within("failed to create diff normalizer", error))?;
        Ok(Self { settings, rules, normalizer, gathered: false, options, schemas: Schemas::with_crds(crds)? })
    }

    /// As [`Self::new`], with the rules that all the targets of an Application bring themselves: upstream
    /// gathers them, and they count for every object they match.
    pub fn with_resource_rules(
        rules: &'a [IgnoreRule],
        brought: Vec<IgnoreRule>,
        settings: &'a Settings,
        options: DiffOptions,
        crds: &[Value],
    ) -> Result<Self> {
        let all: Vec<IgnoreRule> = rules.iter().cloned().chain(brought).collect();
        let normalizer = Normalizer::new(&all, settings).map_err(|error| within("failed to create diff normalizer", error))?;
        Ok(Self { settings, rules, normalizer, gathered: true, options, schemas: Schemas::with_crds(crds)? })
    }

    /// The normaliser with the target's own rule, when it has one that was not gathered before.
    fn with_own_rule(&self, target: Option<&Value>) -> Result<Option<Normalizer>> {
        match target.filter(|_| !self.gathered).and_then(ignore::resource_rule) {
            None => Ok(None),
            Some(rule) => Normalizer::new(&self.rules.iter().cloned().chain([rule]).collect::<Vec<_>>(), self.settings).map(Some),
        }
    }

    /// Compares a desired object with its live one (`StateDiff`). `predicted_live` is the API server's
    /// answer to the dry run: an object, or a refusal (a `Status`, or `{"error": …}` with kubectl's words).
    pub fn diff<'l>(&self, target: Option<&Value>, live: Option<&'l Value>, predicted_live: Option<&Value>) -> Result<DiffResult<'l>> {
        self.run(target, live, predicted_live, false)
    }

    /// As [`Self::trace`]; under server-side diff an answer to the dry run must be at hand.
    pub fn explain<'l>(&self, target: Option<&Value>, live: Option<&'l Value>, predicted_live: Option<&Value>) -> Result<DiffResult<'l>> {
        if self.options.server_side_diff && predicted_live.is_none() {
            return Err(Error::upstream("diffConfig validation error: serverSideDryRunner must be set when using server side diff"));
        }
        self.trace(target, live, predicted_live)
    }

    /// As [`Self::diff`], and records which fields rules removed.
    pub fn trace<'l>(&self, target: Option<&Value>, live: Option<&'l Value>, predicted_live: Option<&Value>) -> Result<DiffResult<'l>> {
        self.run(target, live, predicted_live, true)
    }

    /// The object whose dry run the controller asks the API server for: not the manifest in Git, but
    /// what smoothing, canonical form and the basic normalisations make of it.
    pub fn dry_run_target(&self, target: &Value, live: Option<&Value>) -> Result<Value> {
        let (mut target, mut live) = (Some(Cow::Borrowed(target)), live.cloned());
        self.smooth(&mut target, &mut live)?;
        let mut target = target.map_or(Value::Null, Cow::into_owned);
        remarshal(&mut target);
        normalize(&mut target, &self.basic(), None);
        Ok(target)
    }

    /// Target and live as rules leave them, without being brought into canonical form first: what
    /// `RespectIgnoreDifferences` works with (`util/argo/diff.Normalize`).
    pub fn normalize(&self, target: &Value, live: Option<&Value>) -> Result<(Value, Option<Value>)> {
        let own = self.with_own_rule(Some(target))?;
        let (mut target, mut live) = (Some(Cow::Borrowed(target)), live.cloned());
        self.smooth(&mut target, &mut live)?;
        let mut target = target.map(Cow::into_owned);
        for object in [&mut live, &mut target].into_iter().flatten() {
            own.as_ref().unwrap_or(&self.normalizer).normalize(object, None)?;
        }
        Ok((target.unwrap_or(Value::Null), live))
    }

    fn run<'l>(&self, target: Option<&Value>, live: Option<&'l Value>, predicted: Option<&Value>, explain: bool) -> Result<DiffResult<'l>> {
        let own = self.with_own_rule(target).map_err(|error| within("failed to create diff normalizer", error))?;
        let normalizer = own.as_ref().unwrap_or(&self.normalizer);
        let aside = match (target, live) {
            (Some(target), Some(live)) if self.trusted(target).is_empty() => side::set_aside(target, live, normalizer),
            _ => None,
        };
        let whole = live;
        let (mut live, managed_fields) = aside.map_or_else(|| (live.cloned(), None), |(live, fields)| (Some(live), Some(fields)));
        let mut target = target.map(Cow::Borrowed);
        self.smooth(&mut target, &mut live).map_err(|error| within("failed to perform pre-diff normalization", error))?;
        let asked = target
            .as_deref()
            .is_some_and(|target| unstructured::has_option(target, "argocd.argoproj.io/sync-options", "ServerSideApply=true"));
        let server_side = self.options.server_side_diff || (asked && predicted.is_some());
        let full = normalize::Options { normalizer: Some(normalizer), ..self.basic() };
        let before = if server_side { self.basic() } else { full };
        let mut ignored = Vec::new();
        let hints = prepare(&mut target, &mut live, &before, server_side, explain.then_some(&mut ignored));
        let mut result = match (server_side, target, live, predicted) {
            (true, Some(target), Some(live), Some(predicted)) => {
                let kept = managed_fields.and(whole);
                let outcome = server::diff(self, &full, &target, live, kept, predicted, explain.then_some(&mut ignored))
                    .map_err(|error| within(CALCULATE, error))?;
                DiffResult::of(outcome, None)
            }
            (true, Some(_), Some(_), None) => {
                return Err(Error::upstream("diffConfig validation error: serverSideDryRunner must be set when using server side diff"));
            }
            (false, Some(target), Some(live), _) => {
                let outcome = client::diff(target, live, &full, hints).map_err(|error| within(CALCULATE, error))?;
                DiffResult::of(outcome, managed_fields)
            }
            (_, None, Some(live), _) => DiffResult { normalized_live: live.into(), ..DiffResult::default() },
            (_, Some(target), None, _) => {
                DiffResult { modified: true, predicted_live: target.into_owned().into(), ..DiffResult::default() }
            }
            (_, None, None, _) => return Err(Error::upstream("both live and config are null objects")),
        };
        result.ignored = ignored;
        Ok(result)
    }

    fn basic(&self) -> normalize::Options<'_> {
        normalize::Options { ignore_aggregated_roles: self.settings.ignore_aggregated_roles, normalizer: None }
    }

    /// Before anything else: the move between tracking methods, and the fields of trusted managers.
    fn smooth(&self, target: &mut Option<Cow<'_, Value>>, live: &mut Option<Value>) -> Result<()> {
        let _ = tracking::normalize(target.as_deref(), live.as_mut(), &self.settings.label_key, &self.settings.tracking_method);
        let (Some(target), Some(live)) = (target, live) else { return Ok(()) };
        let managers = self.trusted(target);
        if managers.is_empty() {
            return Ok(());
        }
        managed::normalize(live, target.to_mut(), &managers, &self.schemas)
    }

    fn trusted(&self, target: &Value) -> Vec<&str> {
        ignore::trusted_managers(self.rules, self.settings, target)
    }
}

/// Brings both sides into canonical form and normalises them, and says what is known of them then. Under server-side diff the dry run
/// speaks for the target of a live object.
fn prepare(
    target: &mut Option<Cow<'_, Value>>,
    live: &mut Option<Value>,
    before: &normalize::Options<'_>,
    server_side: bool,
    mut ignored: Option<&mut Vec<Ignored>>,
) -> client::Hints {
    let mut hints = client::Hints::default();
    if let (false, Some(target), Some(live)) = (server_side, target.as_deref(), &*live)
        && client::followed(target, before).is_none()
    {
        hints.applied = unstructured::annotation(live, LAST_APPLIED).is_some_and(|text| same::says(text, target));
    }
    let read = !server_side || live.is_none();
    for is_live in [false, true] {
        let mut removed = Vec::new();
        let explained = ignored.is_some().then_some(&mut removed);
        let (form, kept) = match (is_live, &mut *target, &mut *live) {
            (true, _, Some(live)) => (remarshal(live), normalize(live, before, explained)),
            (false, Some(target), _) if read => (remarshal_cow(target), normalize_cow(target, before, explained)),
            _ => continue,
        };
        if let Some(ignored) = &mut ignored {
            ignored.extend(removed.into_iter().map(|removed| Ignored { live: is_live, removed }));
        }
        let shape = match form {
            Remarshalled::Canonical if kept => Some(Shape::Canonical),
            Remarshalled::Paired if kept => Some(Shape::Paired),
            _ => None,
        };
        if is_live {
            hints.live = shape;
        } else {
            hints.target = shape;
            hints.rewritten = form == Remarshalled::Rewritten;
            // what was last applied is not brought into canonical form
            hints.applied &= !hints.rewritten;
        }
    }
    hints
}

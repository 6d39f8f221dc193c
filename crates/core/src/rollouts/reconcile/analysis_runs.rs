//! The rollout's AnalysisRuns: created, watched, cancelled, cleaned up.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;
use smol_str::{ToSmolStr, format_smolstr};

use super::{
    context::{Context, controller_uid},
    pause::{self, BLUE_GREEN_PAUSE, CANARY_PAUSE, INCONCLUSIVE_ANALYSIS},
    revision::REVISION,
    scaling::is_saturated,
    validation,
    world::Action,
};
use crate::{
    Value,
    rollouts::{
        analysis::{
            arguments::{self, Source},
            build,
        },
        objects::{Failure, Outcome},
        spec::{
            AnalysisPhase, AnalysisRun, AnalysisRunReference, AnalysisTemplate, Argument, ObjectMeta, OwnerReference, POD_TEMPLATE_HASH,
            RolloutAnalysis, Text, to_wire,
        },
        steps,
    },
};

const TYPE: &str = "rollout-type";
const STEP_INDEX: &str = "step-index";
pub(crate) const INSTANCE_ID: &str = "argo-rollouts.argoproj.io/controller-instance-id";

type Run = Arc<AnalysisRun>;

/// What kind of run: its label, and what its name ends in.
struct Kind<'a> {
    label: &'a str,
    infix: &'a str,
    step: Option<&'a str>,
}

fn failed(phase: &AnalysisPhase) -> bool {
    matches!(phase, AnalysisPhase::Error | AnalysisPhase::Failed)
}

/// The controller reference of a rollout's own objects.
pub(crate) fn owner(metadata: &ObjectMeta) -> OwnerReference {
    OwnerReference {
        api_version: "argoproj.io/v1alpha1".into(),
        kind: "Rollout".into(),
        name: metadata.name.clone(),
        uid: metadata.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

/// An object as it is sent to be created.
pub(crate) fn created_document(type_name: &str, object: &impl serde::Serialize) -> Value {
    let plain = serde_json::to_value(object).unwrap_or_default();
    let mut document = to_wire(type_name, &plain).unwrap_or(plain);
    if let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["creationTimestamp", "uid", "generation", "resourceVersion"] {
            metadata.shift_remove(key);
        }
    }
    document
}

impl Context<'_> {
    /// `reconcileAnalysisRuns`.
    pub(crate) fn reconcile_analysis_runs(&mut self) -> Outcome {
        let status = &self.rollout.status;
        let cancel = self.rollout.is_fully_promoted()
            || self.pause.aborted(&self.rollout)
            || status.promote_full
            || self.rolls_back_fast()
            || status.stable_rs.is_empty();
        let mut current = super::context::CurrentRuns::default();
        if cancel {
            self.cancel_runs(&self.runs.list());
            current.pre.clone_from(&self.runs.pre);
            current.post.clone_from(&self.runs.post);
        } else if self.rollout.canary().is_some() {
            current.step = self.reconcile_step_run()?;
            current.background = self.reconcile_background_run()?;
        } else {
            current.pre = self.reconcile_pre_promotion_run()?;
            self.judge_blue_green_run(current.pre.clone(), "pre-promotion");
            current.post = self.reconcile_post_promotion_run()?;
            self.judge_blue_green_run(current.post.clone(), "post-promotion");
        }
        self.set_current_runs(current.clone());
        let kept = current.list();
        let mut others: Vec<Run> =
            self.other_runs.iter().filter(|run| !kept.iter().any(|kept| kept.metadata.name == run.metadata.name)).cloned().collect();
        self.cancel_runs(&others);
        for name in self.runs_to_delete(&mut others) {
            self.delete_run(&name);
        }
        let old = &self.rollout.status;
        let changes = [
            (old.blue_green.post_promotion_analysis_run_status.clone(), current.post, "PostPromotion"),
            (old.blue_green.pre_promotion_analysis_run_status.clone(), current.pre, "PrePromotion"),
            (old.canary.current_step_analysis_run_status.clone(), current.step, "Step"),
            (old.canary.current_background_analysis_run_status.clone(), current.background, "Background"),
        ];
        for (previous, run, kind) in changes {
            self.tell_run_change(previous.as_ref(), run.as_deref(), kind);
        }
        Ok(())
    }

    /// `SetCurrentAnalysisRuns`: the status names them.
    fn set_current_runs(&mut self, current: super::context::CurrentRuns) {
        let reference = |run: &Option<Run>| {
            run.as_ref().map(|run| AnalysisRunReference {
                name: run.metadata.name.as_str().into(),
                status: run.status.phase.clone(),
                message: run.status.message.as_str().into(),
            })
        };
        let set = |slot: &mut Option<AnalysisRunReference>, run: &Option<Run>| {
            if run.is_some() {
                *slot = reference(run);
            }
        };
        if self.rollout.canary().is_some() {
            set(&mut self.status.canary.current_background_analysis_run_status, &current.background);
            set(&mut self.status.canary.current_step_analysis_run_status, &current.step);
        } else {
            set(&mut self.status.blue_green.pre_promotion_analysis_run_status, &current.pre);
            set(&mut self.status.blue_green.post_promotion_analysis_run_status, &current.post);
        }
        self.runs = current;
    }

    /// `setPauseOrAbortForBlueGreen`.
    fn judge_blue_green_run(&mut self, run: Option<Run>, which: &str) {
        if let Some(run) = run {
            self.judge_run(&run, &format!("Blue/green {which} analysis phase error/failed"));
        }
    }

    /// An inconclusive run pauses, a bad one aborts.
    fn judge_run(&mut self, run: &AnalysisRun, message: &str) {
        if run.status.phase == AnalysisPhase::Inconclusive {
            self.pause.add(INCONCLUSIVE_ANALYSIS);
        } else if failed(&run.status.phase) {
            let more = &run.status.message;
            self.pause.add_abort(if more.is_empty() { message.to_owned() } else { format!("{message}: {more}") });
        }
    }

    /// `needsNewAnalysisRun`.
    fn needs_new_run(&self, current: Option<&Run>) -> bool {
        let Some(current) = current else { return true };
        let status = &self.rollout.status;
        let paused = |reason: &str| pause::condition(&self.rollout, reason).is_some();
        if status.controller_pause && !paused(CANARY_PAUSE) && !paused(BLUE_GREEN_PAUSE) {
            return current.status.phase == AnalysisPhase::Inconclusive;
        }
        status.aborted_at.is_some()
    }

    fn reconcile_step_run(&mut self) -> Outcome<Option<Run>> {
        let current = self.runs.step.clone();
        if !self.rollout.status.pause_conditions.is_empty() || self.rollout.status.abort {
            return Ok(current);
        }
        let (_, index) = steps::current(&self.rollout);
        let spec = Arc::clone(&self.rollout.spec);
        let listed = spec.strategy.canary.as_ref().map_or(&[][..], |canary| &canary.steps);
        let step = usize::try_from(index.unwrap_or(0)).ok().and_then(|at| listed.get(at));
        let index = index.unwrap_or(0).to_smolstr();
        let analysis = step.and_then(|step| step.analysis.as_ref()).filter(|analysis| !analysis.templates.is_empty());
        let of_other_step = |run: &Run| run.metadata.labels.get(STEP_INDEX).map_or("", String::as_str) != index;
        let Some(analysis) = analysis.filter(|_| !current.as_ref().is_some_and(of_other_step)) else {
            self.cancel_runs(current.as_slice());
            return Ok(None);
        };
        if self.needs_new_run(current.as_ref()) {
            return self.create_run(analysis, &Kind { label: "Step", infix: &index, step: Some(&index) }).map(Some);
        }
        if let Some(run) = &current {
            self.judge_run(run, "Step-based analysis phase error/failed");
        }
        Ok(current)
    }

    fn reconcile_background_run(&mut self) -> Outcome<Option<Run>> {
        let current = self.runs.background.clone();
        let spec = Arc::clone(&self.rollout.spec);
        let background = spec.strategy.canary.as_ref().and_then(|canary| canary.analysis.as_ref());
        let Some(analysis) = background.map(|background| &background.analysis).filter(|analysis| !analysis.templates.is_empty()) else {
            self.cancel_runs(current.as_slice());
            return Ok(None);
        };
        let status = &self.rollout.status;
        if self.rollout.is_fully_promoted()
            || status.stable_rs.is_empty()
            || status.current_pod_hash.is_empty()
            || steps::before_starting_step(&self.rollout)
        {
            return Ok(None);
        }
        if pause::condition(&self.rollout, INCONCLUSIVE_ANALYSIS).is_some() {
            return Ok(current);
        }
        if self.needs_new_run(current.as_ref()) {
            return self.create_run(analysis, &Kind { label: "Background", infix: "", step: None }).map(Some);
        }
        if let Some(run) = &current {
            self.judge_run(run, "Background analysis phase error/failed");
        }
        Ok(current)
    }

    /// `skipPrePromotionAnalysisRun`.
    fn skips_pre_promotion(&self, current: Option<&Run>) -> bool {
        let hash = self.new_hash();
        let active = self.rollout.status.blue_green.active_selector.as_str();
        if self.rollout.status.stable_rs == hash || active.is_empty() || active == hash || hash.is_empty() {
            return true;
        }
        if current.is_some() {
            return false;
        }
        match self.rollout.blue_green().and_then(|strategy| strategy.preview_replica_count) {
            Some(preview) => self.new.as_ref().is_none_or(|set| set.desired() != preview || set.status.available_replicas != preview),
            None => !is_saturated(&self.rollout, self.new.as_deref()),
        }
    }

    /// `skipPostPromotionAnalysisRun`.
    fn skips_post_promotion(&self, current: Option<&Run>) -> bool {
        let hash = self.new_hash();
        let active = self.rollout.status.blue_green.active_selector.as_str();
        if self.rollout.status.stable_rs == hash || active != hash || hash.is_empty() {
            return true;
        }
        current.is_none() && !is_saturated(&self.rollout, self.new.as_deref())
    }

    fn reconcile_pre_promotion_run(&mut self) -> Outcome<Option<Run>> {
        let spec = Arc::clone(&self.rollout.spec);
        let analysis = spec.strategy.blue_green.as_ref().and_then(|strategy| strategy.pre_promotion_analysis.as_ref());
        let current = self.runs.pre.clone();
        let skip = self.skips_pre_promotion(current.as_ref());
        self.reconcile_promotion_run(analysis, current, skip, &Kind { label: "PrePromotion", infix: "pre", step: None })
    }

    fn reconcile_post_promotion_run(&mut self) -> Outcome<Option<Run>> {
        let spec = Arc::clone(&self.rollout.spec);
        let analysis = spec.strategy.blue_green.as_ref().and_then(|strategy| strategy.post_promotion_analysis.as_ref());
        let current = self.runs.post.clone();
        let skip = self.skips_post_promotion(current.as_ref());
        self.reconcile_promotion_run(analysis, current, skip, &Kind { label: "PostPromotion", infix: "post", step: None })
    }

    fn reconcile_promotion_run(
        &mut self,
        analysis: Option<&RolloutAnalysis>,
        current: Option<Run>,
        skip: bool,
        kind: &Kind<'_>,
    ) -> Outcome<Option<Run>> {
        let Some(analysis) = analysis.filter(|analysis| !analysis.templates.is_empty()) else {
            self.cancel_runs(current.as_slice());
            return Ok(None);
        };
        if skip {
            self.cancel_runs(current.as_slice());
            return Ok(current);
        }
        if pause::condition(&self.rollout, INCONCLUSIVE_ANALYSIS).is_some() || !self.needs_new_run(current.as_ref()) {
            return Ok(current);
        }
        self.create_run(analysis, kind).map(Some)
    }

    /// `completedPrePromotionAnalysis`.
    pub(crate) fn completed_pre_promotion_analysis(&self) -> bool {
        self.rollout.blue_green().is_none_or(|strategy| strategy.pre_promotion_analysis.is_none())
            || self.runs.pre.as_ref().is_some_and(|run| run.status.phase == AnalysisPhase::Successful)
    }

    /// Old pods stay until the post-promotion analysis is through, unless a delay is given.
    pub(crate) fn waits_for_post_promotion(&self) -> bool {
        let waits = |strategy: &crate::rollouts::spec::BlueGreen| {
            strategy.post_promotion_analysis.is_some() && strategy.scale_down_delay_seconds.is_none()
        };
        self.rollout.blue_green().is_some_and(waits)
            && !self.skips_post_promotion(self.runs.post.as_ref())
            && self.runs.post.as_ref().is_none_or(|run| run.status.phase != AnalysisPhase::Successful)
    }

    /// `createAnalysisRun`.
    fn create_run(&mut self, analysis: &RolloutAnalysis, kind: &Kind<'_>) -> Outcome<Run> {
        let args = self.run_arguments(analysis)?;
        let hash = self.new_hash().to_owned();
        let (templates, cluster) = validation::find_templates(self.world, &analysis.templates, "spec.templates", 0)
            .map_err(|refusal| Failure::new(refusal.message))?;
        let all: Vec<&AnalysisTemplate> = templates.iter().chain(&cluster).map(|template| &**template).collect();
        let spec = build::run_from_templates(&all, &args, &analysis.dry_run, &analysis.measurement_retention).map_err(Failure::new)?;
        let revision = self.rollout.metadata.annotations.get(REVISION).cloned().unwrap_or_default();
        let mut labels = BTreeMap::from([(POD_TEMPLATE_HASH.to_owned(), hash.clone()), (TYPE.to_owned(), kind.label.to_owned())]);
        if let Some(step) = kind.step {
            labels.insert(STEP_INDEX.into(), step.to_owned());
        }
        if let Some(instance) = self.rollout.metadata.labels.get(INSTANCE_ID).filter(|id| !id.is_empty()) {
            labels.insert(INSTANCE_ID.into(), instance.clone());
        }
        let mut annotations = BTreeMap::from([(REVISION.to_owned(), revision.clone())]);
        if let Some(more) = &analysis.analysis_run_metadata {
            labels.extend(more.labels.clone());
            annotations.extend(more.annotations.clone());
        }
        labels.extend(self.rollout.spec.selector.iter().flat_map(|selector| selector.match_labels.clone()));
        let mut name = format!("{}-{hash}-{revision}", self.rollout.metadata.name);
        if !kind.infix.is_empty() {
            name = format!("{name}-{}", kind.infix);
        }
        let metadata = ObjectMeta {
            name: name.into(),
            namespace: self.rollout.metadata.namespace.clone(),
            labels,
            annotations,
            owner_references: vec![owner(&self.rollout.metadata)],
            ..ObjectMeta::default()
        };
        let now = self.seconds();
        Ok(self.world.create_run(AnalysisRun { metadata, spec: Arc::new(spec), ..AnalysisRun::default() }, now))
    }

    fn run_arguments(&self, analysis: &RolloutAnalysis) -> Outcome<Vec<Argument>> {
        let needs_document = |arg: &crate::rollouts::spec::AnalysisRunArgument| {
            let path = arg.value_from.as_ref().and_then(|from| from.field_ref.as_ref()).map(|field| field.field_path.as_str());
            path.is_some_and(|path| !path.starts_with("metadata"))
        };
        let document = if analysis.args.iter().any(needs_document) { self.rollout_document() } else { Value::Null };
        let source =
            Source { document: &document, metadata: &self.rollout.metadata, new: self.new.as_deref(), stable: self.stable.as_deref() };
        match arguments::build(&analysis.args, &source) {
            (args, None) => Ok(args),
            (_, Some(error)) => Err(Failure::new(error)),
        }
    }

    /// The Rollout as Go writes it.
    fn rollout_document(&self) -> Value {
        let plain = serde_json::to_value(&self.rollout).unwrap_or_default();
        to_wire("Rollout", &plain).unwrap_or(plain)
    }

    /// `cancelAnalysisRuns`.
    fn cancel_runs(&mut self, runs: &[Run]) {
        for run in runs.iter().filter(|run| !run.spec.terminate && !run.status.phase.completed()) {
            self.world.terminate_run(&run.metadata.name);
        }
    }

    /// `FilterAnalysisRunsToDelete`: without a ReplicaSet, or beyond the history limits.
    fn runs_to_delete(&self, runs: &mut [Run]) -> Vec<Text> {
        runs.sort_by_key(|run| std::cmp::Reverse(run.metadata.creation_timestamp));
        let runs = runs.iter().map(|run| (&run.metadata, &run.status.phase));
        self.beyond_history(runs)
    }

    /// What is deleted of runs or experiments, latest first.
    pub(crate) fn beyond_history<'a>(&self, items: impl Iterator<Item = (&'a ObjectMeta, &'a AnalysisPhase)>) -> Vec<Text> {
        let (good_limit, bad_limit) = (self.rollout.successful_run_history_limit(), self.rollout.unsuccessful_run_history_limit());
        let (mut good, mut bad) = (0, 0);
        let mut gone = Vec::new();
        for (metadata, phase) in items {
            let hash = metadata.labels.get(POD_TEMPLATE_HASH);
            let alive = hash.and_then(|hash| self.all.iter().rev().find(|set| set.metadata.labels.get(POD_TEMPLATE_HASH) == Some(hash)));
            let keep = match alive {
                None => false,
                Some(set) if set.metadata.deletion_timestamp.is_some() => false,
                Some(_) if *phase == AnalysisPhase::Successful => {
                    good += 1;
                    good <= good_limit
                }
                Some(_) if phase.completed() => {
                    bad += 1;
                    bad <= bad_limit
                }
                Some(_) => true,
            };
            if !keep && metadata.deletion_timestamp.is_none() {
                gone.push(metadata.name.clone());
            }
        }
        gone
    }

    /// `emitAnalysisRunStatusChanges`.
    fn tell_run_change(&mut self, previous: Option<&AnalysisRunReference>, run: Option<&AnalysisRun>, kind: &str) {
        let Some(run) = run.filter(|run| run.status.phase != AnalysisPhase::Unset) else { return };
        let phase = &run.status.phase;
        if previous.is_some_and(|previous| previous.name != run.metadata.name || previous.status == *phase) {
            return;
        }
        let before = previous.map_or("NoPreviousStatus", |previous| previous.status.as_str());
        let message = format!("{kind} Analysis Run '{}' Status New: '{phase}' Previous: '{before}'", run.metadata.name);
        let reason = format!("AnalysisRun{phase}");
        if failed(phase) {
            self.world.warn(&reason, message);
        } else {
            self.world.event(&reason, message);
        }
    }
}

impl super::world::World {
    /// `CreateWithCollisionCounter`: an equal run of ours that is still going is taken for the new one.
    pub(crate) fn create_run(&mut self, mut run: AnalysisRun, now: crate::rollouts::spec::Time) -> Run {
        let base = run.metadata.name.clone();
        let mut count = 1u32;
        while let Some(existing) = self.analysis_runs.iter().find(|existing| existing.metadata.name == run.metadata.name) {
            let (a, b) = (&existing.spec, &run.spec);
            let equal =
                a.metrics == b.metrics && a.dry_run == b.dry_run && a.measurement_retention == b.measurement_retention && a.args == b.args;
            let ours = controller_uid(&existing.metadata).is_some() && controller_uid(&existing.metadata) == controller_uid(&run.metadata);
            if !existing.status.phase.completed() && equal && ours {
                return Arc::clone(existing);
            }
            run.metadata.name = format_smolstr!("{base}.{count}");
            count += 1;
        }
        if self.recording {
            let (name, object) = (run.metadata.name.to_string(), created_document("AnalysisRun", &run));
            self.actions.push(Action::Create { kind: "AnalysisRun", name, object });
        }
        run.metadata.uid = format_smolstr!("uid-analysisrun-{}", run.metadata.name);
        run.metadata.generation = 1;
        run.metadata.creation_timestamp = Some(now);
        let run = Arc::new(run);
        self.dirty = true;
        self.analysis_runs.push(Arc::clone(&run));
        run
    }

    /// `TerminateRun`; a run that does not exist is passed over.
    pub(crate) fn terminate_run(&mut self, name: &str) {
        let Some(stored) = self.analysis_runs.iter_mut().find(|run| run.metadata.name == name) else { return };
        if stored.spec.terminate {
            return;
        }
        self.dirty = true;
        let run = Arc::make_mut(stored);
        Arc::make_mut(&mut run.spec).terminate = true;
        run.metadata.generation = run.metadata.generation.saturating_add(1);
        self.note(|| Action::Update { kind: "AnalysisRun", name: name.to_owned(), change: json!({"spec": {"terminate": true}}) });
    }
}

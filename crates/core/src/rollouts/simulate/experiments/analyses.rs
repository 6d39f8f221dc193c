//! An Experiment's AnalysisRuns.

use std::sync::Arc;

use smol_str::format_smolstr;

use super::{Pass, owner, status::run_status};
use crate::rollouts::{
    analysis::{build, resolve},
    reconcile::{analysis_runs::INSTANCE_ID, context::whole_seconds, validation},
    spec::{
        AnalysisPhase, AnalysisRun, AnalysisTemplate, AnalysisTemplateRef, Argument, ExperimentAnalysis, ExperimentAnalysisRunStatus,
        ObjectMeta, Time, go_duration,
    },
};

impl Pass<'_> {
    pub(super) fn analysis(&mut self, analysis: &ExperimentAnalysis) {
        let before = run_status(&self.experiment.status, &analysis.name).cloned();
        let before = before.unwrap_or_else(|| ExperimentAnalysisRunStatus { name: analysis.name.clone(), ..Default::default() });
        let mut status = before.clone();
        self.judge_analysis(analysis, &mut status);
        if before.phase != status.phase && status.phase != AnalysisPhase::Unset {
            let mut message = format!("AnalysisRun '{}' transitioned from {} -> {}", analysis.name, before.phase, status.phase);
            if !status.message.is_empty() {
                message = format!("{message}: {}", status.message);
            }
            self.world.warn(&format!("AnalysisRun{}", status.phase), message);
        }
        match self.status.analysis_runs.iter_mut().find(|known| known.name == status.name) {
            Some(known) => *known = status,
            None => self.status.analysis_runs.push(status),
        }
    }

    fn judge_analysis(&mut self, analysis: &ExperimentAnalysis, status: &mut ExperimentAnalysisRunStatus) {
        let wide = analysis.cluster_scope == Some(true);
        if self.experiment.status.available_at.is_none() {
            let shelf = if wide { &self.world.cluster_templates } else { &self.world.templates };
            if !shelf.contains_key(&analysis.template_name) {
                let kind = if wide { "ClusterAnalysisTemplate" } else { "AnalysisTemplate" };
                status.phase = AnalysisPhase::Error;
                status.message = format!(
                    "{kind} verification failed for analysis '{}': {}.argoproj.io \"{}\" not found",
                    analysis.name,
                    kind.to_lowercase(),
                    analysis.template_name
                );
            }
            return;
        }
        if status.analysis_run.is_empty() {
            if self.terminating {
                return;
            }
            match self.create_run(analysis) {
                Ok(name) => {
                    status.phase = AnalysisPhase::Pending;
                    status.analysis_run = name;
                }
                Err(error) => {
                    status.phase = AnalysisPhase::Error;
                    status.message = format!("Failed to create AnalysisRun for analysis '{}': {error}", analysis.name);
                }
            }
            return;
        }
        if status.phase.completed() {
            return;
        }
        let Some(run) = self.world.analysis_runs.iter().find(|run| run.metadata.name == status.analysis_run).cloned() else {
            status.phase = AnalysisPhase::Error;
            status.message = format!("analysisruns.argoproj.io \"{}\" not found", status.analysis_run);
            return;
        };
        if self.terminating {
            if !run.status.phase.completed() && !run.spec.terminate {
                self.world.terminate_run(&run.metadata.name);
            }
            return;
        }
        status.phase = run.status.phase.clone();
        status.message.clone_from(&run.status.message);
    }

    fn create_run(&mut self, analysis: &ExperimentAnalysis) -> Result<String, String> {
        let mut args = Vec::with_capacity(analysis.args.len());
        for arg in &analysis.args {
            let value = arg.value.as_deref().map(|text| self.argument(text)).transpose()?;
            args.push(Argument { name: arg.name.clone(), value, value_from: None });
        }
        let wide = analysis.cluster_scope == Some(true);
        let shelf = if wide { &self.world.cluster_templates } else { &self.world.templates };
        if !shelf.contains_key(&analysis.template_name) {
            let kind = if wide { "clusteranalysistemplate" } else { "analysistemplate" };
            return Err(format!("{kind}.argoproj.io \"{}\" not found", analysis.template_name));
        }
        let reference = AnalysisTemplateRef { template_name: analysis.template_name.clone(), cluster_scope: analysis.cluster_scope };
        let (templates, cluster) =
            validation::find_templates(self.world, &[reference], "spec.templates", 0).map_err(|refusal| refusal.message)?;
        let all: Vec<&AnalysisTemplate> = templates.iter().chain(&cluster).map(|template| &**template).collect();
        let spec = &self.experiment.spec;
        let run = build::run_from_templates(&all, &args, &spec.dry_run, &spec.measurement_retention)?;
        let mut labels = spec.analysis_run_metadata.labels.clone();
        if let Some(instance) = self.experiment.metadata.labels.get(INSTANCE_ID).filter(|id| !id.is_empty()) {
            labels.entry(INSTANCE_ID.into()).or_insert_with(|| instance.clone());
        }
        let metadata = ObjectMeta {
            name: format_smolstr!("{}-{}", self.experiment.metadata.name, analysis.name),
            namespace: self.experiment.metadata.namespace.clone(),
            labels,
            annotations: spec.analysis_run_metadata.annotations.clone(),
            owner_references: vec![owner(self.experiment)],
            ..ObjectMeta::default()
        };
        let now = whole_seconds(self.now);
        Ok(self.world.create_run(AnalysisRun { metadata, spec: Arc::new(run), ..AnalysisRun::default() }, now).metadata.name.to_string())
    }

    /// `ResolveExperimentArgsValue`.
    fn argument(&self, text: &str) -> Result<String, String> {
        let (texts, tags) = resolve::split(text)?;
        let mut out = String::new();
        let mut unresolved = None;
        for (at, text) in texts.iter().enumerate() {
            out.push_str(text);
            let Some(tag) = tags.get(at) else { continue };
            match self.placeholder(tag.trim()) {
                Some(value) => out.push_str(&value),
                None => unresolved = Some(format!("failed to resolve {{{{{tag}}}}}")),
            }
        }
        unresolved.map_or(Ok(out), Err)
    }

    fn placeholder(&self, tag: &str) -> Option<String> {
        let available = self.experiment.status.available_at;
        match tag {
            "experiment.availableAt" => available.map(Time::wire),
            "experiment.finishedAt" => Some(available?.plus(go_duration(&self.experiment.spec.duration).ok()?).wire()),
            _ => {
                let (name, what) = tag.strip_prefix("templates.")?.split_once('.')?;
                let set = self.set(name)?;
                match what {
                    "podTemplateHash" => Some(set.hash().to_owned()),
                    "replicaset.name" => Some(set.metadata.name.to_string()),
                    _ => None,
                }
            }
        }
    }
}

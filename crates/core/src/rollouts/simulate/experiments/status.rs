//! What an Experiment's status says of its templates and analyses.

use super::Pass;
use crate::rollouts::spec::{
    AnalysisPhase, Experiment, ExperimentAnalysisRunStatus, ExperimentStatus, LabelSelector, TemplateSpec, TemplateStatus, Time,
    go_duration,
};

const SECOND: i64 = 1_000_000_000;
const PROGRESS_DEADLINE: i32 = 600;

pub(super) fn deadline_seconds(experiment: &Experiment) -> i32 {
    experiment.spec.progress_deadline_seconds.unwrap_or(PROGRESS_DEADLINE)
}

fn rank(phase: &AnalysisPhase) -> usize {
    match phase {
        AnalysisPhase::Running => 1,
        AnalysisPhase::Pending => 2,
        AnalysisPhase::Inconclusive => 3,
        AnalysisPhase::Error => 4,
        AnalysisPhase::Failed => 5,
        _ => 0,
    }
}

fn template_rank(status: &str) -> usize {
    ["Successful", "Running", "Progressing", "Error", "Failed"].iter().position(|word| *word == status).unwrap_or(0)
}

pub(super) fn template_completed(status: &str) -> bool {
    matches!(status, "Successful" | "Failed" | "Error")
}

pub(super) fn template_status<'a>(status: &'a ExperimentStatus, name: &str) -> Option<&'a TemplateStatus> {
    status.template_statuses.iter().find(|template| template.name == name)
}

pub(super) fn run_status<'a>(status: &'a ExperimentStatus, name: &str) -> Option<&'a ExperimentAnalysisRunStatus> {
    status.analysis_runs.iter().find(|run| run.name == name)
}

/// `RequiredAnalysisRunsSuccessful`.
fn required_successful(experiment: &Experiment, status: &ExperimentStatus) -> bool {
    let mut required = experiment.spec.analyses.iter().filter(|analysis| analysis.required_for_completion).peekable();
    required.peek().is_some()
        && required.all(|analysis| run_status(status, &analysis.name).is_some_and(|run| run.phase == AnalysisPhase::Successful))
}

/// `IsTerminating`.
pub(super) fn terminating(experiment: &Experiment, status: &ExperimentStatus) -> bool {
    let bad = |phase: &AnalysisPhase| matches!(phase, AnalysisPhase::Failed | AnalysisPhase::Error | AnalysisPhase::Inconclusive);
    experiment.spec.terminate
        || status.phase.completed()
        || status.template_statuses.iter().any(|template| matches!(template.status.as_str(), "Failed" | "Error"))
        || status.analysis_runs.iter().any(|run| bad(&run.phase))
        || required_successful(experiment, status)
}

/// `PassedDurations`: nanoseconds left of the duration, if there is one that has begun.
pub(super) fn duration_left(experiment: &Experiment, status: &ExperimentStatus, now: Time) -> Option<i64> {
    let duration = go_duration(&experiment.spec.duration).ok()?;
    Some(status.available_at?.plus(duration).since(now))
}

pub(super) fn wanted(experiment: &Experiment, status: &ExperimentStatus, template: &TemplateSpec) -> i32 {
    let completed = template_status(status, &template.name).is_some_and(|template| template_completed(&template.status));
    if completed || terminating(experiment, status) { 0 } else { template.replicas.unwrap_or(1) }
}

/// `VerifyExperimentSpec`.
pub(super) fn valid(experiment: &Experiment) -> bool {
    let mut names = Vec::new();
    experiment.spec.templates.iter().all(|template| {
        let selects = template.selector.as_ref().is_some_and(|selector| *selector != LabelSelector::default());
        let good = selects
            && template.min_ready_seconds <= deadline_seconds(experiment)
            && !template.name.is_empty()
            && !names.contains(&template.name.as_str());
        names.push(&template.name);
        good
    })
}

impl Pass<'_> {
    /// `assessTemplates`.
    fn assess_templates(&self) -> (AnalysisPhase, String) {
        let (mut worst, mut message) = ("Successful", "");
        for template in &self.experiment.spec.templates {
            match template_status(&self.status, &template.name) {
                None if template_rank(worst) < 2 => worst = "Progressing",
                Some(status) if template_rank(&status.status) > template_rank(worst) => {
                    (worst, message) = (&status.status, &status.message)
                }
                _ => {}
            }
        }
        let phase = match worst {
            "Progressing" => AnalysisPhase::Pending,
            "Failed" => AnalysisPhase::Failed,
            "Error" => AnalysisPhase::Error,
            "Successful" => AnalysisPhase::Successful,
            _ => AnalysisPhase::Running,
        };
        (phase, message.to_owned())
    }

    /// `assessAnalysisRuns`.
    fn assess_analyses(&self) -> (AnalysisPhase, String) {
        let (mut worst, mut message) = (AnalysisPhase::Successful, String::new());
        for run in self.experiment.spec.analyses.iter().filter_map(|analysis| run_status(&self.status, &analysis.name)) {
            if rank(&run.phase) > rank(&worst) {
                (worst, message) = (run.phase.clone(), run.message.clone());
            }
        }
        if required_successful(self.experiment, &self.status) && rank(&worst) < rank(&AnalysisPhase::Running) {
            return (AnalysisPhase::Successful, "Required AnalysisRuns completed".into());
        }
        let phase = if worst == AnalysisPhase::Pending { AnalysisPhase::Running } else { worst };
        (phase, message)
    }

    /// `calculateStatus`.
    pub(super) fn judge(&mut self) {
        match self.status.phase {
            AnalysisPhase::Unset => self.status.phase = AnalysisPhase::Pending,
            AnalysisPhase::Pending | AnalysisPhase::Running => {}
            _ => return,
        }
        if self.experiment.status.phase == AnalysisPhase::Unset {
            return;
        }
        let templates = self.assess_templates();
        let analyses = self.assess_analyses();
        if templates.0 == AnalysisPhase::Running {
            self.status.available_at.get_or_insert(self.now);
        }
        let required = self.experiment.spec.analyses.iter().any(|analysis| analysis.required_for_completion);
        let deferred = if templates.0.completed() {
            templates.0 == AnalysisPhase::Successful && (analyses.0.completed() || required)
        } else {
            analyses.0.completed() && analyses.0 != AnalysisPhase::Successful || required_successful(self.experiment, &self.status)
        };
        (self.status.phase, self.status.message) = if deferred { analyses } else { templates };
    }

    /// `calculateEnqueueDuration`.
    pub(super) fn next(&self) -> Option<i64> {
        if terminating(self.experiment, &self.status) {
            return None;
        }
        let mut best = duration_left(self.experiment, &self.status, self.now).filter(|left| *left >= 0);
        for template in &self.experiment.spec.templates {
            let Some(status) = template_status(&self.status, &template.name) else { continue };
            let going = matches!(status.status.as_str(), "Progressing" | "Running");
            if !going || status.available_replicas == wanted(self.experiment, &self.status, template) {
                continue;
            }
            if let Some(since) = status.last_transition_time {
                let left = since.plus(i64::from(deadline_seconds(self.experiment)) * SECOND).since(self.now);
                best = Some(best.map_or(left, |best| best.min(left)));
            }
        }
        best
    }
}

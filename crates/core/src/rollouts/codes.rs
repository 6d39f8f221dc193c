//! The diagnostic codes of Argo Rollouts' room.

use crate::text::{Code, Severity};

const fn code(code: &'static str, severity: Severity, title: &'static str, help: &'static str, upstream: &'static str) -> Code {
    Code { code, severity, title, help, upstream }
}

/// Every code of the room.
pub const CODES: &[Code] = &[
    code(
        "rollouts-abort-delay-zero",
        Severity::Warning,
        "`abortScaleDownDelaySeconds: 0` does not keep the canary",
        "The documentation says that 0 means never; the controller scales the canary to 0 at once unless the first step is a `setCanaryScale` (argo-rollouts#1841). Give the seconds you want it to stay.",
        "argo-rollouts v1.10.2 utils/defaults GetAbortScaleDownDelaySecondsOrDefault",
    ),
    code(
        "rollouts-analysis-never-fails",
        Severity::Warning,
        "A metric that can never fail",
        "Without a condition every measurement counts as Successful; with a `failureLimit` that is disabled or as large as `count` the metric ends Successful whatever it measures. Add a `successCondition` or lower the limit.",
        "argo-rollouts v1.10.2 utils/evaluate EvaluateResult, analysis assessMetricStatus",
    ),
    code(
        "rollouts-canary-scale",
        Severity::Warning,
        "`setCanaryScale` without exactly one setting",
        "Upstream does not check it: `matchTrafficWeight` wins over `replicas`, `replicas` over `weight`; a step with none of them leaves the size to the weight.",
        "argo-rollouts v1.10.2 utils/replicaset UseSetCanaryScale, GetCanaryReplicasOrWeight",
    ),
    code(
        "rollouts-invalid",
        Severity::Error,
        "The rollout is invalid",
        "The controller sets the condition InvalidSpec to the first such fault and does nothing else until it is mended.",
        "argo-rollouts v1.10.2 pkg/apis/rollouts/validation",
    ),
    code(
        "rollouts-managed-route-twice",
        Severity::Warning,
        "A managed route is listed twice",
        "Istio's routes are ordered by this list, and a name that occurs twice multiplies the routes of that name.",
        "argo-rollouts v1.10.2 rollout/trafficrouting/istio orderRoutes",
    ),
    code(
        "rollouts-min-pods-ignored",
        Severity::Warning,
        "`minPodsPerReplicaSet` without traffic routing",
        "It is looked at only when `trafficRouting` is set; a basic canary ignores it silently.",
        "argo-rollouts v1.10.2 utils/replicaset CheckMinPodsPerReplicaSet",
    ),
    code(
        "rollouts-pause-endless",
        Severity::Info,
        "A pause without a duration",
        "The rollout stays at this step until someone promotes it, also over night. The progress deadline does not run.",
        "argo-rollouts v1.10.2 rollout/canary.go",
    ),
    code(
        "rollouts-pause-zero",
        Severity::Warning,
        "A pause that is over at once",
        "Durations are cut to whole seconds: `0`, `\"500ms\"` and the like pass validation and pause nothing.",
        "argo-rollouts v1.10.2 RolloutPause.DurationSeconds",
    ),
    code(
        "rollouts-progress-threshold",
        Severity::Warning,
        "A replica progress threshold out of range",
        "A value below zero turns the threshold off; a percentage above 100 can only be met by surplus pods.",
        "argo-rollouts v1.10.2 utils/replicaset ReplicaProgressThresholdMet",
    ),
    code(
        "rollouts-service-elsewhere",
        Severity::Info,
        "A service is not in the file",
        "The rollout names a Service that is not among those of the file, so nothing about it could be checked. The lint command never reports this (argo-rollouts#3907).",
        "argo-rollouts v1.10.2 pkg/kubectl-argo-rollouts/cmd/lint",
    ),
    code(
        "rollouts-starting-step",
        Severity::Warning,
        "Background analysis starts after the last step",
        "`startingStep` is compared with the index of the current step; beyond the last one the analysis starts only when the steps are over.",
        "argo-rollouts v1.10.2 utils/replicaset BeforeStartingStep",
    ),
    code(
        "rollouts-step-mixed",
        Severity::Warning,
        "A step of several kinds",
        "Validation compares only setWeight, pause, experiment and analysis. All settings take effect, but the step is complete as soon as the first kind in the order pause, setCanaryScale, setWeight, experiment, analysis, setHeaderRoute, setMirrorRoute, plugin is.",
        "argo-rollouts v1.10.2 rollout/canary.go completedCurrentCanaryStep",
    ),
    code(
        "rollouts-weight-decreases",
        Severity::Info,
        "The weight goes down between steps",
        "Nothing forbids it, but traffic moves back to stable in the middle of an update.",
        "argo-rollouts v1.10.2 utils/replicaset GetCurrentSetWeight",
    ),
    code(
        "rollouts-weight-unreachable",
        Severity::Warning,
        "Replicas cannot stand for a weight",
        "Without traffic routing a weight is a number of pods. The controller takes the closest one, never less than one pod for 1 to 99 %.",
        "argo-rollouts v1.10.2 utils/replicaset approximateWeightedCanaryStableReplicaCounts",
    ),
];

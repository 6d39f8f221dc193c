//! Groups from `services.cloud.sap.com` to `zookeeper.pravega.io`.

use super::Table;
use super::node::Part::{Text, Value};
use super::node::{Judged, Node, concat, empty, fail, say, tell, tell_or};
use super::rules::{Say::*, because, field, kind_says, list, rule, scan, word};
use crate::argocd::health::status::{HealthCode, HealthCode::*};

pub(super) const TABLE: Table = &[
    ("services.cloud.sap.com", "ServiceBinding", sap_service),
    ("services.cloud.sap.com", "ServiceInstance", sap_service),
    ("serving.knative.dev", "Service", knative_service),
    ("serving.kserve.io", "InferenceService", inference_service),
    ("serving.kserve.io", "LLMInferenceService", llm_inference_service),
    ("snapshot.storage.k8s.io", "VolumeSnapshot", volume_snapshot),
    ("snapshot.storage.k8s.io", "VolumeSnapshotContent", volume_snapshot),
    ("solr.apache.org", "SolrCloud", solr_cloud),
    ("source.toolkit.fluxcd.io", "Bucket", |o| flux_source(o, 0)),
    ("source.toolkit.fluxcd.io", "GitRepository", |o| flux_source(o, 0)),
    ("source.toolkit.fluxcd.io", "HelmChart", |o| flux_source(o, 0)),
    ("source.toolkit.fluxcd.io", "HelmRepository", helm_repository),
    ("source.toolkit.fluxcd.io", "OCIRepository", |o| flux_source(o, 0)),
    ("sparkoperator.k8s.io", "SparkApplication", spark_application),
    ("spot.io", "SpotDeployment", spot_deployment),
    ("stacks.crossplane.io", "ClusterStackInstall", cluster_stack_install),
    ("tekton.dev", "PipelineRun", tekton_run),
    ("tekton.dev", "TaskRun", tekton_run),
    ("tower.ansible.com", "AnsibleJob", ansible_job),
    ("trident.netapp.io", "TridentBackendConfig", trident_backend_config),
    ("trident.netapp.io", "TridentOrchestrator", trident_orchestrator),
    ("trust.cert-manager.io", "Bundle", trust_bundle),
    ("velero.io", "Backup", |o| velero(o, "Waiting for backup to be processed", "Backup completed")),
    ("velero.io", "Restore", |o| velero(o, "Waiting for restore to be processed", "Restore completed")),
    ("velero.io", "Schedule", velero_schedule),
    ("work.karmada.io", "ClusterResourceBinding", |o| karmada_binding(o, true)),
    ("work.karmada.io", "ResourceBinding", |o| karmada_binding(o, false)),
    ("zookeeper.pravega.io", "ZookeeperCluster", zookeeper_cluster),
];

/// Neither nil nor empty.
fn filled(node: Node<'_>) -> bool {
    !node.is_nil() && !node.is("")
}

fn sap_service(o: Node<'_>) -> Judged {
    if o.path(4, &["metadata", "deletionTimestamp"])?.truthy() {
        return say(Progressing, "Resource is being deleted");
    }
    let list = list(o, 12)?;
    if list.kind() != "table" {
        return say(Progressing, "Waiting for status");
    }
    let generation = o.path(14, &["metadata", "generation"])?;
    for condition in list.each(13)? {
        let observed = condition.get(14, "observedGeneration")?;
        if observed.truthy() && generation.truthy() && !observed.same(generation) {
            return say(Progressing, "Waiting for spec update to be observed");
        }
        match (condition.get(20, "type")?.text(), condition.get(20, "status")?.text()) {
            (Some("Succeeded"), Some("False")) | (Some("Failed"), Some("True")) => {
                return tell_or(Degraded, condition.get(23, "message")?, "");
            }
            _ => {}
        }
    }
    say(Healthy, "Ready to use")
}

fn knative_service(o: Node<'_>) -> Judged {
    let list = list(o, 4)?;
    if list.is_nil() {
        return say(Progressing, "Waiting for status update.");
    }
    let (mut holding, mut failing, mut unknown, mut message) = (0, 0, 0, String::new());
    for (_, condition) in list.pairs(9)? {
        let (kind, status) = (condition.get(10, "type")?, condition.get(10, "status")?);
        match status.text() {
            Some("True") if matches!(kind.text(), Some("ConfigurationsReady" | "RoutesReady" | "Ready")) => holding += 1,
            Some("False") => failing += 1,
            Some("Unknown") => unknown += 1,
            _ => {}
        }
        if status.is("False") || status.is("Unknown") {
            message.push_str(&concat(13, &[Value(kind), Text(" is "), Value(status)])?);
            let (reason, said) = (condition.get(14, "reason")?, condition.get(17, "message")?);
            if filled(reason) {
                message = concat(15, &[Text(&message), Text(", since "), Value(reason), Text(".")])?;
            }
            if filled(said) {
                message = concat(18, &[Text(&message), Text(" "), Value(said)])?;
            }
            message.push('\n');
        }
    }
    match (holding, failing, unknown) {
        (3, 0, 0) => say(Healthy, "Knative Service is healthy."),
        (_, 1.., _) => say(Degraded, message),
        _ => say(Progressing, message),
    }
}

fn inference_service(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "Waiting for InferenceService to report status...");
    let status = o.get(6, "status")?;
    if status.is_nil() {
        return waiting;
    }
    let (mut progressing, mut degraded, mut message) = (false, false, String::new());
    let model = status.get(14, "modelStatus")?;
    if !model.is_nil() {
        let transition = model.get(15, "transitionStatus")?;
        if !transition.is("UpToDate") {
            progressing = transition.is("InProgress");
            degraded = !progressing;
            message = concat(21, &[Text("0: transitionStatus | "), Value(transition)])?;
        }
    }
    let list = status.get(25, "conditions")?;
    if list.is_nil() {
        return waiting;
    }
    let mut troubled = false;
    for (number, condition) in list.pairs(26)? {
        let (kind, state) = (condition.get(28, "type")?, condition.get(28, "status")?);
        let stopped = kind.is("Stopped");
        if stopped && state.is("True") {
            return say(Suspended, "InferenceService is Stopped");
        }
        troubled |= state.is("Unknown") || (state.is("False") && !stopped);
        if state.is("True") || stopped {
            continue;
        }
        let parts = [Text(&message), Text(" | "), Text(&number), Text(": "), Value(kind), Text(" | "), Value(state)];
        message = concat(44, &parts)?;
        for (line, key) in [(46, "reason"), (49, "message")] {
            let said = condition.get(line, key)?;
            if filled(said) {
                message = concat(line, &[Text(&message), Text(" | "), Value(said)])?;
            }
        }
    }
    match (degraded, progressing || troubled) {
        (false, false) => say(Healthy, "InferenceService is healthy."),
        (false, true) => say(Progressing, message),
        (true, _) => say(Degraded, message),
    }
}

fn llm_inference_service(o: Node<'_>) -> Judged {
    const WAITING: &str = "Waiting for LLMInferenceService to report status...";
    let list = list(o, 6)?;
    if list.is_nil() {
        return say(Progressing, WAITING);
    }
    let (mut ready, mut stopped, mut message) = (None, false, String::new());
    for condition in list.each(18)? {
        let reason = condition.get(21, "reason")?;
        stopped |= reason.is("Stopped");
        let (kind, status) = (condition.get(25, "type")?, condition.get(27, "status")?);
        if kind.is("Ready") {
            ready = Some(condition);
        } else if !status.is("True") {
            if !message.is_empty() {
                message.push_str("; ");
            }
            message = concat(31, &[Text(&message), Value(kind), Text(": "), Value(status)])?;
            for (line, said) in [(33, reason), (36, condition.get(35, "message")?)] {
                if filled(said) {
                    message = concat(line, &[Text(&message), Text(" | "), Value(said)])?;
                }
            }
        }
    }
    let of_ready = |line: u32, key: &str| ready.map_or(Ok(Node::NIL), |ready| ready.get(line, key));
    let metadata = o.get(46, "metadata")?;
    let generation = if metadata.is_nil() { Node::NIL } else { metadata.get(47, "generation")? };
    if !generation.is_nil() {
        let stale = |observed: Node<'_>| !observed.is_nil() && !observed.same(generation);
        if stale(field(o, 52, "observedGeneration")?) || stale(of_ready(56, "observedGeneration")?) {
            return say(Progressing, "Waiting for LLMInferenceService reconciliation (generation mismatch)");
        }
    }
    if stopped {
        return say(Suspended, "LLMInferenceService is Stopped");
    }
    let code = match of_ready(72, "status")?.text() {
        Some("True") => return say(Healthy, "LLMInferenceService is healthy."),
        Some("False") => Degraded,
        _ => Progressing,
    };
    let said = of_ready(87, "message")?;
    match message.is_empty() {
        false => say(code, message),
        true if filled(said) => tell(code, said),
        true => say(code, WAITING),
    }
}

fn volume_snapshot(o: Node<'_>) -> Judged {
    if field(o, 3, "readyToUse")?.truthy() {
        return say(Healthy, "Ready to use");
    }
    let error = field(o, 9, "error")?;
    if error.is_nil() { say(Progressing, "Waiting for status") } else { tell(Degraded, error.get(11, "message")?) }
}

fn solr_cloud(o: Node<'_>) -> Judged {
    let nodes = field(o, 5, "solrNodes")?;
    if nodes.is_nil() {
        return say(Progressing, "Waiting for solr to exist");
    }
    for node in nodes.each(12)? {
        if !node.get(13, "ready")?.truthy() {
            return say(Progressing, "Not all replicas are ready");
        }
    }
    say(Healthy, "Solr is ready")
}

fn helm_repository(o: Node<'_>) -> Judged {
    let spec = o.get(2, "spec")?;
    if !spec.get(2, "suspend")?.is_bool(true) && spec.get(9, "type")?.is("oci") {
        return say(Healthy, "Helm repositories of type 'oci' do not contain any information in the status.");
    }
    flux_source(o, 7)
}

/// Flux's sources; `shift` is how many lines later the script looks at the status.
fn flux_source(o: Node<'_>, shift: u32) -> Judged {
    if o.path(2, &["spec", "suspend"])?.is_bool(true) {
        return kind_says(o, 3, Suspended, " is suspended");
    }
    let list = list(o, shift + 8)?;
    if list.is_nil() {
        return say(Progressing, "Status unknown");
    }
    let (mut progressing, mut succeeded) = (0, 0);
    // The message is a reason of the object until something is appended to it.
    let (mut reason, mut text) = (Node::NIL, Some(String::new()));
    for condition in list.each(shift + 12)? {
        let kind = condition.get(shift + 13, "type")?;
        let status = condition.get(shift + 13, "status")?;
        match (kind.text(), status.is("True")) {
            (Some("Ready"), holds) => {
                succeeded += usize::from(holds);
                progressing += usize::from(status.is("Unknown"));
                (reason, text) = (condition.get(shift + 19, "reason")?, None);
            }
            (Some("Reconciling"), true) => progressing += 1,
            (Some("ArtifactOutdated"), true) => {
                let line = shift + 23;
                let before = text.as_deref().map_or(Value(reason), Text);
                text = Some(concat(line, &[before, Text(" "), Value(condition.get(line, "reason")?)])?);
            }
            (Some("ArtifactInStorage"), true) => succeeded += 1,
            _ => {}
        }
    }
    let code = match (progressing, succeeded) {
        (2, _) => Progressing,
        (_, 2) => Healthy,
        _ => Degraded,
    };
    text.map_or_else(|| tell(code, reason), |text| say(code, text))
}

/// A bound of the number of executors.
#[derive(Clone, Copy)]
enum Bound<'v> {
    Number(f64),
    Value(Node<'v>),
}

impl<'v> Bound<'v> {
    fn kind(self) -> &'static str {
        match self {
            Self::Number(_) => "number",
            Self::Value(node) => node.kind(),
        }
    }

    fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Value(node) => node.number(),
        }
    }

    /// The value as it is if it is there, else the default.
    fn given(value: Node<'v>, default: f64) -> Self {
        if value.truthy() { Self::Value(value) } else { Self::Number(default) }
    }

    /// `tonumber` of a setting if it is there, else the default.
    fn setting(value: Node<'v>, default: f64) -> Self {
        let number = || value.number().or_else(|| value.text().and_then(lua_number));
        if value.is_nil() { Self::Number(default) } else { number().map_or(Self::Value(Node::NIL), Self::Number) }
    }
}

/// `tonumber` of a string: a decimal point makes a float, otherwise a decimal integer or a hexadecimal one.
#[allow(clippy::cast_precision_loss, reason = "Lua's numbers are floats")]
fn lua_number(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\n', '\t']);
    if text.contains('.') {
        return text.parse().ok();
    }
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    hexadecimal.map_or_else(|| text.parse::<i64>(), |digits| i64::from_str_radix(digits, 16)).ok().map(|number| number as f64)
}

/// How many executors dynamic allocation asks for; `None` when it is off.
fn executor_range<'v>(spec: Node<'v>) -> Result<Option<(Bound<'v>, Bound<'v>)>, String> {
    let dynamic = spec.get(44, "dynamicAllocation")?;
    if dynamic.truthy() && dynamic.get(44, "enabled")?.truthy() {
        let (most, least) = (dynamic.get(8, "maxExecutors")?, dynamic.get(11, "minExecutors")?);
        return Ok(Some((Bound::given(least, 0.0), Bound::given(most, f64::INFINITY))));
    }
    let settings = spec.get(46, "sparkConf")?;
    if settings.is_nil() {
        return Ok(None);
    }
    for prefix in ["spark.streaming.dynamicAllocation", "spark.dynamicAllocation"] {
        let setting = |name: &str| settings.get(20, &format!("{prefix}.{name}"));
        if setting("enabled")?.is("true") {
            let range = (Bound::setting(setting("minExecutors")?, 0.0), Bound::setting(setting("maxExecutors")?, f64::INFINITY));
            return Ok(Some(range).filter(|(least, _)| least.kind() != "nil"));
        }
    }
    Ok(None)
}

/// Whether as many executors run as the specification wants.
#[allow(clippy::cast_precision_loss, reason = "a count of members")]
fn enough_executors(o: Node<'_>, states: Node<'_>) -> Result<bool, String> {
    let count = states.pairs(71)?.iter().filter(|(_, state)| state.is("RUNNING")).count() as f64;
    let spec = o.get(76, "spec")?;
    let instances = spec.path(76, &["executor", "instances"])?;
    if instances.is_number(count) {
        return Ok(true);
    }
    match executor_range(spec)? {
        Some((least, most)) => {
            let Some(low) = least.number() else {
                return fail(82, format!("attempt to compare {} with number", least.kind()));
            };
            if count < low {
                return Ok(false);
            }
            most.number().map_or_else(|| fail(82, format!("attempt to compare number with {}", most.kind())), |high| Ok(count <= high))
        }
        None => Ok(spec.get(54, "dynamicAllocation")?.is_nil() && instances.is_nil() && count >= 1.0),
    }
}

fn spark_application(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "Waiting for Executor pods");
    let status = o.get(61, "status")?;
    if status.is_nil() {
        return waiting;
    }
    let application = status.get(62, "applicationState")?;
    let (code, words) = match application.get(62, "state")?.text() {
        Some("") => (Progressing, "SparkApplication was added, enqueuing it for submission"),
        Some("RUNNING") => {
            let states = status.get(69, "executorState")?;
            if states.is_nil() || !enough_executors(o, states)? {
                return waiting;
            }
            (Healthy, "SparkApplication is Running")
        }
        Some("SUBMITTED") => (Progressing, "SparkApplication was submitted successfully"),
        Some("COMPLETED") => (Healthy, "SparkApplication was Completed"),
        Some("FAILED" | "SUBMISSION_FAILED" | "FAILING") => return tell(Degraded, application.get(106, "errorMessage")?),
        Some("PENDING_RERUN") => (Progressing, "SparkApplication is Pending Rerun"),
        Some("INVALIDATING") => (Missing, "SparkApplication is in InvalidatingState"),
        Some("SUCCEEDING") => (
            Progressing,
            "The driver pod has been completed successfully. The executor pods terminate and are cleaned up.\n                                Under this circumstances, we assume the executor pod are completed.",
        ),
        Some("UNKNOWN") => {
            (Progressing, "SparkApplication is in UnknownState because either driver pod or one or all executor pods in unknown state  ")
        }
        _ => return waiting,
    };
    say(code, words)
}

fn spot_deployment(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if list.is_nil() {
        return empty();
    }
    let rules = [
        rule("InvalidSpec", "*", Degraded, Message),
        because("Progressing", "*", "RolloutAborted", Degraded, Message),
        because("Progressing", "*", "ProgressDeadlineExceeded", Degraded, Message),
        rule("Paused", "True", Suspended, Words("Rollout is paused")),
    ];
    match scan(list, 7, 8, &rules)? {
        Some(verdict) => Ok(Some(verdict)),
        None => word(o, 30, "phase", &[("Progressing", Progressing, "Waiting for rollout to finish steps")], (Healthy, "")),
    }
}

fn cluster_stack_install(o: Node<'_>) -> Judged {
    let conditioned = field(o, 6, "conditionedStatus")?;
    let list = if conditioned.is_nil() { Node::NIL } else { conditioned.get(7, "conditions")? };
    let mut verdict = say(Progressing, "Waiting for stack to be installed");
    if list.is_nil() {
        return verdict;
    }
    for condition in list.each(8)? {
        if condition.get(9, "type")?.is("Ready") {
            let reason = condition.get(10, "reason")?;
            if condition.get(11, "status")?.is("True") {
                return tell(Healthy, reason);
            }
            verdict = tell(Progressing, reason);
        }
    }
    verdict
}

fn tekton_run(o: Node<'_>) -> Judged {
    let list = list(o, 10)?;
    if !list.is_nil() {
        for condition in list.each(11)? {
            if condition.get(12, "type")?.is("Succeeded") {
                let code = match condition.get(13, "status")?.text() {
                    Some("True") => Healthy,
                    Some("False") => Degraded,
                    _ => Progressing,
                };
                let message = condition.get(20, "message")?;
                return tell(code, if message.truthy() { message } else { condition.get(20, "reason")? });
            }
        }
    }
    say(Progressing, "Waiting for run to start")
}

fn ansible_job(o: Node<'_>) -> Judged {
    let result = field(o, 3, "ansibleJobResult")?;
    let status = if result.is_nil() { Node::NIL } else { result.get(4, "status")? };
    let (code, line) = match status.text() {
        Some("successful") => (Healthy, 7),
        Some("failed" | "error" | "canceled") => (Degraded, 12),
        Some("new" | "pending" | "waiting" | "running") => (Progressing, 17),
        _ => return say(Progressing, "Waiting for AnsibleJob"),
    };
    say(code, concat(line, &[Value(status), Text(" job - "), Value(result.get(line, "url")?)])?)
}

fn trident_backend_config(o: Node<'_>) -> Judged {
    let (phase, operation) = (field(o, 3, "phase")?, field(o, 3, "lastOperationStatus")?);
    match operation.text() {
        Some("Success") if phase.is("Bound") => tell(Healthy, field(o, 5, "message")?),
        Some("Failed") => tell(Degraded, field(o, 10, "message")?),
        _ => say(Progressing, "Waiting for backend creation"),
    }
}

fn trident_orchestrator(o: Node<'_>) -> Judged {
    match field(o, 3, "status")?.text() {
        Some("Installed") => tell(Healthy, field(o, 5, "message")?),
        Some("Failed" | "Error") => tell(Degraded, field(o, 10, "message")?),
        _ => say(Progressing, "Waiting for trident installation"),
    }
}

fn trust_bundle(o: Node<'_>) -> Judged {
    let list = list(o, 9)?;
    if !list.is_nil() {
        for condition in list.each(10)? {
            if condition.get(11, "type")?.is("Synced") {
                let message = condition.get(14, "message")?;
                if condition.get(12, "status")?.is("True") {
                    return tell_or(Healthy, message, "Bundle is synced");
                }
                let said = if message.truthy() { message } else { condition.get(17, "reason")? };
                return tell_or(Degraded, said, "Bundle is not synced");
            }
        }
    }
    say(Progressing, "Waiting for Bundle to be synced")
}

fn velero(o: Node<'_>, waiting: &str, done: &str) -> Judged {
    let phase = field(o, 10, "phase")?;
    match phase.text() {
        None if phase.is_nil() => say(Progressing, waiting),
        Some("Completed") => say(Healthy, done),
        Some(
            "FailedValidation" | "Failed" | "PartiallyFailed" | "WaitingForPluginOperationsPartiallyFailed" | "FinalizingPartiallyFailed",
        ) => {
            let reason = field(o, 17, "failureReason")?;
            tell(Degraded, if reason.truthy() { reason } else { phase })
        }
        _ => tell(Progressing, phase),
    }
}

fn velero_schedule(o: Node<'_>) -> Judged {
    let phase = field(o, 9, "phase")?;
    match phase.text() {
        None if phase.is_nil() => say(Progressing, "Waiting for schedule to be processed"),
        Some("Enabled") => say(Healthy, "Schedule is enabled"),
        Some("FailedValidation") => say(Degraded, "Schedule failed validation"),
        _ => tell(Progressing, phase),
    }
}

/// Karmada's bindings; the cluster-wide kind insists on a list of clusters.
fn karmada_binding(o: Node<'_>, insists: bool) -> Judged {
    const SHORT: (HealthCode, &str) = (Progressing, "Current resource status is insufficient");
    let lines: [u32; 4] = if insists { [8, 14, 14, 20] } else { [10, 16, 23, 29] };
    let status = o.get(2, "status")?;
    if status.is_nil() {
        return say(SHORT.0, SHORT.1);
    }
    let clusters = o.path(lines[0], &["spec", "clusters"])?;
    let wanted = if clusters.is_nil() { None } else { Some(clusters.len(lines[0])?) };
    if wanted == Some(0) || (insists && wanted.is_none()) {
        return say(SHORT.0, SHORT.1);
    }
    let aggregated = status.get(lines[1], "aggregatedStatus")?;
    if aggregated.is_nil() {
        return say(SHORT.0, SHORT.1);
    }
    let reported = aggregated.len(lines[1])?;
    if (!insists && reported == 0) || wanted.is_some_and(|wanted| wanted != reported) {
        return say(SHORT.0, SHORT.1);
    }
    for item in aggregated.each(lines[3])? {
        let health = item.get(lines[3] + 1, "health")?;
        let applied = item.get(lines[3] + 1, "applied")?.is_bool(true);
        if health.is("Unhealthy") || (health.is("Unknown") && !applied) {
            return say(Degraded, "Current resource status is unhealthy");
        }
    }
    say(Healthy, "")
}

fn zookeeper_cluster(o: Node<'_>) -> Judged {
    let status = o.get(2, "status")?;
    if !status.is_nil() {
        let ready = status.get(3, "readyReplicas")?;
        if !ready.is_number(0.0) && ready.same(status.get(3, "replicas")?) {
            return say(Healthy, "All ZK Nodes have joined the ensemble");
        }
    }
    say(Progressing, "Waiting for ZK Nodes to join the ensemble")
}

//! Groups from `numaflow.numaproj.io` to `policies.kyverno.io`.

use super::Table;
use super::groups_c::ready;
use super::node::Part::{Text, Value};
use super::node::{Judged, Node, concat, fail, say, tell};
use super::rules::{field, list, word};
use crate::argocd::health::status::{HealthCode, HealthCode::*};

pub(super) const TABLE: Table = &[
    ("numaflow.numaproj.io", "InterStepBufferService", |o| numaflow(o, "InterStepBufferService", true, &[])),
    ("numaflow.numaproj.io", "MonoVertex", |o| numaflow(o, "MonoVertex", false, &["Paused"])),
    ("numaflow.numaproj.io", "Pipeline", |o| numaflow(o, "Pipeline", false, &["Paused", "Pausing"])),
    ("numaflow.numaproj.io", "Vertex", vertex),
    ("numaplane.numaproj.io", "ISBServiceRollout", |o| numaplane(o, Some("ISBSvcFailed"), None, "Unknown status")),
    ("numaplane.numaproj.io", "MonoVertexRollout", |o| {
        numaplane(o, Some("MonoVertexFailed"), Some("MonoVertexPausingOrPaused"), "Unknown MonoVertex status")
    }),
    ("numaplane.numaproj.io", "NumaflowControllerRollout", |o| numaplane(o, None, None, "Unknown status")),
    ("numaplane.numaproj.io", "PipelineRollout", |o| {
        numaplane(o, Some("PipelineFailed"), Some("PipelinePausingOrPaused"), "Unknown Pipeline status")
    }),
    ("objectbucket.io", "ObjectBucketClaim", object_bucket_claim),
    ("ocs.openshift.io", "StorageCluster", storage_cluster),
    ("onepassword.com", "OnePasswordItem", |o| ready(o, [3, 4, 5], "Waiting for controller to report status")),
    ("openfaas.com", "Function", open_faas),
    ("opentelemetry.io", "OpenTelemetryCollector", open_telemetry),
    ("operator.knative.dev", "KnativeEventing", |o| knative(o, "KnativeEventing", &["Ready", "InstallSucceeded"], &["Ready"])),
    ("operator.knative.dev", "KnativeServing", |o| {
        knative(
            o,
            "KnativeServing",
            &["Ready", "InstallSucceeded", "DependenciesInstalled", "DeploymentsAvailable"],
            &["Ready", "DeploymentsAvailable"],
        )
    }),
    ("operator.openshift.io", "IngressController", ingress_controller),
    ("operators.coreos.com", "Subscription", subscription),
    ("pkg.crossplane.io", "Provider", provider),
    ("platform.confluent.io", "Connect", |o| confluent(o, "Connect")),
    ("platform.confluent.io", "Connector", connector),
    ("platform.confluent.io", "ControlCenter", |o| confluent(o, "ControlCenter")),
    ("platform.confluent.io", "Kafka", |o| confluent(o, "Kafka")),
    ("platform.confluent.io", "KsqlDB", |o| confluent(o, "KsqlDB")),
    ("platform.confluent.io", "SchemaRegistry", |o| confluent(o, "SchemaRegistry")),
    ("platform.confluent.io", "Zookeeper", |o| confluent(o, "Zookeeper")),
    ("policies.kyverno.io", "DeletingPolicy", |o| kyverno(o, "DeletingPolicy", 19, false, true)),
    ("policies.kyverno.io", "GeneratingPolicy", |o| kyverno(o, "GeneratingPolicy", 19, false, true)),
    ("policies.kyverno.io", "ImageValidatingPolicy", |o| kyverno(o, "ImageValidatingPolicy", 22, true, true)),
    ("policies.kyverno.io", "MutatingPolicy", |o| kyverno(o, "MutatingPolicy", 22, true, false)),
    ("policies.kyverno.io", "NamespacedDeletingPolicy", |o| kyverno(o, "NamespacedDeletingPolicy", 20, false, true)),
    ("policies.kyverno.io", "NamespacedGeneratingPolicy", |o| kyverno(o, "NamespacedGeneratingPolicy", 20, false, true)),
    ("policies.kyverno.io", "NamespacedImageValidatingPolicy", |o| kyverno(o, "NamespacedImageValidatingPolicy", 23, true, true)),
    ("policies.kyverno.io", "NamespacedMutatingPolicy", |o| kyverno(o, "NamespacedMutatingPolicy", 23, true, false)),
    ("policies.kyverno.io", "NamespacedValidatingPolicy", |o| kyverno(o, "NamespacedValidatingPolicy", 23, true, false)),
    ("policies.kyverno.io", "ValidatingPolicy", |o| kyverno(o, "ValidatingPolicy", 22, true, false)),
];

/// The message of the last condition that is False, if there is one.
fn false_condition(list: Node<'_>) -> Result<Option<Node<'_>>, String> {
    let mut found = None;
    if !list.is_nil() {
        for condition in list.each(6)? {
            if condition.get(7, "status")?.is("False") {
                found = Some(condition.get(9, "message")?);
            }
        }
    }
    Ok(found)
}

fn numaflow(o: Node<'_>, kind: &str, quotes: bool, paused: &[&str]) -> Judged {
    let waiting = say(Progressing, format!("Waiting for {kind} status"));
    let status = o.get(4, "status")?;
    if status.is_nil() {
        return waiting;
    }
    let unhealthy = false_condition(status.get(5, "conditions")?)?;
    let line = if quotes { 14 } else { 13 };
    let labels = o.path(line, &["metadata", "labels"])?;
    let upgrade_failed = !labels.is_nil() && labels.get(line, "numaplane.numaproj.io/progressive-result-state")?.is("failed");
    if !o.path(line + 1, &["metadata", "generation"])?.same(status.get(line + 1, "observedGeneration")?) {
        return waiting;
    }
    let phase = status.get(line + 2, "phase")?;
    if phase.is("Failed") {
        return tell(Degraded, status.get(line + 4, "message")?);
    }
    match unhealthy {
        _ if upgrade_failed => return say(Degraded, "Failed progressive upgrade"),
        Some(message) if quotes => return tell(Degraded, message),
        Some(_) => return say(Degraded, "Subresources are unhealthy"),
        None => {}
    }
    match phase.text() {
        Some(word) if paused.contains(&word) => say(Healthy, format!("{kind} is paused")),
        Some("Running") => say(Healthy, format!("{kind} is healthy")),
        _ => waiting,
    }
}

fn vertex(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "Waiting for Vertex status");
    let status = o.get(4, "status")?;
    if status.is_nil() {
        return waiting;
    }
    let unhealthy = false_condition(status.get(5, "conditions")?)?;
    if !o.path(14, &["metadata", "generation"])?.same(status.get(14, "observedGeneration")?) {
        return waiting;
    }
    let phase = status.get(15, "phase")?;
    match (phase.text(), unhealthy) {
        (Some("Failed"), _) => tell(Degraded, status.get(18, "message")?),
        (_, Some(message)) => tell(Degraded, message),
        (Some("Paused"), _) => say(Healthy, "Vertex is paused"),
        (Some("Running"), _) => say(Healthy, "Vertex is healthy"),
        _ => waiting,
    }
}

/// Numaplane's rollouts: on the way, broken, paused, fine, in this order.
fn numaplane(o: Node<'_>, failed: Option<&str>, paused: Option<&str>, unknown: &str) -> Judged {
    let first = match (failed, paused) {
        (None, _) => 24,
        (_, Some("PipelinePausingOrPaused")) => 42,
        (_, Some(_)) => 43,
        _ => 26,
    };
    let status = o.get(first, "status")?;
    if status.is_nil() || !o.path(first + 4, &["metadata", "generation"])?.same(status.get(first + 4, "observedGeneration")?) {
        return say(Progressing, "Not yet reconciled");
    }
    let list = status.get(first + 12, "conditions")?;
    // Looks for the first condition that satisfies; the line is that of the loop.
    let find = |line: u32, wanted: &dyn Fn(Node<'_>) -> Result<bool, String>| -> Result<bool, String> {
        if list.is_nil() {
            return Ok(false);
        }
        for condition in list.each(line)? {
            if wanted(condition)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let is = |c: Node<'_>, line: u32, kind: &str, state: &str| {
        Ok::<_, String>(c.get(line, "type")?.is(kind) && c.get(line, "status")?.is(state))
    };
    let upgrading = status.get(first + 9, "upgradeInProgress")?;
    if (!upgrading.is_nil() && !upgrading.is("")) || status.get(first + 9, "phase")?.is("Pending") {
        let stuck = failed.is_some() && find(first + 13, &|c| is(c, first + 14, "ProgressiveUpgradeSucceeded", "False"))?;
        if !stuck {
            return say(Progressing, "Update in progress");
        }
    }
    let loop_line = if failed.is_some() { first + 27 } else { first + 15 };
    if find(loop_line, &|c| {
        Ok(is(c, loop_line + 1, "ChildResourcesHealthy", "False")? && c.get(loop_line + 1, "reason")?.is("Progressing"))
    })? {
        return say(Progressing, "Child Progressing");
    }
    if status.get(7, "phase")?.is("Failed") {
        return tell(Degraded, status.get(8, "message")?);
    }
    if !list.is_nil() {
        for condition in list.each(12)? {
            if is(condition, 13, "ChildResourcesHealthy", "False")? {
                let reason = condition.get(13, "reason")?;
                if failed.map_or(!reason.is("Progressing"), |word| reason.is(word)) {
                    return tell(Degraded, condition.get(14, "message")?);
                }
            }
            if failed.is_some() && is(condition, 15, "ProgressiveUpgradeSucceeded", "False")? {
                return say(Degraded, "Progressive upgrade failed");
            }
        }
        if let Some(paused) = paused {
            for condition in list.each(8)? {
                if is(condition, 9, paused, "True")? {
                    return tell(Healthy, condition.get(10, "message")?);
                }
            }
        }
        if find(70, &|c| is(c, 71, "ChildResourcesHealthy", "True"))? {
            return say(Healthy, "Healthy");
        }
    }
    say(Unknown, unknown)
}

fn object_bucket_claim(o: Node<'_>) -> Judged {
    let status = o.get(8, "status")?;
    if status.is_nil() {
        return say(Progressing, "Waiting for status to be reported");
    }
    let phase = status.get(9, "phase")?;
    if phase.is_nil() {
        return say(Progressing, "Waiting for phase to be reported");
    }
    let code = match phase.text() {
        Some("Bound") => Healthy,
        Some("Failed") => Degraded,
        _ => Progressing,
    };
    say(code, concat(10, &[Text("Object bucket claim phase is "), Value(phase)])?)
}

fn storage_cluster(o: Node<'_>) -> Judged {
    let list = list(o, 7)?;
    let (mut degraded, mut progressing, mut available) = (None, None, None);
    if !list.is_nil() {
        for (_, condition) in list.pairs(8)? {
            let (kind, state) = (condition.get(9, "type")?, condition.get(9, "status")?);
            if !state.is("True") {
                continue;
            }
            let message = condition.get(12, "message")?;
            match kind.text() {
                Some("Degraded") => degraded = Some(message),
                Some("Progressing") => progressing = Some(message),
                Some("Available") => available = Some(message),
                _ => {}
            }
        }
    }
    match (degraded, progressing, available) {
        (Some(message), ..) => tell(Degraded, message),
        (_, Some(message), _) => tell(Progressing, message),
        (_, _, Some(message)) => tell(Healthy, message),
        _ => say(Unknown, "StorageCluster is in an unknown state."),
    }
}

fn open_faas(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if !list.is_nil() {
        for condition in list.each(4)? {
            let is =
                |kind: &str, status: &str| Ok::<_, String>(condition.get(5, "type")?.is(kind) && condition.get(5, "status")?.is(status));
            if is("Ready", "False")? || is("Stalled", "True")? {
                return tell(Degraded, condition.get(7, "message")?);
            }
            if is("Ready", "True")? {
                let replicas = field(o, 16, "replicas")?;
                if !replicas.is_nil() && replicas.more_than(16, 0.0)? {
                    return tell(Healthy, condition.get(18, "message")?);
                }
                return say(Suspended, "No replicas available");
            }
        }
    }
    say(Progressing, "Waiting for Function")
}

/// `2/3` anywhere in the text: the first run of digits before a slash and digits.
fn ready_of_total(text: &str) -> Option<(f64, f64)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = 0;
    while at < bytes.len() {
        let ready = digits(at);
        if ready > 0 && bytes.get(at + ready) == Some(&b'/') {
            let total = digits(at + ready + 1);
            if total > 0 {
                let number = |from: usize, length: usize| text.get(from..from + length)?.parse().ok();
                return Some((number(at, ready)?, number(at + ready + 1, total)?));
            }
        }
        at += ready.max(1);
    }
    None
}

#[allow(clippy::float_cmp, reason = "Lua compares numbers exactly")]
fn open_telemetry(o: Node<'_>) -> Judged {
    let status = o.get(5, "status")?;
    if status.is_nil() {
        return say(Progressing, "Waiting for OpenTelemetry Collector status");
    }
    let scale = status.get(6, "scale")?;
    let replicas = if scale.is_nil() { Node::NIL } else { scale.get(6, "statusReplicas")? };
    if replicas.is_nil() {
        return match o.path(39, &["spec", "mode"])?.is("sidecar") {
            true => say(Healthy, "Collector is running in sidecar mode"),
            false => say(Progressing, "Scale status not available"),
        };
    }
    if replicas.text().is_none() && replicas.number().is_none() {
        return fail(10, format!("bad argument #1 to match (string expected, got {})", replicas.kind()));
    }
    match ready_of_total(&replicas.show()) {
        None => say(Progressing, format!("Unable to parse replica status: {}", replicas.show())),
        Some((0.0, total)) => {
            let spec = o.get(20, "spec")?;
            if !spec.is_nil() && spec.get(20, "mode")?.is("daemonset") && total == 0.0 {
                return say(Healthy, "DaemonSet has no eligible nodes (0/0)");
            }
            say(Degraded, "No replicas are ready")
        }
        Some((ready, total)) if ready == total => say(Healthy, "All replicas are ready"),
        Some(_) => say(Progressing, "Replicas are starting up"),
    }
}

/// Knative's operators list every condition while something is not right.
fn knative(o: Node<'_>, kind: &str, wanted: &[&str], feared: &[&str]) -> Judged {
    let list = list(o, 3)?;
    if list.is_nil() {
        return say(Progressing, format!("Waiting for {kind}"));
    }
    let (mut holding, mut failing, mut message) = (0, 0, String::new());
    for (number, condition) in list.pairs(7)? {
        let (name, status) = (condition.get(8, "type")?, condition.get(8, "status")?);
        message = concat(8, &[Text(&message), Text(&number), Text(": "), Value(name), Text(" | "), Value(status), Text("\n")])?;
        let among = |names: &[&str]| name.text().is_some_and(|name| names.contains(&name));
        if status.is("True") && among(wanted) {
            holding += 1;
        } else if (status.is("False") && among(feared)) || status.is("Unknown") {
            failing += 1;
        }
    }
    match (failing, holding) {
        (1.., _) => say(Progressing, message),
        (_, holding) if holding == wanted.len() => say(Healthy, format!("{kind} is healthy.")),
        _ => say(Degraded, message),
    }
}

fn ingress_controller(o: Node<'_>) -> Judged {
    let list = list(o, 4)?;
    if !list.is_nil() {
        for (_, condition) in list.pairs(6)? {
            let kind = condition.get(7, "type")?;
            let (code, key) = match (kind.text(), condition.get(7, "status")?.text()) {
                (Some("Degraded"), Some("True")) => (Degraded, "message"),
                (Some("DeploymentReplicasAllAvailable"), Some("False")) => (Progressing, "message"),
                (Some("Progressing"), Some("True")) => (Progressing, "reason"),
                (Some("Available"), Some("True")) => return say(Healthy, "IngressController is available"),
                _ => continue,
            };
            return tell(code, condition.get(9, key)?);
        }
    }
    say(Progressing, "Status of IngressController is not known yet")
}

pub(super) fn victoria_metrics(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "Waiting for the operator to reconcile");
    let status = o.get(10, "status")?;
    if status.is_nil() || super::rules::generation_differs(o, 15)? {
        return waiting;
    }
    let update = status.get(20, "updateStatus")?;
    let reason = status.get(21, "reason")?;
    let or = |code: HealthCode, words: &str| if !reason.truthy() || reason.is("") { say(code, words) } else { tell(code, reason) };
    match update.text() {
        Some("operational") => say(Healthy, "All components are operational"),
        Some("ignored") => say(Healthy, "Resource was not picked by any parent object"),
        Some("expanding") => or(Progressing, "Reconciliation in progress"),
        Some("paused") => or(Suspended, "Reconciliation is paused"),
        Some("failed") => or(Degraded, "Reconciliation failed"),
        _ => say(Progressing, "Waiting for the operator to report status"),
    }
}

/// A manual plan that waits while something is installed already is no reason to worry.
fn waits_for_approval(o: Node<'_>, list: Node<'_>, status: Node<'_>) -> Result<bool, String> {
    let spec = o.get(11, "spec")?;
    if spec.is_nil() || !spec.get(11, "installPlanApproval")?.is("Manual") {
        return Ok(false);
    }
    for (_, condition) in list.pairs(12)? {
        let is = |key: &str, word: &str| Ok::<_, String>(condition.get(13, key)?.is(word));
        if is("type", "InstallPlanPending")? && is("status", "True")? && is("reason", "RequiresApproval")? {
            return Ok(!status.get(16, "installedCSV")?.is_nil());
        }
    }
    Ok(false)
}

fn subscription(o: Node<'_>) -> Judged {
    let status = o.get(3, "status")?;
    let list = list(o, 3)?;
    if list.is_nil() {
        return say(Progressing, "An install plan for a subscription is pending installation");
    }
    let approval = waits_for_approval(o, list, status)?;
    let (mut degraded, mut pending, mut message) = (0, 0, String::new());
    for (number, condition) in list.pairs(24)? {
        let kind = condition.get(if approval { 26 } else { 29 }, "type")?;
        if approval && kind.is("InstallPlanPending") {
            continue;
        }
        let state = condition.get(29, "status")?;
        message = concat(29, &[Text(&message), Text(&number), Text(": "), Value(kind), Text(" | "), Value(state), Text("\n")])?;
        let broken =
            ["CatalogSourcesUnhealthy", "InstallPlanFailed", "ResolutionFailed"].iter().any(|word| kind.is(word)) && state.is("True");
        if kind.is("InstallPlanPending") && state.is("True") {
            pending += 1;
        } else if broken || (kind.is("InstallPlanMissing") && !condition.get(32, "reason")?.is("ReferencedInstallPlanNotFound")) {
            degraded += 1;
        }
    }
    let state = status.get(42, "state")?;
    let quoted = |line| concat(line, &[Text(&message), Text(".status.state is '"), Value(state), Text("'\n")]);
    message = match state.text() {
        None if state.is_nil() => {
            pending += 1;
            format!("{message}.status.state not yet known\n")
        }
        Some("" | "UpgradeAvailable") => {
            pending += 1;
            quoted(47)?
        }
        Some("UpgradePending") if approval => {
            format!("{message}.status.state is 'UpgradePending' (manual InstallPlan approval pending; treated as healthy)\n")
        }
        Some("UpgradePending") => {
            pending += 1;
            quoted(54)?
        }
        Some("UpgradeFailed") => {
            degraded += 1;
            quoted(58)?
        }
        _ => quoted(61)?,
    };
    match (degraded, pending) {
        (0, 0) => say(Healthy, message),
        (0, _) => say(Progressing, message),
        _ => say(Degraded, message),
    }
}

fn provider(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    let (mut installed, mut healthy) = ((false, Node::NIL), (false, Node::NIL));
    if !list.is_nil() {
        for condition in list.each(8)? {
            let kind = condition.get(9, "type")?;
            let found = (condition.get(10, "status")?.is("True"), condition.get(11, "reason")?);
            match kind.text() {
                Some("Installed") => installed = found,
                Some("Healthy") => healthy = found,
                _ => {}
            }
        }
    }
    let code = if installed.0 && healthy.0 { Healthy } else { Degraded };
    match (installed.1, healthy.1) {
        (a, b) if a.is_nil() && b.is_nil() => say(Progressing, "Waiting for provider to be installed"),
        (a, b) if !a.is_nil() && !b.is_nil() => say(code, concat(27, &[Value(a), Text(" "), Value(b)])?),
        (a, b) => tell(code, if a.truthy() { a } else { b }),
    }
}

fn confluent(o: Node<'_>, kind: &str) -> Judged {
    let (running, provisioning, waiting) = (format!("{kind} running"), format!("{kind} provisioning"), format!("Waiting for {kind}"));
    word(o, 3, "phase", &[("RUNNING", Healthy, &running), ("PROVISIONING", Progressing, &provisioning)], (Progressing, &waiting))
}

fn connector(o: Node<'_>) -> Judged {
    let state = field(o, 2, "state")?;
    if !state.is_nil() {
        let failed = field(o, 3, "failedTasksCount")?;
        if state.is("CREATED") && field(o, 3, "connectorState")?.is("RUNNING") && failed.is_nil() {
            return say(Healthy, "Connector running");
        }
        if state.is("ERROR") {
            let list = list(o, 10)?;
            if list.truthy() && list.len(10)? > 0 {
                return tell(Degraded, list.item(11, 1)?.get(11, "message")?);
            }
            return say(Degraded, "No conditions available");
        }
        if !failed.is_nil() && failed.more_than(17, 0.0)? {
            return say(Degraded, "Connector has failed tasks");
        }
    }
    say(Progressing, "Waiting for Kafka Connector")
}

/// Kyverno's CEL policies: `first` is the line of the first look into the status.
fn kyverno(o: Node<'_>, kind: &str, first: u32, webhook: bool, own_words: bool) -> Judged {
    let status = field(o, first, "conditionStatus")?;
    if status.is_nil() {
        return say(Progressing, format!("Waiting for {kind} status"));
    }
    let generation = o.path(first + 3, &["metadata", "generation"])?;
    let list = if generation.is_nil() { Node::NIL } else { status.get(first + 3, "conditions")? };
    if !list.is_nil() {
        for condition in list.each(first + 4)? {
            let observed = condition.get(first + 5, "observedGeneration")?;
            if !observed.is_nil() && observed.less(first + 5, generation)? {
                return say(Progressing, format!("Waiting for {kind} status to reflect latest generation"));
            }
        }
    }
    let list = status.get(first + 15, "conditions")?;
    let message = status.get(first + 24, "message")?;
    let or = |code: HealthCode, words: &str| {
        if message.is_nil() || message.is("") || !message.truthy() { say(code, words) } else { tell(code, message) }
    };
    if status.get(first + 13, "ready")?.is_bool(true) {
        if !list.is_nil() {
            for condition in list.each(first + 16)? {
                let named = !webhook || condition.get(first + 17, "type")?.is("WebhookConfigured");
                if named && condition.get(first + 17, "status")?.is("True") {
                    let said = condition.get(first + 18, "message")?;
                    if said.is_nil() {
                        break;
                    }
                    return tell(Healthy, said);
                }
            }
        }
        return if own_words { or(Healthy, "Policy is ready") } else { say(Healthy, "Policy is ready") };
    }
    if !list.is_nil() {
        for condition in list.each(first + 31)? {
            if condition.get(first + 32, "status")?.is("False") {
                let at = first + 33;
                return say(Degraded, concat(at, &[Value(condition.get(at, "type")?), Text(": "), Value(condition.get(at, "message")?)])?);
            }
        }
    }
    or(Degraded, "Policy is not ready")
}

//! Groups from `core.humio.com` to `game.kruise.io`, and `gateway.solo.io`, `gloo.solo.io` and Grafana's.

use super::Table;
use super::groups_c::{minus, ready};
use super::node::Part::{Text, Value};
use super::node::{Judged, Node, Part, concat, fail, say, tell};
use super::rules::{Say::*, field, list, or, rule, scan, tell_part, word};
use crate::argocd::health::status::{HealthCode, HealthCode::*};

pub(super) const TABLE: Table = &[
    ("core.humio.com", "HumioAction", humio),
    ("core.humio.com", "HumioAlert", humio),
    ("core.humio.com", "HumioCluster", humio_cluster),
    ("core.humio.com", "HumioIngestToken", humio),
    ("core.humio.com", "HumioParser", humio),
    ("core.humio.com", "HumioRepository", humio),
    ("core.humio.com", "HumioView", humio),
    ("core.spinkube.dev", "SpinApp", spin_app),
    ("datadoghq.com", "DatadogMetric", datadog_metric),
    ("db.atlasgo.io", "AtlasMigration", |o| atlas(o, "reason", &["Reconciling"])),
    ("db.atlasgo.io", "AtlasSchema", |o| atlas(o, "message", &["Reconciling", "GettingDevDB"])),
    ("elasticsearch.k8s.elastic.co", "Elasticsearch", elasticsearch),
    ("external-secrets.io", "ClusterExternalSecret", cluster_external_secret),
    ("external-secrets.io", "ClusterSecretStore", |o| ready(o, [3, 4, 5], "Waiting for ClusterSecretStore")),
    ("external-secrets.io", "ExternalSecret", |o| ready(o, [3, 4, 5], "Waiting for ExternalSecret")),
    ("external-secrets.io", "PushSecret", |o| ready(o, [3, 4, 5], "Waiting for PushSecret")),
    ("external-secrets.io", "SecretStore", |o| ready(o, [3, 4, 5], "Waiting for SecretStore")),
    ("flagger.app", "Canary", canary),
    ("flink.apache.org", "FlinkDeployment", flink_deployment),
    ("flink.apache.org", "FlinkSessionJob", flink_session_job),
    ("game.kruise.io", "GameServer", game_server),
    ("game.kruise.io", "GameServerSet", game_server_set),
    ("gateway.solo.io", "Gateway", gloo),
    ("gateway.solo.io", "MatchableHttpGateway", gloo),
    ("gateway.solo.io", "RouteOption", gloo),
    ("gateway.solo.io", "RouteTable", gloo),
    ("gateway.solo.io", "VirtualHostOption", gloo),
    ("gateway.solo.io", "VirtualService", gloo),
    ("gloo.solo.io", "Proxy", gloo),
    ("gloo.solo.io", "Settings", gloo),
    ("gloo.solo.io", "Upstream", gloo),
    ("gloo.solo.io", "UpstreamGroup", gloo),
    ("grafana.integreatly.org", "Grafana", grafana),
    ("grafana.integreatly.org", "GrafanaDashboard", |o| grafana_conditions(o, false)),
    ("grafana.integreatly.org", "GrafanaDatasource", grafana_datasource),
    ("grafana.integreatly.org", "GrafanaFolder", |o| grafana_conditions(o, true)),
];

const UPDATING: &str = "Update in progress";

fn humio(o: Node<'_>) -> Judged {
    let states = [
        ("Exists", Healthy, "Component state: Exists."),
        ("NotFound", Missing, "Component state: NotFound."),
        ("ConfigError", Degraded, "Component state: ConfigError."),
        ("Unknown", Unknown, "Component state: Unknown."),
    ];
    word(o, 6, "state", &states, (Progressing, UPDATING))
}

fn humio_cluster(o: Node<'_>) -> Judged {
    let status = o.get(7, "status")?;
    if status.is_nil() {
        // The script looks for a message where it has just found no status.
        return fail(9, "attempt to index a non-table object(nil) with key 'message'");
    }
    let (code, words) = match status.get(15, "state")?.text() {
        Some("Running") => (Healthy, "Cluster is in a healthy running state"),
        Some("Restarting") => (Progressing, "Cluster pods are being restarted"),
        Some("Upgrading") => (Progressing, "Cluster pods are being upgraded"),
        Some("ConfigError") => (Degraded, "User-provided cluster specification resulted in a configuration error"),
        Some("Pending") => (Progressing, "Cluster is waiting on resources to be provisioned"),
        Some("Unknown") => (Unknown, "Component state: Unknown."),
        _ => return say(Progressing, UPDATING),
    };
    let message = status.get(18, "message")?;
    if message.is_nil() { say(code, words) } else { tell(code, message) }
}

/// What `%d` prints: numbers lose their fraction, strings that read as numbers stand for themselves.
fn whole(node: Node<'_>) -> String {
    match (node.number(), node.operand()) {
        #[allow(clippy::cast_possible_truncation, reason = "as Go's int64 conversion")]
        (Some(number), _) => (number as i64).to_string(),
        (None, Some(_)) => node.show(),
        _ => "0".into(),
    }
}

/// A deadline was missed, or the message tells of a failure.
fn spin_failed(condition: Node<'_>) -> Result<bool, String> {
    if condition.get(21, "reason")?.is("ProgressDeadlineExceeded") {
        return Ok(true);
    }
    let message = condition.get(21, "message")?;
    if message.truthy() && !matches!(message.kind(), "string" | "number") {
        return fail(21, format!("bad argument #1 to lower (string expected, got {})", message.kind()));
    }
    let text = message.text().unwrap_or_default().to_lowercase();
    Ok(text.contains("timeout") || text.contains("failed"))
}

fn spin_app(o: Node<'_>) -> Judged {
    let status = o.get(4, "status")?;
    if !status.truthy() {
        return say(Progressing, "Waiting for status to be available");
    }
    let (mut available, mut available_message) = (false, Text(""));
    let mut progressing = None;
    let conditions = status.get(17, "conditions")?;
    if conditions.truthy() {
        for condition in conditions.each(18)? {
            let kind = condition.get(19, "type")?;
            let state = condition.get(21, "status")?;
            let message = condition.get(21, "message")?;
            if kind.is("Progressing") {
                if state.is("False") && spin_failed(condition)? {
                    return tell_part(Degraded, or(message, "Application deployment has failed"));
                }
                if state.is("True") {
                    progressing = Some(or(message, "Application progress status"));
                }
            } else if kind.is("Available") {
                available = state.is("True");
                available_message = or(message, if available { "Application availability status" } else { "Application is not available" });
            }
        }
    }
    let (zero, one) = (crate::Value::from(0), crate::Value::from(1));
    let (ready, desired) = (status.get(45, "readyReplicas")?, o.path(46, &["spec", "replicas"])?);
    if !available {
        return tell_part(Degraded, available_message);
    }
    let ready = if ready.truthy() { ready } else { Node::new(&zero) };
    let desired = if desired.truthy() { desired } else { Node::new(&one) };
    let behind = ready.less(55, desired)?;
    let (ready, desired) = (whole(ready), whole(desired));
    match progressing {
        _ if behind => say(Progressing, format!("Waiting for replicas to be ready ({ready}/{desired})")),
        Some(message) => tell_part(Progressing, message),
        None => say(Healthy, format!("Application is healthy with {ready}/{desired} replicas ready")),
    }
}

fn datadog_metric(o: Node<'_>) -> Judged {
    let list = list(o, 5)?;
    if !list.is_nil() {
        for condition in list.each(6)? {
            if condition.get(8, "type")?.is("Error") && condition.get(8, "status")?.is("True") {
                let reason = condition.get(10, "reason")?;
                let message = or(condition.get(11, "message")?, "DatadogMetric reported an error");
                if reason.truthy() && !reason.is("") {
                    return say(Degraded, concat(13, &[Value(reason), Text(": "), message])?);
                }
                return tell_part(Degraded, message);
            }
        }
        for condition in list.each(20)? {
            if condition.get(22, "type")?.is("Valid") && condition.get(22, "status")?.is("False") {
                return tell_part(Degraded, or(condition.get(24, "message")?, "DatadogMetric is not valid"));
            }
        }
    }
    say(Healthy, "DatadogMetric is healthy")
}

fn atlas(o: Node<'_>, key: &str, on_its_way: &[&str]) -> Judged {
    let list = list(o, 4)?;
    if !list.is_nil() {
        for condition in list.each(5)? {
            if condition.get(6, "type")?.is("Ready") {
                let word = condition.get(28, key)?;
                let code = if condition.get(22, "status")?.is("True") {
                    Healthy
                } else if on_its_way.iter().any(|w| word.is(w)) {
                    Progressing
                } else {
                    Degraded
                };
                return tell(code, condition.get(34, "reason")?);
            }
        }
    }
    say(Progressing, "Waiting for Atlas Operator")
}

fn elasticsearch(o: Node<'_>) -> Judged {
    let available = field(o, 3, "availableNodes")?;
    if !available.is_nil() {
        let mut sum = 0.0;
        for (_, node) in o.path(5, &["spec", "nodeSets"])?.pairs(5)? {
            let count = node.get(6, "count")?;
            match count.operand() {
                Some(count) => sum += count,
                None => return fail(6, format!("cannot perform add operation between number and {}", count.kind())),
            }
        }
        if available.less_than(8, sum)? {
            let sum = crate::lang::lua::format_number(sum);
            let parts =
                [Text("The desired amount of availableNodes is "), Text(&sum), Text(" but the current amount is "), Value(available)];
            return say(Progressing, concat(10, &parts)?);
        }
        let (phase, health) = (field(o, 13, "phase")?, field(o, 13, "health")?);
        if available.is_number(sum) && !phase.is_nil() && !health.is_nil() {
            const CHECK: &str = "Check the status of indices, replicas and shards";
            match (phase.text(), health.text()) {
                (Some("Ready"), Some("green")) => return say(Healthy, "Elasticsearch Cluster status is Green"),
                (Some("Ready"), Some("yellow")) => return say(Progressing, format!("Elasticsearch Cluster status is Yellow. {CHECK}")),
                (Some("Ready"), Some("red")) => return say(Degraded, format!("Elasticsearch Cluster status is Red. {CHECK}")),
                (Some("ApplyingChanges"), _) => return say(Progressing, "Elasticsearch phase is ApplyingChanges"),
                (Some("MigratingData"), _) => return say(Progressing, "Elasticsearch phase is MigratingData"),
                (Some("Invalid"), _) => return say(Degraded, "Elasticsearch phase is Invalid"),
                _ => {}
            }
        }
    }
    say(
        Unknown,
        "Elasticsearch Cluster status is unknown. Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues",
    )
}

fn cluster_external_secret(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if !list.is_nil() {
        let last = list.item(5, list.len(5)?)?;
        let (kind, holds) = (last.get(6, "type")?, last.get(6, "status")?.is("True"));
        let code = match kind.text() {
            Some("Ready") => Some(Healthy),
            Some("PartiallyReady" | "NotReady") => Some(Degraded),
            _ => None,
        };
        if let Some(code) = code.filter(|_| holds) {
            return tell(code, last.get(8, "message")?);
        }
    }
    say(Progressing, "Waiting for ClusterExternalSecret")
}

fn canary(o: Node<'_>) -> Judged {
    const SEPARATOR: &str = " --- ";
    let status = o.get(3, "status")?;
    if status.is_nil() {
        return say(Unknown, "No status");
    }
    let weight = status.get(5, "canaryWeight")?;
    let Some(number) = weight.operand() else { return fail(5, "attempt to compare number with nil") };
    let mut message = String::new();
    if number > 0.0 {
        message = concat(6, &[Text("Canary Weight: "), Value(weight), Text(" %")])?;
    }
    for condition in status.get(8, "conditions")?.each(8)? {
        if !message.is_empty() {
            message.push_str(SEPARATOR);
        }
        message = concat(12, &[Text(&message), Value(condition.get(12, "message")?)])?;
    }
    let phase = status.get(14, "phase")?;
    let code = match phase.text() {
        Some("Failed") => Degraded,
        Some("Progressing" | "Finalising" | "Promoting") => Progressing,
        Some("Succeeded" | "Initialized") => Healthy,
        _ => Unknown,
    };
    say(code, concat(26, &[Value(phase), Text(SEPARATOR), Text(&message)])?)
}

fn flink_deployment(o: Node<'_>) -> Judged {
    let reconciled = field(o, 3, "reconciliationStatus")?;
    if !reconciled.is_nil() {
        if reconciled.get(4, "success")?.truthy() || reconciled.get(4, "state")?.is("DEPLOYED") {
            return say(Healthy, "");
        }
        match field(o, 9, "jobManagerDeploymentStatus")?.text() {
            Some("DEPLOYED_NOT_READY" | "DEPLOYING") => return say(Progressing, "Waiting for deploying"),
            Some("ERROR") => return tell(Degraded, reconciled.get(17, "error")?),
            _ => {}
        }
    }
    let spec = o.get(29, "spec")?;
    let job = if spec.is_nil() { Node::NIL } else { spec.get(29, "job")? };
    let suspended = !job.is_nil() && job.get(29, "state")?.is("suspended");
    if suspended && (reconciled.is_nil() || reconciled.get(31, "lastReconciledSpec")?.is_nil()) {
        return say(Healthy, "Job is suspended");
    }
    say(Progressing, "Waiting for Flink operator")
}

fn flink_session_job(o: Node<'_>) -> Judged {
    let job = field(o, 3, "jobStatus")?;
    if !job.is_nil() {
        let state = job.get(4, "state")?;
        match state.text() {
            Some("RUNNING" | "FINISHED") => return tell(Healthy, state),
            Some("RECONCILING" | "CREATED") => return tell(Progressing, state),
            Some("SUSPENDED" | "CANCELED") => return tell(Suspended, state),
            Some("FAILED") if field(o, 24, "error")?.is_nil() => return say(Degraded, "FlinkSessionJob failed"),
            _ => {}
        }
    }
    let error = field(o, 33, "error")?;
    if error.is_nil() { say(Progressing, "Waiting for FlinkSessionJob to be reconciled") } else { tell(Degraded, error) }
}

fn game_server(o: Node<'_>) -> Judged {
    let status = o.get(3, "status")?;
    if status.truthy() {
        let (current, desired) = (status.get(4, "currentState")?, status.get(5, "desiredState")?);
        if !current.same(desired) {
            let parts = [Text("State change: "), or(current, "Unknown"), Text(" → "), or(desired, "Unknown")];
            return say(Progressing, concat(10, &parts)?);
        }
        let pod = status.get(15, "podStatus")?;
        let conditions = if pod.truthy() { pod.get(16, "conditions")? } else { Node::NIL };
        if conditions.truthy() {
            for condition in conditions.each(16)? {
                let kind = condition.get(17, "type")?;
                if kind.is("KruisePodReady") && !condition.get(17, "status")?.is("True") {
                    return say(Degraded, concat(19, &[Text("Pod is not ready: "), Value(kind)])?);
                }
            }
        }
        if current.is("Ready") {
            return say(Healthy, "GameServer is Ready");
        }
    }
    say(Unknown, "Waiting for GameServer to be ready")
}

fn game_server_set(o: Node<'_>) -> Judged {
    let status = o.get(3, "status")?;
    let waiting = say(Progressing, "Waiting for GameServerSet initialization");
    if !status.truthy() || !o.path(3, &["metadata", "generation"])?.same(status.get(3, "observedGeneration")?) {
        return waiting;
    }
    let strategy = o.path(4, &["spec", "updateStrategy"])?;
    let rolling = if strategy.truthy() { strategy.get(4, "rollingUpdate")? } else { Node::NIL };
    let of_rolling = |line, key: &str| if rolling.truthy() { rolling.get(line, key) } else { Ok(Node::NIL) };
    if of_rolling(7, "paused")?.is_bool(true) {
        return say(Suspended, "GameServerSet is paused");
    }
    let zero = crate::Value::from(0);
    let count = |line, key: &str| Ok::<_, String>(Some(status.get(line, key)?).filter(|node| node.truthy()).unwrap_or(Node::new(&zero)));
    let replicas = count(15, "replicas")?;
    let partition = of_rolling(14, "partition")?;
    if partition.truthy() && !partition.is_number(0.0) {
        let limit = minus(15, replicas, partition)?;
        let updated = count(15, "updatedReplicas")?;
        let Some(number) = updated.number() else { return fail(15, format!("attempt to compare number with {}", updated.kind())) };
        if number >= limit {
            return say(Suspended, concat(17, &[Text("Partition="), Value(partition), Text(", waiting for manual intervention")])?);
        }
    }
    if count(22, "updatedReadyReplicas")?.same(replicas) {
        return say(Healthy, "All GameServerSet replicas are updated and ready");
    }
    let ready = count(29, "readyReplicas")?;
    if ready.less(29, replicas)? {
        return say(Progressing, format!("ReadyReplicas {}/{}, still progressing", ready.show(), replicas.show()));
    }
    waiting
}

/// Gloo's states, by name or number.
fn gloo_state(status: Node<'_>) -> Result<Option<(HealthCode, Part<'_>)>, String> {
    let state = status.get(8, "state")?;
    let is = |name: &str, number: f64| state.is(name) || state.is_number(number);
    if is("Accepted", 1.0) {
        return Ok(Some((Healthy, Text("The resource has been validated"))));
    }
    if is("Pending", 0.0) {
        return Ok(Some((Suspended, Text("The resource has not yet been validated"))));
    }
    if is("Warning", 3.0) || is("Rejected", 2.0) {
        return Ok(Some((Degraded, Value(status.get(17, "reason")?))));
    }
    Ok(None)
}

fn gloo(o: Node<'_>) -> Judged {
    let statuses = field(o, 40, "statuses")?;
    if !statuses.is_nil() {
        for (_, status) in statuses.pairs(41)? {
            if let Some((code, message)) = gloo_state(status)? {
                return tell_part(code, message);
            }
        }
    }
    if !field(o, 50, "state")?.is_nil()
        && let Some((code, message)) = gloo_state(o.get(51, "status")?)?
    {
        return tell_part(code, message);
    }
    say(Progressing, UPDATING)
}

/// Any kind of the Grafana organisation operator.
pub(super) fn grafana_organisation(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    let rules =
        [rule("Ready", "False", Degraded, Message), rule("Ready", "True", Healthy, Message), rule("Ready", "*", Progressing, Message)];
    if !list.is_nil()
        && let Some(verdict) = scan(list, 4, 5, &rules)?
    {
        return Ok(Some(verdict));
    }
    say(Progressing, "Waiting ...")
}

fn grafana(o: Node<'_>) -> Judged {
    let result = field(o, 3, "stageStatus")?;
    if result.is_nil() {
        return say(Progressing, "Waiting for Grafana status info");
    }
    let stage = field(o, 14, "stage")?;
    if result.is("failed") {
        return say(Degraded, concat(14, &[Text("Failed at stage "), Value(stage)])?);
    }
    if stage.is("complete") && result.is("success") {
        return say(Healthy, "");
    }
    tell(Progressing, stage)
}

/// All conditions are told until a bad one; for a folder, a mismatch of its UID is bad when it is there.
fn grafana_conditions(o: Node<'_>, folder: bool) -> Judged {
    let (mut code, mut message) = (Progressing, String::new());
    let list = list(o, 5)?;
    if list.is_nil() {
        return say(code, message);
    }
    for condition in list.each(6)? {
        let status = condition.get(7, "status")?;
        if status.is_nil() {
            continue;
        }
        if !message.is_empty() {
            message.push_str(", ");
        }
        let (reason, kind, why) = (condition.get(12, "reason")?, condition.get(14, "type")?, condition.get(16, "message")?);
        if !reason.is_nil() {
            message = concat(13, &[Text(&message), Value(reason)])?;
            if !kind.is_nil() {
                message = concat(15, &[Text(&message), Text(" for "), Value(kind)])?;
                if !why.is_nil() {
                    message = concat(17, &[Text(&message), Text(" because "), Value(why)])?;
                }
            }
        }
        let inverse = folder && kind.is("FolderUIDMismatch");
        if status.is(if inverse { "True" } else { "False" }) {
            return say(Degraded, message);
        }
        if status.is("True") {
            code = Healthy;
        }
    }
    say(code, message)
}

fn grafana_datasource(o: Node<'_>) -> Judged {
    let status = o.get(3, "status")?;
    if status.is_nil() || status.get(3, "uid")?.is("") {
        return say(Progressing, "");
    }
    if status.get(11, "NoMatchingInstances")?.truthy() {
        return say(Degraded, "can't find matching grafana instance");
    }
    say(Healthy, "")
}

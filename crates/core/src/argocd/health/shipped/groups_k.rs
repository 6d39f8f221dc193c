//! Groups from `kro.run` to `nmstate.io`.

use super::Table;
use super::node::Part::{Text, Value};
use super::node::{Judged, Node, concat, fail, say, tell};
use super::rules::{Say::*, conditions, field, list, or, rule, tell_part, word};
use crate::argocd::health::status::HealthCode::*;

pub(super) const TABLE: Table = &[
    ("kro.run", "ResourceGraphDefinition", kro_definition),
    ("kubernetes-client.io", "ExternalSecret", external_secret),
    ("kubevirt.io", "VirtualMachine", virtual_machine),
    ("kubevirt.io", "VirtualMachineInstance", virtual_machine_instance),
    ("kyverno.io", "ClusterPolicy", |o| {
        let rules = [rule("Ready", "True", Healthy, Message), rule("Ready", "*", Degraded, Message)];
        conditions(o, [20, 21, 22], &rules, (Progressing, "Waiting for ClusterPolicy to become ready"))
    }),
    ("kyverno.io", "Policy", kyverno_policy),
    ("lifecycle.keptn.sh", "KeptnAppVersion", |o| keptn(o, "KeptnAppVersion", "status")),
    ("lifecycle.keptn.sh", "KeptnEvaluation", |o| keptn(o, "KeptnEvaluation", "overallStatus")),
    ("lifecycle.keptn.sh", "KeptnTask", |o| keptn(o, "KeptnTask", "status")),
    ("lifecycle.keptn.sh", "KeptnWorkloadInstance", |o| keptn(o, "KeptnWorkloadInstance", "status")),
    ("lifecycle.keptn.sh", "KeptnWorkloadVersion", |o| keptn(o, "KeptnWorkloadVersion", "status")),
    ("logstash.k8s.elastic.co", "Logstash", |o| {
        let colours = [
            ("green", Healthy, "Logstash status is Green"),
            ("yellow", Progressing, "Logstash status is Yellow"),
            ("red", Degraded, "Logstash status is Red"),
        ];
        word(o, 2, "health", &colours, (Progressing, "Waiting for Logstash"))
    }),
    ("medusa.k8ssandra.io", "MedusaBackupJob", |o| medusa(o, [5, 10, 16, 22, 29], "Status not known yet", false)),
    ("medusa.k8ssandra.io", "MedusaTask", |o| medusa(o, [7, 12, 18, 24, 30], "", true)),
    ("metrics.keptn.sh", "Analysis", keptn_analysis),
    ("metrics.keptn.sh", "KeptnMetric", keptn_metric),
    ("minio.min.io", "Tenant", minio_tenant),
    ("monitoring.coreos.com", "Alertmanager", |o| prometheus_operator(o, [13, 14, 16])),
    ("monitoring.coreos.com", "Prometheus", |o| prometheus_operator(o, [4, 5, 7])),
    ("monitoring.coreos.com", "ThanosRuler", |o| prometheus_operator(o, [13, 14, 16])),
    ("networking.gke.io", "ManagedCertificate", managed_certificate),
    ("nmstate.io", "NodeNetworkConfigurationPolicy", network_configuration),
];

const UNREPORTED: &str = "Waiting for KRO to report status";

/// `obj.metadata and obj.metadata.generation`
fn generation(o: Node<'_>, line: u32) -> Result<Node<'_>, String> {
    let metadata = o.get(line, "metadata")?;
    if metadata.truthy() { metadata.get(line, "generation") } else { Ok(metadata) }
}

/// Only conditions of the present generation count.
fn is_current(condition: Node<'_>, generation: Node<'_>) -> Result<bool, String> {
    if generation.is_nil() {
        return Ok(false);
    }
    let observed = condition.get(21, "observedGeneration")?;
    Ok(!observed.is_nil() && observed.same(generation))
}

fn kro_definition(o: Node<'_>) -> Judged {
    const KINDS: [&str; 5] = ["GraphRevisionsResolved", "GraphAccepted", "KindReady", "ControllerReady", "Ready"];
    let list = list(o, 4)?;
    if list.is_nil() {
        return say(Progressing, UNREPORTED);
    }
    let generation = generation(o, 18)?;
    for condition in list.each(20)? {
        if !is_current(condition, generation)? {
            continue;
        }
        let (kind, status) = (condition.get(22, "type")?, condition.get(22, "status")?);
        if kind.is("Ready") && status.is("True") {
            return say(Healthy, "ResourceGraphDefinition is active and serving instances");
        }
        if let Some(kind) = kind.text().filter(|kind| KINDS.contains(kind) && status.is("False")) {
            return tell_part(Degraded, or(condition.get(30, "message")?, &format!("{kind} is False")));
        }
    }
    say(Progressing, "Waiting for ResourceGraphDefinition to become ready")
}

/// Any instance of a kind that kro defines.
pub(super) fn kro_instance(o: Node<'_>) -> Judged {
    const KINDS: [&str; 4] = ["InstanceManaged", "GraphResolved", "ResourcesReady", "Ready"];
    let list = list(o, 4)?;
    if list.is_nil() {
        return say(Progressing, UNREPORTED);
    }
    let state = field(o, 10, "state")?;
    let generation = generation(o, 11)?;
    for condition in list.each(20)? {
        if !is_current(condition, generation)? {
            continue;
        }
        let (kind, status) = (condition.get(22, "type")?, condition.get(22, "status")?);
        if kind.is("Ready") && status.is("True") {
            return say(Healthy, "Instance is active and running");
        }
        if let Some(kind) = kind.text().filter(|kind| KINDS.contains(kind) && status.is("False")) {
            let message = condition.get(31, "message")?;
            match state.text() {
                Some("FAILED" | "ERROR") => return tell_part(Degraded, or(message, &format!("{kind} is False"))),
                Some("IN_PROGRESS") => return tell_part(Progressing, or(message, &format!("{kind} is in progress"))),
                _ => {}
            }
        }
    }
    say(Progressing, "Waiting for instance to become ready")
}

/// The string on which a script calls a method; what has none fails as the interpreter does.
fn subject<'v>(node: Node<'v>, line: u32) -> Result<&'v str, String> {
    node.get(line, "find")?;
    node.text().map_or_else(|| fail(line, "attempt to call a non-function object"), Ok)
}

fn external_secret(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "Waiting for ExternalSecret.");
    let status = o.get(2, "status")?;
    if status.is_nil() {
        return waiting;
    }
    let word = status.get(3, "status")?;
    if word.is("SUCCESS") {
        return say(Healthy, "Fetched ExternalSecret.");
    }
    let text = subject(word, 6)?;
    if text.starts_with("ERROR") { say(Degraded, text.replace("ERROR, ", "")) } else { waiting }
}

fn virtual_machine(o: Node<'_>) -> Judged {
    let (spec, status) = (o.get(11, "spec")?, o.get(16, "status")?);
    let stopped = !spec.is_nil() && (spec.get(12, "running")?.is_bool(false) || spec.get(12, "runStrategy")?.is("Halted"));
    let created = |line| status.get(line, "created").map(Node::truthy);
    if stopped && (status.is_nil() || !created(16)?) {
        return say(Healthy, "Stopped as declared");
    }
    let (mut code, mut message) = (Progressing, "No status available");
    if status.is_nil() {
        return say(code, message);
    }
    let list = status.get(23, "conditions")?;
    if !list.is_nil() {
        for condition in list.each(24)? {
            let (kind, holds) = (condition.get(25, "type")?, condition.get(25, "status")?.is("True"));
            if kind.is("Paused") && holds {
                return say(Suspended, "Paused");
            }
            if kind.is("Ready") {
                if holds {
                    (code, message) = (Healthy, "Running");
                } else if created(35)? {
                    message = "Starting";
                } else {
                    (code, message) = (Suspended, "Stopped");
                }
            }
        }
    }
    let printable = status.get(45, "printableStatus")?;
    if printable.is_nil() { say(code, message) } else { tell(code, printable) }
}

fn virtual_machine_instance(o: Node<'_>) -> Judged {
    let mut verdict = (Progressing, Text("No status available"));
    let status = o.get(2, "status")?;
    if status.is_nil() {
        return tell_part(verdict.0, verdict.1);
    }
    let phase = status.get(3, "phase")?;
    if !phase.is_nil() {
        verdict.1 = Value(phase);
        match phase.text() {
            Some("Failed") => return tell(Degraded, phase),
            Some("Pending" | "Scheduling" | "Scheduled") => return tell(Progressing, phase),
            Some("Succeeded") => return tell(Suspended, phase),
            Some("Unknown") => return tell(Unknown, phase),
            _ => {}
        }
    }
    let list = status.get(18, "conditions")?;
    if !list.is_nil() {
        for condition in list.each(19)? {
            let (kind, holds) = (condition.get(20, "type")?, condition.get(20, "status")?.is("True"));
            let message = Value(condition.get(26, "message")?);
            if kind.is("Ready") {
                verdict = if holds { (Healthy, Text("Running")) } else { (Degraded, message) };
            } else if kind.is("Paused") && holds {
                return tell_part(Suspended, message);
            }
        }
    }
    tell_part(verdict.0, verdict.1)
}

fn kyverno_policy(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if !list.is_nil() {
        for condition in list.each(4)? {
            let is = |key: &str, wanted: &str| Ok::<_, String>(condition.get(5, key)?.is(wanted));
            if is("type", "Ready")? && is("status", "True")? && is("reason", "Succeeded")? && is("message", "Ready")? {
                return say(Healthy, "Policy is ready");
            }
        }
    }
    say(Progressing, "Waiting for Policy to be ready")
}

fn keptn(o: Node<'_>, name: &str, key: &str) -> Judged {
    match o.path(2, &["status", key])?.text() {
        Some("Succeeded") => say(Healthy, format!("{name} is healthy")),
        Some("Failed") => say(Degraded, format!("{name} is degraded")),
        _ => say(Progressing, format!("{name} is progressing")),
    }
}

fn keptn_analysis(o: Node<'_>) -> Judged {
    let pass = o.path(2, &["status", "pass"])?;
    if pass.is_bool(true) {
        say(Healthy, "Analysis is healthy")
    } else if o.path(7, &["status", "warning"])?.is_bool(true) {
        say(Healthy, "Analysis is healthy with warnings")
    } else if pass.is_bool(false) {
        say(Degraded, "Analysis is degraded")
    } else {
        say(Progressing, "Analysis is progressing")
    }
}

fn keptn_metric(o: Node<'_>) -> Judged {
    let (error, value) = (o.path(2, &["status", "errMsg"])?, o.path(2, &["status", "value"])?);
    match error.is_nil() || error.is("") {
        false => say(Degraded, "KeptnMetric is degraded"),
        true if value.is_nil() => say(Progressing, "KeptnMetric is progressing"),
        true => say(Healthy, "KeptnMetric is healthy"),
    }
}

/// Lines: the status, the generation seen, its comparison, what is finished or failed, the finished. A task's failures outdo what is finished.
fn medusa(o: Node<'_>, lines: [u32; 5], unknown: &str, failures_win: bool) -> Judged {
    let status = o.get(lines[0], "status")?;
    if status.is_nil() {
        return say(Unknown, "No status object");
    }
    let observed = status.get(lines[1], "observedGeneration")?;
    if observed.is_nil() {
        return say(Unknown, "No observedGeneration");
    }
    if !observed.same(o.path(lines[2], &["metadata", "generation"])?) {
        return say(Progressing, "observedGeneration is not equal to generation");
    }
    let (finished, failed) = (status.get(lines[3], "finished")?, status.get(lines[3], "failed")?);
    if finished.is_nil() && failed.is_nil() {
        return say(Progressing, unknown);
    }
    if !finished.is_nil() {
        let done = finished.item(lines[4], 0)?.truthy() || finished.item(lines[4], 1)?.truthy();
        if failed.is_nil() || !failures_win {
            return say(if done { Healthy } else { Progressing }, "");
        }
    }
    say(Degraded, "Failed nodes exist")
}

fn minio_tenant(o: Node<'_>) -> Judged {
    let state = field(o, 3, "currentState")?;
    if state.is_nil() {
        return say(Progressing, "No status info available");
    }
    let code = match subject(state, 9)? {
        "Initialized" => Healthy,
        "Statefulset not controlled by operator"
        | "Another MinIO Tenant already exists in the namespace"
        | "Tenant credentials are not set properly"
        | "Different versions across MinIO Pools"
        | "Pool Decommissioning Not Allowed" => Degraded,
        _ => Progressing,
    };
    tell(code, state)
}

/// The last `Available` decides.
fn prometheus_operator(o: Node<'_>, lines: [u32; 3]) -> Judged {
    let mut verdict = say(Progressing, "Waiting for initialization");
    let list = list(o, lines[0])?;
    if !list.is_nil() {
        for condition in list.each(lines[1])? {
            let get = |key: &str| condition.get(lines[2], key);
            if !get("type")?.is("Available") {
                continue;
            }
            verdict = if get("status")?.is("True") {
                say(Healthy, "All instances are available")
            } else {
                let (message, reason) = (get("message")?, get("reason")?);
                let code = if reason.is("SomePodsNotReady") { Progressing } else { Degraded };
                tell(code, if message.truthy() { message } else { reason })
            };
        }
    }
    verdict
}

fn managed_certificate(o: Node<'_>) -> Judged {
    let domains = field(o, 4, "domainStatus")?;
    if !domains.is_nil() {
        for domain in domains.each(5)? {
            if domain.get(6, "status")?.is("FailedNotVisible") {
                return say(Degraded, "At least one certificate has failed to be provisioned");
            }
        }
    }
    if field(o, 15, "certificateStatus")?.is("Active") {
        return say(Healthy, "All certificates are active");
    }
    say(Progressing, "At least one certificate is still being provisioned")
}

fn network_configuration(o: Node<'_>) -> Judged {
    let list = list(o, 25)?;
    if !list.is_nil() {
        for condition in list.each(26)? {
            if !condition.get(27, "status")?.is("True") {
                continue;
            }
            let (reason, message) = (condition.get(28, "reason")?, condition.get(29, "message")?);
            let joined =
                if message.is_nil() || message.is("") { None } else { Some(concat(30, &[Value(reason), Text(": "), Value(message)])?) };
            let code = match condition.get(32, "type")?.text() {
                Some("Available") => Healthy,
                Some("Degraded") => Degraded,
                Some("Progressing") => Progressing,
                Some("Ignored") => Suspended,
                _ => continue,
            };
            return match joined {
                Some(text) => say(code, text),
                None => tell(code, reason),
            };
        }
    }
    say(Progressing, "Waiting for policy to be applied")
}

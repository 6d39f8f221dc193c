//! Groups from `apps.kruise.io` and `camel.apache.org` to `core.gardener.cloud`.

use super::Table;
use super::node::Part::{Text, Value};
use super::node::{Judged, Node, concat, fail, joined, say, tell};
use super::rules::{Say::*, conditions, field, generation_differs, list, rule, scan, word};
use crate::argocd::health::status::{HealthCode, HealthCode::*};

pub(super) const TABLE: Table = &[
    ("apps.kruise.io", "AdvancedCronJob", advanced_cron_job),
    ("apps.kruise.io", "BroadcastJob", broadcast_job),
    ("apps.kruise.io", "CloneSet", clone_set),
    ("apps.kruise.io", "DaemonSet", kruise_daemon_set),
    ("apps.kruise.io", "StatefulSet", kruise_stateful_set),
    ("camel.apache.org", "Integration", |o| ready(o, [3, 4, 6], "Waiting for Integration")),
    ("cert-manager.io", "ClusterIssuer", |o| ready(o, [3, 4, 5], "Initializing ClusterIssuer")),
    ("cert-manager.io", "Issuer", |o| ready(o, [3, 4, 5], "Initializing issuer")),
    ("certmanager.k8s.io", "Certificate", |o| ready(o, [3, 4, 5], "Waiting for certificate")),
    ("certmanager.k8s.io", "Issuer", |o| ready(o, [3, 4, 5], "Initializing issuer")),
    ("cert-manager.io", "Certificate", certificate),
    ("cert-manager.io", "CertificateRequest", certificate_request),
    ("capabilities.3scale.net", "ActiveDoc", |o| threescale(o, "ActiveDoc", "is ready", &[INVALID, ORPHAN, FAILED], [3, 4, 5])),
    ("capabilities.3scale.net", "Application", threescale_application),
    ("capabilities.3scale.net", "ApplicationAuth", |o| {
        threescale(o, "ApplicationAuth", "is ready", &[("Failed", Degraded, "failed")], [3, 4, 5])
    }),
    ("capabilities.3scale.net", "Backend", |o| threescale(o, "Backend", "is synced", &[INVALID, FAILED], [3, 4, 5])),
    ("capabilities.3scale.net", "CustomPolicyDefinition", |o| {
        threescale(o, "CustomPolicyDefinition", "is ready", &[INVALID, FAILED], [3, 4, 5])
    }),
    ("capabilities.3scale.net", "DeveloperAccount", |o| {
        threescale(o, "DeveloperAccount", "is ready", &[INVALID, FAILED, ("Waiting", Suspended, "is waiting for approval")], [3, 4, 5])
    }),
    ("capabilities.3scale.net", "DeveloperUser", developer_user),
    ("capabilities.3scale.net", "OpenAPI", |o| {
        threescale(o, "OpenAPI", "is ready", &[INVALID, ("Failed", Degraded, "reconciliation failed")], [3, 4, 5])
    }),
    ("capabilities.3scale.net", "Product", |o| threescale(o, "Product", "is synced", &[INVALID, ORPHAN, FAILED], [3, 4, 5])),
    ("capabilities.3scale.net", "ProxyConfigPromote", proxy_config_promote),
    ("capabilities.3scale.net", "Tenant", threescale_tenant),
    ("capsule.clastix.io", "CapsuleConfiguration", |o| capsule(o, 14, &[])),
    ("capsule.clastix.io", "CustomQuota", |o| capsule(o, 14, &[])),
    ("capsule.clastix.io", "GlobalCustomQuota", |o| capsule(o, 14, &[])),
    ("capsule.clastix.io", "GlobalProxySettings", |o| capsule(o, 14, &[])),
    ("capsule.clastix.io", "ProxySetting", |o| capsule(o, 14, &[])),
    ("capsule.clastix.io", "TenantOwner", |o| capsule(o, 14, &[])),
    ("capsule.clastix.io", "GlobalTenantResource", replicated),
    ("capsule.clastix.io", "TenantResource", replicated),
    ("capsule.clastix.io", "ResourcePool", resource_pool),
    ("capsule.clastix.io", "ResourcePoolClaim", |o| capsule(o, 15, &[("Bound", "False")])),
    ("capsule.clastix.io", "Tenant", |o| capsule(o, 21, &[("Cordoned", "True")])),
    ("cassandra.rook.io", "Cluster", cassandra),
    ("cdi.kubevirt.io", "DataVolume", data_volume),
    ("ceph.rook.io", "CephCluster", ceph_cluster),
    ("ceph.rook.io", "CephObjectStore", ceph_object_store),
    ("clickhouse-keeper.altinity.com", "ClickHouseKeeperInstallation", |o| clickhouse(o, "ClickHouseKeeper")),
    ("clickhouse.altinity.com", "ClickHouseInstallation", |o| clickhouse(o, "ClickHouse")),
    ("cluster.x-k8s.io", "Cluster", cluster),
    ("cluster.x-k8s.io", "Machine", machine),
    ("cluster.x-k8s.io", "MachineDeployment", machine_deployment),
    ("cluster.x-k8s.io", "MachineHealthCheck", machine_health_check),
    ("cluster.x-k8s.io", "MachinePool", machine_pool),
    ("controlplane.cluster.x-k8s.io", "AWSManagedControlPlane", aws_managed_control_plane),
    ("coralogix.com", "Alert", coralogix),
    ("coralogix.com", "RecordingRuleGroupSet", coralogix),
    ("core.gardener.cloud", "Shoot", shoot),
];

type Outcome = (&'static str, HealthCode, &'static str);
const INVALID: Outcome = ("Invalid", Degraded, "configuration is invalid");
const ORPHAN: Outcome = ("Orphan", Degraded, "references non-existing resources");
const FAILED: Outcome = ("Failed", Degraded, "synchronization failed");

/// Ready=False is broken, Ready=True is fine, both in the condition's words.
pub(super) fn ready(o: Node<'_>, lines: [u32; 3], waiting: &str) -> Judged {
    conditions(o, lines, &[rule("Ready", "False", Degraded, Message), rule("Ready", "True", Healthy, Message)], (Progressing, waiting))
}

fn advanced_cron_job(o: Node<'_>) -> Judged {
    let status = o.get(5, "status")?;
    let last = status.get(5, "lastScheduleTime")?;
    if !last.is_nil() && last.text().is_none() && last.number().is_none() {
        return fail(6, format!("bad argument #1 to match (string expected, got {})", last.kind()));
    }
    if last.is_nil() && o.path(11, &["spec", "paused"])?.is_bool(true) {
        return say(Suspended, "AdvancedCronJob is Paused");
    }
    let active = status.get(18, "active")?;
    if !active.is_nil() && active.len(18)? > 0 {
        return say(Progressing, "AdvancedCronJobs has active jobs");
    }
    if last.is_nil() {
        say(Degraded, "AdvancedCronJobs has not run successfully")
    } else {
        say(Healthy, "AdvancedCronJobs has run successfully")
    }
}

fn broadcast_job(o: Node<'_>) -> Judged {
    let status = o.get(3, "status")?;
    if status.is_nil() {
        return say(Progressing, "BroadcastJob is still running");
    }
    let (desired, phase) = (status.get(6, "desired")?, status.get(6, "phase")?);
    if desired.same(status.get(6, "succeeded")?) && phase.is("completed") {
        return say(Healthy, "BroadcastJob is completed successfully");
    }
    if !status.get(12, "active")?.is_number(0.0) && phase.is("running") {
        return say(Progressing, "BroadcastJob is still running");
    }
    if !status.get(18, "failed")?.is_number(0.0) && phase.is("failed") {
        return say(Degraded, "BroadcastJob failed");
    }
    if phase.is("paused") && o.path(24, &["spec", "paused"])?.is_bool(true) {
        return say(Suspended, "BroadcastJob is Paused");
    }
    say(Progressing, "BroadcastJob is still running")
}

/// What Kruise's workloads share: the newest generation was seen.
fn seen(o: Node<'_>) -> Result<Option<Node<'_>>, String> {
    let status = o.get(3, "status")?;
    if status.is_nil() || !o.path(5, &["metadata", "generation"])?.same(status.get(5, "observedGeneration")?) {
        return Ok(None);
    }
    Ok(Some(status))
}

const INITIALIZING: &str = "Waiting for initialization";

fn clone_set(o: Node<'_>) -> Judged {
    let Some(status) = seen(o)? else { return say(Progressing, INITIALIZING) };
    let strategy = o.path(7, &["spec", "updateStrategy"])?;
    let available = status.get(7, "updatedAvailableReplicas")?;
    if strategy.get(7, "paused")?.is_bool(true) || !available.truthy() {
        return say(Suspended, "Cloneset is paused");
    }
    if !strategy.get(11, "partition")?.is_number(0.0) && o.path(11, &["metadata", "generation"])?.more_than(11, 1.0)? {
        let (updated, expected) = (status.get(12, "updatedReplicas")?, status.get(12, "expectedUpdatedReplicas")?);
        // Lua turns `a >= b` into `b <= a`.
        if expected.less(12, updated)? || expected.same(updated) {
            return say(Suspended, "Cloneset needs manual intervention");
        }
        return say(Progressing, INITIALIZING);
    }
    if available.same(status.get(18, "replicas")?) {
        return say(Healthy, "All Cloneset workloads are ready and updated");
    }
    say(Degraded, "Some replicas are not ready or available")
}

/// `a - b`, or the interpreter's complaint.
pub(super) fn minus(line: u32, a: Node<'_>, b: Node<'_>) -> Result<f64, String> {
    match (a.operand(), b.operand()) {
        (Some(a), Some(b)) => Ok(a - b),
        _ => fail(line, format!("cannot perform sub operation between {} and {}", a.kind(), b.kind())),
    }
}

fn kruise_daemon_set(o: Node<'_>) -> Judged {
    let Some(status) = seen(o)? else { return say(Progressing, INITIALIZING) };
    let rolling = o.path(7, &["spec", "updateStrategy", "rollingUpdate"])?;
    let updated = status.get(7, "updatedNumberScheduled")?;
    if rolling.get(7, "paused")?.is_bool(true) || !updated.truthy() {
        return say(Suspended, "Daemonset is paused");
    }
    let partition = rolling.get(11, "partition")?;
    let desired = status.get(12, "desiredNumberScheduled")?;
    if !partition.is_nil() && !partition.is_number(0.0) && o.path(11, &["metadata", "generation"])?.more_than(11, 1.0)? {
        let limit = minus(12, desired, partition)?;
        return if updated.more_than(12, limit)? {
            say(Suspended, "Daemonset needs manual intervention")
        } else {
            say(Progressing, INITIALIZING)
        };
    }
    if updated.same(desired) && status.get(18, "numberAvailable")?.same(desired) {
        return say(Healthy, "All Daemonset workloads are ready and updated");
    }
    if updated.same(desired) && status.get(24, "numberUnavailable")?.same(desired) {
        return say(Degraded, "Some pods are not ready or available");
    }
    say(Progressing, INITIALIZING)
}

fn kruise_stateful_set(o: Node<'_>) -> Judged {
    let Some(status) = seen(o)? else { return say(Progressing, INITIALIZING) };
    let rolling = o.path(7, &["spec", "updateStrategy", "rollingUpdate"])?;
    let available = status.get(7, "updatedAvailableReplicas")?;
    if rolling.get(7, "paused")?.is_bool(true) || !available.truthy() {
        return say(Suspended, "Statefulset is paused");
    }
    let partition = rolling.get(11, "partition")?;
    let replicas = status.get(12, "replicas")?;
    if !partition.is_number(0.0) && o.path(11, &["metadata", "generation"])?.more_than(11, 1.0)? {
        let limit = minus(12, replicas, partition)?;
        let updated = status.get(12, "updatedReplicas")?;
        return if updated.more_than(12, limit)? {
            say(Suspended, "Statefulset needs manual intervention")
        } else {
            say(Progressing, INITIALIZING)
        };
    }
    if available.same(replicas) {
        return say(Healthy, "All Statefulset workloads are ready and updated");
    }
    say(Degraded, "Some replicas are not ready or available")
}

fn certificate(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if !list.is_nil() {
        if let Some(verdict) = scan(list, 6, 7, &[rule("Issuing", "True", Progressing, Message)])? {
            return Ok(Some(verdict));
        }
        if let Some(verdict) = scan(list, 14, 15, &[rule("Ready", "False", Degraded, Message), rule("Ready", "True", Healthy, Message)])? {
            return Ok(Some(verdict));
        }
    }
    say(Progressing, "Waiting for certificate")
}

fn certificate_request(o: Node<'_>) -> Judged {
    let list = list(o, 10)?;
    if !list.is_nil() {
        let refused = [rule("Denied", "True", Degraded, Message), rule("InvalidRequest", "True", Degraded, Message)];
        if let Some(verdict) = scan(list, 12, 13, &refused)? {
            return Ok(Some(verdict));
        }
        for condition in list.each(20)? {
            if condition.get(21, "type")?.is("Ready") {
                let code = if condition.get(22, "status")?.is("True") {
                    Healthy
                } else if condition.get(27, "reason")?.is("Pending") {
                    Progressing
                } else {
                    Degraded
                };
                return tell(code, condition.get(24, "message")?);
            }
        }
    }
    say(Progressing, "Waiting for certificate request")
}

/// The condition's message, or else our words.
fn or_words(code: HealthCode, message: Node<'_>, words: String) -> Judged {
    if message.truthy() { tell(code, message) } else { say(code, words) }
}

/// The kinds of 3scale whose script asks for a condition's type before its status.
const TYPE_FIRST: [&str; 2] = ["ActiveDoc", "CustomPolicyDefinition"];

/// 3scale: the first condition that holds decides.
fn threescale(o: Node<'_>, name: &str, fine: &str, outcomes: &[Outcome], lines: [u32; 3]) -> Judged {
    let good = if fine == "is synced" { "Synced" } else { "Ready" };
    let list = list(o, lines[0])?;
    if !list.is_nil() {
        for condition in list.each(lines[1])? {
            // Which member a script looks at first shows when a condition is no table.
            condition.get(lines[2], if TYPE_FIRST.contains(&name) { "type" } else { "status" })?;
            if !condition.get(lines[2], "status")?.is("True") {
                continue;
            }
            let kind = condition.get(lines[2], "type")?;
            if kind.is(good) {
                return say(Healthy, format!("3scale {name} {fine}"));
            }
            if let Some((_, code, words)) = outcomes.iter().find(|(word, ..)| kind.is(word)) {
                return or_words(*code, condition.get(lines[2], "message")?, format!("3scale {name} {words}"));
            }
        }
    }
    say(Progressing, format!("Waiting for 3scale {name} status..."))
}

fn proxy_config_promote(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if !list.is_nil() {
        for condition in list.each(4)? {
            if !condition.get(5, "status")?.is("True") {
                continue;
            }
            let (kind, message) = (condition.get(7, "type")?, condition.get(13, "message")?);
            match kind.text() {
                Some("Ready") => return say(Healthy, "3scale ProxyConfigPromote is ready"),
                Some("In-progress") => return or_words(Progressing, message, "3scale ProxyConfigPromote is in progress".into()),
                Some("Failed") => return or_words(Degraded, message, "3cale ProxyConfigPromote failed".into()),
                _ => {}
            }
        }
    }
    say(Progressing, "Waiting for 3scale ProxyConfigPromote status...")
}

fn is_positive(node: Node<'_>) -> bool {
    node.number().is_some_and(|number| number > 0.0)
}

fn threescale_application(o: Node<'_>) -> Judged {
    let status = o.get(3, "status")?;
    if !status.is_nil() {
        if status.get(4, "state")?.is("suspended") {
            return say(Suspended, "3scale Application is suspended");
        }
        let known = is_positive(status.get(10, "adminId")?);
        let list = status.get(13, "conditions")?;
        if !list.is_nil() {
            for condition in list.each(14)? {
                if condition.get(15, "type")?.is("Ready") {
                    if condition.get(16, "status")?.is("True") {
                        return say(Healthy, "3scale Application is ready");
                    } else if !known {
                        return or_words(Degraded, condition.get(22, "message")?, "3scale Application is not ready".into());
                    }
                }
            }
        }
    }
    say(Progressing, "Waiting for 3scale Application status...")
}

fn developer_user(o: Node<'_>) -> Judged {
    if field(o, 4, "developerUserState")?.is("suspended") {
        return say(Suspended, "3scale Developer user is waiting for admin approval");
    }
    threescale(o, "DeveloperUser", "is ready", &[INVALID, ORPHAN, FAILED], [10, 11, 12])
}

fn threescale_tenant(o: Node<'_>) -> Judged {
    let status = o.get(3, "status")?;
    if !status.is_nil() {
        let known = is_positive(status.get(4, "tenantId")?) && is_positive(status.get(5, "adminId")?);
        let list = status.get(10, "conditions")?;
        if !list.is_nil() {
            let mut ready = false;
            for condition in list.each(11)? {
                if condition.get(12, "type")?.is("Ready") && condition.get(12, "status")?.is("True") {
                    ready = true;
                    break;
                }
            }
            if ready && known {
                return say(Healthy, "3scale Tenant is ready");
            }
            for condition in list.each(26)? {
                if condition.get(27, "type")?.is("Ready") && !condition.get(27, "status")?.is("True") {
                    return or_words(Degraded, condition.get(29, "message")?, "3scale Tenant is degraded".into());
                }
            }
        }
    }
    say(Progressing, "Waiting for 3scale Tenant status...")
}

/// Capsule: nothing counts before the newest generation was seen; some conditions suspend.
fn capsule(o: Node<'_>, first: u32, suspending: &[(&'static str, &'static str)]) -> Judged {
    let list = list(o, first)?;
    if list.is_nil() {
        return say(Progressing, "Waiting for status");
    }
    if generation_differs(o, first + 6)? {
        return say(Progressing, "Waiting for reconciliation (generation mismatch)");
    }
    let mut at = first + 13;
    for (kind, status) in suspending {
        if let Some(verdict) = scan(list, at, at + 1, &[rule(kind, status, Suspended, Message)])? {
            return Ok(Some(verdict));
        }
        at += 8;
    }
    match scan(list, at, at + 1, &[rule("Ready", "False", Degraded, Message), rule("Ready", "True", Healthy, Message)])? {
        Some(verdict) => Ok(Some(verdict)),
        None => say(Progressing, "Waiting for Ready condition"),
    }
}

fn replicated(o: Node<'_>) -> Judged {
    let spec = o.get(15, "spec")?;
    if !spec.is_nil() && spec.get(15, "cordoned")?.truthy() {
        return say(Suspended, "Replication is cordoned");
    }
    capsule(o, 21, &[])
}

fn resource_pool(o: Node<'_>) -> Judged {
    let conditions = list(o, 15)?;
    if !conditions.is_nil() && !generation_differs(o, 21)? {
        let exhaustions = field(o, 28, "exhaustions")?;
        if !exhaustions.is_nil() {
            let mut names: Vec<String> = exhaustions.pairs(30)?.into_iter().map(|(name, _)| name).collect();
            names.sort();
            if !names.is_empty() {
                return say(Degraded, format!("Pool exhausted for: {}", names.join(", ")));
            }
        }
        let rules = [rule("Ready", "False", Degraded, Message), rule("Ready", "True", Healthy, Message)];
        return match scan(conditions, 41, 42, &rules)? {
            Some(verdict) => Ok(Some(verdict)),
            None => say(Progressing, "Waiting for Ready condition"),
        };
    }
    capsule(o, 15, &[])
}

fn cassandra(o: Node<'_>) -> Judged {
    const WAITING: &str = "Waiting for Cassandra Cluster";
    let racks = field(o, 3, "racks")?;
    if racks.is_nil() {
        return say(Progressing, WAITING);
    }
    for (_, rack) in racks.pairs(5)? {
        let (members, ready) = (rack.get(6, "members")?, rack.get(6, "readyMembers")?);
        if !members.is_nil() && !ready.is_nil() && !members.same(ready) {
            return say(Progressing, WAITING);
        }
    }
    say(Healthy, "")
}

fn data_volume(o: Node<'_>) -> Judged {
    let phase = field(o, 3, "phase")?;
    let (mut code, mut message) = (Progressing, Text("No status available"));
    if !phase.is_nil() {
        message = Value(phase);
        match phase.text() {
            Some("Succeeded") => return tell(Healthy, phase),
            Some("Failed" | "Unknown") => code = Degraded,
            Some("Paused") => return tell(Suspended, phase),
            _ => {}
        }
    }
    let list = list(o, 15)?;
    if !list.is_nil() {
        for condition in list.each(16)? {
            let is = |key: &str, word: &str| Ok::<_, String>(condition.get(17, key)?.is(word));
            if is("type", "Running")? && is("status", "False")? && is("reason", "Error")? {
                return tell(Degraded, condition.get(19, "message")?);
            }
        }
    }
    match message {
        Text(words) => say(code, words),
        Value(node) => tell(code, node),
    }
}

fn ceph_cluster(o: Node<'_>) -> Judged {
    let status = o.get(17, "status")?;
    if status.is_nil() {
        return say(Progressing, "Waiting for status to be reported");
    }
    let (mut code, mut said) = (Progressing, Vec::<String>::new());
    let ceph = status.get(23, "ceph")?;
    let health = if ceph.is_nil() { Node::NIL } else { ceph.get(23, "health")? };
    if !health.is_nil() {
        let details = ceph.get(28, "details")?;
        let mut parts = Vec::new();
        if !details.is_nil() {
            for (_, detail) in details.pairs(31)? {
                let message = detail.get(37, "message")?;
                if !message.is_nil() {
                    parts.push(Value(message));
                }
            }
        }
        let details = if parts.is_empty() { String::new() } else { format!(" ({})", joined(42, &parts, "; ")?) };
        match health.text() {
            Some("HEALTH_ERR" | "HEALTH_WARN") => code = Degraded,
            Some("HEALTH_OK") => code = Healthy,
            _ => {}
        }
        said.push(concat(51, &[Text("Ceph health is "), Value(health), Text(&details)])?);
    }
    let state = status.get(55, "state")?;
    if !state.is_nil() && code == Healthy {
        said.push(concat(57, &[Text("Ceph cluster state is "), Value(state)])?);
        code = match state.text() {
            Some("Created" | "Connected") => Healthy,
            Some("Error") => Degraded,
            _ => Progressing,
        };
    }
    let message = status.get(68, "message")?;
    let said = said.join(" - ");
    if message.is_nil() || message.is("") {
        return say(code, said);
    }
    if said.is_empty() { tell(code, message) } else { say(code, concat(10, &[Text(&said), Text(" - "), Value(message)])?) }
}

fn ceph_object_store(o: Node<'_>) -> Judged {
    let status = o.get(8, "status")?;
    if status.is_nil() {
        return say(Progressing, "Waiting for status to be reported");
    }
    let phase = status.get(13, "phase")?;
    let (mut code, mut message) = (Progressing, "Waiting for status to be reported".to_owned());
    if !phase.is_nil() {
        message = concat(14, &[Text("Ceph object store phase is "), Value(phase)])?;
        code = match phase.text() {
            Some("Ready") => Healthy,
            Some("Failure") => Degraded,
            _ => Progressing,
        };
    }
    let info = status.get(22, "info")?;
    if !info.is_nil() {
        let endpoint = info.get(22, "endpoint")?;
        if !endpoint.is_nil() && !endpoint.is("") {
            message = concat(23, &[Text(&message), Text(" - endpoint: "), Value(endpoint)])?;
        }
    }
    say(code, message)
}

fn clickhouse(o: Node<'_>, name: &str) -> Judged {
    let status = field(o, 2, "status")?;
    match status.text() {
        None if status.is_nil() => say(Progressing, format!("{name} status not yet available")),
        Some("Completed") => say(Healthy, format!("{name} installation completed successfully")),
        Some("InProgress") => say(Progressing, format!("{name} installation in progress")),
        _ => say(Degraded, concat(11, &[Text(name), Text(" status: "), Value(status)])?),
    }
}

fn cluster(o: Node<'_>) -> Judged {
    if o.path(36, &["spec", "paused"])?.truthy() {
        return say(Suspended, "Cluster is paused");
    }
    let phase = field(o, 4, "phase")?;
    let verdict = match phase.text() {
        Some("Provisioned") => say(Healthy, "Cluster is running"),
        Some("Failed") => say(Degraded, ""),
        _ => say(Progressing, "Waiting for clusters"),
    };
    let list = list(o, 18)?;
    if !list.is_nil() {
        for condition in list.each(19)? {
            let is = |key: &str, word: &str| Ok::<_, String>(condition.get(25, key)?.is(word));
            if is("type", "Ready")? && is("status", "False")? && !is("severity", "Info")? {
                return tell(Degraded, condition.get(27, "message")?);
            }
        }
    }
    verdict
}

fn machine(o: Node<'_>) -> Judged {
    let code = match field(o, 5, "phase")?.text() {
        Some("Running") => return say(Healthy, "Machine is running"),
        Some("Failed") => Degraded,
        _ => Progressing,
    };
    let list = list(o, 19)?;
    if !list.is_nil() {
        for condition in list.each(20)? {
            if condition.get(21, "type")?.is("Ready") && condition.get(21, "status")?.is("False") {
                return tell(code, condition.get(22, "message")?);
            }
        }
    }
    say(code, "Condition is unknown")
}

fn machine_deployment(o: Node<'_>) -> Judged {
    if o.path(5, &["spec", "paused"])?.truthy() {
        return say(Suspended, "MachineDeployment is paused");
    }
    let phases = [
        ("Running", Healthy, "Machines are running under this deployment"),
        ("ScalingUp", Progressing, "Cluster is spawning machines"),
        ("ScalingDown", Progressing, "Cluster is stopping machines"),
        ("Failed", Degraded, "MachineDeployment is failed"),
    ];
    word(o, 11, "phase", &phases, (Progressing, "Waiting for machines"))
}

fn machine_health_check(o: Node<'_>) -> Judged {
    let healthy = field(o, 6, "currentHealthy")?;
    if healthy.is_nil() {
        return say(Progressing, "");
    }
    say(if field(o, 7, "expectedMachines")?.same(healthy) { Healthy } else { Degraded }, "")
}

fn machine_pool(o: Node<'_>) -> Judged {
    let phase = field(o, 7, "phase")?;
    let (mut code, mut message) = (Progressing, String::new());
    if !phase.is_nil() {
        message = concat(8, &[Text("MachinePool is "), Value(phase)])?;
        code = match phase.text() {
            Some("Running" | "Scaling") => Healthy,
            Some("Failed" | "Unknown") => Degraded,
            _ => Progressing,
        };
    }
    let list = list(o, 21)?;
    let mut extra = String::new();
    if !list.is_nil() {
        for condition in list.each(22)? {
            let kind = condition.get(23, "type")?;
            if kind.is_nil() || !condition.get(23, "status")?.is("False") {
                continue;
            }
            if !extra.is_empty() {
                extra.push_str(", ");
            }
            extra = concat(27, &[Text(&extra), Text("Not "), Value(kind)])?;
            let reason = condition.get(28, "reason")?;
            if !reason.is_nil() {
                extra = concat(29, &[Text(&extra), Text(" ("), Value(reason), Text(")")])?;
            }
        }
    }
    if !extra.is_empty() {
        message = format!("{message}: {extra}");
    }
    say(code, message)
}

fn aws_managed_control_plane(o: Node<'_>) -> Judged {
    let status = o.get(7, "status")?;
    if status.is_nil() {
        return say(Progressing, "Provisioning...");
    }
    let generation = o.path(18, &["metadata", "generation"])?;
    if !generation.is_nil() {
        let observed = status.get(18, "observedGeneration")?;
        if !observed.is_nil() && !observed.same(generation) {
            return say(Progressing, "Waiting for the control plane spec to be reconciled");
        }
    }
    let failure = status.get(31, "failureMessage")?;
    if !failure.is_nil() && !failure.is("") {
        return tell(Degraded, failure);
    }
    let list = status.get(38, "conditions")?;
    if list.is_nil() {
        return say(Progressing, "Provisioning...");
    }
    let updating = rule("EKSControlPlaneUpdating", "True", Progressing, Words("EKS control plane is updating"));
    if let Some(verdict) = scan(list, 47, 48, &[updating])? {
        return Ok(Some(verdict));
    }
    let mut errors: Option<String> = None;
    for condition in list.each(59)? {
        let is = |key: &str, word: &str| Ok::<_, String>(condition.get(61, key)?.is(word));
        if is("type", "Ready")? && is("status", "True")? {
            return say(Healthy, "Control plane is ready");
        }
        if is("status", "False")? && is("severity", "Error")? {
            let before = errors.unwrap_or_default();
            errors = Some(concat(70, &[Text(&before), Value(condition.get(70, "message")?), Text(" ")])?);
        }
    }
    match errors {
        Some(errors) => say(Degraded, errors),
        None if status.get(81, "ready")?.is_bool(false) => say(Progressing, "Control plane is not ready (.status.ready is false)"),
        None => say(Progressing, "Control plane is not ready"),
    }
}

fn coralogix(o: Node<'_>) -> Judged {
    let rules = [rule("RemoteSynced", "True", Healthy, Words("Resource is ready")), rule("RemoteSynced", "False", Degraded, Message)];
    conditions(o, [6, 7, 8], &rules, (Progressing, "Waiting for status to be updated"))
}

fn shoot(o: Node<'_>) -> Judged {
    let labels = o.path(5, &["metadata", "labels"])?;
    let state = if labels.is_nil() { Node::NIL } else { labels.get(5, "shoot.gardener.cloud/status")? };
    match state.text() {
        Some("healthy") => say(Healthy, "Component state: Healthy"),
        Some("progressing") => say(Progressing, "Component state: Update in progress"),
        Some("unhealthy") => say(Degraded, "Component state: Unhealthy"),
        Some("unknown") => say(Unknown, "Component state: Unknown"),
        _ => say(Progressing, "Update in progress"),
    }
}

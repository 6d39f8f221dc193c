//! Groups from `policy.open-cluster-management.io` to `route.openshift.io`, except GitOps Promoter's.

use super::Table;
use super::node::Part::{Text, Value};
use super::node::{Judged, Node, concat, fail, joined, say, tell, tell_or};
use super::rules::{Say::*, field, list, rule, scan};
use crate::argocd::health::status::HealthCode::*;

pub(super) const TABLE: Table = &[
    ("policy.open-cluster-management.io", "CertificatePolicy", certificate_policy),
    ("policy.open-cluster-management.io", "ConfigurationPolicy", configuration_policy),
    ("policy.open-cluster-management.io", "OperatorPolicy", operator_policy),
    ("policy.open-cluster-management.io", "Policy", policy),
    ("policy", "PodDisruptionBudget", pod_disruption_budget),
    ("postgresql.cnpg.io", "Backup", postgres_backup),
    ("postgresql.cnpg.io", "Cluster", postgres_cluster),
    ("postgresql.cnpg.io", "Database", postgres_database),
    ("proclaim.dogmatiq.io", "DNSSDServiceInstance", dns_sd_service_instance),
    ("projectcontour.io", "ExtensionService", extension_service),
    ("projectcontour.io", "HTTPProxy", http_proxy),
    ("psmdb.percona.com", "PerconaServerMongoDB", percona_mongo),
    ("pulumi.com", "Stack", pulumi_stack),
    ("pxc.percona.com", "PerconaXtraDBCluster", percona_xtradb),
    ("rabbitmq.com", "Binding", |o| rabbit(o, "binding")),
    ("rabbitmq.com", "Exchange", |o| rabbit(o, "exchange")),
    ("rabbitmq.com", "Permission", |o| rabbit(o, "permission")),
    ("rabbitmq.com", "Policy", |o| rabbit(o, "policy")),
    ("rabbitmq.com", "Queue", |o| rabbit(o, "queue")),
    ("rabbitmq.com", "RabbitmqCluster", rabbit_cluster),
    ("rabbitmq.com", "Shovel", |o| rabbit(o, "shovel")),
    ("rabbitmq.com", "User", |o| rabbit(o, "user")),
    ("rabbitmq.com", "Vhost", |o| rabbit(o, "vhost")),
    ("rollouts.kruise.io", "Rollout", kruise_rollout),
    ("route.openshift.io", "Route", route),
];

const UNREPORTED: &str = "Waiting for the status to be reported";

fn certificate_policy(o: Node<'_>) -> Judged {
    let compliant = field(o, 2, "compliant")?;
    match compliant.text() {
        None if compliant.is_nil() => say(Progressing, UNREPORTED),
        Some("Compliant") => say(Healthy, "All certificates found comply with the policy"),
        _ => say(Degraded, "At least once certificate does not comply with the policy"),
    }
}

fn configuration_policy(o: Node<'_>) -> Judged {
    let compliant = field(o, 2, "compliant")?;
    if compliant.is_nil() {
        return say(Progressing, UNREPORTED);
    }
    if !field(o, 7, "lastEvaluatedGeneration")?.same(o.path(7, &["metadata", "generation"])?) {
        return say(Progressing, "Waiting for the status to be updated");
    }
    let details = field(o, 17, "compliancyDetails")?;
    if details.is_nil() {
        return say(Progressing, "Waiting for compliance");
    }
    let mut messages = Vec::new();
    for detail in details.each(19)? {
        let list = detail.get(20, "conditions")?;
        if list.is_nil() {
            continue;
        }
        for condition in list.each(21)? {
            let (message, kind) = (condition.get(22, "message")?, condition.get(22, "type")?);
            if !message.is_nil() && !kind.is_nil() {
                messages.push(concat(23, &[Value(kind), Text(" - "), Value(message)])?);
            }
        }
    }
    say(if compliant.is("Compliant") { Healthy } else { Degraded }, messages.join("; "))
}

fn operator_policy(o: Node<'_>) -> Judged {
    let list = list(o, 2)?;
    if list.is_nil() {
        return say(Progressing, UNREPORTED);
    }
    let observed = field(o, 7, "observedGeneration")?;
    if !observed.is_nil() && !observed.same(o.path(7, &["metadata", "generation"])?) {
        return say(Progressing, "Waiting for the status to be updated");
    }
    let rules = [rule("Compliant", "True", Healthy, Message), rule("Compliant", "*", Degraded, Message)];
    match scan(list, 12, 13, &rules)? {
        Some(verdict) => Ok(Some(verdict)),
        None => say(Progressing, "Waiting for the compliance condition"),
    }
}

fn policy(o: Node<'_>) -> Judged {
    if o.path(2, &["spec", "disabled"])?.truthy() {
        return say(Healthy, "Policy is disabled");
    }
    let status = o.get(8, "status")?;
    if status.is_nil() {
        return say(Progressing, UNREPORTED);
    }
    let (compliant, clusters) = (status.get(16, "compliant")?, status.get(16, "status")?);
    if compliant.is_nil() {
        let placement = status.get(16, "placement")?;
        if clusters.is_nil() && !placement.is_nil() && placement.len(16)? > 0 {
            return say(Healthy, "No clusters match this policy");
        }
        return say(Progressing, UNREPORTED);
    }
    let code = if compliant.is("Compliant") { Healthy } else { Degraded };
    let details = status.get(48, "details")?;
    let (noun, last, entries) = match (clusters.is_nil(), details.is_nil()) {
        (false, _) => ("clusters", 46, clusters),
        (true, false) => ("templates", 58, details),
        (true, true) => return say(code, ""),
    };
    let mut guilty = Vec::new();
    for entry in entries.each(last - 8)? {
        if !entry.get(last - 7, "compliant")?.is("Compliant") {
            let keys: &[&str] = if last == 46 { &["clustername"] } else { &["templateMeta", "name"] };
            let name = entry.path(last - 6, keys)?;
            if !name.is_nil() {
                guilty.push(Value(name));
            }
        }
    }
    match guilty.is_empty() {
        true => say(code, format!("All {noun} are compliant")),
        false => say(code, format!("NonCompliant {noun}: {}", joined(last, &guilty, ", ")?)),
    }
}

fn pod_disruption_budget(o: Node<'_>) -> Judged {
    let list = list(o, 8)?;
    let mut verdict = say(Progressing, "Waiting for status");
    if list.is_nil() {
        return verdict;
    }
    for condition in list.each(9)? {
        let (status, reason) = (condition.get(12, "status")?, condition.get(12, "reason")?);
        let says = |line| concat(line, &[Text("PodDisruptionBudget has "), Value(reason)]);
        if status.is("False") && !reason.is("InsufficientPods") {
            return say(Degraded, says(14)?);
        }
        verdict = say(Healthy, says(18)?);
    }
    verdict
}

fn postgres_backup(o: Node<'_>) -> Judged {
    let phase = field(o, 11, "phase")?;
    match phase.text() {
        Some("") => say(Progressing, "Waiting for backup to be processed"),
        None if phase.is_nil() => say(Progressing, "Waiting for backup to be processed"),
        Some("completed") => say(Healthy, "Backup completed"),
        Some("failed" | "walArchivingFailing" | "invalid backup definition") => {
            let error = field(o, 18, "error")?;
            tell(Degraded, if error.truthy() { error } else { phase })
        }
        _ => tell(Progressing, phase),
    }
}

/// Whether a member is reached through tables only; nil as soon as something on the way is nil or false.
pub(super) fn reach<'v>(from: Node<'v>, line: u32, keys: &[&str]) -> Result<Node<'v>, String> {
    keys.iter().try_fold(from, |node, key| if node.truthy() { node.get(line, key) } else { Ok(Node::NIL) })
}

fn postgres_cluster(o: Node<'_>) -> Judged {
    if reach(o, 36, &["metadata", "annotations", "cnpg.io/reconciliationLoop"])?.is("disabled") {
        return say(Suspended, "Cluster reconciliation is suspended");
    }
    let list = list(o, 42)?;
    if list.is_nil() {
        return tell(Progressing, o.path(68, &["status", "phaseReason"])?);
    }
    for (_, condition) in list.pairs(27)? {
        if condition.get(28, "type")?.is("cnpg.io/hibernation") {
            let code = if condition.get(45, "status")?.is("True") { Suspended } else { Degraded };
            return tell(code, condition.get(47, "message")?);
        }
    }
    let code = match field(o, 55, "phase")?.text() {
        Some("Cluster in healthy state") => Healthy,
        Some(
            "Setting up primary"
            | "Creating a new replica"
            | "Upgrading cluster"
            | "Waiting for the instances to become active"
            | "Promoting to primary cluster",
        ) => Progressing,
        Some(
            "Switchover in progress"
            | "Failing over"
            | "Upgrading Postgres major version"
            | "Cluster upgrade delayed"
            | "Waiting for user action"
            | "Primary instance is being restarted in-place"
            | "Primary instance is being restarted without a switchover"
            | "Cluster cannot execute instance online upgrade due to missing architecture binary"
            | "Online upgrade in progress"
            | "Applying configuration",
        ) => Degraded,
        Some(
            "Unable to create required cluster objects"
            | "Cluster cannot proceed to reconciliation due to an unknown plugin being required"
            | "Cluster has incomplete or invalid image catalog"
            | "Cluster is unrecoverable and needs manual intervention",
        ) => Suspended,
        _ => Unknown,
    };
    tell(code, field(o, 58, "phaseReason")?)
}

fn postgres_database(o: Node<'_>) -> Judged {
    const WAITING: &str = "Waiting for CloudNativePG to reconcile Database";
    let status = o.get(6, "status")?;
    if status.is_nil() {
        return say(Progressing, WAITING);
    }
    let metadata = o.get(16, "metadata")?;
    let generation = if metadata.is_nil() { Node::NIL } else { metadata.get(16, "generation")? };
    let observed = generation.is_nil() || status.get(17, "observedGeneration")?.same(generation);
    let (applied, message) = (status.get(19, "applied")?, status.get(21, "message")?);
    if observed && applied.is_bool(true) {
        return tell_or(Healthy, message, "");
    }
    if observed && applied.is_bool(false) {
        return tell_or(Degraded, message, "CloudNativePG failed to apply the Database");
    }
    if message.is_nil() || message.is("") { say(Progressing, WAITING) } else { tell(Progressing, message) }
}

fn dns_sd_service_instance(o: Node<'_>) -> Judged {
    let list = list(o, 6)?;
    let (mut adopted, mut advertised, mut discovered) = (None, None, None);
    if !list.is_nil() {
        for condition in list.each(7)? {
            match condition.get(8, "type")?.text() {
                Some("Adopted") => adopted = Some(condition),
                Some("Advertised") => advertised = Some(condition),
                Some("Discoverable") => discovered = Some(condition),
                _ => {}
            }
        }
    }
    let of = |condition: Option<Node<'_>>, key: &str, word: &str| {
        condition.map_or(Ok::<_, String>(false), |condition| Ok(condition.get(19, key)?.is(word)))
    };
    let (code, condition) = if of(adopted, "status", "False")? {
        (Degraded, adopted)
    } else if of(advertised, "reason", "AdvertiseError")? || of(advertised, "reason", "UnadvertiseError")? {
        (Degraded, advertised)
    } else if of(discovered, "reason", "DiscoveryError")? {
        (Unknown, discovered)
    } else if of(discovered, "status", "True")? {
        (Healthy, discovered)
    } else {
        (Progressing, discovered)
    };
    tell(code, condition.map_or(Ok(Node::NIL), |condition| condition.get(20, "message"))?)
}

fn extension_service(o: Node<'_>) -> Judged {
    let list = reach(o.get(9, "status")?, 10, &["conditions"])?;
    if list.truthy() {
        for condition in list.each(11)? {
            if !o.path(12, &["metadata", "generation"])?.same(condition.get(12, "observedGeneration")?) {
                continue;
            }
            let status = condition.get(13, "status")?;
            if condition.get(13, "type")?.is("Valid") && (status.is("True") || status.is("False")) {
                return tell(if status.is("True") { Healthy } else { Degraded }, condition.get(15, "message")?);
            }
        }
    }
    say(Progressing, "Waiting for status")
}

fn http_proxy(o: Node<'_>) -> Judged {
    let status = o.get(10, "status")?;
    let list = reach(status, 11, &["conditions"])?;
    let description = || status.get(16, "description");
    let mut verdict = say(Progressing, "Waiting for status");
    if list.truthy() {
        for condition in list.each(12)? {
            if !o.path(13, &["metadata", "generation"])?.same(condition.get(13, "observedGeneration")?) {
                continue;
            }
            let (valid, state) = (condition.get(14, "type")?.is("Valid"), condition.get(14, "status")?);
            if valid && state.is("True") {
                return tell(Healthy, description()?);
            }
            let includes = !o.path(18, &["spec", "includes"])?.is_nil();
            if includes && state.is("False") {
                // A later condition may still decide.
                verdict = say(Healthy, "HTTPProxy inclusions cannot be health checked");
            } else if valid && state.is("False") {
                return tell(Degraded, description()?);
            }
        }
    } else if reach(status, 28, &["currentStatus"])?.truthy() {
        return tell(Progressing, description()?);
    }
    verdict
}

/// `ready/size` of Percona's clusters, with words around.
fn ready_of_size(line: u32, status: Node<'_>, before: &str, after: &str) -> Result<String, String> {
    let (ready, size) = (status.get(line, "ready")?, status.get(line, "size")?);
    if before.is_empty() {
        return concat(line, &[Value(ready), Text("/"), Value(size), Text(after)]);
    }
    concat(line, &[Text(before), Value(ready), Text("/"), Value(size), Text(after)])
}

fn percona_mongo(o: Node<'_>) -> Judged {
    let status = o.get(2, "status")?;
    if status.is_nil() {
        return say(Unknown, "Cluster status is unknown");
    }
    let code = match status.get(11, "state")?.text() {
        Some("initializing" | "stopping") => Progressing,
        Some("ready") => Healthy,
        Some("error") => Degraded,
        Some("paused") => Suspended,
        _ => Unknown,
    };
    say(code, ready_of_size(12, status, "", " node(s) are ready")?)
}

fn percona_xtradb(o: Node<'_>) -> Judged {
    let status = o.get(2, "status")?;
    let state = if status.is_nil() { Node::NIL } else { status.get(4, "state")? };
    match state.text() {
        Some("initializing") => say(Progressing, ready_of_size(6, status, "", " node(s) are ready")?),
        Some("ready") => say(Healthy, ready_of_size(12, status, "", " node(s) are ready")?),
        Some("paused") => say(Unknown, "Cluster is paused"),
        Some("stopping") => say(Degraded, ready_of_size(24, status, "Cluster is stopping (", " node(s) are ready)")?),
        Some("error") => {
            let messages = status.get(30, "message")?;
            if messages.kind() != "table" {
                return fail(30, format!("bad argument #1 to concat (table expected, got {})", messages.kind()));
            }
            let messages: Vec<_> = messages.each(30)?.map(Value).collect();
            say(Degraded, format!("Cluster is on error: {}", joined(30, &messages, ", ")?))
        }
        _ => say(
            Unknown,
            "Cluster status is unknown. Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues",
        ),
    }
}

fn pulumi_stack(o: Node<'_>) -> Judged {
    let status = o.get(5, "status")?;
    if status.is_nil() || !status.get(5, "observedGeneration")?.same(o.path(5, &["metadata", "generation"])?) {
        return say(Progressing, "Waiting for the operator to observe the latest spec change");
    }
    let rules = [
        rule("Stalled", "True", Degraded, Message),
        rule("Reconciling", "True", Progressing, Message),
        rule("Ready", "True", Healthy, Message),
    ];
    super::rules::conditions(o, [10, 11, 12], &rules, (Progressing, "Waiting for the stack to be reconciled"))
}

/// What the messaging topology operator manages.
fn rabbit(o: Node<'_>, noun: &str) -> Judged {
    let list = list(o, 2)?;
    if !list.is_nil() {
        for condition in list.each(3)? {
            if !condition.get(4, "type")?.is("Ready") {
                continue;
            }
            match (condition.get(5, "status")?.text(), condition.get(5, "reason")?.text()) {
                (Some("True"), Some("SuccessfulCreateOrUpdate")) => return say(Healthy, format!("RabbitMQ {noun} ready")),
                (Some("False"), Some("FailedCreateOrUpdate")) => {
                    return say(Degraded, format!("RabbitMQ {noun} failed to be created or updated"));
                }
                _ => {}
            }
        }
    }
    say(Unknown, format!("RabbitMQ {noun} status is unknown"))
}

fn rabbit_cluster(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "Waiting for RabbitMQ Operator");
    let list = list(o, 6)?;
    if list.is_nil() {
        return waiting;
    }
    let (mut available, mut replicas, mut reason) = (Node::NIL, Node::NIL, Node::NIL);
    for condition in list.each(8)? {
        let (kind, status) = (condition.get(9, "type")?, condition.get(9, "status")?);
        match kind.text() {
            Some("ReconcileSuccess") if status.is("False") => return tell(Degraded, condition.get(11, "message")?),
            Some("ClusterAvailable") => available = status,
            Some("AllReplicasReady") => (replicas, reason) = (status, condition.get(21, "reason")?),
            _ => {}
        }
    }
    if available.is("Unknown") || replicas.is("Unknown") {
        return say(Progressing, "Waiting for RabbitMQ cluster readiness (conditions unknown)");
    }
    if reason.is("ScaledToZero") && replicas.is("False") && o.path(34, &["spec", "replicas"])?.is_number(0.0) {
        return say(Suspended, "RabbitmqCluster is scaled to 0 replicas");
    }
    match (available.text(), replicas.text()) {
        (Some("False"), _) => say(Progressing, "Waiting for RabbitMQ cluster formation"),
        (_, Some("False")) => say(Progressing, "Waiting for RabbitMQ instances ready"),
        (Some("True"), Some("True")) => say(Healthy, "RabbitMQ cluster ready"),
        _ => waiting,
    }
}

fn kruise_rollout(o: Node<'_>) -> Judged {
    let going = say(Progressing, "Rollout is still progressing");
    if !o.path(3, &["metadata", "generation"])?.same(o.path(3, &["status", "observedGeneration"])?) {
        return going;
    }
    let step = o.path(5, &["status", "canaryStatus", "currentStepState"])?;
    let phase = o.path(5, &["status", "phase"])?;
    match (step.text(), phase.text()) {
        (Some("StepPaused"), Some("Progressing")) => say(Suspended, "Rollout is Paused need manual intervention"),
        (Some("Completed"), Some("Healthy")) => say(Healthy, "Rollout is Completed"),
        (Some("StepPaused"), Some("Terminating" | "Disabled")) => say(Degraded, "Rollout is Disabled or Terminating"),
        _ => going,
    }
}

fn route(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "Route is still getting admitted");
    let ingress = field(o, 3, "ingress")?;
    if ingress.is_nil() {
        return waiting;
    }
    let (mut open, mut refused) = (0_usize, 0_usize);
    let entries = ingress.pairs(7)?;
    for (_, entry) in &entries {
        for (_, condition) in entry.get(10, "conditions")?.pairs(10)? {
            let admitted = condition.get(11, "type")?.is("Admitted");
            let status = condition.get(11, "status")?;
            if admitted {
                open += usize::from(status.is("True"));
                refused += usize::from(status.is("False"));
            }
        }
    }
    match refused {
        _ if open == entries.len() => say(Healthy, "Route is healthy"),
        1.. => say(Degraded, "Route is degraded"),
        0 => waiting,
    }
}

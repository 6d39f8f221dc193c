//! Flux's toolkits from `helm` to `notification`, and the groups from `iammanager.keikoproj.io` to `kiali.io`.

use super::Table;
use super::groups_c::ready;
use super::node::Part::{Text, Value};
use super::node::{Judged, Node, concat, fail, say, tell};
use super::rules::{Say::*, because, conditions, field, held, kind_says, list, or, rule, scan, word};
use crate::argocd::health::status::{HealthCode, HealthCode::*};

pub(super) const TABLE: Table = &[
    ("helm.toolkit.fluxcd.io", "HelmRelease", |o| flux(o, &Flux { needed: 2, succeeding: &["Released", "TestSuccess"], ..FLUX })),
    ("iammanager.keikoproj.io", "Iamrole", iam_role),
    ("image.toolkit.fluxcd.io", "ImagePolicy", |o| {
        let reasons = &["NewGeneration", "AccessingRepository", "ApplyingPolicy"];
        flux(o, &Flux { suspends: false, lines: [3, 7, 8], waiting: "False", reasons: Some(reasons), ..FLUX })
    }),
    ("image.toolkit.fluxcd.io", "ImageRepository", |o| {
        flux(o, &Flux { waiting: "False", reasons: Some(&["NewGeneration", "Scanning"]), ..FLUX })
    }),
    ("image.toolkit.fluxcd.io", "ImageUpdateAutomation", |o| flux(o, &FLUX)),
    ("install.istio.io", "IstioOperator", istio_operator),
    ("jaegertracing.io", "Jaeger", |o| {
        let phases = [("Running", Healthy, "Jaeger is Running"), ("Failed", Degraded, "Jaeger Failed For Some Reason")];
        word(o, 3, "phase", &phases, (Progressing, "Waiting for Jaeger"))
    }),
    ("k8s.keycloak.org", "Keycloak", keycloak),
    ("k8s.mariadb.com", "Backup", mariadb_backup),
    ("k8s.mariadb.com", "Database", |o| mariadb_ready(o, [5, 7, 9])),
    ("k8s.mariadb.com", "Grant", |o| mariadb_ready(o, [4, 6, 8])),
    ("k8s.mariadb.com", "MariaDB", mariadb),
    ("k8s.mariadb.com", "SqlJob", mariadb_job),
    ("k8s.mariadb.com", "User", |o| mariadb_ready(o, [6, 8, 10])),
    ("kafka.banzaicloud.io", "KafkaCluster", kafka_cluster),
    ("kafka.strimzi.io", "Kafka", strimzi_kafka),
    ("kafka.strimzi.io", "KafkaBridge", |o| strimzi(o, "Waiting for KafkaBridge")),
    ("kafka.strimzi.io", "KafkaConnect", |o| strimzi(o, "Waiting for Kafka Connect")),
    ("kafka.strimzi.io", "KafkaConnector", |o| strimzi(o, "Waiting for KafkaConnector")),
    ("kafka.strimzi.io", "KafkaTopic", |o| strimzi(o, "Waiting for Kafka Topic")),
    ("kafka.strimzi.io", "KafkaUser", |o| strimzi(o, "Waiting for Kafka User")),
    ("karpenter.k8s.aws", "EC2NodeClass", |o| {
        let rules = [rule("Ready", "False", Degraded, Message), rule("Ready", "True", Healthy, Words("EC2NodeClass is ready"))];
        conditions(o, [2, 3, 4], &rules, (Progressing, "Waiting for EC2NodeClass to be ready"))
    }),
    ("karpenter.sh", "NodeClaim", node_claim),
    ("karpenter.sh", "NodePool", |o| ready(o, [2, 3, 4], "Waiting for NodePool to be ready")),
    ("keda.sh", "ScaledJob", |o| keda(o, ("Ready", "Unknown"), "Waiting for ScaledJob")),
    ("keda.sh", "ScaledObject", |o| keda(o, ("Fallback", "True"), "Creating HorizontalPodAutoscaler Object")),
    ("kiali.io", "Kiali", kiali),
    ("kustomize.toolkit.fluxcd.io", "Kustomization", |o| flux(o, &FLUX)),
    ("mariadb.mmontes.io", "MariaDB", mariadb),
    ("notification.toolkit.fluxcd.io", "Receiver", |o| flux(o, &Flux { waiting: "False", twice: Degraded, ..FLUX })),
];

fn kiali(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    let rules = [
        rule("Successful", "True", Healthy, Message),
        rule("Failure", "True", Degraded, Message),
        because("Running", "*", "Running", Progressing, Message),
    ];
    if !list.is_nil() {
        for condition in list.each(4)? {
            condition.get(5, "message")?;
            if let Some(rule) = held(&rules, 6, condition)? {
                return rule.verdict(5, condition);
            }
        }
    }
    say(Progressing, "Waiting for Kiali")
}

/// How a Flux kind is judged: conditions on their way and conditions that hold are counted.
struct Flux {
    /// `spec.suspend` counts.
    suspends: bool,
    /// The conditions, the loop, the first look at a condition.
    lines: [u32; 3],
    /// The status of `Ready` that counts as on its way.
    waiting: &'static str,
    /// The reasons for which `Reconciling` counts, all when there are none.
    reasons: Option<&'static [&'static str]>,
    /// Conditions other than `Ready` that count as holding.
    succeeding: &'static [&'static str],
    /// How many must hold.
    needed: usize,
    /// What two on their way mean.
    twice: HealthCode,
}

const FLUX: Flux =
    Flux { suspends: true, lines: [8, 12, 13], waiting: "Unknown", reasons: None, succeeding: &[], needed: 1, twice: Progressing };

fn flux(o: Node<'_>, rules: &Flux) -> Judged {
    if rules.suspends && o.path(2, &["spec", "suspend"])?.is_bool(true) {
        return kind_says(o, 3, Suspended, " is suspended");
    }
    let [line, loop_line, first] = rules.lines;
    let list = list(o, line)?;
    if list.is_nil() {
        return say(Progressing, "Status unknown");
    }
    let (mut on_their_way, mut holding, mut message) = (0, 0, None);
    for condition in list.each(loop_line)? {
        let (kind, status) = (condition.get(first, "type")?, condition.get(first, "status")?);
        let (holds, reason) = (status.is("True"), condition.get(first, "reason")?);
        if kind.is("Ready") {
            holding += usize::from(holds);
            on_their_way += usize::from(status.is(rules.waiting));
            message = Some(reason);
        } else if kind.is("Reconciling") && holds {
            let counts = rules.reasons.is_none_or(|reasons| reasons.iter().any(|word| reason.is(word)));
            on_their_way += usize::from(counts);
        } else if rules.succeeding.iter().any(|word| kind.is(word)) {
            holding += usize::from(holds);
        }
    }
    let code = match (on_their_way, holding) {
        (2, _) => rules.twice,
        (_, holding) if holding == rules.needed => Healthy,
        _ => Degraded,
    };
    tell(code, message.unwrap_or(Node::NIL))
}

fn iam_role(o: Node<'_>) -> Judged {
    let status = o.get(2, "status")?;
    if status.is_nil() {
        return say(Progressing, "Waiting for Iamrole to be reconciled");
    }
    let named = |line, key: &str| Ok::<_, String>(or(status.get(line, key)?, "<none>"));
    let (name, arn, id) = (named(4, "roleName")?, named(5, "roleARN")?, named(6, "roleID")?);
    match status.get(8, "state")?.text() {
        Some("Ready") => {
            let parts = [Text("Role '"), name, Text("' exists with ARN '"), arn, Text("' and ID '"), id, Text("'.")];
            say(Healthy, concat(10, &parts)?)
        }
        Some("Error" | "RolesMaxLimitReached" | "PolicyNotAllowed" | "RoleNameNotAvailable") => {
            let retries = status.get(19, "retryCount")?;
            let mut message = String::from("Failed to reconcile the Iamrole ");
            if !retries.is_nil() && retries.more_than(19, 0.0)? {
                message.push_str(&format!("(retry {}) ", retries.show()));
            }
            let parts = [Text(&message), Text("for role '"), name, Text("' with ARN '"), arn, Text("' and ID '"), id, Text("'.")];
            let mut message = concat(22, &parts)?;
            let error = status.get(23, "errorDescription")?;
            if !error.is_nil() {
                message = concat(24, &[Text(&message), Text(" Reconciliation error was: "), Value(error)])?;
            }
            say(Degraded, message)
        }
        _ => say(Progressing, "Waiting for Iamrole to be reconciled"),
    }
}

fn istio_operator(o: Node<'_>) -> Judged {
    let state = field(o, 3, "status")?;
    let states = [
        ("NONE", Unknown, "Component is not present."),
        ("UPDATING", Progressing, "Component is being updated to a different version."),
        ("RECONCILING", Progressing, "Controller has started but not yet completed reconciliation loop for the component."),
        ("HEALTHY", Healthy, "Component is healthy."),
        ("ERROR", Degraded, "Component is in an error state."),
    ];
    let mut number = 0.0;
    for (word, code, message) in states {
        if state.is(word) || state.is_number(number) {
            return say(code, message);
        }
        number += 1.0;
    }
    say(Progressing, "Waiting for Istio Control Plane")
}

/// Whether a condition goes before another: those without a time go last.
fn earlier(a: Node<'_>, b: Node<'_>) -> Result<bool, String> {
    let a = a.get(14, "lastTransitionTime")?;
    if a.is_nil() {
        return Ok(false);
    }
    let b = b.get(16, "lastTransitionTime")?;
    if b.is_nil() { Ok(true) } else { a.less(20, b) }
}

fn keycloak(o: Node<'_>) -> Judged {
    let list = list(o, 1)?;
    if list.is_nil() {
        return say(Progressing, "Waiting for Keycloak status conditions to exist");
    }
    if list.kind() != "table" {
        return fail(11, format!("bad argument #1 to sort (table expected, got {})", list.kind()));
    }
    // By insertion, as Go sorts short lists: the order of comparisons shows in what fails first.
    let mut sorted: Vec<Node<'_>> = list.each(11)?.collect();
    for at in 1..sorted.len() {
        for right in (1..=at).rev() {
            match (sorted.get(right), sorted.get(right - 1)) {
                (Some(a), Some(b)) if earlier(*a, *b)? => sorted.swap(right, right - 1),
                _ => break,
            }
        }
    }
    for condition in sorted {
        let (kind, holds) = (condition.get(25, "type")?, condition.get(25, "status")?.is("True"));
        if kind.is("Ready") && holds {
            return say(Healthy, "");
        }
        if kind.is("HasErrors") && holds {
            return say(Degraded, concat(33, &[Text("Has Errors: "), Value(condition.get(33, "message")?)])?);
        }
    }
    say(Progressing, "")
}

const NO_STATUS: &str = "No status info available";

/// `reason .. " " .. message`
fn reason_and_message(condition: Node<'_>, line: u32) -> Result<String, String> {
    concat(line, &[Value(condition.get(line, "reason")?), Text(" "), Value(condition.get(line, "message")?)])
}

fn mariadb_backup(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if list.is_nil() {
        return say(Progressing, NO_STATUS);
    }
    let mut message = String::new();
    for condition in list.each(5)? {
        message = reason_and_message(condition, 7)?;
        if condition.get(9, "status")?.is("False") {
            let failed = condition.get(10, "reason")?.is("CronJobScheduled") && condition.get(10, "message")?.is("Failed");
            return say(if failed { Degraded } else { Progressing }, message);
        }
    }
    say(Healthy, message)
}

/// Whatever the last condition before `Ready` said is said when there is no `Ready`.
fn mariadb_ready(o: Node<'_>, lines: [u32; 3]) -> Judged {
    let list = list(o, lines[0])?;
    let mut verdict = say(Progressing, NO_STATUS);
    if !list.is_nil() {
        for condition in list.each(lines[1])? {
            let message = condition.get(lines[2], "message")?;
            if condition.get(lines[2], "type")?.is("Ready") {
                let code = if condition.get(lines[2], "status")?.is("True") { Healthy } else { Degraded };
                return tell(code, message);
            }
            verdict = tell(Progressing, message);
        }
    }
    verdict
}

fn mariadb(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if list.is_nil() {
        return say(Progressing, NO_STATUS);
    }
    let mut message = Node::NIL;
    for condition in list.each(5)? {
        message = condition.get(7, "message")?;
        if condition.get(9, "status")?.is("False") {
            let code = if condition.get(10, "reason")?.is("Failed") { Degraded } else { Progressing };
            return tell(code, message);
        }
    }
    tell(Healthy, message)
}

fn mariadb_job(o: Node<'_>) -> Judged {
    let list = list(o, 5)?;
    let mut message = String::from(NO_STATUS);
    if !list.is_nil() {
        for condition in list.each(7)? {
            message = reason_and_message(condition, 9)?;
            let holds = condition.get(10, "status")?.is("True");
            match condition.get(10, "reason")?.text() {
                Some("JobComplete") if holds => return say(Healthy, message),
                Some("JobFailed") if holds => return say(Degraded, message),
                _ => {}
            }
        }
    }
    say(Progressing, message)
}

fn kafka_cluster(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "Waiting for KafkaCluster");
    let status = o.get(2, "status")?;
    if status.is_nil() {
        return waiting;
    }
    let state = status.get(3, "state")?;
    if state.is("ClusterRollingUpgrading") {
        return say(Progressing, "Kafka Cluster is Rolling Upgrading.");
    }
    let brokers = status.get(8, "brokersState")?;
    if brokers.is_nil() {
        return waiting;
    }
    let mut in_sync = true;
    for (_, broker) in brokers.pairs(11)? {
        let mut fine = broker.get(13, "configurationState")?.is("ConfigInSync");
        if fine {
            let action = broker.path(14, &["gracefulActionState", "cruiseControlState"])?;
            fine = action.is("GracefulUpscaleSucceeded") || action.is("GracefulDownscaleSucceeded");
        }
        in_sync &= fine;
    }
    if !in_sync {
        return say(Degraded, "Broker Config is out of Sync or CruiseControlState is not Ready");
    }
    let topic = status.get(20, "cruiseControlTopicStatus")?;
    if topic.is("CruiseControlTopicReady") && state.is("ClusterRunning") {
        return say(Healthy, "Kafka Brokers, CruiseControl and cluster are in Healthy State.");
    }
    if (topic.is_nil() || topic.is("CruiseControlTopicNotReady")) && state.is("ClusterReconciling") {
        return say(Progressing, "Kafka Cluster is Reconciling.");
    }
    waiting
}

fn strimzi(o: Node<'_>, waiting: &str) -> Judged {
    let rules = [rule("NotReady", "True", Degraded, Message), rule("Ready", "True", Healthy, Words(""))];
    conditions(o, [3, 4, 5], &rules, (Progressing, waiting))
}

fn strimzi_kafka(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if !list.is_nil() {
        for condition in list.each(4)? {
            let (kind, holds) = (condition.get(5, "type")?, condition.get(5, "status")?.is("True"));
            if kind.is("NotReady") && holds && !condition.get(5, "reason")?.is("Creating") {
                return tell(Degraded, condition.get(7, "message")?);
            }
            if kind.is("Ready") && holds {
                return say(Healthy, "");
            }
        }
    }
    say(Progressing, "Waiting for Kafka Cluster")
}

fn node_claim(o: Node<'_>) -> Judged {
    let generation = o.path(2, &["metadata", "generation"])?;
    if !generation.is_nil() {
        let observed = field(o, 2, "observedGeneration")?;
        if !observed.is_nil() && !observed.same(generation) {
            return say(Progressing, "Waiting for NodeClaim spec to be reconciled");
        }
    }
    let list = list(o, 9)?;
    if !list.is_nil() {
        let stages: [(u32, &[_]); 5] = [
            (12, &[rule("Disrupting", "True", Suspended, Message)]),
            (20, &[rule("Ready", "True", Healthy, Message), rule("Ready", "False", Degraded, Message)]),
            (35, &[rule("Initialized", "True", Progressing, Words("Node initialized, waiting for Ready"))]),
            (42, &[rule("Registered", "True", Progressing, Words("Node registered, waiting for initialization"))]),
            (49, &[rule("Launched", "True", Progressing, Words("Node launched, waiting for registration"))]),
        ];
        for (line, rules) in stages {
            if let Some(verdict) = scan(list, line, line + 1, rules)? {
                return Ok(Some(verdict));
            }
        }
    }
    say(Progressing, "Waiting for NodeClaim to be launched")
}

/// The last condition that counts speaks; what else than `Ready=False` degrades differs.
fn keda(o: Node<'_>, degrading: (&str, &str), waiting: &str) -> Judged {
    let (mut healthy, mut degraded, mut suspended, mut message) = (false, false, false, Node::NIL);
    let list = list(o, 6)?;
    if !list.is_nil() {
        for condition in list.each(7)? {
            let (status, kind) = (condition.get(8, "status")?, condition.get(8, "type")?);
            let is = |wanted: (&str, &str)| kind.is(wanted.0) && status.is(wanted.1);
            let flag = if is(("Ready", "False")) || is(degrading) {
                &mut degraded
            } else if is(("Ready", "True")) {
                &mut healthy
            } else if is(("Paused", "True")) {
                &mut suspended
            } else {
                continue;
            };
            *flag = true;
            message = condition.get(9, "message")?;
        }
    }
    match (degraded, healthy, suspended) {
        (true, _, _) => tell(Degraded, message),
        (_, true, false) => tell(Healthy, message),
        (_, true, true) => tell(Suspended, message),
        _ => say(Progressing, waiting),
    }
}

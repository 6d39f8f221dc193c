//! Groups from `_.cnrm.cloud.google.com` to `bitnami.com`, and the wildcards of Crossplane, Upbound, AWS and Google.

use super::Table;
use super::node::Part::{Text, Value};
use super::node::{Judged, Node, concat, empty, say, tell};
use super::rules::{Say::*, conditions, field, generation_differs, kind_says, list, rule, scan};
use crate::argocd::health::status::HealthCode::*;

pub(super) const TABLE: Table = &[
    ("acid.zalan.do", "postgresql", postgresql),
    ("acme.cert-manager.io", "Challenge", challenge),
    ("acme.cert-manager.io", "Order", order),
    ("addons.cluster.x-k8s.io", "ClusterResourceSet", |o| {
        let rules = [
            rule("ResourcesApplied", "True", Healthy, Words("cluster resource set is applied")),
            rule("ResourcesApplied", "False", Degraded, Message),
        ];
        conditions(o, [7, 8, 11], &rules, (Progressing, "Initializing cluster resource set"))
    }),
    ("addons.projectcapsule.dev", "GlobalSopsSecret", |o| observed_ready(o, 14)),
    ("addons.projectcapsule.dev", "SopsProvider", |o| observed_ready(o, 14)),
    ("addons.projectcapsule.dev", "SopsSecret", |o| observed_ready(o, 15)),
    ("apiextensions.k8s.io", "CustomResourceDefinition", custom_resource_definition),
    ("apps.3scale.net", "APIManager", api_manager),
    ("apps.openshift.io", "DeploymentConfig", deployment_config),
    ("astra.netapp.io", "AppVault", app_vault),
    ("astra.netapp.io", "Application", astra_application),
    ("astra.netapp.io", "Backup", astra_state),
    ("astra.netapp.io", "ExecHook", exec_hook),
    ("astra.netapp.io", "ExecHooksRun", astra_state),
    ("astra.netapp.io", "ResourceBackup", astra_state),
    ("astra.netapp.io", "ResticVolumeBackup", astra_state),
    ("astra.netapp.io", "Schedule", astra_schedule),
    ("astra.netapp.io", "Snapshot", astra_state),
    ("argoproj.io", "AnalysisRun", analysis_run),
    ("argoproj.io", "ApplicationSet", application_set),
    ("argoproj.io", "CronWorkflow", cron_workflow),
    ("argoproj.io", "EventBus", event_bus),
    ("argoproj.io", "Experiment", experiment),
    ("argoproj.io", "Rollout", super::rollout::rollout),
    ("batch", "CronJob", cron_job),
    ("beat.k8s.elastic.co", "Beat", beat),
    ("bitnami.com", "SealedSecret", sealed_secret),
];

/// Kinds that match a wildcard: Config Connector, Crossplane, Upbound, AWS Controllers.
pub(super) fn config_connector(o: Node<'_>) -> Judged {
    let status = o.get(5, "status")?;
    if status.is_nil() {
        return say(Progressing, "Update in progress");
    }
    let kind = o.get(7, "kind")?;
    let observed = |line| status.get(line, "observedGeneration");
    let generation = |line| o.path(line, &["metadata", "generation"]);
    if kind.is("ConfigConnector") || kind.is("ConfigConnectorContext") {
        let healthy = status.get(7, "healthy")?;
        if !healthy.is_nil() && (observed(9)?.is_nil() || observed(9)?.same(generation(9)?)) {
            return if healthy.is_bool(true) {
                kind_says(o, 12, Healthy, " is healthy")
            } else {
                kind_says(o, 16, Degraded, " is not healthy")
            };
        }
    }
    let version = o.get(25, "apiVersion")?;
    if version.text().is_some_and(|text| text.starts_with("customize.core.cnrm.cloud.google.com/")) {
        let healthy = status.get(25, "healthy")?;
        let observed = observed(26)?;
        if !healthy.is_nil() && (observed.is_nil() || observed.is_number(0.0) || observed.same(generation(26)?)) {
            return if healthy.is_bool(true) {
                kind_says(o, 29, Healthy, " is healthy")
            } else {
                kind_says(o, 33, Degraded, " is not healthy")
            };
        }
    }
    let list = status.get(39, "conditions")?;
    if !list.is_nil() && (observed(42)?.is_nil() || observed(42)?.same(generation(42)?)) {
        for condition in list.each(43)? {
            let reason = condition.get(46, "reason")?;
            let message = condition.get(46, "message")?;
            if reason.is("UpToDate") && condition.get(46, "status")?.is("True") {
                return tell(Healthy, message);
            }
            if reason.is("UpdateFailed") || reason.is("DependencyNotFound") {
                return tell(Degraded, message);
            }
            if reason.is("DependencyNotReady") {
                return tell(Suspended, message);
            }
        }
    }
    say(Progressing, "Update in progress")
}

/// Kinds of Crossplane that never have conditions.
const WITHOUT_CONDITIONS: &[&str] = &[
    "Composition",
    "CompositionRevision",
    "DeploymentRuntimeConfig",
    "EnvironmentConfig",
    "ImageConfig",
    "ProviderConfig",
    "ProviderConfigUsage",
    "ControllerConfig",
    "StoreConfig",
    "ClusterProviderConfig",
    "ClusterProviderConfigUsage",
];

pub(super) fn crossplane(o: Node<'_>) -> Judged {
    let ready = ["Ready", "Healthy", "Offered", "Established", "ValidPipeline", "RevisionHealthy"];
    provisioned(o, [39, 52, 53], WITHOUT_CONDITIONS, &ready, true)
}

pub(super) fn upbound(o: Node<'_>) -> Judged {
    let without = ["ProviderConfig", "ProviderConfigUsage", "StoreConfig", "ClusterProviderConfig", "ClusterProviderConfigUsage"];
    provisioned(o, [33, 46, 47], &without, &["Ready"], false)
}

/// The last condition that says something decides, except that a failed one ends the search.
fn provisioned(o: Node<'_>, lines: [u32; 3], without: &[&str], ready: &[&str], inactive_is_fine: bool) -> Judged {
    const FINE: &str = "Resource is up-to-date.";
    let list = list(o, lines[0])?;
    let empty = list.is_nil()
        || match list.kind() {
            "table" => list.pairs(lines[0])?.is_empty(),
            other => return super::node::fail(lines[0], format!("bad argument #1 to next (table expected, got {other})")),
        };
    if empty {
        let used = !field(o, lines[0] + 4, "users")?.is_nil();
        let code = if o.get(lines[0] + 1, "kind")?.text().is_some_and(|kind| without.contains(&kind)) { Healthy } else { Progressing };
        return match (code, used) {
            (Healthy, true) => say(Healthy, "Resource is in use."),
            (Healthy, false) => say(Healthy, FINE),
            _ => say(Progressing, "Provisioning ..."),
        };
    }
    let mut fine = false;
    for condition in list.each(lines[1])? {
        let kind = condition.get(lines[2], "type")?;
        let status = condition.get(lines[2], "status")?;
        let among = |names: &[&str]| kind.text().is_some_and(|kind| names.contains(&kind));
        if among(&["LastAsyncOperation", "Synced"]) && status.is("False") {
            return tell(Degraded, condition.get(lines[2], "message")?);
        }
        if among(ready) && status.is("True") {
            fine = true;
        }
        if inactive_is_fine {
            let spec = o.get(68, "spec")?;
            let inactive = spec.is_nil() || !spec.get(68, "state")?.is("Active");
            if kind.is("Established") && condition.get(69, "reason")?.is("InactiveManagedResource") && inactive {
                fine = true;
            }
        }
    }
    if fine { say(Healthy, FINE) } else { say(Progressing, "Provisioning ...") }
}

pub(super) fn aws_controllers(o: Node<'_>) -> Judged {
    let rules = [
        rule("ACK.Terminal", "True", Degraded, Message),
        rule("Ready", "False", Progressing, Message),
        rule("Ready", "True", Healthy, Words("")),
    ];
    conditions(o, [4, 5, 7], &rules, (Progressing, "Waiting for resource to be ready"))
}

fn postgresql(o: Node<'_>) -> Judged {
    let status = field(o, 2, "PostgresClusterStatus")?;
    match status.text() {
        None if status.is_nil() => say(Progressing, "Waiting for postgres cluster status..."),
        Some("Running") => tell(Healthy, status),
        Some("Creating" | "Updating") => tell(Progressing, status),
        _ => tell(Degraded, status),
    }
}

/// Shared by both kinds of ACME: what the state is called, and whether the reason speaks for a state on its way.
fn acme(o: Node<'_>, noun: &str, waiting: &str, reason_speaks: bool) -> Judged {
    let state = field(o, 10, "state")?;
    if state.is_nil() || state.is("") {
        return say(Progressing, waiting);
    }
    if state.is("valid") {
        return say(Healthy, format!("{noun} is valid"));
    }
    let failed = ["invalid", "expired", "errored"].iter().any(|word| state.is(word));
    let code = if failed { Degraded } else { Progressing };
    let reason = field(o, 17, "reason")?;
    if (failed || reason_speaks) && reason.truthy() {
        return tell(code, reason);
    }
    let line = if failed { 17 } else { 20 };
    say(code, concat(line, &[Text(noun), Text(" is "), Value(state)])?)
}

fn challenge(o: Node<'_>) -> Judged {
    acme(o, "Challenge", "Waiting for challenge", true)
}

fn order(o: Node<'_>) -> Judged {
    acme(o, "Order", "Waiting for order", false)
}

/// Capsule's add-ons: nothing counts before the newest generation was seen.
fn observed_ready(o: Node<'_>, first: u32) -> Judged {
    let list = list(o, first)?;
    if list.is_nil() {
        return say(Progressing, "Waiting for status");
    }
    if generation_differs(o, first + 6)? {
        return say(Progressing, "Waiting for reconciliation (generation mismatch)");
    }
    let rules = [
        rule("Ready", "True", Healthy, Message),
        rule("Ready", "False", Degraded, Message),
        rule("Ready", "Unknown", Progressing, Message),
    ];
    match scan(list, first + 13, first + 14, &rules)? {
        Some(verdict) => Ok(Some(verdict)),
        None => say(Progressing, "Waiting for Ready condition"),
    }
}

fn custom_resource_definition(o: Node<'_>) -> Judged {
    if !o.path(4, &["metadata", "deletionTimestamp"])?.is_nil() {
        return say(Progressing, "CRD is terminating");
    }
    let list = o.path(10, &["status", "conditions"])?;
    if list.is_nil() || list.len(16)? == 0 {
        return say(Progressing, "Status conditions not found");
    }
    let mut established = false;
    for (_, condition) in list.pairs(25)? {
        let is = |kind: &str, status: &str| Ok::<_, String>(condition.get(28, "type")?.is(kind) && condition.get(28, "status")?.is(status));
        let with = |line, words: &str| concat(line, &[Text(words), Value(condition.get(line, "message")?)]);
        if is("Terminating", "True")? {
            return say(Progressing, with(30, "CRD is terminating: ")?);
        }
        if is("NamesAccepted", "False")? {
            return say(Degraded, with(37, "CRD names have not been accepted: ")?);
        }
        if is("NonStructuralSchema", "True")? {
            return say(Degraded, with(44, "Schema violations found: ")?);
        }
        if condition.get(49, "type")?.is("Established") {
            if condition.get(50, "status")?.is("True") {
                established = true;
            } else if condition.get(53, "reason")?.is("InvalidCABundle") {
                return say(Degraded, with(55, "CRD is not established: ")?);
            } else if condition.get(57, "reason")?.is("Installing") {
                return say(Progressing, "CRD is being installed");
            }
        }
    }
    if established { say(Healthy, "CRD is healthy") } else { say(Progressing, "CRD is not established") }
}

fn api_manager(o: Node<'_>) -> Judged {
    const WAITING: &str = "Waiting for 3scale APIManager status...";
    let status = o.get(3, "status")?;
    if status.is_nil() {
        return say(Progressing, WAITING);
    }
    let deployments = status.get(4, "deployments")?;
    if !deployments.is_nil() {
        let has = |line, key: &str| deployments.get(line, key).map(|node| !node.is_nil());
        let (ready, starting, stopped) = (has(6, "ready")?, has(7, "starting")?, has(8, "stopped")?);
        if ready && !starting && !stopped {
            return say(Healthy, "3scale APIManager is available");
        }
    }
    let list = status.get(21, "conditions")?;
    if !list.is_nil() {
        for condition in list.each(22)? {
            if condition.get(23, "type")?.is("Available") {
                let reason = condition.get(28, "reason")?;
                if condition.get(24, "status")?.is("True") {
                    return say(Healthy, "3scale APIManager is available");
                } else if !reason.is_nil() && !reason.is("") {
                    return say(Degraded, concat(29, &[Text("3scale APIManager is degraded: "), Value(reason)])?);
                }
            }
        }
    }
    say(Progressing, WAITING)
}

fn deployment_config(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "replication controller is waiting for pods to run");
    let (list, replicas) = (list(o, 3)?, field(o, 3, "replicas")?);
    if list.is_nil() || replicas.is_nil() {
        return waiting;
    }
    let mut holding = 0;
    for (_, condition) in list.pairs(5)? {
        let kind = condition.get(6, "type")?;
        let rolled = kind.is("Progressing") && condition.get(6, "reason")?.is("NewReplicationControllerAvailable");
        if (kind.is("Available") || rolled) && condition.get(6, "status")?.is("True") {
            holding += 1;
        }
    }
    match holding {
        _ if replicas.is_number(0.0) || holding == 2 => say(Healthy, "replication controller successfully rolled out"),
        1 => waiting,
        _ => say(Degraded, "Deployment config is degraded"),
    }
}

fn app_vault(o: Node<'_>) -> Judged {
    let state = field(o, 3, "state")?;
    match state.text() {
        Some("available" | "Available") => kind_says(o, 6, Healthy, " Available"),
        Some("failed" | "Failed") => kind_says(o, 9, Degraded, " Failed"),
        _ => say(Progressing, "No status available"),
    }
}

fn astra_application(o: Node<'_>) -> Judged {
    let list = list(o, 3)?;
    if !list.is_nil() {
        for condition in list.each(4)? {
            if !condition.get(5, "type")?.is("Ready") {
                continue;
            }
            let status = condition.get(5, "status")?;
            if status.is("True") {
                let protection = field(o, 7, "protectionState")?;
                return say(Healthy, concat(7, &[Text("Astra Application Ready, protectionState: "), Value(protection)])?);
            }
            if status.is("False") {
                let message = condition.get(11, "message")?;
                return say(Degraded, concat(11, &[Text("Astra Application Degraded, message: "), Value(message)])?);
            }
        }
    }
    say(Progressing, "No status available")
}

fn astra_state(o: Node<'_>) -> Judged {
    let state = field(o, 3, "state")?;
    match state.text() {
        None if state.is_nil() => say(Progressing, "No status available"),
        Some("Completed") => kind_says(o, 6, Healthy, " Completed"),
        Some("Running") => kind_says(o, 9, Progressing, " Running"),
        _ => tell(Degraded, state),
    }
}

fn exec_hook(o: Node<'_>) -> Judged {
    let spec = o.get(2, "spec")?;
    let enabled = if spec.is_nil() { Node::NIL } else { spec.get(3, "enabled")? };
    if enabled.is_bool(true) {
        kind_says(o, 6, Healthy, " enabled")
    } else if enabled.is_bool(false) {
        kind_says(o, 9, Suspended, " disabled")
    } else {
        say(Progressing, "No status available")
    }
}

fn astra_schedule(o: Node<'_>) -> Judged {
    let last = field(o, 3, "lastScheduleTime")?;
    if last.is_nil() {
        return say(Healthy, "Protection policy not yet executed");
    }
    say(Healthy, concat(4, &[Text("Protection policy lastScheduleTime: "), Value(last)])?)
}

fn analysis_run(o: Node<'_>) -> Judged {
    if o.get(11, "status")?.is_nil() {
        return say(Progressing, "Waiting for analysis run to finish: status has not been reconciled.");
    }
    let phase = field(o, 11, "phase")?;
    let (code, default) = match phase.text() {
        Some("Pending" | "Running") => return say(Progressing, "Analysis run is running"),
        Some("Successful") => (Healthy, "Analysis run completed successfully"),
        Some("Failed") => (Degraded, "Analysis run failed"),
        Some("Error") => (Degraded, "Analysis run had an error"),
        Some("Inconclusive") => (Unknown, "Analysis run was inconclusive"),
        _ => return empty(),
    };
    let message = field(o, 21, "message")?;
    if message.is_nil() { say(code, default) } else { tell(code, message) }
}

fn experiment(o: Node<'_>) -> Judged {
    if o.get(2, "status")?.is_nil() {
        return say(Progressing, "Waiting for experiment to finish: status has not been reconciled.");
    }
    match field(o, 3, "phase")?.text() {
        Some("Pending") => say(Progressing, "Experiment is pending"),
        Some("Running") => say(Progressing, "Experiment is running"),
        Some("Successful") => say(Healthy, "Experiment is successful"),
        Some("Failed") => say(Degraded, "Experiment has failed"),
        Some("Error") => say(Degraded, "Experiment had an error"),
        _ => empty(),
    }
}

fn application_set(o: Node<'_>) -> Judged {
    let list = list(o, 4)?;
    if !list.is_nil() {
        let passes = [
            (5, "ErrorOccurred", "True", Degraded),
            (12, "ResourcesUpToDate", "False", Degraded),
            (19, "RolloutProgressing", "True", Progressing),
            (26, "ResourcesUpToDate", "True", Healthy),
        ];
        for (line, kind, status, code) in passes {
            for (_, condition) in list.pairs(line)? {
                if condition.get(line + 1, "type")?.is(kind) && condition.get(line + 1, "status")?.is(status) {
                    return tell(code, condition.get(line + 3, "message")?);
                }
            }
        }
    }
    say(Progressing, "Waiting for the status to be reported")
}

fn cron_workflow(o: Node<'_>) -> Judged {
    let list = list(o, 4)?;
    if !list.is_nil() {
        for (_, condition) in list.pairs(5)? {
            let kind = condition.get(6, "type")?;
            let holds = condition.get(6, "status")?.is("True");
            if holds && (kind.is("SpecError") || kind.is("SubmissionError")) {
                return tell(Degraded, condition.get(8, "message")?);
            }
            if holds && kind.is("Completed") {
                return tell(Healthy, condition.get(16, "message")?);
            }
        }
    }
    say(Healthy, "CronWorkflow is healthy.")
}

fn event_bus(o: Node<'_>) -> Judged {
    let list = list(o, 4)?;
    if !list.is_nil() {
        for condition in list.each(5)? {
            let kind = condition.get(6, "type")?;
            let code = match condition.get(6, "status")?.text() {
                Some("False") => Degraded,
                Some("True") => Healthy,
                _ => continue,
            };
            if kind.is("Deployed") {
                let message = condition.get(8, "message")?;
                return tell(code, if message.truthy() { message } else { condition.get(8, "reason")? });
            }
        }
    }
    say(Progressing, "Waiting for initialization")
}

fn cron_job(o: Node<'_>) -> Judged {
    if o.path(3, &["spec", "suspend"])?.is_bool(true) {
        return say(Healthy, "CronJob is Suspended");
    }
    let status = o.get(11, "status")?;
    if status.is_nil() {
        return say(Progressing, "Waiting for CronJob");
    }
    let (scheduled, succeeded) = (status.get(12, "lastScheduleTime")?, status.get(12, "lastSuccessfulTime")?);
    if scheduled.is_nil() {
        return say(Healthy, "CronJob has not been scheduled yet");
    }
    if succeeded.is_nil() {
        return say(Healthy, "The CronJob never completed successfully. It may not be healthy");
    }
    let active = status.get(27, "active")?;
    if !active.is_nil() {
        if active.kind() != "table" {
            return super::node::fail(27, format!("bad argument #1 to getn (table expected, got {})", active.kind()));
        }
        if active.len(27)? > 0 {
            return say(Healthy, "The job is running. Its last execution may not have been successful");
        }
    }
    if succeeded.less(35, scheduled)? {
        return say(Degraded, "CronJob has not completed its last execution successfully");
    }
    say(Healthy, "CronJob has completed its last execution successfully")
}

fn beat(o: Node<'_>) -> Judged {
    let (health, expected) = (field(o, 3, "health")?, field(o, 3, "expectedNodes")?);
    if health.is_nil() && expected.is_nil() {
        return unknown_beat();
    }
    match health.text() {
        None if health.is_nil() => say(Progressing, "Elastic Beat phase is progressing"),
        Some("red") => say(Degraded, "Elastic Beat status is Red"),
        Some("green") => say(Healthy, "Elastic Beat status is Green"),
        Some("yellow") => {
            let available = field(o, 13, "availableNodes")?;
            if available.is_nil() || expected.is_nil() {
                return say(Progressing, "Elastic Beat phase is progressing");
            }
            let parts = [
                Text("Elastic Beat status is deploying, there is "),
                Value(available),
                Text(" instance(s) on "),
                Value(expected),
                Text(" expected"),
            ];
            say(Progressing, concat(15, &parts)?)
        }
        _ => unknown_beat(),
    }
}

fn unknown_beat() -> Judged {
    say(
        Unknown,
        "Elastic Beat status is unknown. Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues",
    )
}

fn sealed_secret(o: Node<'_>) -> Judged {
    let waiting = say(Progressing, "Waiting for Sealed Secret to be decrypted");
    let metadata = o.get(7, "metadata")?;
    if metadata.is_nil() || metadata.get(7, "generation")?.is_nil() || o.get(7, "status")?.is_nil() {
        return waiting;
    }
    if !field(o, 8, "observedGeneration")?.same(metadata.get(8, "generation")?) {
        return waiting;
    }
    let list = list(o, 12)?;
    if !list.is_nil() {
        let rules = [rule("Synced", "False", Degraded, Message), rule("Synced", "True", Healthy, Message)];
        if let Some(verdict) = scan(list, 13, 14, &rules)? {
            return Ok(Some(verdict));
        }
    }
    waiting
}

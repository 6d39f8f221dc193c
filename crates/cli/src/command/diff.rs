//! `lofting diff` and `lofting explain`.

use std::path::PathBuf;

use clap::Args;
use lofting::Value;
use lofting::argocd::diff::{changes, mask_secret};
use lofting::argocd::status::{self, Cluster, ResourceStatus};
use lofting::platform::snapshot::Snapshot;
use serde_json::json;

use super::plan::project;
use crate::cli::Format;
use crate::documents::{self, brief, kind, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

/// Compare manifests with live objects as Argo CD does: defaults, known types and ignore rules count. Exits with 1 when
/// something differs.
#[derive(Debug, Args)]
pub(crate) struct DiffCommand {
    #[command(flatten)]
    pair: Pair,
    /// Show the fields that rules leave out, and the rules
    #[arg(long)]
    show_ignored: bool,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

/// Say in words why resources are OutOfSync, or why they are not.
#[derive(Debug, Args)]
pub(crate) struct ExplainCommand {
    #[command(flatten)]
    pair: Pair,
    /// These alone: KIND/NAME or NAME
    #[arg(long, value_name = "RESOURCE")]
    resource: Vec<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

/// What is compared.
#[derive(Debug, Args)]
struct Pair {
    /// Rendered manifests: files, directories, or - for stdin
    #[arg(required = true)]
    targets: Vec<PathBuf>,
    /// The cluster's objects, as `kubectl get -o yaml` prints them
    #[arg(long, value_name = "PATH", required = true)]
    live: Vec<PathBuf>,
    /// The Application, with its tracking, ignoreDifferences and destination; FILE#NAME picks one of several
    #[arg(long, value_name = "FILE")]
    app: Option<PathBuf>,
    /// The AppProject; default the one among the live objects
    #[arg(long, value_name = "FILE", requires = "app")]
    project: Option<PathBuf>,
}

impl DiffCommand {
    pub(crate) fn run(self) -> Outcome {
        let answer = self.pair.compare()?;
        match output::data(self.output, &answer) {
            Some(data) => output::text(&data)?,
            None => human(&answer, self.show_ignored)?,
        }
        Ok(Exit::of(differs(&answer)))
    }
}

impl ExplainCommand {
    pub(crate) fn run(self) -> Outcome {
        let mut answer = self.pair.compare()?;
        if !self.resource.is_empty() {
            let wanted = |row: &Value| {
                let (kind, name) = (text(row, "/kind"), text(row, "/name"));
                self.resource.iter().any(|one| one == name || *one == format!("{kind}/{name}"))
            };
            if let Some(rows) = answer.get_mut("resources").and_then(Value::as_array_mut) {
                rows.retain(wanted);
                if rows.is_empty() {
                    return Err(Failure::Usage(format!("there is no resource {} here", self.resource.join(", "))));
                }
            }
        }
        match output::data(self.output, &answer) {
            Some(data) => output::text(&data)?,
            None => explain(&answer)?,
        }
        Ok(Exit::of(differs(&answer)))
    }
}

fn differs(answer: &Value) -> bool {
    list(answer, "/resources").iter().any(|row| text(row, "/status") == "OutOfSync")
}

impl Pair {
    fn compare(&self) -> Result<Value, Failure> {
        let targets = documents::targets(&self.targets)?;
        let live = documents::objects(&self.live)?;
        match &self.app {
            Some(path) => self.application(&documents::one(path, "Application")?, &targets, &live),
            None => plain(&targets, &live),
        }
    }

    /// The whole Application, as the controller compares it.
    fn application(&self, application: &Value, targets: &[Value], live: &[Value]) -> Result<Value, Failure> {
        let project = project(self.project.as_ref(), application, live)?;
        let snapshot = Snapshot::new(live, targets.iter(), &[]);
        let namespace = text(application, "/spec/destination/namespace");
        let objects = snapshot.matter(name(application), namespace, targets, project.as_ref());
        let (server, cluster_name) = (text(application, "/spec/destination/server"), text(application, "/spec/destination/name"));
        // The user says that the snapshot is of the Application's cluster, whichever it is.
        let cluster = snapshot.cluster(if server.is_empty() { cluster_name } else { server }).unwrap_or_else(|| Cluster {
            server: server.to_owned(),
            name: cluster_name.to_owned(),
            ..Cluster::default()
        });
        let request = status::Request {
            application: Some(application),
            targets,
            live: &objects,
            settings: snapshot.settings.clone(),
            project: project.as_ref(),
            cluster,
            scopes: snapshot.scopes(),
            predicted_live: Default::default(),
            crds: &snapshot.crds,
        };
        let comparison = status::compare(&request)?;
        let conditions: Vec<String> =
            comparison.conditions.iter().map(|condition| format!("{}: {}", condition.ty, condition.message)).collect();
        let resources = comparison.resources.iter().map(resource).collect::<Result<Vec<_>, _>>()?;
        Ok(json!({
            "application": name(application),
            "sync": comparison.sync,
            "health": {"status": comparison.health.status, "message": comparison.health.message()},
            "conditions": conditions,
            "resources": resources,
        }))
    }
}

fn resource(one: &ResourceStatus<'_>) -> Result<Value, Failure> {
    let counts = one.status == "OutOfSync" && !one.requires_pruning;
    let rows = if counts {
        fields(&one.kind, &one.group, &one.diff.normalized_live, &one.diff.predicted_live, one.live.as_deref())?
    } else {
        Vec::new()
    };
    let ignored: Vec<Value> = one
        .diff
        .ignored
        .iter()
        .map(|row| {
            let side = if row.live { "live" } else { "target" };
            json!({"path": row.removed.path, "side": side, "rule": row.removed.source.to_string(), "expression": row.removed.expression})
        })
        .collect();
    Ok(json!({
        "group": one.group, "kind": one.kind, "namespace": one.namespace, "name": one.name,
        "status": one.status,
        "health": one.health.as_ref().map(|health| json!({"status": health.status, "message": health.message})),
        "hook": one.hook,
        "requiresPruning": one.requires_pruning,
        "changes": rows,
        "ignored": ignored,
    }))
}

/// The fields that differ; what a Secret holds is masked as Argo CD masks it.
fn fields(kind: &str, group: &str, normalized: &Value, predicted: &Value, live: Option<&Value>) -> Result<Vec<Value>, Failure> {
    let secret = kind == "Secret" && group.is_empty();
    let (mut before, mut after) = (normalized.clone(), predicted.clone());
    if secret {
        let some = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        let (target, masked) = mask_secret(some(predicted).as_ref(), some(normalized).as_ref(), &[])?;
        (before, after) = (masked.unwrap_or_default(), target.unwrap_or_default());
    }
    let rows = changes(&before, &after, if secret { None } else { live });
    Ok(rows
        .into_iter()
        .map(|change| {
            let whole = change.path.is_empty();
            let mut row = json!({"path": change.path, "cause": change.cause.to_string()});
            if let (Some(before), false) = (change.before, whole) {
                row["before"] = before;
            }
            if let (Some(after), false) = (change.after, whole) {
                row["after"] = after;
            }
            row
        })
        .collect())
}

/// Object by object, with no Application: each manifest against the live object of its kind, namespace and name.
fn plain(targets: &[Value], live: &[Value]) -> Result<Value, Failure> {
    let group = |object: &Value| text(object, "/apiVersion").rsplit_once('/').map_or(String::new(), |(group, _)| group.to_owned());
    let crds: Vec<&Value> = live.iter().chain(targets).filter(|object| kind(object) == "CustomResourceDefinition").collect();
    let settings =
        live.iter().find(|object| kind(object) == "ConfigMap" && name(object) == "argocd-cm").and_then(|object| object.get("data"));
    let mut rows = Vec::new();
    for target in targets {
        let space = text(target, "/metadata/namespace");
        let twins: Vec<&Value> = live
            .iter()
            .filter(|object| kind(object) == kind(target) && name(object) == name(target) && group(object) == group(target))
            .filter(|object| space.is_empty() || text(object, "/metadata/namespace") == space)
            .collect();
        if let [_, _, ..] = twins.as_slice() {
            let spaces: Vec<&str> = twins.iter().map(|twin| text(twin, "/metadata/namespace")).collect();
            let what = format!("{}/{}", kind(target), name(target));
            return Err(Failure::Usage(format!(
                "{what} names no namespace and lives in {}; give the Application with --app",
                spaces.join(", ")
            )));
        }
        let twin = twins.first().copied();
        if hook(target) {
            continue;
        }
        let target = &tracked(target, twin);
        let answer = documents::call("diff.compare", json!({"target": target, "live": twin, "settings": settings, "crds": crds}))?;
        let modified = answer.get("modified") == Some(&Value::Bool(true)) || twin.is_none();
        let null = Value::Null;
        let part = |key: &str| answer.get(key).unwrap_or(&null);
        let changes = match twin {
            None => vec![json!({"path": "", "cause": "not in the cluster"})],
            Some(_) if modified => fields(kind(target), &group(target), part("normalizedLive"), part("predictedLive"), twin)?,
            Some(_) => Vec::new(),
        };
        let space = twin.map_or(space, |twin| text(twin, "/metadata/namespace"));
        rows.push(json!({
            "group": group(target), "kind": kind(target), "namespace": space, "name": name(target),
            "status": if modified { "OutOfSync" } else { "Synced" },
            "requiresPruning": false,
            "changes": changes,
            "ignored": part("ignored"),
        }));
    }
    Ok(json!({"resources": rows}))
}

/// Hooks are made anew at each sync and never compared.
fn hook(target: &Value) -> bool {
    let annotations = target.pointer("/metadata/annotations").and_then(Value::as_object);
    annotations.is_some_and(|annotations| annotations.contains_key("argocd.argoproj.io/hook") || annotations.contains_key("helm.sh/hook"))
}

/// The target with the tracking that the controller has written, whichever Application it is of.
fn tracked(target: &Value, live: Option<&Value>) -> Value {
    const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";
    let mut target = target.clone();
    let id = live.and_then(|live| live.pointer("/metadata/annotations")?.get(TRACKING_ID));
    if let (Some(id), Some(metadata)) = (id, target.get_mut("metadata").and_then(Value::as_object_mut)) {
        let annotations = metadata.entry("annotations").or_insert(Value::Null);
        if annotations.is_null() {
            *annotations = json!({});
        }
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.entry(TRACKING_ID).or_insert_with(|| id.clone());
        }
    }
    target
}

fn key(row: &Value) -> String {
    let parts = ["/group", "/kind", "/namespace", "/name"].map(|pointer| text(row, pointer));
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/")
}

fn heading(answer: &Value) -> std::io::Result<()> {
    let app = text(answer, "/application");
    if app.is_empty() {
        return Ok(());
    }
    let sync = text(answer, "/sync");
    let style = if sync == "Synced" { GOOD } else { WARN };
    let message = text(answer, "/health/message");
    let why = if message.is_empty() { String::new() } else { format!(": {message}") };
    output::line(&format!("{} {}, {}{why}", styled(BOLD, app), styled(style, sync), text(answer, "/health/status")))?;
    for condition in list(answer, "/conditions").iter().filter_map(Value::as_str) {
        output::line(&format!("  {} {condition}", styled(WARN, "condition")))?;
    }
    Ok(())
}

fn human(answer: &Value, show_ignored: bool) -> std::io::Result<()> {
    heading(answer)?;
    let (mut same, mut different) = (0, 0);
    for row in list(answer, "/resources") {
        let out = text(row, "/status") == "OutOfSync";
        if out {
            different += 1;
            sides(row)?;
        } else {
            same += 1;
        }
        let ignored = list(row, "/ignored");
        if show_ignored && !ignored.is_empty() {
            if !out {
                output::line(&styled(DIM, format!("= {}", key(row))))?;
            }
            for rule in ignored {
                output::line(&styled(
                    DIM,
                    format!(
                        "    left out of {}: {} ({} {})",
                        text(rule, "/side"),
                        text(rule, "/path"),
                        text(rule, "/rule"),
                        text(rule, "/expression")
                    ),
                ))?;
            }
        }
    }
    output::line(&styled(BOLD, format!("{different} differ, {same} do not")))
}

fn sides(row: &Value) -> std::io::Result<()> {
    if row.get("requiresPruning") == Some(&Value::Bool(true)) {
        return output::line(&format!("{} {}: not in Git any more, would be pruned", styled(BAD, "-"), key(row)));
    }
    if let [change] = list(row, "/changes")
        && text(change, "/path").is_empty()
    {
        return output::line(&format!("{} {}: {}", styled(GOOD, "+"), key(row), text(change, "/cause")));
    }
    output::line(&format!("{} {}", styled(WARN, "≠"), styled(BOLD, key(row))))?;
    for change in list(row, "/changes") {
        output::line(&format!("    {}  {}", text(change, "/path"), styled(DIM, text(change, "/cause"))))?;
        if let Some(before) = change.get("before") {
            output::line(&format!("      {} {}", styled(BAD, "live -"), brief(before)))?;
        }
        if let Some(after) = change.get("after") {
            output::line(&format!("      {} {}", styled(GOOD, "Git  +"), brief(after)))?;
        }
    }
    Ok(())
}

fn explain(answer: &Value) -> std::io::Result<()> {
    heading(answer)?;
    for row in list(answer, "/resources") {
        let status = text(row, "/status");
        let style = if status == "OutOfSync" { WARN } else { GOOD };
        let status = if status.is_empty() { "does not count: a hook, or outside of what Argo CD compares" } else { status };
        output::line(&format!("{}: {}", styled(BOLD, key(row)), styled(style, status)))?;
        if row.get("requiresPruning") == Some(&Value::Bool(true)) {
            output::line("  The cluster has it and says that this Application owns it, but it is no longer among the manifests.")?;
            output::line("  To make it Synced: sync with pruning, or bring the manifest back.")?;
        }
        for change in list(row, "/changes") {
            for sentence in reason(change) {
                output::line(&format!("  {sentence}"))?;
            }
        }
        for rule in list(row, "/ignored") {
            let sentence = format!(
                "{} in the {} object does not count: {} {}",
                text(rule, "/path"),
                text(rule, "/side"),
                text(rule, "/rule"),
                text(rule, "/expression")
            );
            output::line(&styled(DIM, format!("  {}", sentence.trim_end())))?;
        }
    }
    Ok(())
}

/// What differs, and what would end it.
fn reason(change: &Value) -> Vec<String> {
    let (path, cause) = (text(change, "/path"), text(change, "/cause"));
    if path.is_empty() {
        return vec![format!("The whole object is {cause}."), "To make it Synced: sync; it would be created.".into()];
    }
    let side = |key: &str| change.get(key).map_or_else(|| "nothing".to_owned(), brief);
    let what = format!("{path}: the cluster has {}, a sync would leave {} ({cause}).", side("before"), side("after"));
    let remedy = if cause.starts_with("set in the cluster") {
        format!("To make it Synced: sync, or write the live value into Git, or leave {path} to that manager with ignoreDifferences.")
    } else {
        "To make it Synced: sync.".to_owned()
    };
    vec![what, remedy]
}

//! `lofting plan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lofting::Value;
use lofting::platform::snapshot::Snapshot;
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, kind, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

/// Play a sync of an Application through: what happens in which order, what waits for what, and how it ends. Exits with 1
/// when the sync would not succeed, or something about it is doubtful.
#[derive(Debug, Args)]
pub(crate) struct PlanCommand {
    /// The Application; FILE#NAME picks one of several
    app: PathBuf,
    /// Its rendered manifests: files, directories, or - for stdin
    #[arg(required = true)]
    targets: Vec<PathBuf>,
    /// The cluster's objects, as `kubectl get -o yaml` prints them
    #[arg(long, value_name = "PATH")]
    live: Vec<PathBuf>,
    /// The AppProject; default the one among the live objects, else everything is allowed
    #[arg(long, value_name = "FILE")]
    project: Option<PathBuf>,
    /// What happens meanwhile: health, errors, deletePasses, maxPasses and so on, as sync.plan reads them
    #[arg(long, value_name = "FILE")]
    assume: Option<PathBuf>,
    /// When the sync starts (RFC 3339)
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Prune what Git no longer has, whatever the Application says
    #[arg(long)]
    prune: bool,
    /// Sync these alone
    #[arg(long, value_name = "[GROUP/]KIND/[NAMESPACE/]NAME")]
    selected: Vec<String>,
    /// A cluster that Argo CD knows; without any the Application's destination is taken to be known
    #[arg(long, value_name = "NAME=SERVER")]
    cluster: Vec<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Drawing::Human)]
    output: Drawing,
}

/// How to write a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Drawing {
    /// For people at a terminal
    Human,
    /// The wire answer
    Json,
    /// The wire answer as YAML
    Yaml,
    /// A Mermaid graph
    Mermaid,
    /// A Graphviz graph
    Dot,
}

impl PlanCommand {
    pub(crate) fn run(self) -> Outcome {
        let request = self.request()?;
        if let Drawing::Mermaid | Drawing::Dot = self.output {
            let graph = documents::call("sync.graph", request)?;
            output::text(text(&graph, if self.output == Drawing::Dot { "/dot" } else { "/mermaid" }))?;
            return Ok(Exit::Clean);
        }
        let answer = documents::call("sync.plan", request)?;
        match self.output {
            Drawing::Json => output::text(&output::data(Format::Json, &answer).unwrap_or_default())?,
            Drawing::Yaml => output::text(&output::data(Format::Yaml, &answer).unwrap_or_default())?,
            _ => human(&answer)?,
        }
        let doubtful = list(&answer, "/diagnostics").iter().any(|finding| text(finding, "/severity") != "info");
        Ok(Exit::of(doubtful || text(&answer, "/final/phase") != "Succeeded"))
    }

    fn request(&self) -> Result<Value, Failure> {
        let application = documents::one(&self.app, "Application")?;
        let targets = documents::targets(&self.targets)?;
        let live = documents::objects(&self.live)?;
        let mut assume = match &self.assume {
            Some(path) => documents::document(path)?,
            None => json!({}),
        };
        if let (Some(at), Some(members)) = (&self.at, assume.as_object_mut()) {
            members.insert("start".into(), documents::instant(Some(at))?.into());
        }
        let project = project(self.project.as_ref(), &application, &live)?;
        let snapshot = Snapshot::new(&live, targets.iter(), &[]);
        let mut world = snapshot.matter(name(&application), text(&application, "/spec/destination/namespace"), &targets, project.as_ref());
        world.extend(
            live.iter().filter(|object| kind(object) == "CustomResourceDefinition" && !world.contains(object)).cloned().collect::<Vec<_>>(),
        );
        world.extend(snapshot.definitions().iter().cloned());
        let mut request = json!({"application": application, "targets": targets, "live": world, "revision": "", "assume": assume});
        if let Some(project) = project {
            request["project"] = project;
        }
        request["clusters"] = self.clusters(&request["application"])?;
        if self.prune || !self.selected.is_empty() {
            request["operation"] = self.operation(&request["application"])?;
        }
        Ok(request)
    }

    /// The clusters that are given, else the one of the destination.
    fn clusters(&self, application: &Value) -> Result<Value, Failure> {
        let mut clusters = Vec::new();
        for entry in &self.cluster {
            let parts = entry.split_once('=').ok_or_else(|| Failure::Usage(format!("--cluster {entry}: wanted NAME=SERVER")))?;
            clusters.push(json!({"name": parts.0, "server": parts.1}));
        }
        if self.cluster.is_empty() {
            let remote = lofting::argocd::sync::remote_cluster(application).into_iter();
            clusters.extend(remote.map(|cluster| json!({"name": cluster.name, "server": cluster.server})));
        }
        Ok(Value::Array(clusters))
    }

    fn operation(&self, application: &Value) -> Result<Value, Failure> {
        let automated = application.pointer("/spec/syncPolicy/automated/prune") == Some(&Value::Bool(true));
        let mut sync = json!({"prune": self.prune || automated});
        if let Some(options) = application.pointer("/spec/syncPolicy/syncOptions") {
            sync["syncOptions"] = options.clone();
        }
        let mut resources = Vec::new();
        for written in &self.selected {
            let parts: Vec<&str> = written.split('/').collect();
            resources.push(match parts.as_slice() {
                [kind, name] => json!({"kind": kind, "name": name}),
                [group, kind, name] if group.contains('.') || group.chars().all(char::is_lowercase) => {
                    json!({"group": group, "kind": kind, "name": name})
                }
                [kind, namespace, name] => json!({"kind": kind, "namespace": namespace, "name": name}),
                [group, kind, namespace, name] => json!({"group": group, "kind": kind, "namespace": namespace, "name": name}),
                _ => return Err(Failure::Usage(format!("--selected {written}: wanted [GROUP/]KIND/[NAMESPACE/]NAME"))),
            });
        }
        if !resources.is_empty() {
            sync["resources"] = Value::Array(resources);
        }
        Ok(json!({"sync": sync}))
    }
}

/// The project of an Application: the given one, else the one in the snapshot.
pub(super) fn project(given: Option<&PathBuf>, application: &Value, live: &[Value]) -> Result<Option<Value>, Failure> {
    let wanted = text(application, "/spec/project");
    match given {
        Some(path) => {
            let mut found = documents::all(path, "AppProject")?;
            match found.iter().position(|project| name(project) == wanted) {
                Some(at) => Ok(Some(found.swap_remove(at))),
                None => Err(Failure::Usage(format!(
                    "{}: there is no AppProject {wanted}, which {} belongs to",
                    path.display(),
                    name(application)
                ))),
            }
        }
        None => Ok(live.iter().find(|object| kind(object) == "AppProject" && name(object) == wanted).cloned()),
    }
}

fn key(task: &Value) -> String {
    let parts = ["/kind", "/namespace", "/name"].map(|pointer| text(task, pointer));
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/")
}

fn human(answer: &Value) -> std::io::Result<()> {
    for phase in list(answer, "/phases") {
        output::line(&styled(BOLD, text(phase, "/phase")))?;
        for wave in list(phase, "/waves") {
            let tasks = list(wave, "/tasks");
            output::line(&format!("  wave {}", wave.get("wave").map(ToString::to_string).unwrap_or_default()))?;
            for task in tasks {
                let flag = |name: &str| task.get(name) == Some(&Value::Bool(true));
                let verb = match (flag("prune"), flag("hook")) {
                    (true, _) => styled(BAD, "prune"),
                    (_, true) => styled(WARN, "hook "),
                    _ => styled(GOOD, "apply"),
                };
                output::line(&format!("    {verb} {}", key(task)))?;
            }
        }
    }
    output::line(&styled(BOLD, "Course"))?;
    let mut said = String::new();
    for pass in list(answer, "/passes") {
        let done: Vec<String> = list(pass, "/actions")
            .iter()
            .filter(|action| action.get("dryRun") != Some(&Value::Bool(true)) || !text(action, "/error").is_empty())
            .map(|action| {
                let error = text(action, "/error");
                let error = if error.is_empty() { String::new() } else { format!(" {}", styled(BAD, format!("fails: {error}"))) };
                format!("{} {}{error}", text(action, "/verb"), key(action))
            })
            .collect();
        let row = format!("{} {}", text(pass, "/phase"), text(pass, "/message"));
        if done.is_empty() && row == said {
            continue;
        }
        output::line(&format!("  {}  {}", styled(DIM, text(pass, "/at")), row.trim()))?;
        for action in done {
            output::line(&format!("    {action}"))?;
        }
        said = row;
    }
    for result in list(answer, "/final/resources").iter().filter(|result| text(result, "/status") == "PruneSkipped") {
        output::line(&format!("{} {}: {}", styled(WARN, "not pruned:"), key(result), text(result, "/message")))?;
    }
    if !list(answer, "/holds").is_empty() {
        output::line(&styled(BOLD, "Critical path"))?;
    }
    for hold in list(answer, "/holds") {
        let on: Vec<&str> = list(hold, "/on").iter().filter_map(Value::as_str).collect();
        let wave = hold.get("wave").map(|wave| format!(" wave {wave}")).unwrap_or_default();
        output::line(&format!(
            "  {} {}{wave} from {} to {}: {} {}",
            styled(WARN, "waits:"),
            text(hold, "/phase"),
            text(hold, "/since"),
            text(hold, "/until"),
            text(hold, "/reason"),
            on.join(", ")
        ))?;
    }
    remarks(answer)?;
    let phase = text(answer, "/final/phase");
    let style = if phase == "Succeeded" { GOOD } else { BAD };
    output::line(&format!("{} {}", styled(style, if phase.is_empty() { "not started" } else { phase }), text(answer, "/final/message")))
}

/// Why it would never finish, and what was found on the way.
fn remarks(answer: &Value) -> std::io::Result<()> {
    for stuck in list(answer, "/stuck") {
        let task = text(stuck, "/task");
        output::line(&format!(
            "{} {task}{}{}",
            styled(BAD, "would never finish:"),
            if task.is_empty() { "" } else { ": " },
            text(stuck, "/why")
        ))?;
    }
    for finding in list(answer, "/diagnostics") {
        output::line(&format!(
            "{}: {}",
            styled(WARN, format!("{}[{}]", text(finding, "/severity"), text(finding, "/code"))),
            text(finding, "/message")
        ))?;
        let help = text(finding, "/help");
        if !help.is_empty() {
            output::line(&styled(DIM, format!("    {help}")))?;
        }
    }
    Ok(())
}

//! `lofting plan`.

mod human;
mod selected;
mod table;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lofting::Value;
use lofting::platform::snapshot::Snapshot;
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, kind, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::output;

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
    /// When the sync starts (RFC 3339); default a Monday at noon, 2026-01-05T12:00:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Prune what Git no longer has, whatever the Application says
    #[arg(long)]
    prune: bool,
    /// Sync these alone; the group may be left out where one group has such an object
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
    /// One row a task: when it began and what became of it
    Table,
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
            Drawing::Table => table::show(&answer)?,
            _ => human::show(&answer)?,
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
            request["operation"] = self.operation(&request)?;
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

    fn operation(&self, request: &Value) -> Result<Value, Failure> {
        let application = request.get("application").unwrap_or(&Value::Null);
        let automated = application.pointer("/spec/syncPolicy/automated/prune") == Some(&Value::Bool(true));
        let mut sync = json!({"prune": self.prune || automated});
        if let Some(options) = application.pointer("/spec/syncPolicy/syncOptions") {
            sync["syncOptions"] = options.clone();
        }
        let resources = selected::resources(&self.selected, request)?;
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

/// `group/Kind/namespace/name` without its empty parts and without the group.
fn readable(key: &str) -> String {
    key.splitn(4, '/').skip(1).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn keys_are_read_without_groups_and_gaps() {
        assert_eq!(readable("batch/Job/shop/migrate"), "Job/shop/migrate");
        assert_eq!(readable("/Namespace//shop"), "Namespace/shop");
    }
}

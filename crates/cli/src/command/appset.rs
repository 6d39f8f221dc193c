//! `lofting appset`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use lofting::{Map, Value};
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, brief, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

/// What an ApplicationSet generates, changes and deletes.
#[derive(Debug, Args)]
pub(crate) struct AppsetCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Generate the Applications of ApplicationSets
    Expand {
        /// The ApplicationSets; FILE#NAME picks one of several
        file: PathBuf,
        /// Say for each Application which parameters gave its fields
        #[arg(long)]
        explain: bool,
        #[command(flatten)]
        facts: Facts,
        /// How to write the answer; yaml writes the Applications as manifests
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
    /// What applying an edited ApplicationSet would create, update and delete
    Diff(Diff),
    /// One pass of a rolling sync: which Applications are in which step, and which may sync
    Steps {
        /// The ApplicationSet with its status; FILE#NAME picks one of several
        file: PathBuf,
        /// Live Applications with their status
        #[arg(long, value_name = "PATH")]
        current: Vec<PathBuf>,
        /// The time of the pass (RFC 3339); default now
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        #[command(flatten)]
        facts: Facts,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
}

/// What generators would fetch.
#[derive(Debug, Args)]
struct Facts {
    /// Clusters, trees, pull requests and so on, in the format of appset.generate
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// The directory that holds a repository's tree
    #[arg(long, value_name = "URL=DIR")]
    repo: Vec<String>,
}

#[derive(Debug, Args)]
struct Diff {
    /// The ApplicationSet as it is to be; FILE#NAME picks one of several
    file: PathBuf,
    /// The ApplicationSet as it was
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
    /// The live Applications, if there is no --before or they differ from it
    #[arg(long, value_name = "PATH")]
    current: Vec<PathBuf>,
    /// Do not exit with 1 when Applications would be deleted
    #[arg(long)]
    allow_delete: bool,
    #[command(flatten)]
    facts: Facts,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl AppsetCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Expand { file, explain, facts, output } => expand(&file, explain, &facts, output),
            Action::Diff(diff) => diff.run(),
            Action::Steps { file, current, at, facts, output } => steps(&file, &current, at.as_deref(), &facts, output),
        }
    }
}

impl Facts {
    /// The inventory, with the trees of the repositories that are here.
    fn read(&self) -> Result<Value, Failure> {
        let mut inventory = match &self.inventory {
            Some(path) => documents::document(path)?,
            None => json!({}),
        };
        if inventory.is_null() {
            inventory = json!({});
        }
        let name = self.inventory.as_deref().unwrap_or(Path::new("--inventory")).display().to_string();
        let members = inventory.as_object_mut().ok_or_else(|| Failure::Usage(format!("{name}: the inventory is no mapping")))?;
        for entry in &self.repo {
            // A URL may hold an equals sign; a directory after the last one is likelier.
            let (url, dir) = entry.rsplit_once('=').ok_or_else(|| Failure::Usage(format!("--repo {entry}: wanted URL=DIR")))?;
            let mut files = Map::new();
            for file in input::tree(Path::new(dir))? {
                files.insert(file.path, Value::String(file.text.unwrap_or_default()));
            }
            let git = members.entry("git").or_insert(Value::Null);
            if git.is_null() {
                *git = Value::Array(Vec::new());
            }
            let git = git.as_array_mut().ok_or_else(|| Failure::Usage(format!("{name}: git is no list")))?;
            git.push(json!({"repoURL": url, "files": files}));
        }
        Ok(inventory)
    }
}

/// What the inventory lacks, for people; true if something is lacking.
fn needs(answer: &Value) -> bool {
    let needs = list(answer, "/needs");
    for need in needs {
        let command = text(need, "/command");
        let entry = need.get("entry").map(ToString::to_string).unwrap_or_default();
        let hint = if command.is_empty() { String::new() } else { format!("; found by: {command}") };
        let repo = if text(need, "/kind") == "git" { ", or the tree itself by --repo URL=DIR" } else { "" };
        output::note("missing", &format!("the inventory has no {} for {} ({entry}{repo}{hint})", text(need, "/kind"), text(need, "/path")));
    }
    !needs.is_empty()
}

fn diagnostics(answer: &Value) -> std::io::Result<bool> {
    let mut found = false;
    for finding in list(answer, "/diagnostics") {
        let severity = text(finding, "/severity");
        found |= severity != "info";
        let style = match severity {
            "error" => BAD,
            "warning" => WARN,
            _ => DIM,
        };
        let path = text(finding, "/path");
        let at = if path.is_empty() { String::new() } else { format!(" at {path}") };
        output::line(&format!("{}: {}{at}", styled(style, format!("{severity}[{}]", text(finding, "/code"))), text(finding, "/message")))?;
    }
    Ok(found)
}

fn expand(file: &Path, explain: bool, facts: &Facts, format: Format) -> Outcome {
    let inventory = facts.read()?;
    let mut answers = Vec::new();
    for set in documents::all(file, "ApplicationSet")? {
        let answer = documents::call("appset.generate", json!({"applicationSet": set, "inventory": inventory, "explain": explain}))?;
        answers.push((name(&set).to_owned(), answer));
    }
    match format {
        Format::Json => {
            let value = match answers.as_slice() {
                [(_, answer)] => answer.clone(),
                several => Value::Object(several.iter().cloned().collect()),
            };
            output::text(&output::data(format, &value).unwrap_or_default())?;
        }
        Format::Yaml => {
            for application in answers.iter().flat_map(|(_, answer)| list(answer, "/applications")) {
                let mut whole = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"});
                if let (Some(whole), Some(members)) = (whole.as_object_mut(), application.as_object()) {
                    whole.extend(members.clone());
                }
                output::text(&format!("---\n{}", lofting::yaml::emit(&whole)))?;
            }
        }
        Format::Human | Format::Md => {
            for (set, answer) in &answers {
                human(set, answer)?;
            }
        }
    }
    let lacking = answers.iter().fold(false, |any, (_, answer)| needs(answer) || any);
    let failed = answers.iter().any(|(_, answer)| answer.pointer("/upstream/failed") == Some(&Value::Bool(true)));
    Ok(if lacking { Exit::Failed } else { Exit::of(failed) })
}

fn human(set: &str, answer: &Value) -> std::io::Result<()> {
    let applications = list(answer, "/applications");
    output::line(&format!("{}: {} Applications", styled(BOLD, set), applications.len()))?;
    for application in applications {
        let part = |key: &str| text(application, &format!("/spec/destination/{key}"));
        let cluster = if part("name").is_empty() { part("server") } else { part("name") };
        let source = application.pointer("/spec/source").or_else(|| list(application, "/spec/sources").first()).unwrap_or(&Value::Null);
        let path = if text(source, "/chart").is_empty() { text(source, "/path") } else { text(source, "/chart") };
        output::line(&format!("  {}  {path} → {cluster}, namespace {}", styled(BOLD, name(application)), part("namespace")))?;
        let origin = list(answer, "/origins").iter().find(|origin| text(origin, "/name") == name(application));
        if let Some(provenance) = origin.and_then(|origin| origin.get("provenance")) {
            for line in lofting::yaml::emit(provenance).lines() {
                output::line(&styled(DIM, format!("      {line}")))?;
            }
        }
    }
    if answer.pointer("/upstream/failed") == Some(&Value::Bool(true)) {
        output::line(&format!(
            "{} {}: {}",
            styled(BAD, "generation fails:"),
            text(answer, "/upstream/reason"),
            text(answer, "/upstream/error")
        ))?;
    }
    diagnostics(answer).map(drop)
}

impl Diff {
    fn run(self) -> Outcome {
        let mut request = json!({"after": documents::one(&self.file, "ApplicationSet")?, "inventory": self.facts.read()?});
        if let Some(path) = &self.before {
            request["before"] = documents::one(path, "ApplicationSet")?;
        }
        if !self.current.is_empty() {
            let mut current = documents::objects(&self.current)?;
            current.retain(|object| documents::kind(object) == "Application" && mine(object, &request["after"]));
            request["current"] = Value::Array(current);
        }
        let answer = documents::call("appset.diff", request)?;
        match output::data(self.output, &answer) {
            Some(data) => output::text(&data)?,
            None => drawn(&answer)?,
        }
        if needs(&answer) {
            return Ok(Exit::Failed);
        }
        let deletes = !list(&answer, "/delete").is_empty();
        if deletes && !self.allow_delete {
            output::note("refused", "Applications would be deleted; --allow-delete accepts that");
        }
        let failed = !matches!(text(&answer, "/outcome"), "applied" | "deleted" | "Applied" | "Deleted");
        Ok(Exit::of(failed || (deletes && !self.allow_delete)))
    }
}

/// Owned by the set; what never was in a cluster has no owner yet and counts.
fn mine(application: &Value, set: &Value) -> bool {
    let owners = list(application, "/metadata/ownerReferences");
    let written = text(application, "/metadata/uid").is_empty();
    (owners.is_empty() && written)
        || owners.iter().any(|owner| text(owner, "/kind") == "ApplicationSet" && text(owner, "/name") == name(set))
}

fn drawn(answer: &Value) -> std::io::Result<()> {
    for application in list(answer, "/create") {
        output::line(&format!("{} {}", styled(GOOD, "+ create"), name(application)))?;
    }
    for application in list(answer, "/update") {
        output::line(&format!("{} {}", styled(WARN, "~ update"), name(application)))?;
        for change in
            answer.get("changes").and_then(|changes| changes.get(name(application))).and_then(Value::as_array).into_iter().flatten()
        {
            let side = |key: &str| change.get(key).map_or_else(|| "(absent)".to_owned(), brief);
            output::line(&format!("    {}: {} → {}", text(change, "/path"), side("before"), side("after")))?;
        }
    }
    for deletion in list(answer, "/delete") {
        let cascades = list(deletion, "/finalizers")
            .iter()
            .filter_map(Value::as_str)
            .any(|one| one.starts_with("resources-finalizer.argocd.argoproj.io"));
        let what = if cascades { styled(BAD, "with everything it deployed") } else { "what it deployed stays".to_owned() };
        output::line(&format!("{} {}: {what}", styled(BAD, "- delete"), text(deletion, "/name")))?;
    }
    for kept in list(answer, "/kept").iter().filter_map(Value::as_str) {
        output::line(&styled(DIM, format!("= keep   {kept}")))?;
    }
    for released in list(answer, "/released").iter().filter_map(Value::as_str) {
        output::line(&format!("{} {released}: loses its owner and stays", styled(WARN, "~ release")))?;
    }
    let error = text(answer, "/error");
    if !error.is_empty() {
        output::line(&format!("{} {error}", styled(BAD, "the controller stops:")))?;
    }
    for condition in
        list(answer, "/conditions").iter().filter(|one| text(one, "/type") == "ErrorOccurred" && text(one, "/status") == "True")
    {
        output::line(&format!("{} {}", styled(BAD, text(condition, "/reason")), text(condition, "/message")))?;
    }
    diagnostics(answer)?;
    let count = |key: &str| list(answer, key).len();
    output::line(&styled(
        BOLD,
        format!(
            "{} to create, {} to update, {} to delete, {} unchanged",
            count("/create"),
            count("/update"),
            count("/delete"),
            count("/kept")
        ),
    ))
}

fn steps(file: &Path, current: &[PathBuf], at: Option<&str>, facts: &Facts, format: Format) -> Outcome {
    let set = documents::one(file, "ApplicationSet")?;
    let generated = documents::call("appset.generate", json!({"applicationSet": set, "inventory": facts.read()?}))?;
    if needs(&generated) {
        return Ok(Exit::Failed);
    }
    let mut live = documents::objects(current)?;
    live.retain(|object| documents::kind(object) == "Application" && mine(object, &set));
    let request =
        json!({"applicationSet": set, "desired": list(&generated, "/applications"), "current": live, "now": documents::instant(at)?});
    let answer = documents::call("appset.steps", request)?;
    if let Some(data) = output::data(format, &answer) {
        output::text(&data)?;
        return Ok(Exit::Clean);
    }
    let may: Vec<&str> = list(&answer, "/mayProgress").iter().filter_map(Value::as_str).collect();
    for (index, step) in list(&answer, "/steps").iter().enumerate() {
        output::line(&styled(BOLD, format!("step {}", index + 1)))?;
        for app in step.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let entry = list(&answer, "/applicationStatus").iter().find(|entry| text(entry, "/application") == app);
            let status = entry.map(|entry| format!("{}: {}", text(entry, "/status"), text(entry, "/message"))).unwrap_or_default();
            let may = if may.contains(&app) { styled(GOOD, "may sync") } else { styled(DIM, "waits") };
            output::line(&format!("  {app}: {may}  {}", styled(DIM, status)))?;
        }
    }
    let found = diagnostics(&answer)?;
    Ok(Exit::of(found))
}

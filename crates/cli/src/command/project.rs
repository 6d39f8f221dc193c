//! `lofting project`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lofting::Value;
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, styled};

/// Check an AppProject, or ask what it permits.
#[derive(Debug, Args)]
pub(crate) struct ProjectCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Validate AppProjects as the API server of Argo CD does
    Check {
        /// Files or directories with AppProjects; - is stdin
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
    /// Ask whether a project permits sources, destinations and kinds; exits with 1 when it does not
    Permits(Permits),
}

#[derive(Debug, Args)]
struct Permits {
    /// The AppProject; FILE#NAME picks one of several
    file: PathBuf,
    /// All sources and the destination of these Applications
    #[arg(long, value_name = "FILE")]
    app: Option<PathBuf>,
    /// A repository
    #[arg(long, value_name = "URL")]
    source: Vec<String>,
    /// A cluster's server
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// A cluster's name
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// The namespace in that cluster
    #[arg(long)]
    namespace: Option<String>,
    /// A namespaced kind
    #[arg(long, value_name = "GROUP/KIND")]
    kind: Vec<String>,
    /// A kind without namespaces
    #[arg(long, value_name = "GROUP/KIND")]
    cluster_kind: Vec<String>,
    /// A namespace that Applications are created in
    #[arg(long, value_name = "NAMESPACE")]
    source_namespace: Vec<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl ProjectCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Check { paths, output } => check(&paths, output),
            Action::Permits(permits) => permits.run(),
        }
    }
}

fn check(paths: &[PathBuf], format: Format) -> Outcome {
    let mut rows = Vec::new();
    for project in documents::search(paths)?.into_iter().filter(|object| documents::kind(object) == "AppProject") {
        let mut answer = documents::call("project.check", json!({"project": project}))?;
        if let Some(members) = answer.as_object_mut() {
            members.insert("project".into(), name(&project).into());
        }
        rows.push(answer);
    }
    if rows.is_empty() {
        return Err(Failure::Usage("there is no AppProject here".into()));
    }
    let found = !rows.iter().all(valid);
    match output::data(format, &Value::Array(rows.clone())) {
        Some(data) => output::text(&data)?,
        None => output::people(format, || rows.iter().try_for_each(checked))?,
    }
    Ok(Exit::of(found))
}

fn valid(row: &Value) -> bool {
    row.get("valid") == Some(&Value::Bool(true))
}

fn checked(row: &Value) -> std::io::Result<()> {
    let verdict = if valid(row) { styled(GOOD, "valid") } else { format!("{} {}", styled(BAD, "refused:"), text(row, "/error")) };
    output::line(&format!("{}: {verdict}", styled(BOLD, text(row, "/project"))))?;
    let policies = text(row, "/policies").lines().map(str::trim).filter(|policy| !policy.is_empty());
    policies.into_iter().try_for_each(|policy| output::line(&styled(DIM, format!("  {policy}"))))
}

impl Permits {
    fn run(self) -> Outcome {
        let project = documents::one(&self.file, "AppProject")?;
        let questions = self.questions()?;
        if questions.is_empty() {
            return Err(Failure::Usage(
                "nothing is asked: pass --app, --source, --server, --cluster, --kind, --cluster-kind or --source-namespace".into(),
            ));
        }
        let mut rows = Vec::new();
        for (question, mut request) in questions {
            if let Some(members) = request.as_object_mut() {
                members.insert("project".into(), project.clone());
            }
            let mut answer = documents::call("project.permits", request)?;
            if let Some(members) = answer.as_object_mut() {
                members.insert("question".into(), question.into());
            }
            rows.push(answer);
        }
        let yes = |row: &Value| row.get("permitted") == Some(&Value::Bool(true));
        match output::data(self.output, &Value::Array(rows.clone())) {
            Some(data) => output::text(&data)?,
            None => output::people(self.output, || {
                rows.iter().try_for_each(|row| {
                    let verdict = if yes(row) { styled(GOOD, "permitted") } else { styled(BAD, "not permitted") };
                    let why = text(row, "/error");
                    output::line(&format!("{}: {verdict}{}{why}", text(row, "/question"), if why.is_empty() { "" } else { ": " }))
                })
            })?,
        }
        Ok(Exit::of(!rows.iter().all(yes)))
    }

    /// What is asked in words, and for the core.
    fn questions(&self) -> Result<Vec<(String, Value)>, Failure> {
        let mut asked = Vec::new();
        let source = |url: &str| (format!("source {url}"), json!({"source": {"repoURL": url}}));
        let destination = |server: &str, cluster: &str, namespace: &str| {
            let place = if server.is_empty() { cluster } else { server };
            let space = if namespace.is_empty() { String::new() } else { format!(", namespace {namespace}") };
            (format!("destination {place}{space}"), json!({"destination": {"server": server, "name": cluster, "namespace": namespace}}))
        };
        let applications = self.app.as_ref().map(|path| documents::all(path, "Application")).transpose()?;
        for application in applications.iter().flatten() {
            let of = |(question, request): (String, Value)| (format!("{}: {question}", name(application)), request);
            let single = application.pointer("/spec/source").into_iter();
            for one in single.chain(list(application, "/spec/sources")) {
                asked.push(of(source(text(one, "/repoURL"))));
            }
            let part = |key: &str| text(application, &format!("/spec/destination/{key}"));
            asked.push(of(destination(part("server"), part("name"), part("namespace"))));
        }
        asked.extend(self.source.iter().map(|url| source(url)));
        if self.server.is_some() || self.cluster.is_some() {
            let part = |option: &Option<String>| option.clone().unwrap_or_default();
            asked.push(destination(&part(&self.server), &part(&self.cluster), &part(&self.namespace)));
        } else if self.namespace.is_some() {
            return Err(Failure::Usage("--namespace needs the cluster: --server or --cluster".into()));
        }
        let kinds = self.kind.iter().map(|kind| (kind, true)).chain(self.cluster_kind.iter().map(|kind| (kind, false)));
        for (written, namespaced) in kinds {
            let (group, kind) = written.split_once('/').unwrap_or(("", written));
            if group.strip_prefix('v').is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit())) {
                return Err(Failure::Usage(format!(
                    "{written}: {group} is a version; kinds of the core group are written without: {kind}"
                )));
            }
            asked.push((
                format!("kind {written}"),
                json!({"resource": {"group": group, "kind": kind, "name": "", "namespaced": namespaced}}),
            ));
        }
        for space in &self.source_namespace {
            asked.push((
                format!("applications in namespace {space}"),
                json!({"sourceNamespace": {"namespace": space, "controllerNamespace": "argocd"}}),
            ));
        }
        Ok(asked)
    }
}

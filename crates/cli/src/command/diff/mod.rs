//! `lofting diff`.

mod compare;
mod explain;
mod external;
mod lines;
mod model;
mod places;
mod platform;
mod render;
mod revision;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lofting::argocd::status::Cluster;
use lofting::platform::snapshot::Snapshot;

pub(crate) use explain::ExplainCommand;

use super::plan::project;
use crate::cli::Format;
use crate::documents::{self, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::output;
use model::Group;
use platform::Platform;
use render::{Detail, Style, Words};

/// Compare manifests with a cluster, or with other manifests, as Argo CD does
///
/// Manifests with a cluster: `lofting diff rendered/ --live snapshot.yaml --app app.yaml`. A platform repository with its
/// snapshot, by Application: `lofting diff DIR`. Two trees: `lofting diff BEFORE AFTER`. A directory with what it was at a git
/// revision: `lofting diff DIR --base main`.
///
/// Defaults, known types and ignore rules count as they do for Argo CD. What a Secret holds is masked. Exits with 1 when
/// something differs.
#[derive(Debug, Args)]
pub(crate) struct DiffCommand {
    /// Manifests (files, directories, - for stdin) with --live; else a platform's directory, or two trees
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// The cluster's objects, as `kubectl get -o yaml` prints them
    #[arg(long, value_name = "PATH")]
    live: Vec<PathBuf>,
    /// The Application, with its tracking, ignoreDifferences and destination; FILE#NAME picks one of several
    #[arg(long, value_name = "FILE", requires = "live")]
    app: Option<PathBuf>,
    /// The AppProject; default the one among the live objects
    #[arg(long, value_name = "FILE", requires = "app")]
    project: Option<PathBuf>,
    /// Compare with the same directory at this git revision
    #[arg(long, value_name = "REVISION", conflicts_with = "live")]
    base: Option<String>,
    /// Of a platform, these Applications alone
    #[arg(long, value_name = "NAME", conflicts_with = "live")]
    only: Vec<String>,
    /// Rendered manifests, one APPLICATION.yaml each, besides those that lofting.yaml names
    #[arg(long, value_name = "DIR", conflicts_with = "live")]
    rendered: Option<PathBuf>,
    /// Show the fields that rules leave out, and the rules
    #[arg(long)]
    show_ignored: bool,
    /// Lines around a difference
    #[arg(long, value_name = "LINES", default_value_t = 3)]
    context: usize,
    /// How to write the answer; without it KUBECTL_EXTERNAL_DIFF is run if it is set
    #[arg(short, long, value_enum)]
    output: Option<Drawing>,
}

/// How to write differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Drawing {
    /// Field by field, with causes
    Human,
    /// As `diff -u`
    Unified,
    /// In two columns
    SideBySide,
    /// The answer as JSON
    Json,
    /// The answer as YAML
    Yaml,
    /// For a pull-request comment
    Md,
}

impl DiffCommand {
    pub(crate) fn run(self) -> Outcome {
        let (groups, words) = self.groups()?;
        if self.output.is_none()
            && let Some(program) = std::env::var_os(external::VARIABLE).filter(|program| !program.is_empty())
        {
            return external::run(&program.to_string_lossy(), &groups);
        }
        let detail = Detail { words, context: self.context, ignored: self.show_ignored, width: width() };
        match self.output.unwrap_or(Drawing::Human) {
            Drawing::Human => output::text(&render::human(&groups, Style::Fields, &detail))?,
            Drawing::Unified => output::text(&render::human(&groups, Style::Unified, &detail))?,
            Drawing::SideBySide => output::text(&render::human(&groups, Style::SideBySide, &detail))?,
            Drawing::Md => output::text(&render::markdown(&groups, &detail))?,
            Drawing::Json => output::text(
                &output::data(
                    Format::Json,
                    &render::to_json(&groups, self.live.is_empty() && groups.iter().any(|group| !group.name.is_empty())),
                )
                .unwrap_or_default(),
            )?,
            Drawing::Yaml => output::text(
                &output::data(
                    Format::Yaml,
                    &render::to_json(&groups, self.live.is_empty() && groups.iter().any(|group| !group.name.is_empty())),
                )
                .unwrap_or_default(),
            )?,
        }
        Ok(Exit::of(groups.iter().any(Group::differs)))
    }

    fn groups(&self) -> Result<(Vec<Group>, Words), Failure> {
        if !self.live.is_empty() {
            return Ok((vec![with_cluster(&self.paths, &self.live, self.app.as_ref(), self.project.as_ref())?], Words::CLUSTER));
        }
        match (self.paths.as_slice(), &self.base) {
            ([dir], Some(revision)) => {
                if !dir.is_dir() {
                    return Err(Failure::Usage(format!("{}: --base wants a directory", dir.display())));
                }
                let before = Platform::of_files(revision::files(dir, revision)?, self.rendered.as_deref())?;
                let after = Platform::read(dir, self.rendered.as_deref())?;
                Ok((platform::trees(before, after, &self.only)?, Words::TREES))
            }
            ([before, after], None) if before.is_dir() && after.is_dir() => {
                let (before, after) = (Platform::read(before, None)?, Platform::read(after, self.rendered.as_deref())?);
                Ok((platform::trees(before, after, &self.only)?, Words::TREES))
            }
            ([before, after], None) => {
                let objects = |path: &PathBuf| documents::objects(std::slice::from_ref(path));
                let rows = compare::trees(&objects(before)?, &objects(after)?)?;
                Ok((vec![Group { rows, ..Group::default() }], Words::TREES))
            }
            ([dir], None) if dir.is_dir() => {
                let platform = Platform::read(dir, self.rendered.as_deref())?;
                if platform.applications.items.is_empty() {
                    return Err(Failure::Usage(format!(
                        "{}: there is no Application here; give --live, --base or a second tree",
                        dir.display()
                    )));
                }
                Ok((platform.with_snapshot(&self.only)?, Words::CLUSTER))
            }
            _ => Err(Failure::Usage("compare with what? Give --live, --base, or exactly two trees".to_owned())),
        }
    }
}

/// Manifests with live objects, as an Application's if one is given.
fn with_cluster(targets: &[PathBuf], live: &[PathBuf], app: Option<&PathBuf>, given: Option<&PathBuf>) -> Result<Group, Failure> {
    let targets = documents::targets(targets)?;
    let live = documents::objects(live)?;
    let Some(app) = app else { return compare::plain(&targets, &live) };
    let application = documents::one(app, "Application")?;
    let project = project(given, &application, &live)?;
    let snapshot = Snapshot::new(&live, targets.iter(), &[]);
    let (server, cluster_name) = (text(&application, "/spec/destination/server"), text(&application, "/spec/destination/name"));
    // The user says that the snapshot is of the Application's cluster, whichever it is.
    let cluster = snapshot.cluster(if server.is_empty() { cluster_name } else { server }).unwrap_or_else(|| Cluster {
        server: server.to_owned(),
        name: cluster_name.to_owned(),
        ..Cluster::default()
    });
    compare::application(&application, &targets, &snapshot, cluster, project.as_ref(), &[name(&application).to_owned()])
}

/// How wide the terminal is, as far as the shell says.
fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|width| (40..=400).contains(width)).unwrap_or(120)
}

//! `lofting catalog`.

mod graph;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lofting::Severity;
use lofting::backstage::catalog::check::{self, SourceFile};

use crate::cli::Format;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BOLD, styled};
use crate::report::{self, Sources};

/// What a Backstage catalog would make of entity files.
#[derive(Debug, Args)]
pub(crate) struct CatalogCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check entity files as registration would
    Check {
        /// Files or directories; in directories, YAML files that hold entities
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
    /// Find entities as the catalog's API does, in the accepted entities with their relations
    Query(graph::Query),
    /// Draw the relations of entities
    Graph(graph::Graph),
    /// What another revision of the files changes: entities, owners, relations
    Diff {
        /// Files or a directory as they were
        before: PathBuf,
        /// Files or a directory as they are to be
        after: PathBuf,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
}

/// What every file with an entity says.
pub(super) const ENTITIES: &str = "backstage.io/";

impl CatalogCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Check { paths, output } => check(&paths, ENTITIES, output),
            Action::Query(query) => query.run(),
            Action::Graph(graph) => graph.run(),
            Action::Diff { before, after, output } => graph::diff(&before, &after, output),
        }
    }
}

/// Path, text, and whether it is taken for an entity file.
fn sources(paths: &[PathBuf], mark: &str) -> Result<Vec<(String, String, bool)>, Failure> {
    let mut owned: Vec<(String, String, bool)> = Vec::new();
    for path in paths {
        let single = path.display().to_string() == "-" || path.is_file();
        if path.display().to_string() == "-" {
            owned.push(("-".into(), input::text(path)?, true));
            continue;
        }
        for file in input::tree(path)? {
            match file.text {
                Ok(text) => {
                    let entity = single || (is_yaml(&file.path) && text.contains(mark));
                    owned.push((file.path, text, entity));
                }
                Err(why) if single => return Err(Failure::Usage(format!("{}: {why}", file.path))),
                Err(_) => {}
            }
        }
    }
    Ok(owned)
}

/// The accepted entities of files and directories.
pub(super) fn entities(paths: &[PathBuf], mark: &str) -> Result<Vec<lofting::Value>, Failure> {
    let owned = sources(paths, mark)?;
    let part = |wanted: bool| owned.iter().filter(move |(_, _, entity)| *entity == wanted).map(|(path, text, _)| SourceFile { path, text });
    let (files, assets): (Vec<SourceFile<'_>>, Vec<SourceFile<'_>>) = (part(true).collect(), part(false).collect());
    if files.is_empty() {
        return Err(Failure::Usage("no file here holds an entity".into()));
    }
    let verdicts = check::check(&files, &assets, check::BASE_URL);
    Ok(verdicts.into_iter().filter_map(|verdict| verdict.outcome.ok()).map(|accepted| accepted.entity).collect())
}

pub(super) fn check(paths: &[PathBuf], mark: &str, format: Format) -> Outcome {
    let owned = sources(paths, mark)?;
    let part = |wanted: bool| owned.iter().filter(move |(_, _, entity)| *entity == wanted).map(|(path, text, _)| SourceFile { path, text });
    let files: Vec<SourceFile<'_>> = part(true).collect();
    let assets: Vec<SourceFile<'_>> = part(false).collect();
    if files.is_empty() {
        return Err(Failure::Usage("no file here holds an entity".into()));
    }
    let verdicts = check::check(&files, &assets, check::BASE_URL);
    let findings: Vec<_> = verdicts.iter().flat_map(|verdict| verdict.diagnostics.iter()).collect();
    let accepted: Vec<String> =
        verdicts.iter().filter_map(|verdict| verdict.outcome.as_ref().ok()).map(|accepted| accepted.entity_ref.clone()).collect();
    let value = serde_json::json!({"entities": accepted, "diagnostics": findings});
    match output::data(format, &value) {
        Some(text) => output::text(&text)?,
        None => {
            let sources: Sources<'_> = owned.iter().map(|(path, text, _)| (path.as_str(), text.as_str())).collect();
            for finding in &findings {
                output::line(&report::render(finding, &sources))?;
            }
            let refused = verdicts.iter().filter(|verdict| verdict.outcome.is_err()).count();
            output::line(&styled(BOLD, format!("{} accepted, {refused} refused", accepted.len())))?;
        }
    }
    Ok(Exit::of(findings.iter().any(|finding| finding.severity >= Severity::Warning)))
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

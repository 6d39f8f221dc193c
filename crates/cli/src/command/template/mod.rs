//! `lofting template`.

mod check;
mod drift;
mod dry_run;
mod files;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use lofting::Value;
use lofting::backstage::scaffolder::actions::{Action as TemplateAction, Registry};
use serde_json::{Map, json};

use crate::documents::{self, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output;

/// Check, render and dry-run software templates.
#[derive(Debug, Args)]
pub(crate) struct TemplateCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check templates without running them: schema, steps, actions, expressions, parameters, skeletons
    Check(check::Check),
    /// Render one file as fetch:template does
    Render {
        /// The file; - is stdin
        file: PathBuf,
        /// What it sees as `values`
        #[arg(long, value_name = "FILE")]
        values: Option<PathBuf>,
        /// Cookiecutter's {{ }} in place of ${{ }}
        #[arg(long)]
        cookiecutter_compat: bool,
        /// One line break after a block tag goes
        #[arg(long)]
        trim_blocks: bool,
        /// Blanks before a block tag that starts its line go
        #[arg(long)]
        lstrip_blocks: bool,
    },
    /// Run a template in memory: its steps, the files it writes, its output
    DryRun(dry_run::DryRunCommand),
    /// Compare a repository with what its template makes
    Drift(drift::DriftCommand),
}

impl TemplateCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Check(check) => check.run(),
            Action::Render { file, values, cookiecutter_compat, trim_blocks, lstrip_blocks } => {
                let options = json!({"cookiecutterCompat": cookiecutter_compat, "trimBlocks": trim_blocks, "lstripBlocks": lstrip_blocks});
                let request =
                    json!({"template": input::text(&file)?, "context": {"values": mapping(values.as_deref())?}, "options": options});
                output::text(text(&documents::call("scaffolder.renderText", request)?, "/text"))?;
                Ok(Exit::Clean)
            }
            Action::DryRun(mut command) => {
                command.file = template_file(command.file);
                command.run()
            }
            Action::Drift(mut command) => {
                command.file = template_file(command.file);
                command.before = command.before.map(template_file);
                command.run()
            }
        }
    }
}

/// A directory stands for the `template.yaml` in it.
fn template_file(path: PathBuf) -> PathBuf {
    let file = path.join("template.yaml");
    if path.is_dir() && file.is_file() { file } else { path }
}

/// A file that holds a mapping, or nothing.
fn mapping(path: Option<&Path>) -> Result<Map<String, Value>, Failure> {
    let Some(path) = path else { return Ok(Map::new()) };
    match documents::document(path)? {
        Value::Object(members) => Ok(members),
        Value::Null => Ok(Map::new()),
        _ => Err(Failure::Usage(format!("{}: wanted a mapping", path.display()))),
    }
}

/// The actions that the server has: the built-in ones, and those that the user names. A dry run does not call the latter; it
/// makes their output up from its schema. The file has `input` and `output`, or is the schema of the output alone.
fn registry(more: &[String]) -> Result<Registry, Failure> {
    let mut registry = Registry::built_in()?.clone();
    for entry in more {
        let (id, file) = entry.split_once('=').map_or((entry.as_str(), None), |(id, file)| (id, Some(file)));
        let schema = file.map(|file| documents::document(Path::new(file))).transpose()?;
        let part = |key: &str| schema.as_ref().and_then(|schema| schema.get(key)).filter(|part| part.is_object()).cloned();
        let (input, output) = match (part("input"), part("output")) {
            (None, None) => (None, schema.clone()),
            parts => parts,
        };
        registry.add(TemplateAction { id: id.to_owned(), supports_dry_run: false, input, output });
    }
    Ok(registry)
}

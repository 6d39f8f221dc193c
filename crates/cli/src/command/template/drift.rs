//! `lofting template drift`.

use std::path::{Path, PathBuf};

use clap::Args;
use lofting::backstage::scaffolder::drift::{Drift, DriftedFile, drift};
use lofting::backstage::scaffolder::dry_run::{DryRun, SourceFile};
use serde_json::json;

use super::{files, mapping, registry};
use crate::cli::Format;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};
use crate::report::count;

/// Compare a repository with what its template makes; exits with 1 when they differ.
#[derive(Debug, Args)]
pub(super) struct DriftCommand {
    /// The template's file as it is today; what is below its directory can be fetched
    pub(super) file: PathBuf,
    /// The repository that the template made
    repository: PathBuf,
    /// The template's file as it was then: tells who changed what
    #[arg(long, value_name = "FILE")]
    pub(super) before: Option<PathBuf>,
    /// What the form was given
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
    /// An action that the server has besides the built-in ones, with the JSON Schema of its output
    #[arg(long, value_name = "ID[=FILE]")]
    action: Vec<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

/// The files around a template, and its own name among them.
pub(super) fn around(template: &Path) -> Result<(Vec<SourceFile>, String), Failure> {
    if !template.is_file() {
        return Err(Failure::Usage(format!("{}: there is no such file", template.display())));
    }
    let dir = template.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = template.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((files::read(dir)?, name))
}

impl DriftCommand {
    pub(super) fn run(self) -> Outcome {
        if !self.repository.is_dir() {
            return Err(Failure::Usage(format!("{}: drift wants the directory of the repository", self.repository.display())));
        }
        let (new, template) = around(&self.file)?;
        let old = self.before.as_deref().map(around).transpose()?;
        let repository = files::read(&self.repository)?;
        let values = mapping(self.values.as_deref())?;
        let registry = registry(&self.action)?;
        let run = DryRun { files: &new, template: &template, values, from_host: true, ..DryRun::default() };
        let before = old.as_ref().map(|(files, template)| DryRun { files, template, ..run.clone() });
        let drifted = drift(&run, before.as_ref(), &repository, &registry)?;
        match output::data(self.output, &json!({"files": drifted})) {
            Some(data) => output::text(&data)?,
            None => {
                for file in &drifted {
                    let (style, word) = told(file);
                    output::line(&format!("{:<12} {}", styled(style, word), file.path))?;
                }
                if before.is_none() && !drifted.is_empty() {
                    output::line(&styled(DIM, "--before with the template's old revision tells who changed what"))?;
                }
                output::line(&styled(BOLD, format!("{} drifted", count(drifted.len(), "file"))))?;
            }
        }
        Ok(Exit::of(!drifted.is_empty()))
    }
}

fn told(file: &DriftedFile) -> (anstyle::Style, String) {
    let (style, who) = match file.drift {
        Drift::Repository => (GOOD, "repository"),
        Drift::Template => (WARN, "template"),
        Drift::Agreed => (DIM, "both alike"),
        Drift::Conflict => (BAD, "conflict"),
        Drift::Changed => (WARN, "differs"),
    };
    let what = match (file.in_template, file.in_repository) {
        (true, false) => ", missing in the repository",
        (false, true) => ", no longer made",
        _ => "",
    };
    (style, format!("{who}{what}"))
}

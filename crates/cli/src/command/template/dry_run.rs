//! `lofting template dry-run`.

use std::path::{Component, Path, PathBuf};

use clap::Args;
use lofting::Value;
use lofting::backstage::scaffolder::dry_run::{DryRun, Outcome as Run, SourceFile, Status};
use serde_json::json;

use super::{mapping, registry};
use crate::cli::Format;
use crate::documents::{self, brief, list, text};
use crate::entities::{ENTITIES, EntityFiles};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

/// Run a template in memory: its steps, the files it writes, its output.
#[derive(Debug, Args)]
pub(super) struct DryRunCommand {
    /// The template's file; what is below its directory can be fetched
    file: PathBuf,
    /// What the form gives
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
    /// Secrets by name
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// An action that the server has besides the built-in ones, with the JSON Schema of its output
    #[arg(long, value_name = "ID[=FILE]")]
    action: Vec<String>,
    /// Who runs it, such as user:default/jane
    #[arg(long, value_name = "REF")]
    user: Option<String>,
    /// Entity files that catalog:fetch finds
    #[arg(long, value_name = "PATH")]
    catalog: Vec<PathBuf>,
    /// Write the files into this new or empty directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the files, not their names alone
    #[arg(long)]
    show: bool,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl DryRunCommand {
    pub(super) fn run(self) -> Outcome {
        let template = documents::document(&self.file)?;
        let values = mapping(self.values.as_deref())?;
        let secrets = mapping(self.secrets.as_deref())?;
        let checked = documents::call(
            "scaffolder.validate",
            json!({
                "parameters": template.pointer("/spec/parameters"),
                "values": values,
                "secretsSchema": template.pointer("/spec/secrets/schema"),
                "secrets": secrets,
            }),
        )?;
        let errors = list(&checked, "/errors");
        if !errors.is_empty() {
            match output::data(self.output, &checked) {
                Some(data) => output::text(&data)?,
                None => {
                    output::line(&format!("{} the form refuses the values:", styled(BAD, "refused")))?;
                    for error in errors {
                        output::line(&format!("  {} {}", text(error, "/property"), text(error, "/message")))?;
                    }
                }
            }
            return Ok(Exit::Findings);
        }
        let (files, path) = self.files()?;
        let entities = if self.catalog.is_empty() { Vec::new() } else { EntityFiles::read(&self.catalog, ENTITIES)?.accepted() };
        let run =
            DryRun { files: &files, template: &path, values, secrets, user: self.user.as_deref(), entities: entities.iter().collect() };
        let outcome = run.run(&registry(&self.action)?)?;
        if let Some(dir) = &self.out {
            write(dir, &outcome.files)?;
        }
        let value = wire(&outcome);
        match output::data(self.output, &value) {
            Some(data) => output::text(&data)?,
            None => self.human(&outcome)?,
        }
        Ok(Exit::Clean)
    }

    /// The files below the template's directory, as bytes.
    fn files(&self) -> Result<(Vec<SourceFile>, String), Failure> {
        let dir = self.file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut files = Vec::new();
        for file in input::tree(dir)? {
            let at = dir.join(&file.path);
            let bytes = match file.text {
                Ok(text) => text.into_bytes(),
                Err(_) => std::fs::read(&at).map_err(|error| Failure::Io(at.display().to_string(), error))?,
            };
            files.push(SourceFile { path: file.path, bytes });
        }
        let path = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((files, path))
    }

    fn human(&self, outcome: &Run) -> std::io::Result<()> {
        for step in &outcome.steps {
            // A step with an input was reached; a dry run makes the output of actions up that it does not call.
            let status = match (&step.status, &step.input) {
                (Status::Completed, _) => styled(GOOD, "done   "),
                (_, Some(_)) => styled(WARN, "made up"),
                (_, None) => styled(DIM, "skipped"),
            };
            output::line(&format!("{status} {} {}", styled(BOLD, &step.name), styled(DIM, &step.action)))?;
            for (key, value) in step.input.as_ref().and_then(Value::as_object).into_iter().flatten() {
                output::line(&format!("          {key}: {}", brief(value)))?;
            }
        }
        output::line(&styled(BOLD, format!("{} files", outcome.files.len())))?;
        for file in &outcome.files {
            output::line(&format!("  {} {}", file.path, styled(DIM, format!("{} bytes", file.bytes.len()))))?;
            if self.show {
                match std::str::from_utf8(&file.bytes) {
                    Ok(text) => text.lines().try_for_each(|line| output::line(&format!("    {line}")))?,
                    Err(_) => output::line("    (no text)")?,
                }
            }
        }
        if outcome.output.as_object().is_some_and(|output| !output.is_empty()) {
            output::line(&styled(BOLD, "output"))?;
            for line in lofting::yaml::emit(&outcome.output).lines() {
                output::line(&format!("  {line}"))?;
            }
        }
        Ok(())
    }
}

fn wire(outcome: &Run) -> Value {
    let steps: Vec<Value> = outcome
        .steps
        .iter()
        .map(|step| {
            let status = if step.status == Status::Completed { "completed" } else { "skipped" };
            json!({"id": step.id, "name": step.name, "action": step.action, "status": status, "input": step.input})
        })
        .collect();
    let files: Vec<Value> = outcome
        .files
        .iter()
        .map(|file| match std::str::from_utf8(&file.bytes) {
            Ok(text) => json!({"path": file.path, "text": text}),
            Err(_) => json!({"path": file.path, "bytes": file.bytes.len()}),
        })
        .collect();
    json!({"steps": steps, "files": files, "output": outcome.output})
}

/// Writes the files; nothing outside the directory, and nothing over what is there.
fn write(dir: &Path, files: &[SourceFile]) -> Result<(), Failure> {
    let failed = |path: &Path, error| Failure::Io(path.display().to_string(), error);
    if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::Usage(format!("{}: is not empty; nothing was written", dir.display())));
    }
    for file in files {
        let relative = Path::new(&file.path);
        if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(Failure::Usage(format!("{}: leads out of the directory", file.path)));
        }
        let path = dir.join(relative);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
        }
        std::fs::write(&path, &file.bytes).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

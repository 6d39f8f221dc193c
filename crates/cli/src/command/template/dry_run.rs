//! `lofting template dry-run`.

use std::path::PathBuf;

use clap::Args;
use lofting::Severity;
use lofting::Value;
use lofting::backstage::scaffolder::dry_run::{DryRun, Mode, Outcome as Run, Status};
use serde_json::json;

use super::drift::around;
use super::{files, mapping, registry};
use crate::cli::Format;
use crate::documents::{self, brief, list, text};
use crate::entities::{ENTITIES, EntityFiles};
use crate::exit::{Exit, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};
use crate::report::{self, Sources, count};

/// Run a template in memory: its steps, the files it writes, its output.
#[derive(Debug, Args)]
pub(super) struct DryRunCommand {
    /// The template's file, or its directory; what is below its directory can be fetched
    pub(super) file: PathBuf,
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
    /// Print what the run told as well
    #[arg(long)]
    log: bool,
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
        let (files, path) = around(&self.file)?;
        let entities = if self.catalog.is_empty() { Vec::new() } else { EntityFiles::read(&self.catalog, ENTITIES)?.accepted() };
        let run = DryRun {
            files: &files,
            template: &path,
            values,
            secrets,
            user: self.user.as_deref(),
            entities: entities.iter().collect(),
            from_host: false,
        };
        let mut outcome = run.run(&registry(&self.action)?)?;
        for place in outcome.diagnostics.iter_mut().filter_map(|finding| finding.location.as_mut()) {
            place.file = self.file.display().to_string();
        }
        if let Some(dir) = &self.out {
            files::write(dir, &outcome.files)?;
        }
        let value = wire(&outcome);
        match output::data(self.output, &value) {
            Some(data) => output::text(&data)?,
            None => self.human(&outcome)?,
        }
        Ok(Exit::Clean)
    }

    /// The template's text by the name that findings have.
    fn template_text(&self) -> Option<(String, String)> {
        Some((self.file.display().to_string(), std::fs::read_to_string(&self.file).ok()?))
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
        if self.log {
            output::line(&styled(BOLD, "log"))?;
            for line in &outcome.log {
                let step = line.step.as_deref().unwrap_or_default();
                line.message.lines().try_for_each(|text| output::line(&format!("  {} {text}", styled(DIM, step))))?;
            }
        }
        let texts = self.template_text();
        let texts: Sources<'_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        for finding in outcome.diagnostics.iter().filter(|finding| finding.severity >= Severity::Warning) {
            output::line(&report::render(finding, &texts))?;
        }
        output::line(&styled(BOLD, count(outcome.files.len(), "file")))?;
        for file in &outcome.files {
            let kind = match file.mode {
                Mode::Regular => format!("{} bytes", file.bytes.len()),
                Mode::Executable => format!("{} bytes, executable", file.bytes.len()),
                Mode::Link => format!("link to {}", String::from_utf8_lossy(&file.bytes)),
            };
            output::line(&format!("  {} {}", file.path, styled(DIM, kind)))?;
            if self.show && file.mode != Mode::Link {
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
        .map(|file| match (file.mode, std::str::from_utf8(&file.bytes)) {
            (Mode::Link, target) => json!({"path": file.path, "executable": false, "symlink": target.unwrap_or_default()}),
            (mode, Ok(text)) => json!({"path": file.path, "executable": mode == Mode::Executable, "text": text}),
            (mode, Err(_)) => json!({"path": file.path, "executable": mode == Mode::Executable, "bytes": file.bytes.len()}),
        })
        .collect();
    let log: Vec<Value> =
        outcome.log.iter().map(|line| json!({"stepId": line.step, "status": line.status, "message": line.message})).collect();
    json!({"steps": steps, "files": files, "output": outcome.output, "log": log, "diagnostics": outcome.diagnostics})
}

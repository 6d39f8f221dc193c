//! `lofting appset`.

mod diff;
mod expand;
mod explain;
mod facts;
mod git;
mod steps;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lofting::Value;

use self::facts::wanting;
pub(super) use self::facts::{Facts, lacking};
use crate::cli::Format;
use crate::documents::{list, text};
use crate::exit::Outcome;
use crate::output::{self, BAD, DIM, WARN, styled};

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
        #[command(flatten)]
        facts: Facts,
        /// How to write the answer; yaml writes the Applications as manifests
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
    /// What applying an edited ApplicationSet, or a changed inventory, would create, update and delete
    Diff(diff::Diff),
    /// Why this Application, and why this value: the template, the parameters, and the generator's row that gave each
    Explain {
        /// The ApplicationSets; FILE#NAME picks one of several
        file: PathBuf,
        /// The Applications to explain; default all
        applications: Vec<String>,
        /// Only the fields at this JSON pointer and below, such as /spec/source
        #[arg(long, value_name = "POINTER")]
        field: Option<String>,
        #[command(flatten)]
        facts: Facts,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
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

impl AppsetCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Expand { file, facts, output } => expand::run(&file, &facts, output),
            Action::Explain { file, applications, field, facts, output } => {
                explain::run(&file, &applications, field.as_deref(), &facts, output)
            }
            Action::Diff(diff) => diff.run(),
            Action::Steps { file, current, at, facts, output } => steps::run(&file, &current, at.as_deref(), &facts, output),
        }
    }
}

/// Owned by the set; what never was in a cluster has no owner yet and counts.
fn mine(application: &Value, set: &Value) -> bool {
    let owners = list(application, "/metadata/ownerReferences");
    let written = text(application, "/metadata/uid").is_empty();
    let named = text(set, "/metadata/name");
    (owners.is_empty() && written) || owners.iter().any(|owner| text(owner, "/kind") == "ApplicationSet" && text(owner, "/name") == named)
}

/// The findings of an answer; true if one is more than a remark.
pub(super) fn diagnostics(answer: &Value) -> std::io::Result<bool> {
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

/// Why generation fails, if it does.
fn failure(answer: &Value) -> std::io::Result<()> {
    if answer.pointer("/upstream/failed") != Some(&Value::Bool(true)) {
        return Ok(());
    }
    let generator = text(answer, "/upstream/generator");
    let at = if generator.is_empty() { String::new() } else { format!(" at {generator}") };
    let (reason, error) = (text(answer, "/upstream/reason"), text(answer, "/upstream/error"));
    output::line(&format!("{} {reason}{at}: {error}", styled(BAD, "generation fails:")))
}

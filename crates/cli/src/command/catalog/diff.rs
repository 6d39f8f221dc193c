//! `lofting catalog diff` and `lofting catalog coverage`.

use std::path::PathBuf;

use clap::Args;
use lofting::backstage::catalog::coverage::{Coverage, coverage};
use lofting::backstage::catalog::diff::diff;
use serde_json::json;

use crate::cli::Format;
use crate::entities::{ENTITIES, EntityFiles};
use crate::exit::{Exit, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};
use crate::report::count;

/// What another revision of the files changes: entities, owners, relations.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// Files or a directory as they were
    before: PathBuf,
    /// Files or a directory as they are to be
    after: PathBuf,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl Diff {
    pub(super) fn run(self) -> Outcome {
        let read = |path: &PathBuf| Ok::<_, crate::exit::Failure>(EntityFiles::read(std::slice::from_ref(path), ENTITIES)?.written());
        let changes = diff(&read(&self.before)?, &read(&self.after)?);
        match output::data(self.output, &json!({"changes": changes})) {
            Some(data) => output::text(&data)?,
            None => {
                for change in &changes {
                    let (style, sign) = match change.kind {
                        "added" => (GOOD, "+"),
                        "removed" => (BAD, "-"),
                        _ => (WARN, "~"),
                    };
                    output::line(&format!("{} {}", styled(style, sign), styled(BOLD, &change.entity_ref)))?;
                    change.messages.iter().try_for_each(|message| output::line(&format!("    {message}")))?;
                }
                output::line(&styled(BOLD, count(changes.len(), "change")))?;
            }
        }
        Ok(Exit::of(!changes.is_empty()))
    }
}

/// How much of a catalog is described and owned.
#[derive(Debug, Args)]
pub(super) struct Cover {
    /// Files or directories
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl Cover {
    pub(super) fn run(self) -> Outcome {
        let report = coverage(&EntityFiles::read(&self.paths, ENTITIES)?.accepted());
        match output::data(self.output, &serde_json::to_value(&report).unwrap_or_default()) {
            Some(data) => output::text(&data)?,
            None => human(&report)?,
        }
        Ok(Exit::Clean)
    }
}

fn human(report: &Coverage) -> std::io::Result<()> {
    let head = ["kind", "total", "owned", "described", "tagged", "linked", "documented", "in a system"];
    output::line(&styled(BOLD, format!("{:<12}{}", head[0], head[1..].iter().map(|word| format!("{word:>12}")).collect::<String>())))?;
    for (kind, of) in &report.kinds {
        let cells = [of.total, of.owned, of.described, of.tagged, of.linked, of.documented, of.in_system];
        output::line(&format!("{kind:<12}{}", cells.map(|cell| format!("{cell:>12}")).concat()))?;
    }
    output::line("")?;
    output::line(&styled(BOLD, "owners"))?;
    let mut owners: Vec<(&String, &usize)> = report.owners.iter().collect();
    owners.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for (owner, number) in owners {
        output::line(&format!("{number:>6}  {owner}"))?;
    }
    for (title, refs) in [
        ("without an owner", &report.unowned),
        ("owned by someone who is not there", &report.owner_missing),
        ("owning groups without a member", &report.empty_groups),
    ] {
        if !refs.is_empty() {
            output::line("")?;
            output::line(&format!("{} {}", styled(BOLD, title), styled(DIM, refs.len())))?;
            refs.iter().try_for_each(|entity| output::line(&format!("        {entity}")))?;
        }
    }
    Ok(())
}

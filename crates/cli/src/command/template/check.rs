//! `lofting template check`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use lofting::backstage::catalog::check as catalog;
use lofting::backstage::catalog::query::Index;
use lofting::backstage::scaffolder::check;
use lofting::backstage::scaffolder::dry_run::{Mode, SourceFile};
use lofting::{Diagnostic, Severity};
use serde_json::json;

use super::registry;
use crate::entities::{ENTITIES, EntityFile, EntityFiles, TEMPLATES};
use crate::exit::{Exit, Outcome};
use crate::output::{self, BOLD, styled};
use crate::report::{self, CheckFormat, Findings};

/// Check templates without running them.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Files or directories
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// An action that the server has besides the built-in ones, with the JSON Schemas of its input and output
    #[arg(long, value_name = "ID[=FILE]")]
    action: Vec<String>,
    /// Entity files of the catalog, to check what pickers offer
    #[arg(long, value_name = "PATH")]
    catalog: Vec<PathBuf>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = CheckFormat::Human)]
    output: CheckFormat,
}

/// Registration finds these too; the check of templates says more about them.
const SAID_BETTER: &[&str] = &["backstage-catalog-kind", "backstage-catalog-yaml", "backstage-catalog-unrecognized"];

impl Check {
    pub(super) fn run(self) -> Outcome {
        let registry = registry(&self.action)?;
        let given = EntityFiles::read(&self.paths, TEMPLATES)?;
        let verdicts = catalog::check(&given.entity_files(), &given.assets(), catalog::BASE_URL);
        let registered = verdicts.iter().flat_map(|verdict| verdict.diagnostics.iter().cloned());
        let mut findings: Vec<Diagnostic> = registered.filter(|finding| !SAID_BETTER.contains(&finding.code)).collect();
        let catalog = match self.catalog.as_slice() {
            [] => None,
            paths => Some(Index::new(EntityFiles::read(paths, ENTITIES)?.accepted())),
        };
        let file = |file: &EntityFile| SourceFile { path: file.path.clone(), bytes: file.text.clone().into_bytes(), mode: Mode::Regular };
        let files: Vec<SourceFile> = given.files.iter().map(file).collect();
        for file in given.files.iter().filter(|file| file.is_entity) {
            findings.extend(check::check_with(&files, &file.path, &registry, catalog.as_ref())?);
        }
        given.show(&mut findings);
        findings.sort_by(|a, b| place(a).cmp(&place(b)));
        let templates: BTreeSet<&str> = verdicts
            .iter()
            .filter_map(|verdict| verdict.outcome.as_ref().ok())
            .filter(|accepted| accepted.kind().eq_ignore_ascii_case("template"))
            .map(|accepted| accepted.entity_ref.as_str())
            .collect();
        let report = Findings { verb: "template check", files: &given.names(), findings: &findings };
        if let Some(text) = report.report(self.output) {
            output::text(&text)?;
        } else if let Some(text) = report::data(self.output, &json!({"templates": templates, "diagnostics": findings})) {
            output::text(&text)?;
        } else {
            let texts = given.texts();
            findings.iter().try_for_each(|finding| output::line(&report::render(finding, &texts)))?;
            output::line(&styled(BOLD, report::summary(&[(templates.len(), "template")], &findings)))?;
        }
        Ok(Exit::of(findings.iter().any(|finding| finding.severity >= Severity::Warning)))
    }
}

fn place(finding: &Diagnostic) -> Option<(&str, usize, usize)> {
    finding.location.as_ref().map(|at| (at.file.as_str(), at.line, at.column))
}

//! `lofting catalog check`.

use std::path::PathBuf;

use clap::Args;
use lofting::backstage::catalog::check::{self, Checker};
use lofting::backstage::catalog::dangling::{Referrer, circular, referrers, unknown};
use lofting::backstage::catalog::{EntityRef, reference::Defaults};
use lofting::{Diagnostic, Severity};
use rayon::prelude::*;

use crate::entities::{ENTITIES, EntityFiles};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, BOLD, styled};
use crate::report::{self, CheckFormat, Findings};

/// Check entity files as registration would.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Files or directories; in directories, YAML files that hold entities
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Also report references that lead to no entity, and circles of dependsOn
    #[arg(long, short)]
    references: bool,
    /// An entity that exists elsewhere, such as group:default/platform
    #[arg(long, value_name = "REF", requires = "references")]
    known: Vec<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = CheckFormat::Human)]
    output: CheckFormat,
}

/// What is kept of a file's verdicts; the entities themselves are not.
#[derive(Debug, Default)]
struct Checked {
    accepted: Vec<String>,
    refused: usize,
    findings: Vec<Diagnostic>,
    referrers: Vec<Referrer>,
}

impl Check {
    pub(super) fn run(self) -> Outcome {
        let known = self.known.iter().map(|text| canonical(text)).collect::<Result<Vec<String>, Failure>>()?;
        let given = EntityFiles::read(&self.paths, ENTITIES)?;
        let mut checked = self.check(&given);
        if self.references {
            checked.findings.extend(unknown(&checked.referrers, &known));
            checked.findings.extend(circular(&checked.referrers));
        }
        given.show(&mut checked.findings);
        let Checked { accepted, refused, findings, .. } = checked;
        let report = Findings { verb: "catalog check", files: &given.names(), findings: &findings };
        if let Some(text) = report.report(self.output) {
            output::text(&text)?;
        } else if let Some(text) = report::data(self.output, &serde_json::json!({"entities": accepted, "diagnostics": findings})) {
            output::text(&text)?;
        } else {
            let texts = given.texts();
            findings.iter().try_for_each(|finding| output::line(&report::render(finding, &texts)))?;
            output::line(&styled(BOLD, format!("{} accepted, {refused} refused", accepted.len())))?;
        }
        Ok(Exit::of(findings.iter().any(|finding| finding.severity >= Severity::Warning)))
    }

    /// Checks file by file, on every core; the order of files stays.
    fn check(&self, given: &EntityFiles) -> Checked {
        let files = given.entity_files();
        let checker = Checker::new(&files, &given.assets(), check::BASE_URL);
        let parts: Vec<Checked> = files
            .par_iter()
            .map(|file| {
                let verdicts = checker.file(*file);
                let referrers = if self.references { referrers(&verdicts, std::slice::from_ref(file)) } else { Vec::new() };
                let mut part = Checked { referrers, ..Checked::default() };
                for verdict in verdicts {
                    part.findings.extend(verdict.diagnostics);
                    match verdict.outcome {
                        Ok(accepted) => part.accepted.push(accepted.entity_ref),
                        Err(_) => part.refused += 1,
                    }
                }
                part
            })
            .collect();
        let mut checked = Checked::default();
        for part in parts {
            checked.accepted.extend(part.accepted);
            checked.refused += part.refused;
            checked.findings.extend(part.findings);
            checked.referrers.extend(part.referrers);
        }
        checked
    }
}

/// A reference as the catalog writes it.
fn canonical(text: &str) -> Result<String, Failure> {
    match EntityRef::parse(text, Defaults::default()) {
        Ok(reference) => Ok(reference.canonical()),
        Err(error) => Err(Failure::Usage(format!("--known {text}: {}", error.message))),
    }
}

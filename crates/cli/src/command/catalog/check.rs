//! `lofting catalog check`.

use std::path::PathBuf;

use clap::Args;
use lofting::backstage::catalog::check;
use lofting::backstage::catalog::dangling::{circles, dangling};
use lofting::{Diagnostic, Severity};

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

impl Check {
    pub(super) fn run(self) -> Outcome {
        let known = self.known.iter().map(|text| canonical(text)).collect::<Result<Vec<String>, Failure>>()?;
        let given = EntityFiles::read(&self.paths, ENTITIES)?;
        let files = given.entity_files();
        let verdicts = check::check(&files, &given.assets(), check::BASE_URL);
        let mut findings: Vec<Diagnostic> = verdicts.iter().flat_map(|verdict| verdict.diagnostics.iter().cloned()).collect();
        if self.references {
            findings.extend(dangling(&verdicts, &files, &known));
            findings.extend(circles(&verdicts));
        }
        given.show(&mut findings);
        let accepted = verdicts.iter().filter_map(|verdict| verdict.outcome.as_ref().ok()).map(|accepted| accepted.entity_ref.as_str());
        let accepted: Vec<&str> = accepted.collect();
        let report = Findings { verb: "catalog check", files: &given.names(), findings: &findings };
        if let Some(text) = report.report(self.output) {
            output::text(&text)?;
        } else if let Some(text) = report::data(self.output, &serde_json::json!({"entities": accepted, "diagnostics": findings})) {
            output::text(&text)?;
        } else {
            let texts = given.texts();
            findings.iter().try_for_each(|finding| output::line(&report::render(finding, &texts)))?;
            let refused = verdicts.iter().filter(|verdict| verdict.outcome.is_err()).count();
            output::line(&styled(BOLD, format!("{} accepted, {refused} refused", accepted.len())))?;
        }
        Ok(Exit::of(findings.iter().any(|finding| finding.severity >= Severity::Warning)))
    }
}

/// A reference as the catalog writes it.
fn canonical(text: &str) -> Result<String, Failure> {
    use lofting::backstage::catalog::{EntityRef, reference::Defaults};
    match EntityRef::parse(text, Defaults::default()) {
        Ok(reference) => Ok(reference.canonical()),
        Err(error) => Err(Failure::Usage(format!("--known {text}: {}", error.message))),
    }
}

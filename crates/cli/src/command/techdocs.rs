//! `lofting techdocs`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use lofting::backstage::techdocs::{self, Page};
use lofting::{Diagnostic, Severity};
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BOLD, styled};
use crate::report::{self, CheckFormat, Findings, Sources};

/// Check documentation before TechDocs builds it.
#[derive(Debug, Args)]
pub(crate) struct TechdocsCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check mkdocs.yml, the navigation, the pages and the links between them
    Check {
        /// A folder with mkdocs.yml, or one below which every such folder is checked
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = CheckFormat::Human)]
        output: CheckFormat,
    },
}

impl TechdocsCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Check { dir, output } => check(&dir, output),
        }
    }
}

fn check(dir: &Path, format: CheckFormat) -> Outcome {
    if !dir.is_dir() {
        return Err(Failure::Usage(format!("{}: techdocs check wants a directory", dir.display())));
    }
    let shown = |path: &str| {
        let path = dir.join(path);
        path.strip_prefix(".").unwrap_or(&path).display().to_string()
    };
    // A picture is no text, but a page may link to it.
    let files: Vec<(String, String)> =
        input::tree(dir)?.into_iter().map(|file| (shown(&file.path), file.text.unwrap_or_default())).collect();
    let pages: Vec<Page<'_>> = files.iter().map(|(path, text)| Page { path, text }).collect();
    let folders = techdocs::folders(&pages);
    if folders.is_empty() {
        return Err(Failure::Usage(format!(
            "{}: there is no mkdocs.yml here, and no entity with backstage.io/techdocs-ref",
            dir.display()
        )));
    }
    let findings: Vec<Diagnostic> = techdocs::check_all(&pages);
    let names: Vec<String> = folders.iter().map(|folder| if folder.is_empty() { ".".to_owned() } else { folder.clone() }).collect();
    let report = Findings { verb: "techdocs check", files: &names, findings: &findings };
    if let Some(text) = report.report(format) {
        output::text(&text)?;
    } else if let Some(text) = report::data(format, &json!({"folders": names, "diagnostics": findings})) {
        output::text(&text)?;
    } else {
        let texts: Sources<'_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        findings.iter().try_for_each(|finding| output::line(&report::render(finding, &texts)))?;
        output::line(&styled(BOLD, report::summary(&[(names.len(), "folder")], &findings)))?;
    }
    Ok(Exit::of(findings.iter().any(|finding| finding.severity >= Severity::Warning)))
}

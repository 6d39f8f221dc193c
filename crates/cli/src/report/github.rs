//! Workflow commands of GitHub Actions, which become annotations.

use std::fmt::Write as _;

use lofting::Severity;

use super::{Findings, advised};

pub(super) fn report(findings: &Findings<'_>) -> String {
    let mut out = String::new();
    for finding in findings.findings {
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let mut place = String::new();
        if let Some(at) = finding.location.as_ref().filter(|at| !at.file.is_empty()) {
            let _ = write!(place, "file={},line={},col={},", property(&at.file), at.line, at.column);
            if let Some(end) = at.end {
                let _ = write!(place, "endLine={},endColumn={},", end.line, end.column);
            }
        }
        let _ = writeln!(out, "::{level} {place}title={}::{}", property(finding.code), message(&advised(finding)));
    }
    out
}

/// The characters that end a message.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The characters that end a property as well.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

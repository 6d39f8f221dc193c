//! GitLab's code quality report.

use lofting::{Severity, Value};
use serde_json::json;

use super::{Findings, advised, file, fingerprint};

pub(super) fn report(findings: &Findings<'_>) -> String {
    let mut seen = std::collections::BTreeMap::new();
    let rows: Vec<Value> = findings
        .findings
        .iter()
        .map(|finding| {
            let severity = match finding.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Info => "info",
            };
            // The widget shows one finding a fingerprint.
            let mut print = fingerprint(finding);
            let count = seen.entry(print.clone()).or_insert(0);
            *count += 1;
            if *count > 1 {
                print = format!("{print}-{count}");
            }
            let path = Some(file(finding)).filter(|file| !file.is_empty()).unwrap_or(".");
            json!({
                "description": advised(finding),
                "check_name": finding.code,
                "fingerprint": print,
                "severity": severity,
                "location": {"path": path, "lines": {"begin": finding.location.as_ref().map_or(1, |at| at.line)}},
            })
        })
        .collect();
    serde_json::to_string_pretty(&rows).unwrap_or_default() + "\n"
}

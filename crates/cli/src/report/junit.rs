//! JUnit XML: a suite a file, a case a finding; a file without findings is one case that passes.

use std::collections::BTreeMap;

use lofting::{Diagnostic, Severity};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Findings, advised, file};

pub(super) fn report(findings: &Findings<'_>) -> String {
    let mut files: BTreeMap<&str, Vec<&Diagnostic>> = findings.files.iter().map(|file| (file.as_str(), Vec::new())).collect();
    for finding in findings.findings {
        files.entry(file(finding)).or_default().push(finding);
    }
    let mut report = Report::new(format!("lofting {}", findings.verb));
    for (file, found) in files {
        let mut suite = TestSuite::new(if file.is_empty() { findings.verb } else { file });
        if found.is_empty() {
            suite.add_test_case(TestCase::new(file, TestCaseStatus::success()));
        }
        suite.add_test_cases(found.into_iter().map(case));
        report.add_test_suite(suite);
    }
    report.to_string().map(|text| text + "\n").unwrap_or_default()
}

fn case(finding: &Diagnostic) -> TestCase {
    let place = finding.location.as_ref().map_or_else(|| finding.path.clone(), |at| format!("{}:{}:{}", at.file, at.line, at.column));
    let name = if place.is_empty() { finding.code.to_owned() } else { format!("{} at {place}", finding.code) };
    // Remarks do not fail a command, so they fail no test either.
    let fails = finding.severity > Severity::Info;
    let mut status = if fails { TestCaseStatus::non_success(NonSuccessKind::Failure) } else { TestCaseStatus::success() };
    if fails {
        status.set_message(finding.message.as_str());
        status.set_type(if finding.severity == Severity::Error { "error" } else { "warning" });
        status.set_description(format!("{place}\n{}", advised(finding)));
    }
    let mut case = TestCase::new(name, status);
    case.set_classname(finding.code);
    if !fails {
        case.set_system_out(advised(finding));
    }
    case
}

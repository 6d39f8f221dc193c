//! Findings as people and machines read them: one place for every verb that checks something.

mod github;
mod gitlab;
mod human;
mod junit;
mod sarif;

use std::collections::BTreeMap;

use clap::ValueEnum;
use lofting::text::Code;
use lofting::{Diagnostic, Severity, Value};

use crate::cli::Format;
use crate::output;

pub(crate) use human::{refusal, render};

/// The texts that findings point into, by path.
pub(crate) type Sources<'a> = BTreeMap<&'a str, &'a str>;

/// How to write the answer of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people at a terminal
    Human,
    /// The wire answer
    Json,
    /// The wire answer as YAML
    Yaml,
    /// Annotations of a GitHub workflow
    Github,
    /// A GitLab code quality report
    Gitlab,
    /// SARIF 2.1.0, which code scanning reads
    Sarif,
    /// JUnit XML, which test reports read
    Junit,
}

/// A wire answer as JSON or YAML; `None` for the other formats.
pub(crate) fn data(format: CheckFormat, answer: &Value) -> Option<String> {
    match format {
        CheckFormat::Json => output::data(Format::Json, answer),
        CheckFormat::Yaml => output::data(Format::Yaml, answer),
        _ => None,
    }
}

/// What a check looked at and found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Findings<'a> {
    /// The verb, such as `catalog check`.
    pub(crate) verb: &'a str,
    /// The files it looked at; those without a finding count as passed.
    pub(crate) files: &'a [String],
    /// What it found. The file of a location is the path from where the command runs.
    pub(crate) findings: &'a [Diagnostic],
}

impl Findings<'_> {
    /// The report as a continuous-integration service wants it; `None` for the formats that a verb writes itself.
    pub(crate) fn report(&self, format: CheckFormat) -> Option<String> {
        match format {
            CheckFormat::Human | CheckFormat::Json | CheckFormat::Yaml => None,
            CheckFormat::Github => Some(github::report(self)),
            CheckFormat::Gitlab => Some(gitlab::report(self)),
            CheckFormat::Sarif => Some(sarif::report(self)),
            CheckFormat::Junit => Some(junit::report(self)),
        }
    }
}

/// What was looked at and what was found, on one line: `3 templates: 1 error, 2 warnings`.
pub(crate) fn summary(looked_at: &[(usize, &str)], findings: &[Diagnostic]) -> String {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let found = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning"), (of(Severity::Info), "remark")];
    let join = |parts: &[(usize, &str)], all: bool| {
        parts.iter().filter(|(number, _)| all || *number > 0).map(|(number, word)| count(*number, word)).collect::<Vec<_>>().join(", ")
    };
    let found = if findings.is_empty() { "nothing found".to_owned() } else { join(&found, false) };
    format!("{}: {found}", join(looked_at, true))
}

/// The word for a number of things.
pub(crate) fn count(number: usize, one: &str) -> String {
    let many = if let Some(stem) = one.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o'])) {
        format!("{stem}ies")
    } else {
        format!("{one}s")
    };
    format!("{number} {}", if number == 1 { one.to_owned() } else { many })
}

/// The registered rule of a code; `rules` are sorted.
fn rule<'r>(rules: &'r [Code], code: &str) -> Option<&'r Code> {
    rules.binary_search_by_key(&code, |rule| rule.code).ok().and_then(|at| rules.get(at))
}

/// The message, with the advice if there is one.
fn advised(finding: &Diagnostic) -> String {
    match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    }
}

/// The file of a finding, or nothing.
fn file(finding: &Diagnostic) -> &str {
    finding.location.as_ref().map_or("", |at| at.file.as_str())
}

/// What stays the same about a finding when lines move.
fn fingerprint(finding: &Diagnostic) -> String {
    use sha1::{Digest as _, Sha1};
    let mut hash = Sha1::new();
    for part in [finding.code, file(finding), &finding.path, &finding.message] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use lofting::text::{Location, Position};

    use super::*;

    fn findings() -> Vec<Diagnostic> {
        let place = Location { file: "a b/x,y.yaml".into(), line: 3, column: 5, end: Some(Position { line: 3, column: 9 }) };
        vec![
            Diagnostic::error("backstage-catalog-kind", "/spec/owner", "no \"owner\": 100%\nat all, <really> \u{1}")
                .with_location(place)
                .with_help("Write & name one"),
            Diagnostic::info("backstage-catalog-dangling", "", "nowhere"),
        ]
    }

    fn report(format: CheckFormat) -> String {
        let (files, findings) = (["a b/x,y.yaml".to_owned(), "clean.yaml".to_owned()], findings());
        Findings { verb: "catalog check", files: &files, findings: &findings }.report(format).unwrap_or_default()
    }

    #[test]
    fn github_escapes_its_separators() {
        let expected = "::error file=a b/x%2Cy.yaml,line=3,col=5,endLine=3,endColumn=9,title=backstage-catalog-kind::\
                        no \"owner\": 100%25%0Aat all, <really> \u{1}%0AWrite & name one\n\
                        ::notice title=backstage-catalog-dangling::nowhere\n";
        assert_eq!(report(CheckFormat::Github), expected);
    }

    #[test]
    fn gitlab_has_what_the_widget_needs() {
        let rows: lofting::Value = serde_json::from_str(&report(CheckFormat::Gitlab)).unwrap_or_default();
        assert_eq!(rows.pointer("/0/location/lines/begin"), Some(&3.into()));
        assert_eq!(rows.pointer("/0/severity"), Some(&"major".into()));
        assert_eq!(rows.pointer("/1/location/path"), Some(&".".into()));
        assert_ne!(rows.pointer("/0/fingerprint"), rows.pointer("/1/fingerprint"));
    }

    #[test]
    fn sarif_points_into_the_file_and_the_rules() {
        let log: lofting::Value = serde_json::from_str(&report(CheckFormat::Sarif)).unwrap_or_default();
        let at = |pointer: &str| log.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(at("/version"), "2.1.0");
        assert_eq!(at("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri"), "a%20b/x,y.yaml");
        assert_eq!(at("/runs/0/results/0/locations/0/physicalLocation/region/endColumn"), 9);
        let index = at("/runs/0/results/0/ruleIndex").as_u64().unwrap_or(99);
        assert_eq!(at(&format!("/runs/0/tool/driver/rules/{index}/id")), "backstage-catalog-kind");
        assert_eq!(at("/runs/0/results/1/level"), "note");
        assert_eq!(at("/runs/0/results/1/locations"), lofting::Value::Null);
    }

    #[test]
    fn junit_counts_and_stays_xml() {
        let text = report(CheckFormat::Junit);
        assert!(text.contains(r#"<testsuite name="a b/x,y.yaml" tests="1" skipped="0" errors="0" failures="1">"#), "{text}");
        assert!(text.contains(r#"<testcase name="clean.yaml">"#) || text.contains(r#"<testcase name="clean.yaml"/>"#), "{text}");
        assert!(!text.contains('\u{1}'), "{text}");
        assert!(text.contains(r#"tests="3" skipped="0" failures="1""#), "{text}");
    }
}

//! The request and the answer of `platform.lint`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::fingerprints;
use super::fix::{Fix, mend};
use super::suppress::Comments;
use super::{CODES, Finding};
use crate::platform::File;
use crate::platform::config::Config;
use crate::platform::model::Platform;
use crate::{Diagnostic, Error, Result, Severity};

/// Request of `platform.lint`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Every text of the platform's directory; `lofting.yaml` among them configures the rest.
    pub files: Vec<File>,
    /// Application name to what a renderer made of its source; besides the files below `rendered`.
    #[serde(default)]
    pub rendered: BTreeMap<String, String>,
    /// Fingerprints of findings that are known and not reported.
    #[serde(default)]
    pub baseline: Vec<String>,
}

/// Response of `platform.lint`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Findings, worst first.
    pub diagnostics: Vec<LintDiagnostic>,
    /// Findings that a comment allows.
    pub suppressed: Vec<Suppressed>,
    /// How many findings the baseline knows.
    pub baselined: usize,
    /// Fingerprints of the baseline that nothing has any more.
    pub stale: Vec<String>,
    /// The files as they are with every safe fix made, each whole; one that touches what another changes waits for the next run.
    pub fixed: Vec<File>,
}

/// A finding with its fingerprint and its fix.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LintDiagnostic {
    /// The finding.
    #[serde(flatten)]
    pub diagnostic: Diagnostic,
    /// Names the finding without its line.
    pub fingerprint: String,
    /// A safe fix, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A finding that a comment allows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Suppressed {
    /// The finding.
    #[serde(flatten)]
    pub diagnostic: Diagnostic,
    /// Why.
    pub reason: String,
}

/// Lints a platform.
///
/// # Errors
/// When `lofting.yaml` or the inventory cannot be read.
pub fn report(request: &Request) -> Result<Report> {
    Ok(Report::read(&request.files, &request.rendered)?.against(&request.baseline, &request.files))
}

impl Report {
    /// Everything that is found, as if there were no baseline.
    ///
    /// # Errors
    /// When `lofting.yaml` or the inventory cannot be read.
    pub fn read(files: &[File], rendered: &BTreeMap<String, String>) -> Result<Self> {
        let platform = Platform::read(files, rendered)?;
        let snapshot = platform.snapshot();
        let mut findings = super::check(&platform, &snapshot, &platform.findings)?;
        let context = super::context::Context::new(&platform, &snapshot);
        let told = said_better(&findings);
        findings.extend(platform.findings.iter().filter(|finding| !told.contains(&place(finding))).cloned().map(|finding| {
            let fix = super::wiring::fix_of(&context, &finding);
            Finding { diagnostic: finding, fix }
        }));
        let (mut findings, suppressed) = settle(&platform, findings);
        findings.sort_by(|a, b| {
            let place = |d: &Diagnostic| d.location.as_ref().map(|at| (at.file.clone(), at.line, at.column));
            let (a, b) = (&a.diagnostic, &b.diagnostic);
            b.severity.cmp(&a.severity).then_with(|| place(a).cmp(&place(b))).then_with(|| a.code.cmp(b.code))
        });
        let prints = fingerprints(findings.iter().map(|finding| &finding.diagnostic));
        let named =
            |(finding, fingerprint): (Finding, String)| LintDiagnostic { diagnostic: finding.diagnostic, fingerprint, fix: finding.fix };
        let diagnostics = findings.into_iter().zip(prints).map(named).collect();
        Ok(Self { diagnostics, suppressed, baselined: 0, stale: Vec::new(), fixed: Vec::new() })
    }

    /// What a baseline does not know, with the files as their fixes make them.
    #[must_use]
    pub fn against(mut self, baseline: &[String], files: &[File]) -> Self {
        let known: BTreeSet<&str> = baseline.iter().map(String::as_str).collect();
        let present: BTreeSet<&str> = self.diagnostics.iter().map(|finding| finding.fingerprint.as_str()).collect();
        self.stale = known.iter().filter(|print| !present.contains(*print)).map(|print| (*print).to_owned()).collect();
        let before = self.diagnostics.len();
        self.diagnostics.retain(|finding| !known.contains(finding.fingerprint.as_str()));
        self.baselined = before - self.diagnostics.len();
        let fixes: Vec<&Fix> = self.diagnostics.iter().filter_map(|finding| finding.fix.as_ref()).collect();
        self.fixed = mend(files, &fixes).files;
        self
    }
}

/// Code and file of what a lint explains better than the reader that stopped there.
fn said_better(findings: &[Finding]) -> BTreeSet<(&'static str, String)> {
    let pair = |code: &str| match code {
        "platform-unquoted-template" => Some("platform-unreadable-file"),
        "rollouts-invalid" => Some("platform-unreadable-rollout"),
        _ => None,
    };
    findings.iter().filter_map(|finding| Some((pair(finding.diagnostic.code)?, place(&finding.diagnostic).1))).collect()
}

fn place(finding: &Diagnostic) -> (&'static str, String) {
    (finding.code, finding.location.as_ref().map(|at| at.file.clone()).unwrap_or_default())
}

impl Report {
    /// Whether anything was found that deserves exit code 1.
    pub fn has_findings(&self) -> bool {
        self.diagnostics.iter().any(|finding| finding.diagnostic.severity >= Severity::Warning)
    }
}

/// Severities as configured, comments obeyed; what comments allow comes second.
pub(super) fn settle(platform: &Platform<'_>, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Suppressed>) {
    let mut comments = Comments::read(platform.tree.files);
    let (mut kept, mut suppressed) = (Vec::with_capacity(findings.len()), Vec::new());
    for mut finding in findings {
        if !configure(&platform.config, &mut finding.diagnostic) {
            continue;
        }
        match comments.allows(&finding.diagnostic) {
            Some(reason) => suppressed.push(Suppressed { reason: reason.to_owned(), diagnostic: finding.diagnostic }),
            None => kept.push(finding),
        }
    }
    for mut diagnostic in comments.findings() {
        if configure(&platform.config, &mut diagnostic) {
            kept.push(diagnostic.into());
        }
    }
    (kept, suppressed)
}

/// Sets the configured severity; `false` when the code is off.
fn configure(config: &Config, finding: &mut Diagnostic) -> bool {
    let Some(level) = config.lint.get(finding.code) else { return true };
    match level.severity() {
        Some(severity) => finding.severity = severity,
        None => return false,
    }
    true
}

/// Every code of the rooms that a platform can show.
pub(super) fn all_codes() -> Vec<&'static str> {
    let rooms: [&[crate::text::Code]; 6] = [
        CODES,
        crate::platform::codes::CODES,
        crate::argocd::appset::CODES,
        crate::argocd::sync::CODES,
        crate::backstage::codes::CODES,
        crate::rollouts::codes::CODES,
    ];
    rooms.iter().flat_map(|room| room.iter().map(|code| code.code)).collect()
}

/// The known code that was probably meant.
pub(super) fn nearest(code: &str, known: &[&'static str]) -> Option<&'static str> {
    known
        .iter()
        .map(|near| (strsim::damerau_levenshtein(near, code), *near))
        .min()
        .filter(|(distance, _)| *distance <= 4)
        .map(|(_, near)| near)
}

/// Refuses a configuration of codes and metrics that do not exist.
///
/// # Errors
/// The message names the code and the one that was probably meant.
pub fn known_codes(config: &Config) -> Result<()> {
    let known = all_codes();
    for code in config.lint.keys() {
        if !known.contains(&code.as_str()) {
            let near = nearest(code, &known).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(Error::invalid(format!("{}: lint: there is no code {code:?}{near}", crate::platform::config::NAME)));
        }
    }
    for key in config.adoption.keys() {
        if !crate::platform::adoption::METRICS.iter().any(|(name, _)| name == key) {
            return Err(Error::invalid(format!("{}: adoption: there is no metric {key:?}", crate::platform::config::NAME)));
        }
    }
    Ok(())
}

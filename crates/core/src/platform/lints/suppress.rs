//! `# lofting: allow CODE reason`, on the line of a finding or above it.

use std::collections::BTreeMap;

use super::Finding;
use crate::platform::File;
use crate::platform::model::Platform;
use crate::{Diagnostic, Location};

const MARK: &str = "lofting: allow";

/// One comment.
#[derive(Debug)]
struct Comment {
    location: Location,
    code: String,
    reason: String,
    /// The lines it speaks of.
    covers: (usize, usize),
    used: bool,
}

/// What comments do to findings.
#[derive(Debug)]
pub struct Comments {
    by_file: BTreeMap<String, Vec<Comment>>,
}

impl Comments {
    /// Reads the comments of all files.
    pub fn read(files: &[File]) -> Self {
        let mut by_file = BTreeMap::new();
        for file in files.iter().filter(|file| file.text.contains(MARK)) {
            let found = comments(file);
            if !found.is_empty() {
                by_file.insert(file.path.clone(), found);
            }
        }
        Self { by_file }
    }

    /// The reason why a finding is allowed, if a comment says so.
    pub fn allows(&mut self, finding: &Diagnostic) -> Option<&str> {
        let at = finding.location.as_ref()?;
        let comments = self.by_file.get_mut(&at.file)?;
        let covers = |comment: &&mut Comment| {
            comment.code == finding.code && !comment.reason.is_empty() && (comment.covers.0..=comment.covers.1).contains(&at.line)
        };
        let comment = comments.iter_mut().find(covers)?;
        comment.used = true;
        Some(&comment.reason)
    }

    /// Comments that are not sound: no reason, no such code, nothing to allow.
    pub fn findings(&self) -> Vec<Diagnostic> {
        let known = crate::platform::lints::report::all_codes();
        let mut findings = Vec::new();
        for comment in self.by_file.values().flatten() {
            let finding = if !known.contains(&comment.code.as_str()) {
                let near = super::report::nearest(&comment.code, &known);
                let finding = Diagnostic::warning("platform-allow", "", format!("there is no code {:?} to allow", comment.code));
                near.into_iter().fold(finding, |finding, near| finding.with_help(format!("did you mean {near}?")))
            } else if comment.reason.is_empty() {
                Diagnostic::warning("platform-allow", "", format!("{} is allowed without a reason, so it is not allowed", comment.code))
            } else if !comment.used {
                Diagnostic::info("platform-allow", "", format!("{} is allowed here, and there is nothing to allow", comment.code))
            } else {
                continue;
            };
            findings.push(finding.with_location(comment.location.clone()));
        }
        findings
    }
}

fn comments(file: &File) -> Vec<Comment> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(mark) = line.find(MARK) else { continue };
        let before = line.get(..mark).unwrap_or_default();
        let Some(hash) = before.rfind('#').filter(|hash| before.get(hash + 1..).is_some_and(|rest| rest.trim().is_empty())) else {
            continue;
        };
        let rest = line.get(mark + MARK.len()..).unwrap_or_default();
        let (code, reason) = rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let alone = before.get(..hash).is_some_and(|rest| rest.trim().is_empty());
        // A comment on a line of its own speaks of the next line that is none.
        let next = lines.iter().skip(at + 1).take_while(|line| line.trim_start().starts_with('#')).count();
        let covered = if alone { at + 1 + next } else { at } + 1;
        found.push(Comment {
            location: Location { file: file.path.clone(), line: at + 1, column: hash + 1, end: None },
            code: code.to_owned(),
            reason: reason.trim_start_matches([':', '-', '—', ' ']).trim().to_owned(),
            covers: (covered, covered),
            used: false,
        });
    }
    found
}

/// Findings with the severities of `lofting.yaml`, without those that comments allow, and with what is wrong with the comments.
pub fn apply_plain(platform: &Platform<'_>, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let findings = findings.into_iter().map(Finding::from).collect();
    super::report::settle(platform, findings).0.into_iter().map(|finding| finding.diagnostic).collect()
}

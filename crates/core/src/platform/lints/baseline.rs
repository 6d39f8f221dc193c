//! A baseline: findings that were there before, told apart without line numbers.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::Diagnostic;

/// A name for a finding that survives edits elsewhere in its file: code, file, pointer and message without numbers.
fn base(finding: &Diagnostic) -> String {
    let file = finding.location.as_ref().map_or("", |at| at.file.as_str());
    let message: String = finding.message.chars().filter(|c| !c.is_ascii_digit()).collect();
    let mut hash = Sha256::new();
    for part in [finding.code, file, finding.path.as_str(), message.as_str()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The fingerprints of findings, in their order; equal ones are counted through.
pub fn fingerprints<'d>(findings: impl Iterator<Item = &'d Diagnostic>) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    findings
        .map(|finding| {
            let base = base(finding);
            let count = seen.entry(base.clone()).or_default();
            *count += 1;
            if *count == 1 { base } else { format!("{base}-{count}") }
        })
        .collect()
}

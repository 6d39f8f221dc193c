//! Lints: what upstream accepts and what will probably hurt the platform.
//!
//! One file a group. A lint looks at the [`Context`] and pushes [`Finding`]s;
//! severities, suppressions and the baseline are applied afterwards, here.

mod adoption;
mod applications;
mod appsets;
pub mod baseline;
mod codes;
mod context;
mod fix;
mod ownership;
pub(crate) mod portal;
mod production;
mod report;
mod reused;
mod rollouts;
mod secrets;
pub mod suppress;
mod templates;
mod wiring;
mod workloads;

use crate::{Diagnostic, Result};

use super::model::Platform;
use super::snapshot::Snapshot;
use context::Context;

pub use codes::CODES;
pub use fix::{Edit, Fix, Mended, mend};
pub use report::{LintDiagnostic, Report, Request, Suppressed, known_codes as known, report};

/// Codes of other rooms that this list of lints stands on; each has fixtures as well.
pub const REUSED: &[&str] = &[
    "argocd-appset-deletes-resources",
    "argocd-sync-app-of-apps",
    "argocd-sync-wave-not-integer",
    "platform-application-cycle",
    "platform-dangling-reference",
    "platform-duplicate-application",
    "platform-unwired-component",
    "rollouts-analysis-never-fails",
    "rollouts-invalid",
    "rollouts-weight-unreachable",
];

/// A finding, and how to mend it where that is safe.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// The edit.
    pub fix: Option<Fix>,
}

impl From<Diagnostic> for Finding {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostic, fix: None }
    }
}

/// Every finding of the lints, unsorted, with the severities of `lofting.yaml`; `known` are those found while reading.
///
/// # Errors
/// When `lofting.yaml` configures a code that does not exist.
pub fn check(platform: &Platform<'_>, snapshot: &Snapshot<'_>, known: &[Diagnostic]) -> Result<Vec<Finding>> {
    report::known_codes(&platform.config)?;
    let context = Context::new(platform, snapshot);
    let mut findings = Vec::new();
    for group in [
        portal::check,
        production::check,
        templates::check,
        adoption::check,
        ownership::check,
        applications::check,
        appsets::check,
        wiring::check,
        rollouts::check,
        workloads::check,
        reused::check,
    ] {
        group(&context, &mut findings);
    }
    // The rooms may have said the same while the platform was read.
    findings.retain(|finding: &Finding| !known.iter().any(|other| same(other, &finding.diagnostic)));
    Ok(findings)
}

fn same(a: &Diagnostic, b: &Diagnostic) -> bool {
    a.code == b.code && a.location == b.location && a.message == b.message
}

//! The catalogue entry behind every diagnostic code.

use crate::text::Severity;

/// A rule that a diagnostic can cite. `lofting rule CODE`, the documentation
/// page and the wire schema are made from these entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Stable, kebab-case, room first: `argocd-unknown-sync-option`.
    pub code: &'static str,
    /// The severity it has unless configured otherwise.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
    /// What happens upstream, why it matters, what to do. Markdown.
    pub help: &'static str,
    /// The upstream symbol or documentation this follows, with its release.
    pub upstream: &'static str,
}

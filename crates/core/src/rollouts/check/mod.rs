//! Whether a rollout is valid: upstream's rules, with their field paths and messages.
//!
//! `spec`, `strategy` and `steps` hold Rollouts' own rules, `pod` those of Kubernetes for
//! the pod template, `references` what holds between a rollout and the objects it names.

pub(crate) mod analysis;
pub(crate) mod config;
pub mod error;
pub(crate) mod names;
mod pod;
pub mod references;
mod selector;
mod spec;
mod steps;
mod strategy;

pub use error::{FieldError, FieldErrorKind};
pub(crate) use spec::rollout;

/// The text of the InvalidSpec condition: the controller shows the first error only.
pub(crate) fn invalid_spec(name: &str, errors: &[FieldError]) -> Option<String> {
    errors.first().map(|error| format!("The Rollout {} is invalid: {error}", super::spec::go_quote(name)))
}

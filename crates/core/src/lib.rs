//! What a GitOps platform will decide, worked out offline.
//!
//! The rooms carry the names of the upstream whose decisions they hold:
//! [`backstage`], [`argocd`], [`rollouts`]; [`platform`] is the only one that
//! knows all three. [`wire`] is the table of operations that the bindings and
//! the command line share. Nothing here reads a file, a clock, the environment
//! or the network: whatever upstream would fetch comes in as an argument.
#![forbid(unsafe_code)]

pub mod error;
pub mod kube;
pub mod lang;
pub mod pins;
pub mod text;
pub mod yaml;

#[cfg(feature = "argocd")]
pub mod argocd;
#[cfg(feature = "backstage")]
pub mod backstage;
#[cfg(feature = "platform")]
pub mod platform;
#[cfg(feature = "rollouts")]
pub mod rollouts;
#[cfg(feature = "wire")]
pub mod wire;

pub use error::{Error, Result};
pub use text::{Code, Diagnostic, Location, Severity};

/// A JSON value. Objects keep the order in which keys were written.
pub use serde_json::{Map, Number, Value};

//! What an AppProject allows: sources, destinations, kinds, namespaces, accounts.
//!
//! [`AppProject`] is the document, [`Permissions`] its lists compiled once for
//! many questions, [`check`] the validation of the API server.

mod check;
mod impersonation;
mod pattern;
mod permissions;
mod policy;
mod repo_url;
mod shape;
mod spec;
mod url;

pub use check::{Violation, check};
pub use impersonation::derive_service_account;
pub use permissions::{Cluster, Permissions};
pub use policy::policies_string;
pub use repo_url::normalize_git_url;
pub use spec::{
    AppProject, AppProjectSpec, ApplicationDestination, ApplicationDestinationServiceAccount, ClusterResourceRestrictionItem, GroupKind,
    OrphanedResourceKey, OrphanedResources, ProjectRole,
};
pub(crate) use spec::{list, nullable};

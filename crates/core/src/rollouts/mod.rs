//! What the Argo Rollouts controller steps through.
//!
//! `spec` reads documents, `replicas`, `weights` and `steps` do the arithmetic, `status`
//! says what phase a rollout is in, `traffic` changes what routes requests.

pub mod analysis;
pub mod check;
pub mod codes;
pub mod experiment;
pub mod hashes;
pub mod lint;
pub mod objects;
pub mod reconcile;
pub mod replicas;
pub mod simulate;
pub mod spec;
pub mod stage;
pub mod status;
pub mod steps;
pub mod traffic;
pub mod weights;
pub mod why;

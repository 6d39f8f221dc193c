//! What the Argo Rollouts controller steps through.

pub mod objects;
pub mod traffic;

//! The Kubernetes object envelope: keys, selectors, quantities, patches.

pub mod duration;
pub mod merge_patch;
pub mod quantity;
pub mod strategic_merge;
pub mod structs;

//! The Kubernetes object envelope: keys, selectors, quantities, patches.

pub mod defaults;
pub mod duration;
pub mod int_or_percent;
pub mod json_patch;
pub mod managed_fields;
pub(crate) mod members;
pub mod merge_patch;
pub mod names;
pub mod object;
pub mod quantity;
pub mod resource_key;
pub mod selector;
pub mod strategic_merge;
pub mod structs;

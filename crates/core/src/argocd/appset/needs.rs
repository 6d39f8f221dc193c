//! What the inventory lacks, and how to find it out.

use schemars::JsonSchema;
use serde::Serialize;

use crate::Value;

/// One fact that an evaluation asks for and the inventory does not have.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Need {
    /// The inventory's list that it belongs to: `git`, `oci`, `scm`, `pullRequests`, `plugins`, `clusters`.
    pub kind: String,
    /// The entry to add, with the keys that it is found by.
    pub entry: Value,
    /// A command that would give the facts.
    pub command: String,
    /// The generator that asks: a JSON pointer into the set.
    pub path: String,
}

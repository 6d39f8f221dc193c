//! JSON Schema, in the two validators that Backstage uses.
//!
//! [`ajv`] is what the catalog's entity schemas go through; [`node`] is the npm
//! package `jsonschema`, which checks form values and the input of actions.

pub mod ajv;
mod format;
pub mod node;

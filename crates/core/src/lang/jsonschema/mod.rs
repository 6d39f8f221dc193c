//! JSON Schema, in the two validators that Backstage uses.
//!
//! [`ajv`] is what the catalog's entity schemas go through.

pub mod ajv;

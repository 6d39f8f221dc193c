//! What a Backstage server accepts, relates and scaffolds.

pub mod catalog;
pub mod codes;
mod glob;
pub mod scaffolder;
pub mod techdocs;

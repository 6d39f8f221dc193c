//! Operations of Backstage's room.

mod catalog;
mod query;
mod scaffolder;
mod techdocs;

use super::Op;

pub(super) fn ops() -> Vec<Op> {
    let mut ops = Vec::new();
    ops.extend(catalog::ops());
    ops.extend(query::ops());
    ops.extend(scaffolder::ops());
    ops.extend(techdocs::ops());
    ops
}

//! Operations of Backstage's room.

mod catalog;
mod kept;
mod query;
mod scaffolder;
mod techdocs;

use super::Op;

pub(super) use kept::kind;

pub(super) fn ops() -> Vec<Op> {
    let mut ops = Vec::new();
    ops.extend(catalog::ops());
    ops.extend(query::ops());
    ops.extend(scaffolder::ops());
    ops.extend(techdocs::ops());
    ops
}

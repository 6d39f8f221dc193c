//! Operations of `techdocs`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

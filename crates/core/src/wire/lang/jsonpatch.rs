//! Operations of `jsonpatch`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

//! Operations of `sync`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

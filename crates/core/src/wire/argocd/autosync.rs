//! Operations of `autosync`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

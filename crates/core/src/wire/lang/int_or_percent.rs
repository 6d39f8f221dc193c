//! Operations of `int_or_percent`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

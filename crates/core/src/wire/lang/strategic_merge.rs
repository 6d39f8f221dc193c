//! Operations of `strategic_merge`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

//! Operations of `window`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

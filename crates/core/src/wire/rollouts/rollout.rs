//! Operations of `rollout`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

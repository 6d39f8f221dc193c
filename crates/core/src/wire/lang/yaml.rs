//! Operations of `yaml`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

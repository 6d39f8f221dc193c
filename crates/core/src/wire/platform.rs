//! Operations of `platform`.

use super::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

//! Operations of `fasttemplate`.

use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![]
}

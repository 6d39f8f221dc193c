//! The customisations that ship with Argo CD.

use super::script::Judged;
use crate::Value;

/// The shipped check of a group and kind; `Ok(None)` when there is none.
pub(super) fn check(_group: &str, _kind: &str, _object: &Value) -> Judged {
    Ok(None)
}

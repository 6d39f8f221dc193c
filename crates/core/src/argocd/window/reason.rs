//! Why a sync may run or not, in plain words.

use jiff::Timestamp;

use super::can_sync::{active, can_sync, inactive_allows};
use super::spec::SyncWindow;
use crate::Result;

/// The reason behind [`can_sync`]; `names` tells each window's name.
pub fn reason(
    windows: &[&SyncWindow],
    manual: bool,
    operation_start: Option<Timestamp>,
    now: Timestamp,
    names: impl Fn(usize) -> String,
) -> Result<String> {
    if windows.is_empty() {
        return Ok("no window concerns the Application".to_owned());
    }
    let allowed = can_sync(windows, manual, operation_start, now)?;
    let named = |indices: &[usize]| indices.iter().map(|at| names(*at)).collect::<Vec<_>>().join(", ");
    let open = active(windows, now, now)?;
    let of = |kind: &str| -> Vec<usize> {
        open.iter().copied().filter(|at| windows.get(*at).is_some_and(|window| window.kind == kind)).collect()
    };
    let (denying, allowing, shut) = (of("deny"), of("allow"), inactive_allows(windows, now, now)?);
    let begun = allowed && !can_sync(windows, manual, None, now)?;
    let despite = if begun {
        ", but the operation began when it was allowed, and syncOverrun lets it go on"
    } else {
        ", but manualSync lets a person sync"
    };
    let despite = if allowed { despite } else { "" };
    Ok(if !denying.is_empty() {
        format!("open deny windows: {}{despite}", named(&denying))
    } else if !allowing.is_empty() {
        format!("open allow windows: {}", named(&allowing))
    } else if !shut.is_empty() {
        format!("shut allow windows: {}{despite}", named(&shut))
    } else {
        "no deny window is open, and there is no allow window".to_owned()
    })
}

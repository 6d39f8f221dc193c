//! When the answer turns. Upstream has no such function: its own question is asked again at every
//! instant at which a window opens or shuts.

use jiff::{SignedDuration, Timestamp};

use super::can_sync::{read, ruling};
use super::spec::SyncWindow;
use crate::Result;

/// Openings and closings looked at before giving up.
const EDGES: usize = 256;
/// Openings of overlapping runs looked through, all together.
const OPENINGS: usize = 4_000;

/// The first instant after `at` at which [`super::can_sync`] answers otherwise than at `at`, without an
/// operation that runs already; none if that is out of sight. A window that opens or shuts does so right after its instant:
/// upstream counts the instant itself to the time before.
pub fn next_change(windows: &[&SyncWindow], manual: bool, at: Timestamp) -> Result<Option<Timestamp>> {
    let windows = read(windows)?;
    let first = ruling(&windows, manual, at, at).allowed;
    let (mut now, mut budget) = (at, OPENINGS);
    for _ in 0..EDGES {
        let edges = windows.iter().filter_map(|window| window.times.next_change(now, &mut budget));
        let Some(edge) = edges.min() else { return Ok(None) };
        // A window is open from the first nanosecond after its start to the last before its end.
        let after = edge.max(now).saturating_add(SignedDuration::from_nanos(1)).unwrap_or(edge);
        let turned = |instant: Timestamp| instant > at && ruling(&windows, manual, instant, instant).allowed != first;
        if turned(edge) || turned(after) {
            return Ok(Some(edge));
        }
        if after <= now || budget == 0 {
            return Ok(None);
        }
        now = after;
    }
    Ok(None)
}

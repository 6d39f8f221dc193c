//! May a sync run now? (`SyncWindows.CanSync`)

use jiff::Timestamp;

use super::schedule::{OpenTimes, parse_window};
use super::spec::SyncWindow;
use crate::{Error, Result};

/// Indices of the windows open at `at`; one that cannot be read spoils the answer.
pub fn active(windows: &[&SyncWindow], at: Timestamp, now: Timestamp) -> Result<Vec<usize>> {
    select(windows, |_| true, true, at, now)
}

/// Indices of the allow windows that are shut at `at`.
pub fn inactive_allows(windows: &[&SyncWindow], at: Timestamp, now: Timestamp) -> Result<Vec<usize>> {
    select(windows, |window| window.kind == "allow", false, at, now)
}

fn select(windows: &[&SyncWindow], of: fn(&SyncWindow) -> bool, open: bool, at: Timestamp, now: Timestamp) -> Result<Vec<usize>> {
    let mut found = Vec::new();
    for (index, window) in windows.iter().enumerate().filter(|(_, window)| of(window)) {
        if parse_window(window)?.is_open(at, now) == open {
            found.push(index);
        }
    }
    Ok(found)
}

/// Whether the windows of an Application let it sync. `operation_start` is given for an operation
/// that already runs: windows with `syncOverrun` let it go on if it was allowed then.
pub fn can_sync(windows: &[&SyncWindow], manual: bool, operation_start: Option<Timestamp>, now: Timestamp) -> Result<bool> {
    let windows = read(windows)?;
    let ruling = ruling(&windows, manual, now, now);
    Ok(ruling.allowed
        || match operation_start {
            Some(start) => ruling.overrun && self::ruling(&windows, manual, start, now).allowed,
            None => false,
        })
}

/// A window with its times read.
pub(super) struct ReadWindow<'a> {
    window: &'a SyncWindow,
    pub(super) times: OpenTimes,
}

pub(super) fn read<'a>(windows: &[&'a SyncWindow]) -> Result<Vec<ReadWindow<'a>>> {
    let read = |window: &&'a SyncWindow| Ok(ReadWindow { window, times: parse_window(window)? });
    windows.iter().map(read).collect::<Result<_>>().map_err(|error| Error::upstream(format!("invalid sync windows: {error}")))
}

pub(super) struct Ruling {
    pub(super) allowed: bool,
    /// Every window that refuses has `syncOverrun`.
    overrun: bool,
}

/// The ruling at one instant: open deny windows, else open allow windows, else shut allow windows.
pub(super) fn ruling(windows: &[ReadWindow<'_>], manual: bool, at: Timestamp, now: Timestamp) -> Ruling {
    let (mut refusing, mut shut, mut allowed) = (Vec::new(), Vec::new(), false);
    for ReadWindow { window, times } in windows {
        let open = times.is_open(at, now);
        match window.kind.as_str() {
            "deny" if open => refusing.push(*window),
            "allow" if open => allowed = true,
            "allow" => shut.push(*window),
            _ => {}
        }
    }
    if refusing.is_empty() && !allowed {
        refusing = shut;
    }
    Ruling {
        allowed: refusing.is_empty() || (manual && refusing.iter().all(|window| window.manual_sync)),
        overrun: refusing.iter().all(|window| window.sync_overrun),
    }
}

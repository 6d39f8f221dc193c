//! Is this window open at that instant?

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::spec::SyncWindow;
use crate::lang::cron::Schedule;
use crate::{Error, Result};

/// A window's schedule and duration, read.
pub(super) struct OpenTimes {
    schedule: Schedule,
    duration: SignedDuration,
    zone: Option<TimeZone>,
}

/// Reads schedule, then duration, with upstream's words for what is wrong.
pub(super) fn parse_window(window: &SyncWindow) -> Result<OpenTimes> {
    let schedule = Schedule::parse_window(&window.schedule)
        .map_err(|error| Error::upstream(format!("cannot parse schedule '{}': {error}", window.schedule)))?;
    let duration = crate::kube::duration::parse(&window.duration)
        .map_err(|error| Error::upstream(format!("cannot parse duration '{}': {error}", window.duration)))?;
    Ok(OpenTimes { schedule, duration: SignedDuration::from_nanos(duration), zone: zone(&window.time_zone) })
}

/// The zone of that exact name. Empty, `Local` and unknown names are UTC, as on a controller in a container.
fn zone(name: &str) -> Option<TimeZone> {
    let zone = TimeZone::get(name).ok()?;
    (zone.iana_name() == Some(name)).then_some(zone)
}

impl OpenTimes {
    /// Open strictly between start and end. A schedule that never comes leaves it open for ever.
    pub(super) fn is_open(&self, at: Timestamp, now: Timestamp) -> bool {
        let local = shift(at, self.offset(now));
        self.next(shift(local, -self.duration)).is_none_or(|start| start < local)
    }

    /// The offset that the zone has now, whatever instant is asked about (`scheduleOffsetByTimeZone`).
    fn offset(&self, now: Timestamp) -> SignedDuration {
        let seconds = self.zone.as_ref().map_or(0, |zone| zone.to_offset(now).seconds());
        SignedDuration::from_secs(i64::from(seconds))
    }

    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        self.schedule.next(&after.to_zoned(TimeZone::UTC)).map(|time| time.timestamp())
    }

    /// When this window opens next (if shut) or shuts (if open); none if it never does, or if that is
    /// further away than the budget of openings to look through.
    pub(super) fn next_change(&self, at: Timestamp, budget: &mut usize) -> Option<Timestamp> {
        let offset = self.offset(at);
        let local = shift(at, offset);
        let mut start = self.next(shift(local, -self.duration))?;
        if start >= local {
            return Some(shift(start, -offset));
        }
        loop {
            *budget = budget.checked_sub(1)?;
            let end = shift(start, self.duration);
            match self.next(start) {
                Some(again) if again < end => start = again,
                _ => return Some(shift(end, -offset)),
            }
        }
    }
}

fn shift(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

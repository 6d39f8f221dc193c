//! Cron schedules as `github.com/robfig/cron` v3 (v3.0.2-0.20210106) reads and runs them.
//!
//! Five fields: minute, hour, day of month, month, day of week (0-6, no 7);
//! lists, ranges, steps, `?` as `*`, names of months and days. [`Schedule::parse_standard`]
//! also takes `@hourly` … `@every 1h30m`; both parsers take a leading
//! `CRON_TZ=Zone ` or `TZ=Zone `. If neither day field is a star, a day has to
//! match only one of them. Times that a change of the clocks skips do not
//! happen; times it repeats happen twice. A schedule that finds nothing for
//! five years has run dry.
//!
//! Not supported, as upstream: seconds, years, `L`, `W`, `#`, `@reboot`.
//! Time zones come from `jiff`'s bundled database.

mod clock;
mod parser;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::lang::LangError;
use clock::{Civil, Clock};

/// Marks a field that was written with a star.
const STAR: u64 = 1 << 63;

/// A parsed schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// `@every`: a delay in whole seconds.
    Every(i64),
    Fields(Box<Fields>),
}

/// Bit sets of the values at which each field fires.
#[derive(Debug, Clone)]
struct Fields {
    minute: u64,
    hour: u64,
    dom: u64,
    month: u64,
    dow: u64,
    /// The zone written into the schedule.
    zone: Option<TimeZone>,
}

impl Schedule {
    /// The first time after the given one, in the same zone; whole seconds. `None` once the schedule has run dry.
    pub fn next(&self, after: &Zoned) -> Option<Zoned> {
        self.try_next(after).ok().flatten()
    }

    /// As [`Schedule::next`], telling a dry schedule from one that upstream would search for ever.
    ///
    /// # Errors
    /// A limit, where upstream never returns: a day that a zone has skipped altogether.
    pub fn try_next(&self, after: &Zoned) -> Result<Option<Zoned>, LangError> {
        let seconds = self.next_second(after.timestamp().as_second_floor(), after.time_zone())?;
        let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        Ok(time.map(|time| time.to_zoned(after.time_zone().clone())))
    }

    /// As [`Schedule::try_next`] in seconds since 1970; fractions of the start are dropped first.
    ///
    /// # Errors
    /// As [`Schedule::try_next`].
    pub fn next_second(&self, after: i64, zone: &TimeZone) -> Result<Option<i64>, LangError> {
        match &self.kind {
            Kind::Every(delay) => Ok(after.checked_add(*delay)),
            Kind::Fields(fields) => fields.next(after, fields.zone.as_ref().unwrap_or(zone)),
        }
    }
}

/// Floor instead of truncation for times before 1970.
trait SecondFloor {
    fn as_second_floor(&self) -> i64;
}

impl SecondFloor for Timestamp {
    fn as_second_floor(&self) -> i64 {
        self.as_second() - i64::from(self.subsec_nanosecond() < 0)
    }
}

fn has(bits: u64, value: i64) -> bool {
    u32::try_from(value).ok().and_then(|value| bits.checked_shr(value)).is_some_and(|bits| bits & 1 == 1)
}

impl Fields {
    fn day_matches(&self, civil: &Civil) -> bool {
        let (dom, dow) = (has(self.dom, civil.day), has(self.dow, civil.weekday()));
        if (self.dom | self.dow) & STAR != 0 { dom && dow } else { dom || dow }
    }

    fn next(&self, after: i64, zone: &TimeZone) -> Result<Option<i64>, LangError> {
        if [self.minute, self.hour, self.month].iter().any(|bits| bits & !STAR == 0) {
            return Ok(None);
        }
        let Some(start) = after.checked_add(1) else { return Ok(None) };
        let mut clock = Clock::new(zone);
        let civil = clock.civil(start);
        let mut search = Search { fields: self, clock, at: start, civil, moved: false };
        let year_limit = search.civil.year + 5;
        for _ in 0..MAX_ROUNDS {
            if search.civil.year > year_limit {
                return Ok(None);
            }
            if search.month() && search.day()? && search.hour() && search.minute() && search.second() {
                return Ok(Some(search.at));
            }
        }
        Err(LangError::limit("the schedule never comes to an end"))
    }
}

/// Times that larger fields are looked at again before the search is given up.
const MAX_ROUNDS: usize = 200_000;
/// Days looked at in one round; a month has fewer.
const MAX_DAYS: usize = 400;

/// The walk to the next time. Each step is true once its field fires and
/// false when a larger field has changed and the walk starts over.
struct Search<'s> {
    fields: &'s Fields,
    clock: Clock<'s>,
    at: i64,
    civil: Civil,
    /// Once a field has moved, the smaller ones are reset already.
    moved: bool,
}

impl Search<'_> {
    fn go(&mut self, at: i64) {
        self.at = at;
        self.civil = self.clock.civil(at);
    }

    /// Goes to where the clocks show that.
    fn turn(&mut self, to: &Civil) {
        let at = self.clock.seconds(to);
        self.go(at);
    }

    /// Resets the smaller fields before the first move.
    fn reset(&mut self, day: i64, second: i64) {
        if !self.moved {
            self.moved = true;
            self.turn(&Civil { day, second, ..self.civil });
        }
    }

    /// Units to the next value that fires or to the end of the field, as long as no change of the clocks is near; else one.
    fn leap(&self, bits: u64, value: i64, end: i64, unit: i64) -> i64 {
        let past = u32::try_from(value + 1).ok().and_then(|by| bits.checked_shr(by)).unwrap_or(0);
        let units = (i64::from(past.trailing_zeros()) + 1).min(end - value).max(1);
        if self.clock.steady(self.at) > units * unit { units } else { 1 }
    }

    fn month(&mut self) -> bool {
        while !has(self.fields.month, self.civil.month) {
            self.reset(1, 0);
            self.turn(&self.civil.plus_months(1));
            if self.civil.month == 1 {
                return false;
            }
        }
        true
    }

    fn day(&mut self) -> Result<bool, LangError> {
        for _ in 0..MAX_DAYS {
            if self.fields.day_matches(&self.civil) {
                return Ok(true);
            }
            self.reset(self.civil.day, 0);
            self.turn(&self.civil.plus_days(1));
            // Where midnight does not exist, the hour is not zero.
            let hour = self.civil.hour();
            if hour != 0 {
                self.go(self.at + if hour > 12 { 24 - hour } else { -hour } * 3600);
            }
            if self.civil.day == 1 {
                return Ok(false);
            }
        }
        Err(LangError::limit("the schedule never comes to an end"))
    }

    fn hour(&mut self) -> bool {
        while !has(self.fields.hour, self.civil.hour()) {
            self.reset(self.civil.day, self.civil.hour() * 3600);
            let hours = self.leap(self.fields.hour, self.civil.hour(), 24, 3600);
            self.go(self.at + hours * 3600);
            if self.civil.hour() == 0 {
                return false;
            }
        }
        true
    }

    fn minute(&mut self) -> bool {
        while !has(self.fields.minute, self.civil.minute()) {
            if !self.moved {
                self.moved = true;
                self.at = self.at.div_euclid(60) * 60;
            }
            let minutes = self.leap(self.fields.minute, self.civil.minute(), 60, 60);
            self.go(self.at + minutes * 60);
            if self.civil.minute() == 0 {
                return false;
            }
        }
        true
    }

    /// Only the first second of a minute fires.
    fn second(&mut self) -> bool {
        let past = self.civil.second % 60;
        if past != 0 {
            self.moved = true;
            self.go(self.at + 60 - past);
        }
        past == 0
    }
}

/// The zone of that name as Go's `time.LoadLocation` finds it; the empty name is UTC.
pub fn load_location(name: &str) -> Option<TimeZone> {
    if name.is_empty() || name == "UTC" {
        return Some(TimeZone::UTC);
    }
    // Go opens a file of that name: case counts.
    TimeZone::get(name).ok().filter(|zone| zone.iana_name() == Some(name))
}

//! Civil time the way Go's `time` package computes it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A local date and the second of its day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) second: i64,
    /// Days since 1970-01-01.
    pub(super) days: i64,
}

impl Civil {
    pub(super) fn hour(&self) -> i64 {
        self.second / 3600
    }

    pub(super) fn minute(&self) -> i64 {
        self.second / 60 % 60
    }

    /// Sunday is 0.
    pub(super) fn weekday(&self) -> i64 {
        (self.days + 4).rem_euclid(7)
    }

    /// Out-of-range days run over, as in `time.Date`.
    pub(super) fn plus_days(self, days: i64) -> Self {
        Self { day: self.day + days, ..self }
    }

    pub(super) fn plus_months(self, months: i64) -> Self {
        let month = self.month - 1 + months;
        Self { year: self.year + month.div_euclid(12), month: month.rem_euclid(12) + 1, ..self }
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted - era * 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted_month + 2) / 5 + 1)
}

/// Local time of one zone. Looking up an offset is what a search spends its time on, so the
/// stretch in which the last one holds is kept.
pub(super) struct Clock<'z> {
    zone: &'z TimeZone,
    /// First and past-the-end second of that stretch, and the offset in it.
    known: (i64, i64, i64),
}

impl<'z> Clock<'z> {
    pub(super) fn new(zone: &'z TimeZone) -> Self {
        let known = zone.to_fixed_offset().map_or((0, 0, 0), |offset| (i64::MIN, i64::MAX, i64::from(offset.seconds())));
        Self { zone, known }
    }

    fn offset(&mut self, seconds: i64) -> i64 {
        let (from, until, offset) = self.known;
        if from <= seconds && seconds < until {
            return offset;
        }
        let limits = (Timestamp::MIN.as_second() + 1, Timestamp::MAX.as_second() - 1);
        let at = Timestamp::from_second(seconds.clamp(limits.0, limits.1)).unwrap_or(Timestamp::UNIX_EPOCH);
        let offset = i64::from(self.zone.to_offset(at).seconds());
        let next = self.zone.following(at).next().map_or(limits.1, |transition| transition.timestamp().as_second());
        self.known = (seconds, next.max(seconds), offset);
        offset
    }

    /// Seconds from this instant on in which the offset is known not to change.
    pub(super) fn steady(&self, seconds: i64) -> i64 {
        let (from, until, _) = self.known;
        if from <= seconds { until.saturating_sub(seconds).max(0) } else { 0 }
    }

    /// What the clocks show.
    pub(super) fn civil(&mut self, seconds: i64) -> Civil {
        let local = seconds + self.offset(seconds);
        let days = local.div_euclid(86_400);
        let (year, month, day) = civil_from_days(days);
        Civil { year, month, day, second: local.rem_euclid(86_400), days }
    }

    /// The instant at which the clocks show that; in a gap or a fold Go's guess.
    pub(super) fn seconds(&mut self, civil: &Civil) -> i64 {
        let local = days_from_civil(civil.year, civil.month, 1) * 86_400 + (civil.day - 1) * 86_400 + civil.second;
        let guess = self.offset(local);
        let utc = local - guess;
        local - if guess == 0 { 0 } else { self.offset(utc) }
    }
}

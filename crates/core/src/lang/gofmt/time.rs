//! Go's `time.Time`: civil fields, zones, layouts.

use std::{any::Any, fmt};

use jiff::{Timestamp, tz::TimeZone};

use super::{Foreign, Kind, Value};

/// A zone that a time is shown in.
#[derive(Debug, Clone)]
pub enum Zone {
    /// UTC, which is also the local zone here.
    Utc,
    /// A fixed offset in seconds with its name, which may be empty.
    Fixed(i32, String),
    /// A zone of the database.
    Named(TimeZone),
}

/// `time.Time`
#[derive(Debug, Clone)]
pub struct Time {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanos: u32,
    /// Where it is shown.
    pub zone: Zone,
}

/// The civil fields of a time in its zone.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub weekday: u32,
    pub yearday: u32,
}

/// `time.LoadLocation`; nothing for an unknown name.
pub fn load_location(name: &str) -> Option<Zone> {
    match name {
        "" | "UTC" | "Local" => Some(Zone::Utc),
        _ if name.contains("..") || name.starts_with(['/', '\\']) || name.contains('\\') => None,
        _ => TimeZone::get(name).ok().map(Zone::Named),
    }
}

/// Days since 1970-01-01 of a civil date; months beyond 12 and days beyond the month carry on.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year.saturating_add((month - 1).div_euclid(12)).clamp(-200_000_000_000, 200_000_000_000);
    let month = (month - 1).rem_euclid(12) + 1;
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era * 146_097 + day_of_era - 719_468 + day - 1
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * of_year + 2) / 153;
    let day = of_year - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as u32, day as u32)
}

impl Time {
    /// A moment, shown in UTC.
    pub fn unix(seconds: i64, nanos: u32) -> Self {
        Self { seconds, nanos, zone: Zone::Utc }
    }

    /// The same moment in another zone.
    #[must_use]
    pub fn within(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    /// Offset from UTC in seconds, and the zone's abbreviation.
    pub fn offset(&self) -> (i32, String) {
        match &self.zone {
            Zone::Utc => (0, "UTC".into()),
            Zone::Fixed(offset, name) => (*offset, name.clone()),
            Zone::Named(zone) => {
                let limit = 253_402_000_000;
                let at = Timestamp::from_second(self.seconds.clamp(-limit / 2, limit)).unwrap_or_default();
                let info = zone.to_offset_info(at);
                (info.offset().seconds(), info.abbreviation().to_owned())
            }
        }
    }

    /// The civil fields.
    pub fn civil(&self) -> Civil {
        let local = i128::from(self.seconds) + i128::from(self.offset().0);
        let days = i64::try_from(local.div_euclid(86_400)).unwrap_or(0).clamp(-1 << 50, 1 << 50);
        let second_of_day = local.rem_euclid(86_400) as u32;
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            weekday: (days + 4).rem_euclid(7) as u32,
            yearday: (days - days_from_civil(year, 1, 1) + 1) as u32,
        }
    }

    /// The time plus nanoseconds.
    #[must_use]
    pub fn add(&self, nanos: i64) -> Self {
        let total = i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos) + i128::from(nanos);
        let seconds = i64::try_from(total.div_euclid(1_000_000_000)).unwrap_or(self.seconds);
        Self { seconds, nanos: total.rem_euclid(1_000_000_000) as u32, zone: self.zone.clone() }
    }

    /// Nanoseconds from `other` to this, clamped as `Sub` clamps.
    pub fn since(&self, other: &Self) -> i64 {
        let total =
            (i128::from(self.seconds) - i128::from(other.seconds)) * 1_000_000_000 + i128::from(self.nanos) - i128::from(other.nanos);
        i64::try_from(total).unwrap_or(if total < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether it is January 1, year 1, 00:00:00 UTC.
    pub fn is_zero(&self) -> bool {
        self.seconds == ZERO_SECONDS && self.nanos == 0
    }

    /// `Format`
    pub fn format(&self, layout: &str) -> String {
        super::time_layout::format(self, layout)
    }
}

/// Unix seconds of the zero time.
pub const ZERO_SECONDS: i64 = -62_135_596_800;

/// `Duration.String()`
pub fn format_duration(nanos: i64) -> String {
    let magnitude = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    if magnitude == 0 {
        return "0s".into();
    }
    let fraction = |value: u64, digits: usize| -> String {
        let text = format!("{value:0digits$}");
        let text = text.trim_end_matches('0');
        if text.is_empty() { String::new() } else { format!(".{text}") }
    };
    if magnitude < 1_000 {
        return format!("{sign}{magnitude}ns");
    }
    if magnitude < 1_000_000 {
        return format!("{sign}{}{}µs", magnitude / 1_000, fraction(magnitude % 1_000, 3));
    }
    if magnitude < 1_000_000_000 {
        return format!("{sign}{}{}ms", magnitude / 1_000_000, fraction(magnitude % 1_000_000, 6));
    }
    let seconds = magnitude / 1_000_000_000;
    let tail = format!("{}{}s", seconds % 60, fraction(magnitude % 1_000_000_000, 9));
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{sign}{tail}"),
        (0, minutes) => format!("{sign}{minutes}m{tail}"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{tail}"),
    }
}

/// `time.ParseDuration`, in nanoseconds.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole_len = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(whole_len);
        let mut fraction = "";
        let mut after_number = after;
        if let Some(dotted) = after.strip_prefix('.') {
            let len = dotted.bytes().take_while(u8::is_ascii_digit).count();
            (fraction, after_number) = dotted.split_at(len);
        }
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let unit_len = after_number.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after_number.len());
        let (unit, next) = after_number.split_at(unit_len);
        let scale: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let value: u64 = if whole.is_empty() { 0 } else { whole.parse().ok().filter(|v| *v <= 1 << 63)? };
        let mut nanos = value.checked_mul(scale)?;
        if !fraction.is_empty() {
            let digits = fraction.get(..fraction.len().min(18)).unwrap_or_default();
            let part: u64 = digits.parse().ok()?;
            nanos = nanos.checked_add((part as f64 * (scale as f64 / 10f64.powi(digits.len() as i32))) as u64)?;
        }
        total = total.checked_add(nanos).filter(|v| *v <= 1 << 63)?;
        rest = next;
    }
    if negative { Some(0i64.wrapping_sub(total as i64)) } else { i64::try_from(total).ok() }
}

/// `time.Month`, `time.Weekday`, `time.Duration`: integers with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Which of the types.
    pub of: NamedType,
    /// The number.
    pub value: i64,
}

/// The integer types of package `time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum NamedType {
    Month,
    Weekday,
    Duration,
}

impl Foreign for Named {
    fn type_name(&self) -> String {
        match self.of {
            NamedType::Month => "time.Month",
            NamedType::Weekday => "time.Weekday",
            NamedType::Duration => "time.Duration",
        }
        .into()
    }
    fn kind(&self) -> Kind {
        if self.of == NamedType::Duration { Kind::Int64 } else { Kind::Int }
    }
    fn string(&self) -> Option<Vec<u8>> {
        let index = |from: i64| usize::try_from(self.value - from).ok();
        let text = match self.of {
            NamedType::Duration => format_duration(self.value),
            NamedType::Month => index(1)
                .and_then(|i| super::time_layout::MONTHS.get(i))
                .map_or_else(|| format!("%!Month({})", self.value), |m| (*m).to_owned()),
            NamedType::Weekday => index(0)
                .and_then(|i| super::time_layout::DAYS.get(i))
                .map_or_else(|| format!("%!Weekday({})", self.value), |d| (*d).to_owned()),
        };
        Some(text.into_bytes())
    }
    fn integer(&self) -> Option<i64> {
        Some(self.value)
    }
    fn json(&self) -> Option<String> {
        Some(self.value.to_string())
    }
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let seconds = self.value as f64 / 1e9;
        let value = match (self.of, name) {
            (_, "String") => Value::Str(self.string()?.into()),
            (NamedType::Duration, "Hours") => Value::Float(seconds / 3600.0),
            (NamedType::Duration, "Minutes") => Value::Float(seconds / 60.0),
            (NamedType::Duration, "Seconds") => Value::Float(seconds),
            (NamedType::Duration, "Milliseconds") => Value::Int64(self.value / 1_000_000),
            (NamedType::Duration, "Microseconds") => Value::Int64(self.value / 1_000),
            (NamedType::Duration, "Nanoseconds") => Value::Int64(self.value),
            _ => return None,
        };
        Some(no_arguments(name, arguments).map(|()| value))
    }
    fn equals(&self, other: &dyn Foreign) -> bool {
        other.as_any().downcast_ref::<Self>() == Some(self)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A method without parameters was given none.
pub(crate) fn no_arguments(name: &str, arguments: &[Value]) -> Result<(), String> {
    if arguments.is_empty() { Ok(()) } else { Err(format!("wrong number of args for {name}: want 0 got {}", arguments.len())) }
}

fn named(of: NamedType, value: i64) -> Value {
    Value::Foreign(std::rc::Rc::new(Named { of, value }))
}

impl Foreign for Time {
    fn type_name(&self) -> String {
        "time.Time".into()
    }
    fn kind(&self) -> Kind {
        Kind::Struct
    }
    fn string(&self) -> Option<Vec<u8>> {
        Some(self.format("2006-01-02 15:04:05.999999999 -0700 MST").into_bytes())
    }
    fn json(&self) -> Option<String> {
        let year = self.civil().year;
        (0..=9999).contains(&year).then(|| format!("\"{}\"", self.format("2006-01-02T15:04:05.999999999Z07:00")))
    }
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let civil = self.civil();
        let with_arguments = match (name, arguments) {
            ("Format", [Value::Str(layout)]) => Some(Value::text(self.format(&layout.to_lossy()))),
            ("Add", [Value::Int(nanos) | Value::Int64(nanos)]) => Some(Value::Foreign(std::rc::Rc::new(self.add(*nanos)))),
            ("Add", [Value::Foreign(other)]) => other.integer().map(|n| Value::Foreign(std::rc::Rc::new(self.add(n)))),
            ("AddDate", [Value::Int(years), Value::Int(months), Value::Int(days)]) => Some(self.add_date(*years, *months, *days)),
            ("Sub" | "After" | "Before" | "Equal" | "Compare", [Value::Foreign(other)]) => {
                other.as_any().downcast_ref::<Self>().map(|other| {
                    let difference = self.since(other);
                    match name {
                        "Sub" => named(NamedType::Duration, difference),
                        "After" => Value::Bool(difference > 0),
                        "Before" => Value::Bool(difference < 0),
                        "Equal" => Value::Bool(difference == 0),
                        _ => Value::Int(difference.signum()),
                    }
                })
            }
            ("Format" | "Add" | "AddDate" | "Sub" | "After" | "Before" | "Equal" | "Compare", _) => {
                return Some(Err(format!("wrong number of args or type for {name}")));
            }
            _ => None,
        };
        if let Some(value) = with_arguments {
            return Some(Ok(value));
        }
        let int = |v: u32| Value::Int(i64::from(v));
        let value = match name {
            "Year" => Value::Int(civil.year),
            "Month" => named(NamedType::Month, i64::from(civil.month)),
            "Day" => int(civil.day),
            "Hour" => int(civil.hour),
            "Minute" => int(civil.minute),
            "Second" => int(civil.second),
            "Nanosecond" => int(self.nanos),
            "YearDay" => int(civil.yearday),
            "Weekday" => named(NamedType::Weekday, i64::from(civil.weekday)),
            "Unix" => Value::Int64(self.seconds),
            "UnixMilli" => Value::Int64(self.seconds.wrapping_mul(1_000).wrapping_add(i64::from(self.nanos / 1_000_000))),
            "UnixMicro" => Value::Int64(self.seconds.wrapping_mul(1_000_000).wrapping_add(i64::from(self.nanos / 1_000))),
            "UnixNano" => Value::Int64(self.seconds.wrapping_mul(1_000_000_000).wrapping_add(i64::from(self.nanos))),
            "UTC" | "Local" => Value::Foreign(std::rc::Rc::new(self.within(Zone::Utc))),
            "IsZero" => Value::Bool(self.is_zero()),
            "IsDST" => Value::Bool(false),
            "String" => Value::Str(self.string()?.into()),
            _ => return None,
        };
        Some(no_arguments(name, arguments).map(|()| value))
    }
    fn equals(&self, other: &dyn Foreign) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| self.seconds == other.seconds && self.nanos == other.nanos)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Time {
    fn add_date(&self, years: i64, months: i64, days: i64) -> Value {
        let civil = self.civil();
        let moved = days_from_civil(
            civil.year.saturating_add(years.clamp(-1_000_000, 1_000_000)),
            i64::from(civil.month) + months.clamp(-12_000_000, 12_000_000),
            i64::from(civil.day) + days.clamp(-400_000_000, 400_000_000),
        );
        let of_day = i64::from(civil.hour * 3600 + civil.minute * 60 + civil.second);
        let seconds = moved * 86_400 + of_day - i64::from(self.offset().0);
        Value::Foreign(std::rc::Rc::new(Self { seconds, ..self.clone() }))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}

//! Broken-down times, and the directives of `strftime` and `strptime`.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use super::{Context, NativeFn, Result, arg};
use crate::lang::jq::error::JqError;
use crate::lang::jq::value::V;

pub(super) fn of_input(name: &str) -> Option<NativeFn> {
    Some(match name {
        "gmtime" => |_, input, _| broken_down(&input, "gmtime"),
        // The process runs in UTC.
        "localtime" => |_, input, _| broken_down(&input, "localtime"),
        "mktime" => |_, input, _| {
            let V::Arr(parts) = &input else { return Err(JqError::cannot("mktime", &input)) };
            let time = from_parts(&parts.items).map_err(|why| JqError::because("mktime", &input, why))?;
            Ok(V::Float(epoch(&time)))
        },
        _ => return None,
    })
}

pub(super) fn with_one(name: &str) -> Option<NativeFn> {
    Some(match name {
        "strftime" => |_, input, args| strftime("strftime", input, arg(args, 0)),
        "strflocaltime" => |_, input, args| strftime("strflocaltime", input, arg(args, 0)),
        "strptime" => strptime,
        _ => return None,
    })
}

/// A time with its parts as Go's `time.Date` normalises them.
struct Time {
    at: DateTime,
}

#[allow(clippy::cast_precision_loss)]
fn epoch(time: &Time) -> f64 {
    let seconds = seconds_of(&time.at);
    seconds as f64 + f64::from(time.at.subsec_nanosecond()) / 1e9
}

fn seconds_of(at: &DateTime) -> i64 {
    let zero = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    at.duration_since(zero).as_secs() - i64::from(at.duration_since(zero).subsec_nanos() < 0)
}

#[allow(clippy::cast_possible_truncation)]
fn of_epoch(seconds: f64) -> Option<Time> {
    let zero = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    let whole = seconds.trunc() as i64;
    let nanos = ((seconds - seconds.floor()) * 1e9) as i64;
    let span = SignedDuration::from_secs(whole).checked_add(SignedDuration::from_nanos(nanos))?;
    Some(Time { at: zero.checked_add(span).ok()? })
}

#[allow(clippy::cast_lossless)]
fn parts(time: &Time) -> V {
    let at = time.at;
    let int = |value: i64| V::Int(value);
    V::flat(vec![
        int(i64::from(at.year())),
        int(i64::from(at.month()) - 1),
        int(i64::from(at.day())),
        int(i64::from(at.hour())),
        int(i64::from(at.minute())),
        V::Float(f64::from(at.second()) + f64::from(at.subsec_nanosecond()) / 1e9),
        int(i64::from(at.weekday().to_sunday_zero_offset())),
        int(i64::from(at.day_of_year()) - 1),
    ])
}

fn broken_down(input: &V, name: &str) -> Result {
    let seconds = input.to_float().ok_or_else(|| JqError::cannot(name, input))?;
    of_epoch(seconds).map(|time| parts(&time)).ok_or_else(|| JqError::cannot(name, input))
}

#[allow(clippy::cast_possible_truncation)]
fn from_parts(items: &[V]) -> std::result::Result<Time, &'static str> {
    const WRONG: &str = "expected an array of 8 numbers";
    let mut numbers = [0_i64; 8];
    let mut nanos = 0;
    for (index, (slot, item)) in numbers.iter_mut().zip(items).enumerate() {
        if index == 5 {
            let seconds = item.to_float().ok_or(WRONG)?;
            *slot = seconds.trunc() as i64;
            nanos = ((seconds - seconds.floor()) * 1e9) as i64;
        } else {
            *slot = item.to_int().ok_or(WRONG)?;
        }
    }
    let [year, month, day, hour, minute, second, ..] = numbers;
    let (year, month) = (year + month.div_euclid(12), month.rem_euclid(12) + 1);
    let first = i16::try_from(year).ok().zip(i8::try_from(month).ok()).and_then(|(y, m)| Date::new(y, m, 1).ok()).ok_or(WRONG)?;
    let seconds = day.saturating_sub(1).saturating_mul(86_400).saturating_add(hour.saturating_mul(3_600));
    let seconds = seconds.saturating_add(minute.saturating_mul(60)).saturating_add(second);
    let span = SignedDuration::from_secs(seconds).checked_add(SignedDuration::from_nanos(nanos)).ok_or(WRONG)?;
    first.to_datetime(jiff::civil::Time::midnight()).checked_add(span).map(|at| Time { at }).map_err(|_| WRONG)
}

fn strftime(name: &str, input: V, format: &V) -> Result {
    let input = match input.to_float() {
        Some(seconds) => of_epoch(seconds).map(|time| parts(&time)).ok_or_else(|| JqError::cannot(name, &input))?,
        None => input,
    };
    let (V::Arr(items), V::Str(format)) = (&input, format) else { return Err(JqError::cannot_with(name, &input, format)) };
    let time =
        from_parts(&items.items).map_err(|why| JqError::because_with(name, &input, &V::Str(format.clone()), &JqError::message(why)))?;
    Ok(V::string(formatted(&time, format)))
}

/// The directives of `timefmt-go`.
fn formatted(time: &Time, format: &str) -> String {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let (mut pad, mut upper, mut width) = (None, false, String::new());
        while let Some(flag) = chars.peek().copied() {
            match flag {
                '-' | '_' => pad = Some(flag),
                '^' => upper = true,
                '#' => upper = true,
                '0'..='9' => {
                    if flag == '0' && width.is_empty() {
                        pad = Some('0');
                    } else {
                        width.push(flag);
                    }
                }
                'E' | 'O' | ':' => {}
                _ => break,
            }
            chars.next();
        }
        let Some(directive) = chars.next() else {
            out.push('%');
            break;
        };
        let text = directive_text(time, directive, pad, width.parse().ok());
        out.push_str(&if upper { text.to_uppercase() } else { text });
    }
    out
}

fn directive_text(time: &Time, directive: char, pad: Option<char>, width: Option<usize>) -> String {
    let at = time.at;
    let number = |value: i64, digits: usize, fill: char| {
        let digits = width.unwrap_or(digits).min(1_000);
        match pad.unwrap_or(fill) {
            '-' => value.to_string(),
            '_' | ' ' => format!("{value:>digits$}"),
            _ => format!("{value:0>digits$}"),
        }
    };
    let nested = |format: &str| formatted(time, format);
    let (week_sunday, week_monday) = weeks(time);
    let twelve = match at.hour() % 12 {
        0 => 12,
        hour => i64::from(hour),
    };
    match directive {
        'Y' => number(i64::from(at.year()), 4, '0'),
        'C' => number(i64::from(at.year()) / 100, 2, '0'),
        'y' => number(i64::from(at.year()).rem_euclid(100), 2, '0'),
        'G' => number(i64::from(at.date().iso_week_date().year()), 4, '0'),
        'g' => number(i64::from(at.date().iso_week_date().year()).rem_euclid(100), 2, '0'),
        'V' => number(i64::from(at.date().iso_week_date().week()), 2, '0'),
        'm' => number(i64::from(at.month()), 2, '0'),
        'd' => number(i64::from(at.day()), 2, '0'),
        'e' => number(i64::from(at.day()), 2, ' '),
        'H' => number(i64::from(at.hour()), 2, '0'),
        'k' => number(i64::from(at.hour()), 2, ' '),
        'I' => number(twelve, 2, '0'),
        'l' => number(twelve, 2, ' '),
        'M' => number(i64::from(at.minute()), 2, '0'),
        'S' => number(i64::from(at.second()), 2, '0'),
        'j' => number(i64::from(at.day_of_year()), 3, '0'),
        'U' => number(week_sunday, 2, '0'),
        'W' => number(week_monday, 2, '0'),
        'u' => i64::from(at.weekday().to_monday_one_offset()).to_string(),
        'w' => i64::from(at.weekday().to_sunday_zero_offset()).to_string(),
        's' => seconds_of(&at).to_string(),
        'f' => number(i64::from(at.subsec_nanosecond()) / 1_000, 6, '0'),
        'N' => number(i64::from(at.subsec_nanosecond()), 9, '0'),
        'L' => number(i64::from(at.subsec_nanosecond()) / 1_000_000, 3, '0'),
        'A' => at.strftime("%A").to_string(),
        'a' => at.strftime("%a").to_string(),
        'B' => at.strftime("%B").to_string(),
        'b' | 'h' => at.strftime("%b").to_string(),
        'p' => (if at.hour() < 12 { "AM" } else { "PM" }).to_owned(),
        'P' => (if at.hour() < 12 { "am" } else { "pm" }).to_owned(),
        'Z' => "UTC".to_owned(),
        'z' => "+0000".to_owned(),
        'c' => nested("%a %b %e %H:%M:%S %Y"),
        'D' | 'x' => nested("%m/%d/%y"),
        'F' => nested("%Y-%m-%d"),
        'R' => nested("%H:%M"),
        'r' => nested("%I:%M:%S %p"),
        'T' | 'X' => nested("%H:%M:%S"),
        'v' => nested("%e-%b-%Y"),
        '+' => nested("%a %b %e %H:%M:%S %Z %Y"),
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        '%' => "%".to_owned(),
        other => format!("%{other}"),
    }
}

/// Weeks of the year that start on Sunday and on Monday.
fn weeks(time: &Time) -> (i64, i64) {
    let day = i64::from(time.at.day_of_year());
    let (sunday, monday) = (i64::from(time.at.weekday().to_sunday_zero_offset()), i64::from(time.at.weekday().to_monday_zero_offset()));
    ((day + 6 - sunday) / 7, (day + 6 - monday) / 7)
}

fn strptime(_: &mut Context, input: V, args: &[V]) -> Result {
    let format = arg(args, 0);
    let (V::Str(text), V::Str(pattern)) = (&input, format) else { return Err(JqError::cannot_with("strptime", &input, format)) };
    let parsed = Reader { rest: text, fields: Fields::default() }.read(pattern);
    let fields = parsed.map_err(|why| JqError::because_with("strptime", &input, format, &JqError::message(why)))?;
    let time = fields.time().ok_or_else(|| JqError::cannot_with("strptime", &input, format))?;
    if time.at == DateTime::constant(1, 1, 1, 0, 0, 0, 0) {
        return Err(JqError::cannot_with("strptime", &input, format));
    }
    of_epoch(epoch(&time)).map(|time| parts(&time)).ok_or_else(|| JqError::cannot_with("strptime", &input, format))
}

struct Fields {
    year: i64,
    month: i64,
    day: i64,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i64,
    afternoon: Option<bool>,
    offset: i64,
    epoch: Option<i64>,
}

impl Default for Fields {
    fn default() -> Self {
        // What is not said is the first of January of the year 1900.
        Self {
            year: 1900,
            month: 1,
            day: 1,
            day_of_year: None,
            hour: 0,
            minute: 0,
            second: 0,
            nanos: 0,
            afternoon: None,
            offset: 0,
            epoch: None,
        }
    }
}

impl Fields {
    fn time(&self) -> Option<Time> {
        if let Some(seconds) = self.epoch {
            let at = Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            return Some(Time { at });
        }
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let (month, day) = match self.day_of_year {
            Some(day) => (1, day),
            None => (self.month, self.day),
        };
        let first = Date::new(i16::try_from(self.year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
        let seconds = (day - 1) * 86_400 + hour * 3_600 + self.minute * 60 + self.second - self.offset;
        let span = SignedDuration::from_secs(seconds).checked_add(SignedDuration::from_nanos(self.nanos))?;
        let at = first.to_datetime(jiff::civil::Time::midnight()).checked_add(span).ok()?;
        Some(Time { at })
    }
}

/// Reads a text by a format.
struct Reader<'t> {
    rest: &'t str,
    fields: Fields,
}

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Reader<'_> {
    fn read(mut self, format: &str) -> std::result::Result<Fields, String> {
        self.by(format, 0)?;
        if self.rest.is_empty() { Ok(self.fields) } else { Err(format!("unparsed string {:?}", self.rest)) }
    }

    fn by(&mut self, format: &str, depth: usize) -> std::result::Result<(), String> {
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                if c.is_whitespace() && depth == 0 && self.rest.starts_with(char::is_whitespace) {
                    self.rest = self.rest.trim_start();
                    continue;
                }
                self.rest = self.rest.strip_prefix(c).ok_or_else(|| format!("expected {c:?}"))?;
                continue;
            }
            let mut directive = chars.next();
            while matches!(directive, Some('-' | '_' | '^' | '#' | 'E' | 'O' | ':')) {
                directive = chars.next();
            }
            self.directive(directive.ok_or("expected a format specifier after %")?, depth)?;
        }
        Ok(())
    }

    fn number(&mut self, max: usize, range: std::ops::RangeInclusive<i64>) -> std::result::Result<i64, String> {
        let length = self.rest.bytes().take(max).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(length);
        let value: i64 = digits.parse().map_err(|_| "cannot parse a number".to_owned())?;
        if !range.contains(&value) {
            return Err(format!("{value} is out of range"));
        }
        self.rest = rest;
        Ok(value)
    }

    fn name(&mut self, names: &[&str], short: bool) -> std::result::Result<i64, String> {
        for (index, name) in (0..).zip(names) {
            let name = if short { name.get(..3).unwrap_or(name) } else { name };
            if let Some(head) = self.rest.get(..name.len())
                && head.eq_ignore_ascii_case(name)
            {
                self.rest = self.rest.get(name.len()..).unwrap_or_default();
                return Ok(index);
            }
        }
        Err("cannot parse a name".to_owned())
    }

    fn directive(&mut self, directive: char, depth: usize) -> std::result::Result<(), String> {
        if depth > 3 {
            return Err("the format nests too deeply".to_owned());
        }
        match directive {
            'Y' => self.fields.year = self.number(4, 0..=9999)?,
            'y' => {
                let year = self.number(2, 0..=99)?;
                self.fields.year = if year < 69 { 2000 + year } else { 1900 + year };
            }
            'C' => self.fields.year = self.number(2, 0..=99)? * 100,
            'm' => self.fields.month = self.number(2, 1..=12)?,
            'd' | 'e' => {
                self.rest = self.rest.strip_prefix(' ').unwrap_or(self.rest);
                self.fields.day = self.number(2, 1..=31)?;
            }
            'H' | 'k' => self.fields.hour = self.number(2, 0..=23)?,
            'I' | 'l' => self.fields.hour = self.number(2, 1..=12)?,
            'M' => self.fields.minute = self.number(2, 0..=59)?,
            'S' => self.fields.second = self.number(2, 0..=60)?,
            'j' => self.fields.day_of_year = Some(self.number(3, 1..=366)?),
            'f' => {
                let before = self.rest.len();
                let value = self.number(9, 0..=999_999_999)?;
                let digits = u32::try_from(before - self.rest.len()).unwrap_or(9);
                self.fields.nanos = value * 10_i64.pow(9_u32.saturating_sub(digits));
            }
            's' => self.fields.epoch = Some(self.number(18, 0..=i64::MAX)?),
            'B' => self.fields.month = self.name(&MONTHS, false)? + 1,
            'b' | 'h' => self.fields.month = self.name(&MONTHS, true)? + 1,
            'A' => drop(self.name(&DAYS, false)?),
            'a' => drop(self.name(&DAYS, true)?),
            'u' => drop(self.number(1, 1..=7)?),
            'w' => drop(self.number(1, 0..=6)?),
            'U' | 'W' | 'V' => drop(self.number(2, 0..=53)?),
            'p' | 'P' => self.fields.afternoon = Some(self.name(&["AM ", "PM "].map(str::trim), false)? == 1),
            'z' => self.zone()?,
            'Z' => self.zone_name()?,
            'D' | 'x' => self.by("%m/%d/%y", depth + 1)?,
            'F' => self.by("%Y-%m-%d", depth + 1)?,
            'R' => self.by("%H:%M", depth + 1)?,
            'r' => self.by("%I:%M:%S %p", depth + 1)?,
            'T' | 'X' => self.by("%H:%M:%S", depth + 1)?,
            'c' => self.by("%a %b %e %H:%M:%S %Y", depth + 1)?,
            'v' => self.by("%e-%b-%Y", depth + 1)?,
            '+' => self.by("%a %b %e %H:%M:%S %Z %Y", depth + 1)?,
            'n' | 't' => self.rest = self.rest.trim_start(),
            '%' => self.rest = self.rest.strip_prefix('%').ok_or("expected '%'")?,
            other => return Err(format!("unexpected format: \"%{other}\"")),
        }
        Ok(())
    }

    fn zone(&mut self) -> std::result::Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(());
        }
        let sign = match self.rest.chars().next() {
            Some('+') => 1,
            Some('-') => -1,
            _ => return Err("cannot parse a time zone".to_owned()),
        };
        self.rest = self.rest.get(1..).unwrap_or_default();
        let hours = self.number(2, 0..=23)?;
        self.rest = self.rest.strip_prefix(':').unwrap_or(self.rest);
        let minutes = self.number(2, 0..=59)?;
        self.fields.offset = sign * (hours * 3_600 + minutes * 60);
        Ok(())
    }

    fn zone_name(&mut self) -> std::result::Result<(), String> {
        let length = self.rest.bytes().take_while(u8::is_ascii_uppercase).count();
        if length == 0 {
            return Err("cannot parse a time zone".to_owned());
        }
        self.rest = self.rest.get(length..).unwrap_or_default();
        Ok(())
    }
}

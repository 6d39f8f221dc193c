//! Layouts of package `time`: `2006-01-02T15:04:05Z07:00`.

use super::time::{Time, Zone, days_from_civil};

/// Month names.
pub const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
/// Weekday names.
pub const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// One element of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Std {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekDay,
    WeekDay,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    Pm,
    SmallPm,
    Tz,
    /// `Z0700` and kin: Z for UTC, colons, seconds, hours only.
    Offset {
        zulu: bool,
        colon: bool,
        seconds: bool,
        short: bool,
    },
    /// `.000`: digits, whether trailing zeros stay, the separator.
    Fraction {
        digits: usize,
        keep: bool,
        separator: u8,
    },
}

fn starts_lower(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
}

/// The text before the next element, the element, and the text after.
fn next_std(layout: &str) -> (&str, Option<Std>, &str) {
    for (at, _) in layout.char_indices() {
        let rest = layout.get(at..).unwrap_or_default();
        if let Some((std, len)) = element(layout, at, rest) {
            let (before, after) = (layout.get(..at).unwrap_or_default(), rest.get(len..).unwrap_or_default());
            return match std {
                // "_2006" is an underscore and the year
                Std::LongYear if len == 5 => (layout.get(..at + 1).unwrap_or_default(), Some(std), after),
                _ => (before, Some(std), after),
            };
        }
    }
    (layout, None, "")
}

fn element(layout: &str, at: usize, rest: &str) -> Option<(Std, usize)> {
    let table: [(&str, Std); 30] = [
        ("January", Std::LongMonth),
        ("Monday", Std::LongWeekDay),
        ("MST", Std::Tz),
        ("01", Std::ZeroMonth),
        ("02", Std::ZeroDay),
        ("03", Std::ZeroHour12),
        ("04", Std::ZeroMinute),
        ("05", Std::ZeroSecond),
        ("06", Std::Year),
        ("002", Std::ZeroYearDay),
        ("15", Std::Hour),
        ("2006", Std::LongYear),
        ("_2006", Std::LongYear),
        ("__2", Std::UnderYearDay),
        ("_2", Std::UnderDay),
        ("PM", Std::Pm),
        ("pm", Std::SmallPm),
        ("-070000", Std::Offset { zulu: false, colon: false, seconds: true, short: false }),
        ("-07:00:00", Std::Offset { zulu: false, colon: true, seconds: true, short: false }),
        ("-0700", Std::Offset { zulu: false, colon: false, seconds: false, short: false }),
        ("-07:00", Std::Offset { zulu: false, colon: true, seconds: false, short: false }),
        ("-07", Std::Offset { zulu: false, colon: false, seconds: false, short: true }),
        ("Z070000", Std::Offset { zulu: true, colon: false, seconds: true, short: false }),
        ("Z07:00:00", Std::Offset { zulu: true, colon: true, seconds: true, short: false }),
        ("Z0700", Std::Offset { zulu: true, colon: false, seconds: false, short: false }),
        ("Z07:00", Std::Offset { zulu: true, colon: true, seconds: false, short: false }),
        ("Z07", Std::Offset { zulu: true, colon: false, seconds: false, short: true }),
        ("3", Std::Hour12),
        ("4", Std::Minute),
        ("5", Std::Second),
    ];
    if let Some((text, std)) = table.iter().find(|(text, _)| rest.starts_with(text)) {
        return Some((*std, text.len()));
    }
    let after = |len: usize| rest.get(len..).unwrap_or_default();
    if rest.starts_with("Jan") {
        return (!starts_lower(after(3))).then_some((Std::Month, 3));
    }
    if rest.starts_with("Mon") {
        return (!starts_lower(after(3))).then_some((Std::WeekDay, 3));
    }
    match rest.as_bytes().first()? {
        b'1' => Some((Std::NumMonth, 1)),
        b'2' => Some((Std::Day, 1)),
        separator @ (b'.' | b',') => {
            let digit = *rest.as_bytes().get(1)?;
            if digit != b'0' && digit != b'9' {
                return None;
            }
            let digits = rest.bytes().skip(1).take_while(|b| *b == digit).count();
            let ended = !after(1 + digits).as_bytes().first().is_some_and(u8::is_ascii_digit);
            let _ = (layout, at);
            ended.then_some((Std::Fraction { digits, keep: digit == b'0', separator: *separator }, 1 + digits))
        }
        _ => None,
    }
}

/// `Time.Format`
pub(super) fn format(time: &Time, layout: &str) -> String {
    let civil = time.civil();
    let (offset, zone) = time.offset();
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while !rest.is_empty() {
        let (prefix, std, suffix) = next_std(rest);
        out.push_str(prefix);
        let Some(std) = std else { break };
        rest = suffix;
        let hour12 = if civil.hour.is_multiple_of(12) { 12 } else { civil.hour % 12 };
        let month = MONTHS.get(civil.month as usize - 1).copied().unwrap_or_default();
        let day = DAYS.get(civil.weekday as usize).copied().unwrap_or_default();
        match std {
            Std::Year => out.push_str(&format!("{:02}", civil.year.rem_euclid(100))),
            Std::LongYear if civil.year < 0 => out.push_str(&format!("-{:04}", -civil.year)),
            Std::LongYear => out.push_str(&format!("{:04}", civil.year)),
            Std::Month => out.push_str(month.get(..3).unwrap_or_default()),
            Std::LongMonth => out.push_str(month),
            Std::NumMonth => out.push_str(&civil.month.to_string()),
            Std::ZeroMonth => out.push_str(&format!("{:02}", civil.month)),
            Std::WeekDay => out.push_str(day.get(..3).unwrap_or_default()),
            Std::LongWeekDay => out.push_str(day),
            Std::Day => out.push_str(&civil.day.to_string()),
            Std::UnderDay => out.push_str(&format!("{:>2}", civil.day)),
            Std::ZeroDay => out.push_str(&format!("{:02}", civil.day)),
            Std::UnderYearDay => out.push_str(&format!("{:>3}", civil.yearday)),
            Std::ZeroYearDay => out.push_str(&format!("{:03}", civil.yearday)),
            Std::Hour => out.push_str(&format!("{:02}", civil.hour)),
            Std::Hour12 => out.push_str(&hour12.to_string()),
            Std::ZeroHour12 => out.push_str(&format!("{hour12:02}")),
            Std::Minute => out.push_str(&civil.minute.to_string()),
            Std::ZeroMinute => out.push_str(&format!("{:02}", civil.minute)),
            Std::Second => out.push_str(&civil.second.to_string()),
            Std::ZeroSecond => out.push_str(&format!("{:02}", civil.second)),
            Std::Pm => out.push_str(if civil.hour >= 12 { "PM" } else { "AM" }),
            Std::SmallPm => out.push_str(if civil.hour >= 12 { "pm" } else { "am" }),
            Std::Offset { zulu: true, .. } if offset == 0 => out.push('Z'),
            Std::Offset { colon, seconds, short, .. } => push_offset(&mut out, offset, colon, seconds, short),
            Std::Tz if !zone.is_empty() => out.push_str(&zone),
            Std::Tz => push_offset(&mut out, offset, false, false, false),
            Std::Fraction { digits, keep, separator } => push_fraction(&mut out, time.nanos, digits, keep, separator),
        }
    }
    out
}

fn push_offset(out: &mut String, offset: i32, colon: bool, seconds: bool, short: bool) {
    let magnitude = offset.unsigned_abs();
    out.push(if offset < 0 { '-' } else { '+' });
    out.push_str(&format!("{:02}", magnitude / 3600));
    if short {
        return;
    }
    let separator = if colon { ":" } else { "" };
    out.push_str(&format!("{separator}{:02}", magnitude / 60 % 60));
    if seconds {
        out.push_str(&format!("{separator}{:02}", magnitude % 60));
    }
}

fn push_fraction(out: &mut String, nanos: u32, digits: usize, keep: bool, separator: u8) {
    let all = format!("{nanos:09}");
    let mut text = all.get(..digits.min(9)).unwrap_or_default();
    if !keep {
        text = text.trim_end_matches('0');
        if text.is_empty() {
            return;
        }
    }
    out.push(separator as char);
    out.push_str(text);
}

/// What a layout read from a text.
#[derive(Debug, Default)]
struct Fields {
    year: i64,
    month: Option<u32>,
    day: Option<u32>,
    yearday: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
    pm: Option<bool>,
    offset: Option<i32>,
    zone: String,
    utc: bool,
}

fn number(text: &str, fixed: bool, most: usize) -> Option<(u32, &str)> {
    let len = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if len == 0 || (fixed && len < most) {
        return None;
    }
    Some((text.get(..len)?.parse().ok()?, text.get(len..)?))
}

fn lookup<'t>(names: &[&str], text: &'t str, short: bool) -> Option<(u32, &'t str)> {
    names.iter().enumerate().find_map(|(index, name)| {
        let name = if short { name.get(..3)? } else { name };
        let head = text.get(..name.len())?;
        head.eq_ignore_ascii_case(name).then(|| (index as u32, text.get(name.len()..).unwrap_or_default()))
    })
}

/// Skips a literal; a run of blanks in the layout matches any run of blanks.
fn skip<'t>(mut text: &'t str, mut literal: &str) -> Option<&'t str> {
    while !literal.is_empty() {
        if literal.starts_with(' ') {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            literal = literal.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
            continue;
        }
        let c = literal.chars().next()?;
        text = text.strip_prefix(c)?;
        literal = literal.get(c.len_utf8()..)?;
    }
    Some(text)
}

/// `time.ParseInLocation(layout, value, UTC)`
pub fn parse(layout: &str, value: &str) -> Option<Time> {
    let mut fields = Fields { year: 0, ..Fields::default() };
    let mut rest = layout;
    let mut text = value;
    loop {
        let (prefix, std, suffix) = next_std(rest);
        text = skip(text, prefix)?;
        let Some(std) = std else { break };
        rest = suffix;
        text = read(&mut fields, std, text, rest)?;
    }
    if !text.is_empty() { None } else { assemble(fields) }
}

fn read<'t>(fields: &mut Fields, std: Std, text: &'t str, layout: &str) -> Option<&'t str> {
    let rest = match std {
        Std::Year => {
            let (year, rest) = number(text, true, 2)?;
            fields.year = i64::from(if year >= 69 { year + 1900 } else { year + 2000 });
            rest
        }
        Std::LongYear => {
            let (year, rest) = number(text, true, 4)?;
            fields.year = i64::from(year);
            rest
        }
        Std::Month | Std::LongMonth => {
            let (index, rest) = lookup(&MONTHS, text, std == Std::Month)?;
            fields.month = Some(index + 1);
            rest
        }
        Std::NumMonth | Std::ZeroMonth => {
            let (month, rest) = number(text, std == Std::ZeroMonth, 2)?;
            if !(1..=12).contains(&month) {
                return None;
            }
            fields.month = Some(month);
            rest
        }
        Std::WeekDay | Std::LongWeekDay => lookup(&DAYS, text, std == Std::WeekDay)?.1,
        Std::Day | Std::UnderDay | Std::ZeroDay => {
            let text = if std == Std::UnderDay { text.strip_prefix(' ').unwrap_or(text) } else { text };
            let (day, rest) = number(text, std == Std::ZeroDay, 2)?;
            fields.day = Some(day);
            rest
        }
        Std::UnderYearDay | Std::ZeroYearDay => {
            let mut text = text;
            if std == Std::UnderYearDay {
                text = text.strip_prefix(' ').unwrap_or(text);
                text = text.strip_prefix(' ').unwrap_or(text);
            }
            let (day, rest) = number(text, std == Std::ZeroYearDay, 3)?;
            fields.yearday = Some(day);
            rest
        }
        Std::Hour | Std::Hour12 | Std::ZeroHour12 => {
            let (hour, rest) = number(text, std == Std::ZeroHour12, 2)?;
            let most = if std == Std::Hour { 23 } else { 12 };
            if hour > most {
                return None;
            }
            fields.hour = hour;
            rest
        }
        Std::Minute | Std::ZeroMinute => {
            let (minute, rest) = sixtieth(text, std == Std::ZeroMinute)?;
            fields.minute = minute;
            rest
        }
        Std::Second | Std::ZeroSecond => {
            let (second, rest) = sixtieth(text, std == Std::ZeroSecond)?;
            fields.second = second;
            return Some(loose_fraction(fields, rest, layout));
        }
        Std::Pm | Std::SmallPm => {
            let head = text.get(..2)?;
            fields.pm = match (std, head) {
                (Std::Pm, "PM") | (Std::SmallPm, "pm") => Some(true),
                (Std::Pm, "AM") | (Std::SmallPm, "am") => Some(false),
                _ => return None,
            };
            text.get(2..)?
        }
        Std::Offset { zulu, colon, seconds, short } => return read_offset(fields, text, zulu, colon, seconds, short),
        Std::Tz => return read_zone(fields, text),
        Std::Fraction { digits, keep, .. } => return read_fraction(fields, text, digits, keep),
    };
    Some(rest)
}

/// Minutes and seconds.
fn sixtieth(text: &str, padded: bool) -> Option<(u32, &str)> {
    number(text, padded, 2).filter(|(value, _)| *value <= 59)
}

/// A fraction after the seconds is read even where the layout has none.
fn loose_fraction<'t>(fields: &mut Fields, text: &'t str, layout: &str) -> &'t str {
    let digits = text.bytes().skip(1).take_while(u8::is_ascii_digit).count();
    if !text.starts_with(['.', ',']) || digits == 0 {
        return text;
    }
    let (prefix, std, _) = next_std(layout);
    if prefix.is_empty() && matches!(std, Some(Std::Fraction { .. })) {
        return text;
    }
    fields.nanos = nanos(text.get(1..=digits).unwrap_or_default());
    text.get(1 + digits..).unwrap_or_default()
}

fn nanos(digits: &str) -> u32 {
    format!("{:0<9}", digits.get(..digits.len().min(9)).unwrap_or_default()).parse().unwrap_or(0)
}

fn read_fraction<'t>(fields: &mut Fields, text: &'t str, digits: usize, keep: bool) -> Option<&'t str> {
    if keep {
        let head = text.get(..=digits)?;
        let number = head.strip_prefix(['.', ','])?;
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        fields.nanos = nanos(number);
        return text.get(1 + digits..);
    }
    let found = text.bytes().skip(1).take(9).take_while(u8::is_ascii_digit).count();
    if !text.starts_with(['.', ',']) || found == 0 {
        return Some(text);
    }
    fields.nanos = nanos(text.get(1..=found)?);
    text.get(1 + found..)
}

fn read_offset<'t>(fields: &mut Fields, text: &'t str, zulu: bool, colon: bool, seconds: bool, short: bool) -> Option<&'t str> {
    if zulu && let Some(rest) = text.strip_prefix('Z') {
        fields.utc = true;
        return Some(rest);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let mut rest = text.strip_prefix(['+', '-'])?;
    let mut part = |most: u32, separated: bool| -> Option<i32> {
        if separated && colon {
            rest = rest.strip_prefix(':')?;
        }
        let (value, after) = number(rest, true, 2)?;
        rest = after;
        (value <= most).then_some(value as i32)
    };
    let hours = part(24, false)?;
    let minutes = if short { 0 } else { part(60, true)? };
    let second = if seconds { part(60, true)? } else { 0 };
    fields.offset = Some(sign * (hours * 3600 + minutes * 60 + second));
    Some(rest)
}

fn read_zone<'t>(fields: &mut Fields, text: &'t str) -> Option<&'t str> {
    if let Some(rest) = text.strip_prefix("UTC") {
        fields.utc = true;
        return Some(rest);
    }
    let len = zone_length(text)?;
    fields.zone = text.get(..len)?.to_owned();
    text.get(len..)
}

fn zone_length(text: &str) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with("ChST") || text.starts_with("MeST") {
        return Some(4);
    }
    let signed = |text: &str| -> Option<usize> {
        let digits = text.get(1..)?.bytes().take_while(u8::is_ascii_digit).count();
        let hours: i32 = text.get(1..=digits)?.parse().ok()?;
        (text.starts_with(['+', '-']) && hours <= 23).then_some(1 + digits)
    };
    if text.starts_with("GMT") {
        return Some(3 + signed(text.get(3..)?).unwrap_or(0));
    }
    if text.starts_with(['+', '-']) {
        return signed(text);
    }
    let upper = text.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    match upper {
        5 if text.as_bytes().get(4) == Some(&b'T') => Some(5),
        4 if text.as_bytes().get(3) == Some(&b'T') || text.starts_with("WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

fn assemble(fields: Fields) -> Option<Time> {
    let mut hour = fields.hour;
    match fields.pm {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    let leap = fields.year % 4 == 0 && (fields.year % 100 != 0 || fields.year % 400 == 0);
    let (mut month, mut day) = (fields.month, fields.day);
    if let Some(yearday) = fields.yearday {
        if yearday < 1 || yearday > if leap { 366 } else { 365 } {
            return None;
        }
        let moved = Time::unix(days_from_civil(fields.year, 1, i64::from(yearday)) * 86_400, 0).civil();
        if month.is_some_and(|m| m != moved.month) || day.is_some_and(|d| d != moved.day) {
            return None;
        }
        (month, day) = (Some(moved.month), Some(moved.day));
    }
    let (month, day) = (month.unwrap_or(1), day.unwrap_or(1));
    let most = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day < 1 || day > most {
        return None;
    }
    let days = days_from_civil(fields.year, i64::from(month), i64::from(day));
    let seconds = days * 86_400 + i64::from(hour * 3600 + fields.minute * 60 + fields.second);
    let mut time = Time::unix(seconds, fields.nanos);
    if fields.utc {
        return Some(time);
    }
    if let Some(offset) = fields.offset {
        time.seconds -= i64::from(offset);
        let local = offset == 0 && (fields.zone.is_empty() || fields.zone == "UTC");
        time.zone = if local { Zone::Utc } else { Zone::Fixed(offset, fields.zone) };
    } else if !fields.zone.is_empty() {
        let offset = match fields.zone.strip_prefix("GMT") {
            Some(hours) if !hours.is_empty() => hours.parse::<i32>().unwrap_or(0) * 3600,
            _ => 0,
        };
        time.seconds -= i64::from(offset);
        time.zone = Zone::Fixed(offset, fields.zone);
    }
    Some(time)
}

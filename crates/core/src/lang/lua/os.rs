//! `os.time` and `os.date`. The clock is the caller's.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::library::{Arguments, Builtin};
use super::machine::{Machine, Ran};
use super::value::{Table, Value};

pub(super) fn call(machine: &mut Machine<'_>, builtin: Builtin, arguments: &Arguments) -> Ran<Vec<Value>> {
    Ok(vec![match builtin {
        Builtin::Time | Builtin::TableTime => time(machine, arguments)?,
        Builtin::Date | Builtin::TableDate => date(machine, arguments)?,
        Builtin::DiffTime => Value::Number(arguments.number(machine, 1)? - arguments.number(machine, 2)?),
        Builtin::Clock => Value::Number(0.0),
        _ => Value::Nil,
    }])
}

fn now(machine: &Machine<'_>) -> Ran<i64> {
    match machine.now {
        Some(now) => Ok(now),
        None => machine.error("the clock was asked for and no time was given"),
    }
}

fn time(machine: &Machine<'_>, arguments: &Arguments) -> Ran<Value> {
    if arguments.len() == 0 {
        return now(machine).map(|now| Value::Number(now as f64));
    }
    let at = arguments.table(machine, 1)?;
    let field = |name: &str, default: i64| match machine.heap.tables.get(at).map(|table| table.get_text(name)) {
        Some(Value::Number(number)) => number as i64,
        _ => default,
    };
    // Go's time.Date carries months and days over.
    let month = field("month", -1) - 1;
    let year = field("year", -1) + month.div_euclid(12);
    let first = i16::try_from(year).ok().and_then(|year| DateTime::new(year, (month.rem_euclid(12) + 1) as i8, 1, 0, 0, 0, 0).ok());
    let seconds = first.and_then(|first| first.to_zoned(TimeZone::UTC).ok()).map(|first| {
        first.timestamp().as_second() + (field("day", -1) - 1) * 86_400 + field("hour", 12) * 3600 + field("min", 0) * 60 + field("sec", 0)
    });
    Ok(seconds.map_or(Value::Number(-1.0), |seconds| Value::Number(seconds as f64)))
}

fn date(machine: &mut Machine<'_>, arguments: &Arguments) -> Ran<Value> {
    let format = if arguments.len() >= 1 { arguments.text(machine, 1)? } else { b"%c"[..].into() };
    let format = String::from_utf8_lossy(&format).into_owned();
    let seconds = if arguments.len() >= 2 { arguments.integer(machine, 2)? } else { now(machine)? };
    let Some(at) = Timestamp::from_second(seconds).ok().map(|at| at.to_zoned(TimeZone::UTC)) else {
        return Ok(Value::text(""));
    };
    let format = format.trim_start_matches('!');
    if format.starts_with("*t") {
        let mut table = Table::default();
        let fields = [
            ("year", i64::from(at.year())),
            ("month", i64::from(at.month())),
            ("day", i64::from(at.day())),
            ("hour", i64::from(at.hour())),
            ("min", i64::from(at.minute())),
            ("sec", i64::from(at.second())),
            ("wday", i64::from(at.weekday().to_sunday_one_offset())),
            ("yday", 0),
        ];
        for (name, number) in fields {
            table.set_text(name, Value::Number(number as f64));
        }
        table.set_text("isdst", Value::Bool(false));
        return Ok(machine.heap.adopt(table));
    }
    Ok(Value::text(strftime(&at, format)))
}

fn strftime(at: &Zoned, format: &str) -> String {
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let Some(flag) = chars.next() else { break };
        let jiff = match flag {
            // Go's layouts have no lower-case weekday: upstream's "mon" stands for itself.
            'a' => "mon".into(),
            'A' => at.strftime("%A").to_string(),
            'b' => at.strftime("%b").to_string(),
            'B' => at.strftime("%B").to_string(),
            'c' => at.strftime("%d %b %y %H:%M UTC").to_string(),
            'd' => at.strftime("%d").to_string(),
            'F' => at.strftime("%Y-%m-%d").to_string(),
            'H' => at.strftime("%H").to_string(),
            'I' => at.strftime("%I").to_string(),
            'm' => at.strftime("%m").to_string(),
            'M' => at.strftime("%M").to_string(),
            'p' => at.strftime("%p").to_string(),
            'P' => at.strftime("%P").to_string(),
            'S' => at.strftime("%S").to_string(),
            // Upstream's table says "15/04/05": the time, written with slashes.
            'x' => at.strftime("%H/%M/%S").to_string(),
            'X' => at.strftime("%H:%M:%S").to_string(),
            'y' => at.strftime("%y").to_string(),
            'Y' => at.strftime("%Y").to_string(),
            'z' => "+0000".into(),
            'Z' => "UTC".into(),
            'w' => at.weekday().to_sunday_zero_offset().to_string(),
            '%' => "%".into(),
            other => format!("%{other}"),
        };
        out.push_str(&jiff);
    }
    out
}

//! `date.go`

use std::rc::Rc;

use super::super::{
    convert::{any, text},
    env::Env,
    function::{Function, Outcome, Ty, fixed, volatile},
};
use crate::lang::gofmt::{
    Text, Value,
    number::{NumberError, parse_int},
    time::{Time, ZERO_SECONDS, Zone, format_duration, load_location, parse_duration},
    time_layout::parse,
};

/// Dates and durations.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Str, Time as When};
    let mut table = vec![
        volatile(fixed("now", &[], |env, _| Ok(boxed(env.now("now"))))),
        volatile(fixed("ago", &[Any], ago)),
        volatile(fixed("date", &[Str, Any], |env, args| shown(env, "date", any(args, 1), &lossy(args, 0), "Local"))),
        volatile(fixed("htmlDate", &[Any], |env, args| shown(env, "htmlDate", any(args, 0), "2006-01-02", "Local"))),
        volatile(fixed("htmlDateInZone", &[Any, Str], |env, args| {
            shown(env, "htmlDateInZone", any(args, 0), "2006-01-02", &lossy(args, 1))
        })),
        fixed("toDate", &[Str, Str], |_, args| {
            Ok(boxed(parse(&lossy(args, 0), &lossy(args, 1)).unwrap_or_else(|| Time::unix(ZERO_SECONDS, 0))))
        }),
        fixed("mustToDate", &[Str, Str], |_, args| {
            let (layout, value) = (lossy(args, 0), lossy(args, 1));
            match parse(&layout, &value) {
                Some(time) => Ok(boxed(time)),
                None => Err(format!("parsing time {value:?} as {layout:?}: cannot parse {value:?}").into()),
            }
        }),
        fixed("unixEpoch", &[When], |_, args| Ok(Value::text(time(any(args, 0)).map_or(0, |time| time.seconds).to_string()))),
        fixed("duration", &[Any], |_, args| Ok(Value::text(format_duration(seconds(any(args, 0)).wrapping_mul(1_000_000_000))))),
        volatile(fixed("durationRound", &[Any], duration_round)),
    ];
    for name in ["dateInZone", "date_in_zone"] {
        table.push(volatile(fixed(name, &[Str, Any, Str], |env, args| {
            shown(env, "dateInZone", any(args, 1), &lossy(args, 0), &lossy(args, 2))
        })));
    }
    for name in ["dateModify", "date_modify"] {
        table.push(fixed(name, &[Str, When], |_, args| modified(args, false)));
    }
    for name in ["mustDateModify", "must_date_modify"] {
        table.push(fixed(name, &[Str, When], |_, args| modified(args, true)));
    }
    table
}

fn lossy(args: &[Value], index: usize) -> String {
    Text::from(text(args, index)).to_lossy().into_owned()
}

fn boxed(time: Time) -> Value {
    Value::Foreign(Rc::new(time))
}

fn time(value: &Value) -> Option<&Time> {
    match value {
        Value::Foreign(foreign) => foreign.as_any().downcast_ref(),
        _ => None,
    }
}

/// A time, Unix seconds, or now.
fn moment(env: &Env, name: &'static str, value: &Value) -> Time {
    match value {
        Value::Int(seconds) | Value::Int64(seconds) => Time::unix(*seconds, 0),
        other => time(other).cloned().unwrap_or_else(|| env.now(name)),
    }
}

fn shown(env: &Env, name: &'static str, value: &Value, layout: &str, zone: &str) -> Outcome {
    let time = moment(env, name, value);
    let zone = load_location(zone).unwrap_or(Zone::Utc);
    Ok(Value::text(time.within(zone).format(layout)))
}

fn ago(env: &Env, args: &[Value]) -> Outcome {
    let value = any(args, 0);
    let from = match value {
        Value::Int(_) | Value::Int64(_) => moment(env, "ago", value),
        other => match time(other) {
            Some(time) => time.clone(),
            // now, as of now
            None => return Ok(Value::text("0s")),
        },
    };
    let nanos = env.now("ago").since(&from);
    let second = 1_000_000_000;
    let rounded = (nanos.saturating_add(nanos.signum() * second / 2) / second).saturating_mul(second);
    Ok(Value::text(format_duration(rounded)))
}

fn seconds(value: &Value) -> i64 {
    match value {
        Value::Int64(seconds) => *seconds,
        Value::Str(text) => {
            let text = text.to_lossy();
            parse_int(&text, 10).unwrap_or_else(|error| match error {
                NumberError::Range if text.starts_with('-') => i64::MIN,
                NumberError::Range => i64::MAX,
                NumberError::Syntax => 0,
            })
        }
        _ => 0,
    }
}

fn modified(args: &[Value], must: bool) -> Outcome {
    let offset = lossy(args, 0);
    match (parse_duration(&offset), time(any(args, 1))) {
        (Some(nanos), Some(time)) => Ok(boxed(time.add(nanos))),
        (None, _) if must => Err(format!("time: invalid duration {offset:?}").into()),
        _ => Ok(any(args, 1).clone()),
    }
}

fn duration_round(env: &Env, args: &[Value]) -> Outcome {
    let nanos = match any(args, 0) {
        Value::Str(text) => parse_duration(&text.to_lossy()).unwrap_or(0),
        Value::Int64(nanos) => *nanos,
        other => time(other).map_or(0, |time| env.now("durationRound").since(time)),
    };
    let hour = 3_600_000_000_000;
    let units =
        [(hour * 24 * 365, "y"), (hour * 24 * 30, "mo"), (hour * 24, "d"), (hour, "h"), (60_000_000_000, "m"), (1_000_000_000, "s")];
    let magnitude = nanos.unsigned_abs();
    let text = units.iter().find(|(unit, _)| magnitude > *unit).map(|(unit, name)| format!("{}{name}", magnitude / unit));
    Ok(Value::text(text.unwrap_or_else(|| "0s".into())))
}

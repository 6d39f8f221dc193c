//! Methods of times, durations and zones.

use std::sync::Arc;

use super::nature::{Signature, Ty};
use super::value::Val;
use crate::lang::LangError;
use crate::lang::gofmt::time::{Time, Zone, days_from_civil, format_duration};

type Result<T = Val> = std::result::Result<T, LangError>;

/// Name, parameters and result of a method.
type Method = (&'static str, &'static [P], P);

/// Parameters and results.
#[derive(Debug, Clone, Copy)]
enum P {
    Int,
    Int64,
    Float,
    Bool,
    Str,
    Time,
    Duration,
    Month,
    Weekday,
    Location,
}

impl P {
    fn ty(self) -> Ty {
        match self {
            Self::Int => Ty::Int,
            Self::Int64 => Ty::Int64,
            Self::Float => Ty::Float,
            Self::Bool => Ty::Bool,
            Self::Str => Ty::Str,
            Self::Time => Ty::Time,
            Self::Duration => Ty::Duration,
            Self::Month => Ty::Month,
            Self::Weekday => Ty::Weekday,
            Self::Location => Ty::Location,
        }
    }
}

const TIME: [Method; 31] = [
    ("Add", &[P::Duration], P::Time),
    ("AddDate", &[P::Int, P::Int, P::Int], P::Time),
    ("After", &[P::Time], P::Bool),
    ("Before", &[P::Time], P::Bool),
    ("Compare", &[P::Time], P::Int),
    ("Day", &[], P::Int),
    ("Equal", &[P::Time], P::Bool),
    ("Format", &[P::Str], P::Str),
    ("GoString", &[], P::Str),
    ("Hour", &[], P::Int),
    ("In", &[P::Location], P::Time),
    ("IsDST", &[], P::Bool),
    ("IsZero", &[], P::Bool),
    ("Local", &[], P::Time),
    ("Location", &[], P::Location),
    ("Minute", &[], P::Int),
    ("Month", &[], P::Month),
    ("Nanosecond", &[], P::Int),
    ("Round", &[P::Duration], P::Time),
    ("Second", &[], P::Int),
    ("String", &[], P::Str),
    ("Sub", &[P::Time], P::Duration),
    ("Truncate", &[P::Duration], P::Time),
    ("UTC", &[], P::Time),
    ("Unix", &[], P::Int64),
    ("UnixMicro", &[], P::Int64),
    ("UnixMilli", &[], P::Int64),
    ("UnixNano", &[], P::Int64),
    ("Weekday", &[], P::Weekday),
    ("Year", &[], P::Int),
    ("YearDay", &[], P::Int),
];

const DURATION: [Method; 10] = [
    ("Abs", &[], P::Duration),
    ("Hours", &[], P::Float),
    ("Microseconds", &[], P::Int64),
    ("Milliseconds", &[], P::Int64),
    ("Minutes", &[], P::Float),
    ("Nanoseconds", &[], P::Int64),
    ("Round", &[P::Duration], P::Duration),
    ("Seconds", &[], P::Float),
    ("String", &[], P::Str),
    ("Truncate", &[P::Duration], P::Duration),
];

const NAMED: [Method; 1] = [("String", &[], P::Str)];

fn methods(ty: &Ty) -> &'static [Method] {
    match ty {
        Ty::Time => &TIME,
        Ty::Duration => &DURATION,
        Ty::Month | Ty::Weekday | Ty::Location => &NAMED,
        _ => &[],
    }
}

fn find(ty: &Ty, name: &str) -> Option<&'static Method> {
    methods(ty).iter().find(|(known, ..)| *known == name)
}

/// The signature of a method, without its receiver.
pub(super) fn method(ty: &Ty, name: &str) -> Option<Signature> {
    find(ty, name).map(|(_, params, out)| Signature {
        params: params.iter().map(|p| p.ty()).collect(),
        out: Some(out.ty()),
        variadic: false,
        builtin: None,
    })
}

/// The name, if there is such a method.
pub(super) fn method_name(ty: &Ty, name: &str) -> Option<&'static str> {
    find(ty, name).map(|(name, ..)| *name)
}

fn time(time: Time) -> Val {
    Val::Time(Arc::new(time))
}

/// Calls a method.
pub(super) fn call(on: &Val, name: &'static str, args: &[Val]) -> Result {
    let bad = || LangError::eval(format!("reflect: cannot use the arguments of {name}"));
    let wanted = find(&on.ty(), name).map_or(0, |(_, params, _)| params.len());
    if args.len() != wanted {
        return Err(LangError::eval("reflect: Call with wrong number of input arguments"));
    }
    match on {
        Val::Time(at) => match args {
            [] => Ok(of_time(at, name)),
            [Val::Duration(nanos)] if name == "Add" => Ok(time(at.add(*nanos))),
            [Val::Duration(nanos)] if name == "Truncate" => Ok(time(at.add(-remainder(at, *nanos)))),
            [Val::Duration(nanos)] if name == "Round" => {
                let rest = remainder(at, *nanos);
                let up = rest.saturating_add(rest) >= *nanos && *nanos > 0;
                Ok(time(at.add(if up { nanos - rest } else { -rest })))
            }
            [Val::Int(years), Val::Int(months), Val::Int(days)] if name == "AddDate" => Ok(time(add_date(at, *years, *months, *days))),
            [Val::Str(layout)] if name == "Format" => Ok(Val::string(at.format(layout))),
            [Val::Location(zone)] if name == "In" => Ok(time(at.within(zone.as_ref().clone()))),
            [Val::Time(other)] => {
                let order = (at.seconds, at.nanos).cmp(&(other.seconds, other.nanos));
                Ok(match name {
                    "After" => Val::Bool(order.is_gt()),
                    "Before" => Val::Bool(order.is_lt()),
                    "Equal" => Val::Bool(order.is_eq()),
                    "Compare" => Val::Int(order as i64),
                    "Sub" => Val::Duration(at.since(other)),
                    _ => return Err(bad()),
                })
            }
            _ => Err(bad()),
        },
        Val::Duration(nanos) => match args {
            [] => Ok(of_duration(*nanos, name)),
            [Val::Duration(unit)] => Ok(Val::Duration(rounded(*nanos, *unit, name == "Round"))),
            _ => Err(bad()),
        },
        other => Ok(Val::string(super::functions::print(other))),
    }
}

/// What is left above a multiple of a duration since the year one.
fn remainder(at: &Time, unit: i64) -> i64 {
    if unit <= 0 {
        return 0;
    }
    let since = i128::from(at.seconds.saturating_sub(crate::lang::gofmt::time::ZERO_SECONDS)) * 1_000_000_000 + i128::from(at.nanos);
    i64::try_from(since.rem_euclid(i128::from(unit))).unwrap_or(0)
}

fn rounded(nanos: i64, unit: i64, nearest: bool) -> i64 {
    if unit <= 0 {
        return nanos;
    }
    let rest = nanos % unit;
    if nearest && rest.unsigned_abs() >= unit.unsigned_abs() - rest.unsigned_abs() {
        let away = unit.saturating_sub(rest.abs());
        return if nanos < 0 { nanos.saturating_sub(away) } else { nanos.saturating_add(away) };
    }
    nanos - rest
}

fn add_date(at: &Time, years: i64, months: i64, days: i64) -> Time {
    let civil = at.civil();
    let seconds_of_day = i64::from(civil.hour) * 3_600 + i64::from(civil.minute) * 60 + i64::from(civil.second);
    let limit = |value: i64| value.clamp(-10_000_000, 10_000_000);
    let date = days_from_civil(civil.year + limit(years), i64::from(civil.month) + limit(months), i64::from(civil.day) + limit(days));
    located(date * 86_400 + seconds_of_day, at.nanos, &at.zone)
}

/// The moment at which a zone's clocks show these seconds, with Go's guess in gaps.
pub(super) fn located(local: i64, nanos: u32, zone: &Zone) -> Time {
    let offset = |seconds: i64| i64::from(Time { seconds, nanos, zone: zone.clone() }.offset().0);
    let guess = offset(local);
    let seconds = local - if guess == 0 { 0 } else { offset(local - guess) };
    Time { seconds, nanos, zone: zone.clone() }
}

fn of_time(at: &Arc<Time>, name: &str) -> Val {
    let civil = at.civil();
    let nanos = i64::from(at.nanos);
    match name {
        "Year" => Val::Int(civil.year),
        "Month" => Val::Month(i64::from(civil.month)),
        "Day" => Val::Int(i64::from(civil.day)),
        "Hour" => Val::Int(i64::from(civil.hour)),
        "Minute" => Val::Int(i64::from(civil.minute)),
        "Second" => Val::Int(i64::from(civil.second)),
        "Nanosecond" => Val::Int(nanos),
        "YearDay" => Val::Int(i64::from(civil.yearday)),
        "Weekday" => Val::Weekday(i64::from(civil.weekday)),
        "Unix" => Val::Int64(at.seconds),
        "UnixMilli" => Val::Int64(at.seconds.wrapping_mul(1_000).wrapping_add(nanos / 1_000_000)),
        "UnixMicro" => Val::Int64(at.seconds.wrapping_mul(1_000_000).wrapping_add(nanos / 1_000)),
        "UnixNano" => Val::Int64(at.seconds.wrapping_mul(1_000_000_000).wrapping_add(nanos)),
        "IsZero" => Val::Bool(at.is_zero()),
        "IsDST" => Val::Bool(false),
        "UTC" | "Local" => time(at.within(Zone::Utc)),
        "Location" => Val::Location(Arc::new(at.zone.clone())),
        _ => Val::string(super::functions::print(&Val::Time(Arc::clone(at)))),
    }
}

#[allow(clippy::cast_precision_loss)]
fn of_duration(nanos: i64, name: &str) -> Val {
    // Whole units first, as Go adds them up.
    let float = |unit: i64| (nanos / unit) as f64 + (nanos % unit) as f64 / unit as f64;
    match name {
        "Abs" => Val::Duration(nanos.saturating_abs()),
        "Hours" => Val::Float(float(3_600_000_000_000)),
        "Minutes" => Val::Float(float(60_000_000_000)),
        "Seconds" => Val::Float(float(1_000_000_000)),
        "Milliseconds" => Val::Int64(nanos / 1_000_000),
        "Microseconds" => Val::Int64(nanos / 1_000),
        "Nanoseconds" => Val::Int64(nanos),
        _ => Val::string(format_duration(nanos)),
    }
}

//! `now`, `date`, `duration` and `timezone`.

use std::sync::Arc;

use super::super::environment::Env;
use super::super::interpreter::Result;
use super::super::time::located;
use super::super::value::Val;
use super::text;
use crate::lang::LangError;
use crate::lang::duration::parse_duration;
use crate::lang::gofmt::time::{Time, Zone, load_location};
use crate::lang::gofmt::time_layout;

/// What `date` tries in turn without a layout.
const LAYOUTS: [&str; 7] = [
    "2006-01-02",
    "15:04:05",
    "2006-01-02 15:04:05",
    "2006-01-02T15:04:05Z07:00",
    "02 Jan 06 15:04 MST",
    "Monday, 02-Jan-06 15:04:05 MST",
    "Mon, 02 Jan 2006 15:04:05 MST",
];

pub(super) fn call(env: &Env, name: &str, args: &[Val]) -> Result {
    match name {
        "now" => {
            let now = Time::unix(env.now, 0);
            Ok(Val::Time(Arc::new(match args {
                [Val::Location(zone)] => now.within(zone.as_ref().clone()),
                _ => now,
            })))
        }
        "duration" => parse_duration(text(args, 0)?).map(Val::Duration).map_err(LangError::eval),
        "timezone" => zone(text(args, 0)?).map(|zone| Val::Location(Arc::new(zone))),
        _ => date(args),
    }
}

fn zone(name: &str) -> Result<Zone> {
    load_location(name).ok_or_else(|| LangError::eval(format!("unknown time zone {name}")))
}

fn date(args: &[Val]) -> Result {
    let (located_in, args) = match args.split_first() {
        Some((Val::Location(zone), rest)) => (Some(zone.as_ref().clone()), rest),
        _ => (None, args),
    };
    let value = text(args, 0)?;
    let time = match args.len() {
        2 => parse(text(args, 1)?, value, located_in.as_ref()),
        3 => parse(text(args, 1)?, value, Some(&zone(text(args, 2)?)?)),
        _ => LAYOUTS.iter().find_map(|layout| parse(layout, value, located_in.as_ref())),
    };
    time.map(|time| Val::Time(Arc::new(time))).ok_or_else(|| LangError::eval(format!("invalid date {value}")))
}

/// `time.ParseInLocation`: the zone counts where the text names none.
fn parse(layout: &str, value: &str, zone: Option<&Zone>) -> Option<Time> {
    let time = time_layout::parse(layout, value)?;
    let names_zone = ["MST", "Z07", "-07"].iter().any(|element| layout.contains(element));
    match zone {
        Some(zone) if !names_zone => Some(located(time.seconds, time.nanos, zone)),
        _ => Some(time),
    }
}

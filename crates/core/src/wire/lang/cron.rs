//! Operations of `cron`.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lang::cron::{Schedule, load_location};
use crate::wire::Op;
use crate::{Error, Result};

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("lang.cron", "list the next times of a cron schedule", next)]
}

/// More times than this are not listed at once.
const MAX_COUNT: usize = 100_000;

/// Which of upstream's parsers reads the schedule.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum CronParser {
    /// `cron.ParseStandard`, with descriptors.
    #[default]
    Standard,
    /// The five fields of sync windows.
    Window,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CronRequest {
    /// The schedule.
    schedule: String,
    /// The zone `from` is moved to first; UTC by default.
    timezone: Option<String>,
    /// RFC 3339; the first time listed lies after it.
    from: String,
    /// How many times to list; 1 by default.
    #[serde(default)]
    count: usize,
    /// Which parser; `standard` by default.
    #[serde(default)]
    parser: CronParser,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CronResponse {
    /// RFC 3339 with the zone's offset; shorter than asked when the schedule runs dry.
    next: Vec<String>,
}

fn next(request: CronRequest) -> Result<CronResponse> {
    let schedule = match request.parser {
        CronParser::Standard => Schedule::parse_standard(&request.schedule)?,
        CronParser::Window => Schedule::parse_window(&request.schedule)?,
    };
    let from: Timestamp = request.from.parse().map_err(|e| Error::invalid(format!("from: {e}")))?;
    let zone = match request.timezone.as_deref() {
        None | Some("") => TimeZone::UTC,
        Some(name) => load_location(name).ok_or_else(|| Error::upstream(format!("unknown time zone {name}")))?,
    };
    let mut at = from.to_zoned(zone);
    let mut next = Vec::new();
    for _ in 0..request.count.clamp(1, MAX_COUNT) {
        let Some(time) = schedule.try_next(&at)? else { break };
        next.push(rfc3339(&time));
        at = time;
    }
    Ok(CronResponse { next })
}

/// As Go prints it: `Z` for any zone without an offset, no seconds in offsets.
fn rfc3339(time: &Zoned) -> String {
    let offset = time.offset().seconds() / 60;
    let text = time.strftime("%Y-%m-%dT%H:%M:%S");
    let sign = if offset < 0 { '-' } else { '+' };
    match time.offset().seconds() {
        0 => format!("{text}Z"),
        _ => format!("{text}{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60),
    }
}

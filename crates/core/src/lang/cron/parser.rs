//! From text to a schedule.

use jiff::tz::TimeZone;

use super::{Fields, Kind, STAR, Schedule, load_location};
use crate::lang::LangError;
use crate::lang::duration::parse_duration;

/// The values a field may take.
struct Bounds {
    min: u64,
    max: u64,
    names: &'static [&'static str],
}

const MINUTES: Bounds = Bounds { min: 0, max: 59, names: &[] };
const HOURS: Bounds = Bounds { min: 0, max: 23, names: &[] };
const DOM: Bounds = Bounds { min: 1, max: 31, names: &[] };
const MONTHS: Bounds =
    Bounds { min: 1, max: 12, names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] };
const DOW: Bounds = Bounds { min: 0, max: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

impl Schedule {
    /// `cron.ParseStandard`: five fields or a descriptor such as `@daily`.
    ///
    /// # Errors
    /// Upstream's complaint with the offset of the field.
    pub fn parse_standard(spec: &str) -> Result<Self, LangError> {
        parse(spec, true)
    }

    /// The parser of sync windows: five fields, no descriptors.
    ///
    /// # Errors
    /// Upstream's complaint with the offset of the field.
    pub fn parse_window(spec: &str) -> Result<Self, LangError> {
        parse(spec, false)
    }
}

fn parse(source: &str, descriptors: bool) -> Result<Schedule, LangError> {
    if source.is_empty() {
        return Err(LangError::compile(0, "empty spec string"));
    }
    let mut spec = source;
    let mut zone = None;
    if let Some(rest) = spec.strip_prefix("TZ=").or_else(|| spec.strip_prefix("CRON_TZ=")) {
        // Without a space upstream slices out of range, and the panic is a refusal.
        let (name, fields) = rest.split_once(' ').ok_or_else(|| LangError::compile(spec.len(), "slice bounds out of range [:-1]"))?;
        // The answers were recorded in a process whose local zone is UTC, which
        // upstream then cannot tell from "as the time given".
        if !matches!(name, "Local" | "UTC" | "") {
            let unknown = || LangError::compile(0, format!("provided bad location {name}: unknown time zone {name}"));
            zone = Some(load_location(name).ok_or_else(unknown)?);
        }
        spec = fields.trim();
    }
    if spec.starts_with('@') {
        if !descriptors {
            return Err(LangError::compile(0, format!("parser does not accept descriptors: {spec}")));
        }
        return descriptor(spec, zone);
    }
    let fields: Vec<&str> = spec.split_whitespace().collect();
    let [minute, hour, dom, month, dow] = fields.as_slice() else {
        let words = format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" "));
        return Err(LangError::compile(0, words));
    };
    let bits = |text: &str, bounds: &Bounds| {
        let offset = (text.as_ptr() as usize).saturating_sub(source.as_ptr() as usize);
        field(text, bounds).map_err(|message| LangError::compile(offset, message))
    };
    let fields = Fields {
        minute: bits(minute, &MINUTES)?,
        hour: bits(hour, &HOURS)?,
        dom: bits(dom, &DOM)?,
        month: bits(month, &MONTHS)?,
        dow: bits(dow, &DOW)?,
        zone,
    };
    Ok(Schedule { kind: Kind::Fields(Box::new(fields)) })
}

fn descriptor(spec: &str, zone: Option<TimeZone>) -> Result<Schedule, LangError> {
    let all = |bounds: &Bounds| span(bounds.min, bounds.max, 1) | STAR;
    let midnight = Fields { minute: 1, hour: 1, dom: all(&DOM), month: all(&MONTHS), dow: all(&DOW), zone };
    let fields = match spec {
        "@yearly" | "@annually" => Fields { dom: 1 << 1, month: 1 << 1, ..midnight },
        "@monthly" => Fields { dom: 1 << 1, ..midnight },
        "@weekly" => Fields { dow: 1, ..midnight },
        "@daily" | "@midnight" => midnight,
        "@hourly" => Fields { hour: all(&HOURS), ..midnight },
        _ => {
            let Some(text) = spec.strip_prefix("@every ") else {
                return Err(LangError::compile(0, format!("unrecognized descriptor: {spec}")));
            };
            let nanoseconds = parse_duration(text).map_err(|e| LangError::compile(7, format!("failed to parse duration {spec}: {e}")))?;
            return Ok(Schedule { kind: Kind::Every((nanoseconds / 1_000_000_000).max(1)) });
        }
    };
    Ok(Schedule { kind: Kind::Fields(Box::new(fields)) })
}

fn field(text: &str, bounds: &Bounds) -> Result<u64, String> {
    text.split(',').filter(|range| !range.is_empty()).try_fold(0, |bits, text| Ok(bits | range(text, bounds)?))
}

fn range(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let mut halves = text.split('/');
    let (low_high, step, more) = (halves.next().unwrap_or_default(), halves.next(), halves.next());
    let ends: Vec<&str> = low_high.split('-').collect();
    let single = ends.len() == 1;
    let (start, mut end, mut star) = match ends.as_slice() {
        ["*" | "?", ..] => (bounds.min, bounds.max, STAR),
        [only] => {
            let value = number_or_name(only, bounds)?;
            (value, value, 0)
        }
        [low, high] => (number_or_name(low, bounds)?, number_or_name(high, bounds)?, 0),
        [low, ..] => {
            number_or_name(low, bounds)?;
            return Err(format!("too many hyphens: {text}"));
        }
        [] => return Err(format!("failed to parse int from {text}")),
    };
    let mut every = 1;
    if more.is_some() {
        return Err(format!("too many slashes: {text}"));
    }
    if let Some(step) = step {
        every = number(step)?;
        if single {
            end = bounds.max;
        }
        if every > 1 {
            star = 0;
        }
    }
    if start < bounds.min {
        return Err(format!("beginning of range ({start}) below minimum ({}): {text}", bounds.min));
    }
    if end > bounds.max {
        return Err(format!("end of range ({end}) above maximum ({}): {text}", bounds.max));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    if every == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok(span(start, end, every) | star)
}

fn number_or_name(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let lower = text.to_lowercase();
    match bounds.names.iter().zip(bounds.min..).find(|(name, _)| **name == lower) {
        Some((_, value)) => Ok(value),
        None => number(text),
    }
}

fn number(text: &str) -> Result<u64, String> {
    let value: i64 =
        text.parse().map_err(|_| format!("failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax"))?;
    u64::try_from(value).map_err(|_| format!("negative number ({value}) not allowed: {text}"))
}

/// Bits from `start` to `end`, which are below 64.
fn span(start: u64, end: u64, step: u64) -> u64 {
    let step = usize::try_from(step).unwrap_or(usize::MAX).max(1);
    (start..=end).step_by(step).fold(0, |bits, value| bits | 1_u64.checked_shl(u32::try_from(value).unwrap_or(64)).unwrap_or(0))
}

//! Series of measurements: CSV, JSON, and Prometheus' answer to a range query.

use crate::rollouts::objects::AtPath;
use crate::{Error, Result, Value, rollouts::spec::Time};

/// How a series is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Rows of a time and values, or of values alone.
    Csv,
    /// A list of values, of `[time, value]` pairs or of `{time, value}` objects.
    Json,
    /// `{"data": {"resultType": "matrix", "result": [{"values": [[seconds, "text"]]}]}}`.
    Prometheus,
}

/// One value as a metric provider would hand it over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sample {
    /// A float64.
    Number(f64),
    /// One float64 for each series of the answer, as Prometheus' provider gives.
    Vector(Vec<f64>),
    /// Anything else, as decoded JSON.
    Json(Value),
    /// A measurement that failed, with its message.
    Error(String),
}

/// A series, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Series {
    /// The n-th measurement takes the n-th value.
    Counted(Vec<Sample>),
    /// A measurement takes the latest value at that moment.
    Timed(Vec<(Time, Sample)>),
}

/// Which columns of a CSV text are the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column<'a> {
    /// All but the time.
    All,
    /// The one of this heading if there is one, else all.
    Perhaps(&'a str),
    /// The one of this heading.
    Named(&'a str),
}

/// More values than this are refused.
const MOST: usize = 1_000_000;

impl Series {
    /// Reads a series from a text; without a format it is guessed.
    pub(crate) fn parse(text: &str, format: Option<Format>) -> Result<Self> {
        Self::parse_column(text, format, &Column::All)
    }

    /// As [`Self::parse`]; of a CSV text with a heading, one column only.
    pub(crate) fn parse_column(text: &str, format: Option<Format>, column: &Column<'_>) -> Result<Self> {
        let trimmed = text.trim_start();
        let guess = || if trimmed.starts_with(['{', '[']) { Format::Json } else { Format::Csv };
        match format.unwrap_or_else(guess) {
            Format::Csv => csv(text, column),
            _ => {
                let value: Value = serde_json::from_str(text).map_err(|error| Error::parse(format!("series: {error}")))?;
                Self::from_value(&value, format)
            }
        }
    }

    /// Reads a series from JSON.
    pub(crate) fn from_value(value: &Value, format: Option<Format>) -> Result<Self> {
        let matrix = value.at_path("/data/result").or_else(|| value.get("result"));
        match (format, matrix, value) {
            (Some(Format::Prometheus), Some(matrix), _) | (None, Some(matrix), _) => prometheus(matrix),
            (Some(Format::Prometheus), None, _) => Err(Error::parse("series: not an answer to a range query: no data.result")),
            (_, _, Value::Array(items)) => json(items),
            (_, _, Value::String(text)) => Self::parse(text, format),
            _ => Err(Error::parse("series: expected a list of values")),
        }
    }

    /// The first moment, if there are moments.
    pub(crate) fn start(&self) -> Option<Time> {
        match self {
            Self::Counted(_) => None,
            Self::Timed(samples) => samples.first().map(|(time, _)| *time),
        }
    }

    /// The value for the n-th measurement, taken now; `None` once the series is over. A value
    /// counts until the next one, the last one for as long as the one before it did.
    pub(crate) fn at(&self, count: usize, now: Time) -> Option<&Sample> {
        match self {
            Self::Counted(samples) => samples.get(count),
            Self::Timed(samples) => {
                let after = samples.partition_point(|(time, _)| *time <= now);
                let Some(index) = after.checked_sub(1) else { return samples.first().map(|(_, sample)| sample) };
                let (time, sample) = samples.get(index)?;
                if after < samples.len() {
                    return Some(sample);
                }
                let gap = index.checked_sub(1).and_then(|before| samples.get(before)).map_or(0, |(before, _)| time.since(*before));
                (now.since(*time) <= gap).then_some(sample)
            }
        }
    }

    fn from_rows(rows: Vec<(Option<Time>, Sample)>) -> Result<Self> {
        if rows.len() > MOST {
            return Err(Error::limit(format!("a series of more than {MOST} values")));
        }
        if rows.iter().all(|(time, _)| time.is_none()) {
            return Ok(Self::Counted(rows.into_iter().map(|(_, sample)| sample).collect()));
        }
        let timed: Option<Vec<(Time, Sample)>> = rows.into_iter().map(|(time, sample)| Some((time?, sample))).collect();
        let mut timed = timed.ok_or_else(|| Error::parse("series: some values have a time and some have none"))?;
        timed.sort_by_key(|(time, _)| *time);
        Ok(Self::Timed(timed))
    }
}

/// A moment: RFC 3339, or seconds since 1970.
fn moment(value: &Value) -> Option<Time> {
    match value {
        Value::String(text) => Time::parse(text).or_else(|| text.parse().ok().and_then(seconds)),
        Value::Number(number) => seconds(number.as_f64()?),
        _ => None,
    }
}

fn seconds(seconds: f64) -> Option<Time> {
    let nanoseconds = (seconds * 1e9).round();
    if !nanoseconds.is_finite() || nanoseconds.abs() > 1e30 {
        return None;
    }
    jiff::Timestamp::from_nanosecond(nanoseconds as i128).ok().map(Time)
}

/// A number as Go's ParseFloat reads the common forms, `NaN` and `+Inf` among them.
pub(super) fn number(text: &str) -> Option<f64> {
    match text.trim().to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "+inf" | "infinity" | "+infinity" => Some(f64::INFINITY),
        "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
        plain if plain.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => plain.parse().ok(),
        _ => None,
    }
}

fn sample(value: &Value) -> Sample {
    match value {
        Value::Number(number) => Sample::Number(number.as_f64().unwrap_or(0.0)),
        Value::Object(members) => match members.get("error") {
            Some(error) if members.len() == 1 => Sample::Error(error.as_str().map_or_else(|| error.to_string(), str::to_string)),
            _ => Sample::Json(value.clone()),
        },
        _ => Sample::Json(value.clone()),
    }
}

fn json(items: &[Value]) -> Result<Series> {
    // A list of pairs that all start with a moment is a series of moments, else of values.
    let pairs = items.iter().all(|item| matches!(item.as_array().map(Vec::as_slice), Some([time, _]) if moment(time).is_some()));
    let row = |item: &Value| match item {
        Value::Array(pair) if pairs => (pair.first().and_then(moment), pair.get(1).map_or(Sample::Json(Value::Null), sample)),
        Value::Object(members) if members.contains_key("time") => {
            let given = members
                .get("value")
                .map(sample)
                .or_else(|| members.get("error").map(|error| Sample::Error(error.as_str().unwrap_or("").to_string())));
            (members.get("time").and_then(moment), given.unwrap_or(Sample::Json(Value::Null)))
        }
        other => (None, sample(other)),
    };
    Series::from_rows(items.iter().map(row).collect())
}

/// The series of a matrix side by side: at each moment those that have a value.
fn prometheus(matrix: &Value) -> Result<Series> {
    let mut rows: std::collections::BTreeMap<Time, Vec<f64>> = std::collections::BTreeMap::new();
    for series in matrix.as_array().into_iter().flatten() {
        for pair in series.get("values").and_then(Value::as_array).into_iter().flatten() {
            let time = pair.get(0).and_then(moment);
            let value = match pair.get(1) {
                Some(Value::String(text)) => number(text),
                Some(value) => value.as_f64(),
                None => None,
            };
            let (Some(time), Some(value)) = (time, value) else {
                return Err(Error::parse("series: a value of a range query is [seconds, \"number\"]"));
            };
            rows.entry(time).or_default().push(value);
        }
    }
    Series::from_rows(rows.into_iter().map(|(time, values)| (Some(time), Sample::Vector(values))).collect())
}

/// Rows of one value, of a time and a value, or of a time and several values; a first row
/// that is neither a time nor a number is a heading.
fn csv(text: &str, column: &Column<'_>) -> Result<Series> {
    let mut rows = Vec::new();
    let (mut timed, mut only) = (None, None);
    for (index, cells) in records(text)?.into_iter().enumerate() {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let first = cells.first().map(|cell| cell.trim()).unwrap_or("");
        let time = if cells.len() > 1 { moment(&Value::from(first)) } else { None };
        let heading = rows.is_empty() && index == 0 && time.is_none() && !is_value(first);
        if heading {
            let (Column::Perhaps(name) | Column::Named(name)) = column else { continue };
            only = cells.iter().position(|cell| cell.trim() == *name);
            continue;
        }
        if let (Column::Named(name), None) = (column, only) {
            return Err(Error::parse(format!("series: no column has the heading {name:?}")));
        }
        if *timed.get_or_insert(time.is_some()) != time.is_some() {
            return Err(Error::parse(format!("series: row {} does not start with a time as the others do", index + 1)));
        }
        let values = match only {
            Some(at) => cells.get(at..=at).unwrap_or_default(),
            None => cells.get(usize::from(time.is_some())..).unwrap_or_default(),
        };
        rows.push((time, cell_sample(values)));
    }
    Series::from_rows(rows)
}

/// A number, or JSON that is no bare word.
fn is_value(cell: &str) -> bool {
    number(cell).is_some() || serde_json::from_str::<Value>(cell).is_ok()
}

/// A cell as decoded JSON; what is no JSON is a text.
fn cell_value(cell: &str) -> Value {
    serde_json::from_str(cell.trim()).unwrap_or_else(|_| Value::from(cell))
}

/// Numbers side by side are a vector, without the empty cells; anything else is JSON: `true`, `"a text"`,
/// `{"value": 1}`, or `{"error": "why"}` for a measurement that failed.
fn cell_sample(cells: &[String]) -> Sample {
    let filled = || cells.iter().filter(|cell| !cell.trim().is_empty());
    match cells {
        [cell] => match number(cell) {
            Some(value) => Sample::Number(value),
            None if cell.trim().is_empty() => Sample::Vector(Vec::new()),
            None => sample(&cell_value(cell)),
        },
        _ => match filled().map(|cell| number(cell)).collect::<Option<Vec<f64>>>() {
            Some(numbers) => Sample::Vector(numbers),
            None => Sample::Json(filled().map(|cell| cell_value(cell)).collect()),
        },
    }
}

/// RFC 4180: cells between commas, quoted ones with doubled quotes.
fn records(text: &str) -> Result<Vec<Vec<String>>> {
    let (mut records, mut record, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
                if records.len() > MOST {
                    return Err(Error::limit(format!("a series of more than {MOST} rows")));
                }
            }
            c => cell.push(c),
        }
    }
    if quoted {
        return Err(Error::parse("series: a quoted cell has no end"));
    }
    record.push(cell);
    records.push(record);
    Ok(records)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_rows_with_and_without_times() {
        let counted = Series::parse("value\n0.99\n0.5\n", None).unwrap();
        assert_eq!(counted, Series::Counted(vec![Sample::Number(0.99), Sample::Number(0.5)]));
        let timed = Series::parse("time,a,b\n2026-03-01T12:00:00Z,1,2\n2026-03-01T12:01:00Z,3,\n", None).unwrap();
        let start = timed.start().unwrap();
        assert_eq!(timed.at(0, start.plus(30_000_000_000)), Some(&Sample::Vector(vec![1.0, 2.0])));
        assert_eq!(timed.at(0, start.plus(61_000_000_000)), Some(&Sample::Vector(vec![3.0])));
        assert_eq!(timed.at(0, start.plus(300_000_000_000)), None);
    }

    #[test]
    fn reads_cells_that_are_no_numbers() {
        let series = Series::parse("ok\ntrue\n\"{\"\"error\"\": \"\"refused\"\"}\"\nup\n\"[1, 2]\"\n", None).unwrap();
        let json = |text: &str| Sample::Json(serde_json::from_str(text).unwrap());
        assert_eq!(series, Series::Counted(vec![json("true"), Sample::Error("refused".into()), json("\"up\""), json("[1, 2]")]));
        // A first column of numbers beside others is the time, in seconds.
        let timed = Series::parse("1,ok\n2,\n", None).unwrap();
        let at = |second: i64| timed.start().unwrap().plus(second * 1_000_000_000);
        assert_eq!(timed.at(0, at(0)), Some(&json("\"ok\"")));
        assert_eq!(timed.at(0, at(1)), Some(&Sample::Vector(Vec::new())));
    }

    #[test]
    fn a_heading_picks_a_column() {
        let text = "time,rate,errors\n2026-03-01T12:00:00Z,1,0.5\n";
        let at = Time::parse("2026-03-01T12:00:00Z").unwrap();
        let read = |column| Series::parse_column(text, None, &column).map(|series| series.at(0, at).cloned());
        assert_eq!(read(Column::Perhaps("errors")).unwrap(), Some(Sample::Number(0.5)));
        assert_eq!(read(Column::Perhaps("other")).unwrap(), Some(Sample::Vector(vec![1.0, 0.5])));
        assert!(read(Column::Named("other")).is_err());
    }

    #[test]
    fn reads_a_range_query() {
        let answer = r#"{"data":{"resultType":"matrix","result":[{"values":[[1772366400,"0.5"],[1772366460,"NaN"]]}]}}"#;
        let Series::Timed(samples) = Series::parse(answer, None).unwrap() else { unreachable!() };
        assert_eq!(samples.len(), 2);
        assert_eq!(samples[0].1, Sample::Vector(vec![0.5]));
    }
}

//! Operations `lang.duration*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::kube::duration;
use crate::kube::int_or_percent::IntOrString;
use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("lang.duration", "Read, print and round a Go duration", read),
        Op::new("lang.duration.rollouts", "Read a duration or pause of a Rollout", rollouts),
    ]
}

/// A value that may be null, told apart from one that is absent.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A duration: one of `text`, `nanoseconds` and `json`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DurationRequest {
    /// Its text.
    #[serde(default)]
    text: Option<String>,
    /// Its length.
    #[serde(default)]
    nanoseconds: Option<i64>,
    /// A document's value, as `metav1.Duration` reads it.
    #[serde(default, deserialize_with = "present")]
    json: Option<Value>,
    /// The multiple to round to.
    #[serde(default)]
    round: Option<String>,
}

/// A duration in all its forms.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DurationResponse {
    /// Its length.
    nanoseconds: i64,
    /// `Duration.String`.
    string: String,
    /// `HumanDuration`.
    human: String,
    /// `ShortHumanDuration`.
    short_human: String,
    /// Rounded to the multiple.
    #[serde(skip_serializing_if = "Option::is_none")]
    rounded: Option<String>,
    /// Cut to the multiple.
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated: Option<String>,
}

fn read(request: DurationRequest) -> Result<DurationResponse> {
    let nanoseconds = match (request.text, request.json, request.nanoseconds) {
        (Some(text), ..) | (None, Some(Value::String(text)), _) => duration::parse(&text)?,
        (None, Some(Value::Null), _) => duration::parse("")?,
        (None, Some(_), _) => return Err(Error::upstream("json: cannot unmarshal into Go value of type string")),
        (None, None, Some(nanoseconds)) => nanoseconds,
        (None, None, None) => return Err(Error::invalid("one of text, nanoseconds and json is needed")),
    };
    let multiple = request.round.filter(|round| !round.is_empty()).map(|round| duration::parse(&round)).transpose()?;
    Ok(DurationResponse {
        nanoseconds,
        string: duration::format(nanoseconds),
        human: duration::human(nanoseconds),
        short_human: duration::short_human(nanoseconds),
        rounded: multiple.map(|multiple| duration::format(duration::round(nanoseconds, multiple))),
        truncated: multiple.map(|multiple| duration::format(duration::truncate(nanoseconds, multiple))),
    })
}

/// A duration string, or the duration of a pause.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RolloutsRequest {
    /// A `DurationString`.
    #[serde(default)]
    text: Option<String>,
    /// A pause's `duration`: a number or a string.
    #[serde(default)]
    pause: Option<Value>,
}

/// How long it is.
#[derive(Debug, Serialize, JsonSchema)]
struct RolloutsResponse {
    /// Of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    nanoseconds: Option<i64>,
    /// Of a text, printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    string: Option<String>,
    /// Of a pause; -1 when it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<i32>,
}

fn rollouts(request: RolloutsRequest) -> Result<RolloutsResponse> {
    if let Some(text) = request.text {
        let nanoseconds = duration::parse(&text)?;
        return Ok(RolloutsResponse { nanoseconds: Some(nanoseconds), string: Some(duration::format(nanoseconds)), seconds: None });
    }
    let pause = IntOrString::from_value(&request.pause.unwrap_or_default())?;
    Ok(RolloutsResponse { nanoseconds: None, string: None, seconds: Some(duration::pause_seconds(&pause)) })
}

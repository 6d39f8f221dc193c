//! Operation `lang.selector`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Result;
use crate::kube::selector::{self, LabelSelector};
use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("lang.selector", "Match labels against a selector", matches)]
}

/// A selector, as text or as a document, and labels.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Request {
    /// The text of a selector.
    #[serde(default)]
    selector: Option<String>,
    /// A `LabelSelector`.
    #[serde(default)]
    label_selector: Value,
    /// `appset`: ApplicationSet's own copy of the rules.
    #[serde(default)]
    style: Option<String>,
    /// The labels.
    #[serde(default)]
    labels: Option<Map<String, Value>>,
}

/// Whether the labels match.
#[derive(Debug, Serialize, JsonSchema)]
struct Response {
    /// They do.
    matches: bool,
    /// The selector's text.
    canonical: String,
    /// It selects everything.
    empty: bool,
}

fn matches(request: Request) -> Result<Response> {
    let selector = match request.selector {
        Some(text) => selector::parse(&text)?,
        None if request.style.as_deref() == Some("appset") => LabelSelector::from_value_lax(&request.label_selector)?,
        None => LabelSelector::from_value(&request.label_selector)?,
    };
    let labels = request.labels.unwrap_or_default();
    Ok(Response { matches: selector.matches(&labels), canonical: selector.to_string(), empty: selector.is_empty() })
}

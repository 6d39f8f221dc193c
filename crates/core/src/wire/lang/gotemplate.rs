//! Operations of `gotemplate`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Map, Result, Value,
    lang::gotemplate::{Data, Options, Template},
    wire::Op,
};

/// A Go template and its data.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Request {
    /// The template's text.
    template: String,
    /// The data: numbers are `float64`, objects `map[string]any`, lists `[]any`.
    #[serde(default)]
    data: Option<Map<String, Value>>,
    /// Go types of some values of the data, by JSON pointer: `map[string]string`, `[]string`, `[]map[string]any`, `int`, `int64`.
    #[serde(default)]
    types: BTreeMap<String, String>,
    /// `goTemplateOptions`, such as `missingkey=error`.
    #[serde(default)]
    options: Option<Vec<String>>,
    /// What `now` gives, RFC 3339; without it a template that depends on the time is refused.
    #[serde(default)]
    now: Option<String>,
    /// What the random functions draw from; without it a template that depends on them is refused.
    #[serde(default)]
    seed: Option<u64>,
}

/// The rendered text.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Response {
    /// The text; a byte that is no UTF-8 is U+FFFD.
    text: String,
}

fn render(request: Request) -> Result<Response> {
    let mut options = Options::parse(&request.options.unwrap_or_default())?;
    options.seed = request.seed;
    if let Some(now) = &request.now {
        options.now = Some(now.parse().map_err(|error| Error::invalid(format!("now: {error}")))?);
    }
    let template = Template::compile(&request.template, &options)?;
    let data = Value::Object(request.data.unwrap_or_default());
    let data = Data::typed(&data, request.types.iter().map(|(at, ty)| (at.as_str(), ty.as_str())))?;
    Ok(Response { text: template.render(&data)? })
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("lang.gotemplate", "Renders a Go template with Sprig as ApplicationSet does", render)]
}

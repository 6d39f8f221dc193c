//! Operations of `fasttemplate`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Map, Result, Value, lang::fasttemplate::Template, wire::Op};

/// A template and its parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Request {
    /// The template's text.
    template: String,
    /// The parameters; only strings are substituted.
    #[serde(default)]
    data: Option<Map<String, Value>>,
}

/// The rendered text.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Response {
    /// The text.
    text: String,
}

fn render(request: Request) -> Result<Response> {
    let data = request.data.unwrap_or_default();
    let template = Template::compile(&request.template)?;
    Ok(Response { text: template.render(|name| data.get(name).and_then(Value::as_str))? })
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("lang.fasttemplate", "Substitutes {{tags}} as ApplicationSet does without goTemplate", render)]
}

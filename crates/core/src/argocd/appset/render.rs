//! `Render.Replace` and `RenderTemplateParams`, one template at a time.

use std::collections::BTreeMap;

use super::{interpolate::raw, stop::Stop, text::Engine};
use crate::{Error, Map, Result, Value, lang::gotemplate::Data};

/// A template, its parameters and the engine.
#[derive(Debug, Clone, Default)]
pub struct RenderRequest {
    /// A text, or any JSON whose texts and keys are templates.
    pub template: Value,
    /// The parameters.
    pub params: Map<String, Value>,
    /// `goTemplate`
    pub go_template: bool,
    /// `goTemplateOptions`
    pub options: Vec<String>,
    /// Go types of some parameters by dotted path: `map[string]string`, `[]string`.
    pub kinds: BTreeMap<String, String>,
}

/// Renders a template.
///
/// # Errors
/// Where upstream refuses or panics.
pub fn render(request: &RenderRequest) -> Result<Value> {
    let engine = Engine::new(request.go_template, &request.options);
    let params = Value::Object(request.params.clone());
    let types = request.kinds.iter().filter_map(|(path, kind)| {
        let pointer = format!("/{}", path.replace('~', "~0").replace('/', "~1").replace('.', "/"));
        let present = match params.pointer(&pointer)? {
            Value::Object(_) => kind == "map[string]string",
            Value::Array(_) => kind == "[]string",
            _ => false,
        };
        present.then_some((pointer, kind.as_str()))
    });
    let types: Vec<(String, &str)> = types.collect();
    let data = Data::typed(&params, types.iter().map(|(pointer, kind)| (pointer.as_str(), *kind)))?;
    let Some(map) = data.map() else { return Err(Error::invalid("the parameters are no object")) };
    let rendered = match &request.template {
        Value::String(text) => engine.check().and_then(|()| engine.replace(text, map)).map(Value::String),
        Value::Null => engine.check().map(|()| Value::from("")),
        other => raw(other, &engine, map),
    };
    rendered.map_err(|stop| match stop {
        Stop::Refused(error) => error,
        Stop::Panic(message) => Error::upstream(format!("panic: {message}")),
        other => Error::upstream(other.message()),
    })
}

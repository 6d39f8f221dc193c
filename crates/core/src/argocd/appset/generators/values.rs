//! `appendTemplatedValues`

use crate::{
    Value,
    argocd::appset::{interpolate::sorted, params::Params, stop::Stop, text::Engine},
    lang::gofmt::{Map, Text, Value as GoValue},
};

/// Adds a generator's `values`: all rendered against the parameters as they are, then put in.
pub(super) fn append(engine: &Engine, generator: &Value, params: &Params) -> Result<(), Stop> {
    let Some(Value::Object(values)) = generator.get("values") else { return Ok(()) };
    let mut rendered = Vec::with_capacity(values.len());
    for (key, value) in sorted(values) {
        let text = engine.replace(value.as_str().unwrap_or_default(), params).map_err(|stop| {
            stop.context("failed to replace templated string with rendered values").context("failed to replace templated string")
        })?;
        rendered.push((key, text));
    }
    if rendered.is_empty() {
        return Ok(());
    }
    if engine.go {
        let map = Map::strings(rendered.into_iter().map(|(key, text)| (Text::from(key.as_str()), Text::from(text))));
        params.set(Text::from("values"), GoValue::Map(map));
    } else {
        for (key, text) in rendered {
            params.set(Text::from(format!("values.{key}")), GoValue::text(text));
        }
    }
    Ok(())
}

//! The list generator.

use super::{
    ParamSets, items, text,
    transform::{Asked, Generation},
};
use crate::{
    Value,
    argocd::appset::{params::Params, stop::Stop},
    lang::gofmt::{Map, Text, Value as GoValue},
    yaml,
};

/// `ListGenerator.GenerateParams`
pub(super) fn generate(generation: &Generation<'_>, asked: &Asked<'_>) -> ParamSets {
    let mut sets = Vec::new();
    for element in items(asked.generator, "elements") {
        sets.push(self::element(generation, element, asked.interpolated)?);
    }
    let elements_yaml = text(asked.generator, "elementsYaml");
    if !elements_yaml.is_empty() {
        let unreadable = |message: &str| Stop::Error(format!("error unmarshling decoded ElementsYaml {message}"));
        let value = yaml::kubernetes::unmarshal(elements_yaml).map_err(|error| unreadable(&error.message))?;
        sets.extend(maps(&value).ok_or_else(|| unreadable("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal"))?);
    }
    Ok(sets)
}

/// A decoded `[]map[string]any`.
pub(super) fn maps(value: &Value) -> Option<Vec<Params>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => items.iter().map(map).collect(),
        _ => None,
    }
}

/// A decoded `map[string]any`.
pub(super) fn map(value: &Value) -> Option<Params> {
    match GoValue::from_json(value) {
        GoValue::Map(map) => Some(map),
        GoValue::Nil => Some(Map::any([])),
        _ => None,
    }
}

fn element(generation: &Generation<'_>, element: &Value, interpolated: bool) -> Result<Params, Stop> {
    if element.is_null() && !interpolated {
        return Err("error unmarshling list element unexpected end of JSON input".into());
    }
    let params =
        map(element).ok_or("error unmarshling list element json: cannot unmarshal into Go value of type map[string]interface {}")?;
    if generation.engine.go {
        return Ok(params);
    }
    let entries = params.entries();
    if entries.is_some_and(|entries| entries.iter().all(|(key, value)| key.as_bytes() != b"values" && matches!(value, GoValue::Str(_)))) {
        return Ok(params);
    }
    let not_text = || Stop::Error("error parsing value as string %!w(<nil>)".into());
    let flat = Map::any([]);
    for (key, value) in params.to_vec() {
        match value {
            GoValue::Map(values) if key.as_bytes() == b"values" => {
                for (name, value) in values.to_vec() {
                    if !matches!(value, GoValue::Str(_)) {
                        return Err(not_text());
                    }
                    flat.set(Text::from(format!("values.{}", name.to_lossy())), value);
                }
            }
            _ if key.as_bytes() == b"values" => return Err("error parsing values map".into()),
            GoValue::Str(_) => {
                flat.set(key, value);
            }
            _ => return Err(not_text()),
        }
    }
    Ok(flat)
}

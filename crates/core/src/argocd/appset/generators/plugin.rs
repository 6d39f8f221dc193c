//! The plugin generator.

use std::{any::Any, rc::Rc};

use super::{
    ParamSets, text,
    transform::{Asked, Generation},
    values,
};
use crate::{
    Map as Members, Value,
    argocd::appset::{
        interpolate::number,
        inventory::Plugin,
        needs::Need,
        params::{flatten, shown},
        stop::Stop,
    },
    lang::gofmt::{Foreign, Kind, Map, Text, Value as GoValue, json::marshal_document},
};

/// `PluginGenerator.GenerateParams`
pub(super) fn generate(generation: &Generation<'_>, asked: &Asked<'_>) -> ParamSets {
    let generator = asked.generator;
    let reference = generator.get("configMapRef").map(|reference| text(reference, "name")).unwrap_or_default();
    let none = Members::new();
    let parameters = generator.pointer("/input/parameters").and_then(Value::as_object).unwrap_or(&none);
    let outputs = answer(generation, asked, reference, parameters)?;
    let mut sets = Vec::with_capacity(outputs.len());
    for output in outputs {
        let GoValue::Map(object) = GoValue::from_json(&Value::Object(output.clone())) else { continue };
        let params = if generation.engine.go {
            Map::any(object.to_vec())
        } else {
            Map::any(flatten(&object).into_iter().map(|(key, value)| (Text::from(key), GoValue::text(shown(&value)))))
        };
        let raw = Map::any(parameters.iter().map(|(key, value)| {
            let written =
                if asked.interpolated || asked.rewritten && !value.is_null() { RawJson::rewritten(value) } else { RawJson::new(value) };
            (Text::from(key.as_str()), GoValue::Foreign(Rc::new(written)))
        }));
        let input = Map::any([(Text::from("parameters"), GoValue::Map(raw))]);
        params.set(Text::from("generator"), GoValue::Map(Map::any([(Text::from("input"), GoValue::Map(input))])));
        values::append(&generation.engine, generator, &params).map_err(|stop| stop.context("error generating params"))?;
        sets.push(params);
    }
    Ok(sets)
}

/// The plugin's answer to the input, if the inventory has it.
fn answer<'i>(
    generation: &Generation<'i>,
    asked: &Asked<'_>,
    reference: &str,
    parameters: &Members<String, Value>,
) -> Result<&'i [Members<String, Value>], Stop> {
    let listed = generation.inventory.config_maps.iter().find(|map| map.name == reference);
    let mut entries = generation.inventory.plugins.iter().filter(|entry| entry.config_map == reference).peekable();
    if let Some(map) = listed {
        for key in ["baseUrl", "token"] {
            if map.data.get(key).is_none_or(String::is_empty) {
                return Err(Stop::Error(format!(
                    "error getting plugin from generator: error fetching ConfigMap: {key} not found in ConfigMap"
                )));
            }
        }
    } else if entries.peek().is_none() {
        generation.needs.borrow_mut().push(need(generation, asked, reference, parameters));
        return Err(Stop::Error(format!(
            "error getting plugin from generator: error fetching ConfigMap: configmaps {reference:?} not found"
        )));
    }
    let wanted = canonical(&Value::Object(parameters.clone()));
    let found = entries.find(|entry| entry.input.as_ref().is_none_or(|input| canonical(&Value::Object(input.clone())) == wanted));
    match found {
        Some(Plugin { error: Some(error), .. }) if !error.is_empty() => {
            Err(Stop::Error(format!("error listing params: error get api 'list': API error with status code 500: {error}")))
        }
        Some(entry) => Ok(&entry.output),
        None => Err(Stop::Needs(vec![need(generation, asked, reference, parameters)])),
    }
}

fn need(generation: &Generation<'_>, asked: &Asked<'_>, reference: &str, parameters: &Members<String, Value>) -> Need {
    let request = serde_json::json!({"applicationSetName": generation.set_name, "input": {"parameters": parameters}});
    Need {
        kind: "plugins".into(),
        entry: serde_json::json!({"configMap": reference, "input": parameters, "output": []}),
        command: format!("curl -X POST $BASE_URL/api/v1/getparams.execute -H \"Authorization: Bearer $TOKEN\" -d '{request}'"),
        path: asked.path.to_owned(),
    }
}

/// JSON without regard to the order of keys and the spelling of numbers.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(_) => number(value),
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        Value::Object(members) => Value::Object(members.iter().map(|(key, item)| (key.clone(), canonical(item))).collect()),
        other => other.clone(),
    }
}

/// `apiextensions.JSON`: a struct around the bytes of a JSON text.
#[derive(Debug)]
struct RawJson(Vec<u8>);

impl RawJson {
    fn new(value: &Value) -> Self {
        Self(if value.is_null() { Vec::new() } else { value.to_string().into_bytes() })
    }

    /// As the walk through a generator leaves it: written by `json.Marshal`, a null too.
    fn rewritten(value: &Value) -> Self {
        Self(marshal_document(value).into_bytes())
    }
}

impl Foreign for RawJson {
    fn type_name(&self) -> String {
        "v1.JSON".into()
    }
    fn kind(&self) -> Kind {
        Kind::Struct
    }
    fn string(&self) -> Option<Vec<u8>> {
        None
    }
    fn plain(&self) -> Vec<u8> {
        let bytes: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        format!("{{[{}]}}", bytes.join(" ")).into_bytes()
    }
    fn json(&self) -> Option<String> {
        Some(if self.0.is_empty() { "null".into() } else { String::from_utf8_lossy(&self.0).into_owned() })
    }
    fn call(&self, name: &str, arguments: &[GoValue]) -> Option<Result<GoValue, String>> {
        if name != "Raw" {
            return None;
        }
        Some(if arguments.is_empty() {
            let bytes = self.0.iter().map(|byte| GoValue::Uint8(*byte)).collect();
            Ok(GoValue::List(crate::lang::gofmt::List::new(crate::lang::gofmt::Elem::Byte, bytes)))
        } else {
            Err("Raw has arguments but cannot be invoked as function".into())
        })
    }
    fn equals(&self, other: &dyn Foreign) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

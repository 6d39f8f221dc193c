//! `catalog:fetch` and `catalog:write`.

use serde_json::{Map, Value, json};

use super::Call;
use crate::backstage::catalog::reference::{Defaults, EntityRef};
use crate::backstage::scaffolder::dry_run::find_entity;
use crate::backstage::scaffolder::dry_run::workspace::Content;
use crate::lang::javascript::canonical;
use crate::{Error, Result};

/// The reference of every template in a dry run.
const TEMPLATE_REF: &str = "template:default/dry-run";
const SOURCE_TEMPLATE: &str = "backstage.io/source-template";

pub(super) fn fetch(call: &mut Call<'_>) -> Result<()> {
    let optional = call.flag("optional");
    let defaults = Defaults { kind: call.text("defaultKind"), namespace: call.text("defaultNamespace") };
    let entities = call.entities;
    let find = |text: &str| match find_entity(entities, &EntityRef::parse(text, defaults)?)? {
        Some(entity) => Ok(entity.clone()),
        None if optional => Ok(Value::Null),
        None => Err(Error::upstream(format!("Entity {text} not found"))),
    };
    let one = call.text("entityRef").filter(|text| !text.is_empty());
    let many = call.input.get("entityRefs").and_then(Value::as_array);
    if one.is_none() && many.is_none() && !optional {
        return Err(Error::upstream("Missing entity reference or references"));
    }
    if let Some(text) = one {
        call.put("entity", find(text)?);
    }
    if let Some(many) = many {
        let found = many.iter().filter_map(Value::as_str).map(find).collect::<Result<Vec<_>>>()?;
        call.put("entities", found);
    }
    Ok(())
}

/// The members that JavaScript spreads out of a value.
fn spread(value: Option<&Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members.clone(),
        Some(Value::Array(items)) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item.clone())).collect(),
        Some(Value::String(text)) => {
            let units = text.encode_utf16().enumerate();
            units.map(|(at, unit)| (at.to_string(), json!(String::from_utf16_lossy(&[unit])))).collect()
        }
        _ => Map::new(),
    }
}

pub(super) fn write(call: &mut Call<'_>) -> Result<()> {
    let path = call.workspace.child("", call.text("filePath").unwrap_or("catalog-info.yaml"))?;
    let mut entity = spread(call.input.get("entity"));
    let metadata = entity.get("metadata").filter(|metadata| !metadata.is_null());
    let Some(metadata) = metadata else {
        return Err(Error::upstream("Cannot read properties of undefined (reading 'annotations')"));
    };
    let mut annotations = spread(metadata.get("annotations"));
    annotations.insert(SOURCE_TEMPLATE.to_owned(), json!(TEMPLATE_REF));
    let mut metadata = spread(Some(metadata));
    metadata.insert("annotations".to_owned(), Value::Object(annotations));
    entity.insert("metadata".to_owned(), Value::Object(metadata));
    let text = crate::yaml::backstage::emit(&canonical(&Value::Object(entity)));
    call.say(format!("Writing {}", call.text("filePath").unwrap_or("catalog-info.yaml")));
    call.workspace.write(&path, Content::regular(text.into_bytes().into()))
}

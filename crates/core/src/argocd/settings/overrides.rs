//! `resource.customizations` in both spellings: one map, and one key a customisation.

use std::collections::BTreeMap;

use super::{ConfigMapData, read};
use crate::{Error, Result, Value};

const KEY: &str = "resource.customizations";

/// Which fields to leave out (`OverrideIgnoreDiff`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IgnoreDiff {
    /// `jsonPointers`.
    pub json_pointers: Vec<String>,
    /// `jqPathExpressions`.
    pub jq_path_expressions: Vec<String>,
    /// `managedFieldsManagers`.
    pub managed_fields_managers: Vec<String>,
}

/// A field that holds a Kubernetes type (`KnownTypeField`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownTypeField {
    /// The dotted path.
    pub field: String,
    /// `core/v1/PodSpec`, `core/Quantity`, …
    pub ty: String,
}

/// The customisations of one kind (`ResourceOverride`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourceOverride {
    /// `health.lua`.
    pub health_lua: String,
    /// `health.lua.useOpenLibs`.
    pub use_open_libs: bool,
    /// `actions`, as it stands.
    pub actions: String,
    /// `ignoreDifferences`.
    pub ignore_differences: IgnoreDiff,
    /// `ignoreResourceUpdates`.
    pub ignore_resource_updates: IgnoreDiff,
    /// `knownTypeFields`.
    pub known_type_fields: Vec<KnownTypeField>,
}

pub(super) fn read(data: &ConfigMapData) -> Result<BTreeMap<String, ResourceOverride>> {
    let mut overrides = BTreeMap::new();
    if let Some(text) = data.get(KEY).filter(|text| !text.is_empty()) {
        let all = read::yaml(text)?;
        for (kinds, value) in read::members(&all, KEY)?.into_iter().flatten() {
            overrides.insert(kinds.clone(), whole(value, kinds)?);
        }
    }
    for (key, text) in data.iter().filter(|(key, _)| key.starts_with(KEY)) {
        let mut parts = key.splitn(4, '.').skip(2);
        let (Some(what), Some(kinds)) = (parts.next(), parts.next()) else { continue };
        let kinds = override_key(kinds)?;
        split(overrides.entry(kinds).or_default(), what, text)?;
    }
    Ok(overrides)
}

/// `group_Kind` or `Kind` as `group/Kind` or `Kind`; `all` is every kind.
fn override_key(text: &str) -> Result<String> {
    let parts: Vec<&str> = text.split('_').collect();
    match parts.as_slice() {
        [group, kind] => Ok(format!("{group}/{kind}")),
        ["all"] => Ok("*/*".to_owned()),
        [kind] if !kind.is_empty() => Ok((*kind).to_owned()),
        _ => Err(Error::upstream(format!(
            "group kind should be in format `resource.customizations.<type>.<group_kind>` or resource.customizations.<type>.<kind>`, got group kind: '{text}'"
        ))),
    }
}

fn split(one: &mut ResourceOverride, what: &str, text: &str) -> Result<()> {
    match what {
        "health" => text.clone_into(&mut one.health_lua),
        "useOpenLibs" => one.use_open_libs = parse_bool(text)?,
        "actions" => text.clone_into(&mut one.actions),
        "ignoreDifferences" => one.ignore_differences = ignore(text)?,
        "ignoreResourceUpdates" => one.ignore_resource_updates = ignore(text)?,
        "knownTypeFields" => one.known_type_fields = known_types(&read::yaml(text)?)?,
        _ => return Err(Error::upstream(format!("resource customization type {what} not supported"))),
    }
    Ok(())
}

/// Go's `strconv.ParseBool`.
fn parse_bool(text: &str) -> Result<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(Error::upstream(format!("strconv.ParseBool: parsing {text:?}: invalid syntax"))),
    }
}

fn whole(value: &Value, kinds: &str) -> Result<ResourceOverride> {
    let mut one = ResourceOverride::default();
    for (name, value) in read::members(value, kinds)?.into_iter().flatten() {
        let text = || read::string(value, name).map(Option::unwrap_or_default);
        match name.to_ascii_lowercase().as_str() {
            "health.lua" => one.health_lua = text()?,
            "health.lua.useopenlibs" => one.use_open_libs = read::boolean(value, name)?.unwrap_or_default(),
            "actions" => one.actions = text()?,
            "ignoredifferences" => one.ignore_differences = ignore(&text()?)?,
            "ignoreresourceupdates" => one.ignore_resource_updates = ignore(&text()?)?,
            "knowntypefields" => one.known_type_fields = known_types(value)?,
            _ => {}
        }
    }
    Ok(one)
}

fn ignore(text: &str) -> Result<IgnoreDiff> {
    let value = read::yaml(text)?;
    let mut ignore = IgnoreDiff::default();
    for (name, value) in read::members(&value, "ignoreDifferences")?.into_iter().flatten() {
        match name.to_ascii_lowercase().as_str() {
            "jsonpointers" => ignore.json_pointers = read::strings(value, name)?,
            "jqpathexpressions" => ignore.jq_path_expressions = read::strings(value, name)?,
            "managedfieldsmanagers" => ignore.managed_fields_managers = read::strings(value, name)?,
            _ => {}
        }
    }
    Ok(ignore)
}

fn known_types(value: &Value) -> Result<Vec<KnownTypeField>> {
    read::items(value, "knownTypeFields")?
        .iter()
        .map(|item| {
            let mut field = KnownTypeField::default();
            for (name, value) in read::members(item, "knownTypeFields")?.into_iter().flatten() {
                match name.to_ascii_lowercase().as_str() {
                    "field" => field.field = read::string(value, name)?.unwrap_or_default(),
                    "type" => field.ty = read::string(value, name)?.unwrap_or_default(),
                    _ => {}
                }
            }
            Ok(field)
        })
        .collect()
}

//! What `argocd-cm` says about resources (`util/settings.SettingsManager`).

mod filter;
mod overrides;
mod read;

use std::collections::BTreeMap;

pub use filter::{FilteredResource, ResourcesFilter};
pub use overrides::{IgnoreDiff, KnownTypeField, ResourceOverride};

use crate::argocd::tracking::{INSTANCE_LABEL, Tracking, TrackingMethod};
use crate::{Error, Result, Value};

/// The data of `argocd-cm`: string to string.
pub type ConfigMapData = BTreeMap<String, String>;

/// The settings that decide about resources. [`Settings::default`] is an empty `argocd-cm`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `resource.customizations…` by `group/Kind` (core: `Kind`), globs allowed, with the rule that
    /// `resource.compareoptions` adds for `/status` (`GetResourceOverrides`).
    pub overrides: BTreeMap<String, ResourceOverride>,
    /// `application.resourceTrackingMethod`, `annotation` when absent.
    pub tracking_method: String,
    /// `application.instanceLabelKey`.
    pub label_key: String,
    /// `installationID`, empty when absent.
    pub installation_id: String,
    /// `ignoreAggregatedRoles` of `resource.compareoptions`.
    pub ignore_aggregated_roles: bool,
    /// `ignoreDifferencesOnResourceUpdates` of `resource.compareoptions`.
    pub ignore_differences_on_resource_updates: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let mut settings = Self {
            overrides: BTreeMap::new(),
            tracking_method: "annotation".to_owned(),
            label_key: INSTANCE_LABEL.to_owned(),
            installation_id: String::new(),
            ignore_aggregated_roles: false,
            ignore_differences_on_resource_updates: true,
        };
        settings.ignore_status("all");
        settings
    }
}

impl Settings {
    /// Reads the data of `argocd-cm`; what upstream refuses to read is refused.
    pub fn read(data: &ConfigMapData) -> Result<Self> {
        let text = |key: &str, default: &str| data.get(key).filter(|value| !value.is_empty()).map_or(default, String::as_str).to_owned();
        let mut settings = Self {
            overrides: overrides::read(data)?,
            tracking_method: text("application.resourceTrackingMethod", "annotation"),
            label_key: text("application.instanceLabelKey", INSTANCE_LABEL),
            installation_id: text("installationID", ""),
            ..Self { overrides: BTreeMap::new(), ..Self::default() }
        };
        let mut status = "all".to_owned();
        if let Some(options) = data.get("resource.compareoptions") {
            let options = read::yaml(options)?;
            let options = read::members(&options, "resource.compareoptions")?;
            for (name, value) in options.into_iter().flatten() {
                match name.to_ascii_lowercase().as_str() {
                    "ignoreaggregatedroles" => {
                        settings.ignore_aggregated_roles = read::boolean(value, name)?.unwrap_or(settings.ignore_aggregated_roles)
                    }
                    "ignoreresourcestatusfield" => status = read::string(value, name)?.unwrap_or(status),
                    "ignoredifferencesonresourceupdates" => {
                        settings.ignore_differences_on_resource_updates =
                            read::boolean(value, name)?.unwrap_or(settings.ignore_differences_on_resource_updates);
                    }
                    _ => {}
                }
            }
        }
        settings.ignore_status(&status);
        Ok(settings)
    }

    /// The tracking method in force.
    pub fn method(&self) -> TrackingMethod {
        TrackingMethod::read(&self.tracking_method)
    }

    /// What an Application writes on its objects under these settings.
    pub fn tracking<'a>(&'a self, app_instance: &'a str, namespace: &'a str) -> Tracking<'a> {
        Tracking { method: self.method(), label_key: &self.label_key, installation_id: &self.installation_id, app_instance, namespace }
    }

    /// The health customisations, in the form that [`crate::argocd::health`] reads.
    pub fn health_overrides(&self) -> impl Iterator<Item = (&str, &ResourceOverride)> {
        self.overrides.iter().filter(|(_, one)| !one.health_lua.is_empty()).map(|(key, one)| (key.as_str(), one))
    }

    fn ignore_status(&mut self, field: &str) {
        let kinds = match field {
            "crd" => "apiextensions.k8s.io/CustomResourceDefinition",
            "none" | "off" | "false" => return,
            _ => "*/*",
        };
        let one = self.overrides.entry(kinds.to_owned()).or_default();
        one.ignore_differences.json_pointers.push("/status".to_owned());
    }
}

/// The data of `argocd-cm` out of a JSON object; anything but strings is refused. A key without a value has the empty text, as in Go.
pub fn config_map_data(value: Option<&Value>) -> Result<ConfigMapData> {
    match value {
        None | Some(Value::Null) => Ok(ConfigMapData::new()),
        Some(Value::Object(members)) => members
            .iter()
            .map(|(key, value)| match value {
                Value::String(text) => Ok((key.clone(), text.clone())),
                Value::Null => Ok((key.clone(), String::new())),
                _ => Err(Error::invalid(format!("settings: {key} is not a string"))),
            })
            .collect(),
        Some(_) => Err(Error::invalid("settings is not a map of strings")),
    }
}

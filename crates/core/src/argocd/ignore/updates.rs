//! Which updates of live objects the controller passes over (`ignoreResourceUpdates`,
//! `controller/cache.skipResourceUpdate`).

use super::{IgnoreRule, Normalizer, Removed, RuleSource, group_kind};
use crate::argocd::health::{Customization, Customizations, assess_with};
use crate::argocd::settings::{ConfigMapData, Settings};
use crate::argocd::tracking;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::members::equal;
use crate::{Error, Result, Value};

/// The annotation that asks for it on objects no Application tracks.
const ANNOTATION: &str = "argocd.argoproj.io/ignore-resource-updates";

/// Why an update is passed over, or why it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateReason {
    /// `resource.ignoreResourceUpdatesEnabled` is off.
    Disabled,
    /// No Application tracks the object, and its annotation does not ask for it.
    Untracked,
    /// The health changed.
    Health,
    /// Something changed that no rule leaves out.
    Manifest,
    /// Nothing changed but what rules leave out.
    Ignored,
}

impl UpdateReason {
    /// A sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "resource.ignoreResourceUpdatesEnabled is off",
            Self::Untracked => {
                "no Application tracks the object, and it does not carry argocd.argoproj.io/ignore-resource-updates: \"true\""
            }
            Self::Health => "its health changed",
            Self::Manifest => "something changed that no rule leaves out",
            Self::Ignored => "nothing changed but what rules leave out",
        }
    }
}

/// The judgement on one update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Why.
    pub reason: UpdateReason,
    /// What rules took out of the new object.
    pub removed: Vec<Removed>,
}

impl Update {
    /// Whether the update starts no reconciliation.
    pub fn ignored(&self) -> bool {
        self.reason == UpdateReason::Ignored
    }
}

/// Judges an update.
///
/// # Errors
/// When the settings cannot be read. A rule that does not compile only makes every update count, as upstream logs it.
pub fn update(old: &Value, new: &Value, data: &ConfigMapData) -> Result<Update> {
    let settings = Settings::read(data)?;
    let verdict = |reason| Ok(Update { reason, removed: Vec::new() });
    if !enabled(data)? {
        return verdict(UpdateReason::Disabled);
    }
    if [old, new].into_iter().any(|object| !is_hashed(object, &settings)) {
        return verdict(UpdateReason::Untracked);
    }
    let mut customizations = Customizations::default();
    for (key, one) in settings.health_overrides() {
        customizations.insert(key, Customization { script: one.health_lua.clone(), open_libs: one.use_open_libs });
    }
    let status = |object| assess_with(object, &customizations).map(|health| health.status);
    if status(old) != status(new) {
        return verdict(UpdateReason::Health);
    }
    let Ok(normalizer) = Normalizer::rules_only(&rules(&settings)) else { return verdict(UpdateReason::Manifest) };
    let (mut before, mut after, mut removed) = (old.clone(), new.clone(), Vec::new());
    let same = normalizer.normalize(&mut before, None).is_ok()
        && normalizer.normalize(&mut after, Some(&mut removed)).is_ok()
        && equal(&before, &after);
    Ok(Update { reason: if same { UpdateReason::Ignored } else { UpdateReason::Manifest }, removed })
}

fn enabled(data: &ConfigMapData) -> Result<bool> {
    match data.get("resource.ignoreResourceUpdatesEnabled").map_or("", String::as_str) {
        "" => Ok(true),
        text => parse_bool(text).ok_or_else(|| Error::upstream(format!("strconv.ParseBool: parsing {text:?}: invalid syntax"))),
    }
}

/// Go's `strconv.ParseBool`.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// `shouldHashManifest`: of an Application, an Application itself, or asked for.
fn is_hashed(object: &Value, settings: &Settings) -> bool {
    let Gvk { group, kind, .. } = unstructured::gvk(object);
    !tracking::app_name(object, &settings.label_key, settings.method(), &settings.installation_id).is_empty()
        || (group == "argoproj.io" && kind == "Application")
        || unstructured::annotation(object, ANNOTATION).and_then(parse_bool) == Some(true)
}

/// The rules of `GetIgnoreResourceUpdatesOverrides`.
fn rules(settings: &Settings) -> Vec<IgnoreRule> {
    let always = IgnoreRule {
        group: "*".to_owned(),
        kind: "*".to_owned(),
        json_pointers: ["resourceVersion", "generation", "managedFields"].map(|key| format!("/metadata/{key}")).to_vec(),
        source: RuleSource::Settings("always".to_owned()),
        ..IgnoreRule::default()
    };
    let of_settings = settings.overrides.iter().map(|(kinds, one)| {
        let (group, kind) = group_kind(kinds);
        let (updates, differences) = (&one.ignore_resource_updates, &one.ignore_differences);
        let both = |own: &[String], differences: &[String]| {
            let differences = if settings.ignore_differences_on_resource_updates { differences } else { &[] };
            own.iter().chain(differences).cloned().collect()
        };
        IgnoreRule {
            group: group.to_owned(),
            kind: kind.to_owned(),
            json_pointers: both(&updates.json_pointers, &differences.json_pointers),
            jq_path_expressions: both(&updates.jq_path_expressions, &differences.jq_path_expressions),
            source: RuleSource::Settings(kinds.clone()),
            ..IgnoreRule::default()
        }
    });
    of_settings.chain([always]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn data(pairs: &[(&str, &str)]) -> ConfigMapData {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn object(replicas: i64, extra: i64, tracked: bool) -> Value {
        let annotations = if tracked { json!({"argocd.argoproj.io/tracking-id": "shop:example.com/Widget:shop/w"}) } else { json!({}) };
        json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "shop", "annotations": annotations,
            "resourceVersion": extra.to_string(), "generation": extra}, "spec": {"replicas": replicas}, "status": {"seen": extra}})
    }

    #[test]
    fn versions_and_status_do_not_count() {
        let verdict = update(&object(1, 1, true), &object(1, 2, true), &data(&[])).unwrap();
        assert!(verdict.ignored());
        assert!(verdict.removed.iter().any(|one| one.path == "/status"));
        assert_eq!(update(&object(1, 1, true), &object(2, 2, true), &data(&[])).unwrap().reason, UpdateReason::Manifest);
        assert_eq!(update(&object(1, 1, false), &object(1, 2, false), &data(&[])).unwrap().reason, UpdateReason::Untracked);
    }

    #[test]
    fn settings_decide() {
        let rule = ("resource.customizations.ignoreResourceUpdates.example.com_Widget", "jsonPointers: [/spec/replicas]");
        assert!(update(&object(1, 1, true), &object(2, 2, true), &data(&[rule])).unwrap().ignored());
        let off = ("resource.ignoreResourceUpdatesEnabled", "false");
        assert_eq!(update(&object(1, 1, true), &object(2, 2, true), &data(&[rule, off])).unwrap().reason, UpdateReason::Disabled);
        assert!(update(&object(1, 1, true), &object(2, 2, true), &data(&[("resource.ignoreResourceUpdatesEnabled", "no")])).is_err());
        let own = ("resource.compareoptions", "ignoreDifferencesOnResourceUpdates: false");
        assert_eq!(update(&object(1, 1, true), &object(1, 2, true), &data(&[own])).unwrap().reason, UpdateReason::Manifest);
        let broken = ("resource.customizations.ignoreResourceUpdates.all", "jqPathExpressions: ['.[']");
        assert_eq!(update(&object(1, 1, true), &object(1, 2, true), &data(&[broken])).unwrap().reason, UpdateReason::Manifest);
    }
}

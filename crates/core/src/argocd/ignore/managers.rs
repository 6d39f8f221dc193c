//! `managedFieldsManagers`: whose changes are trusted (`IgnoreDiffConfig.HasIgnoreDifference`).

use super::IgnoreRule;
use crate::Value;
use crate::argocd::glob::matches;
use crate::argocd::settings::Settings;
use crate::argocd::unstructured::{self, Gvk};

/// The trusted managers for a target. Overrides count only under the exact key `group/Kind` (for the
/// core group that is `/Kind`, which settings never write) and `*/*`.
pub fn trusted_managers<'a>(rules: &'a [IgnoreRule], settings: &'a Settings, target: &Value) -> Vec<&'a str> {
    let trusts = |managers: &[String]| !managers.is_empty();
    if !rules.iter().any(|rule| trusts(&rule.managed_fields_managers))
        && !settings.overrides.values().any(|one| trusts(&one.ignore_differences.managed_fields_managers))
    {
        return Vec::new();
    }
    let Gvk { group, kind, .. } = unstructured::gvk(target);
    let (name, namespace) = (unstructured::name(target), unstructured::namespace(target));
    let system = [format!("{group}/{kind}"), "*/*".to_owned()];
    let system =
        system.iter().filter_map(|key| settings.overrides.get(key)).flat_map(|one| &one.ignore_differences.managed_fields_managers);
    let own = rules
        .iter()
        .filter(|rule| {
            !rule.managed_fields_managers.is_empty()
                && matches(&rule.group, group)
                && matches(&rule.kind, kind)
                && (rule.name.is_empty() || rule.name == name)
                && (rule.namespace.is_empty() || rule.namespace == namespace)
        })
        .flat_map(|rule| &rule.managed_fields_managers);
    let mut managers: Vec<&str> = Vec::new();
    for manager in system.chain(own) {
        if !managers.contains(&manager.as_str()) {
            managers.push(manager);
        }
    }
    managers
}

//! The anti-affinity rule that keeps new pods away from stable ones.

use crate::rollouts::objects::AtPath;
use serde_json::json;

use crate::{
    Value,
    rollouts::{
        objects::text,
        spec::{AntiAffinity, POD_TEMPLATE_HASH, Rollout},
    },
};

const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// `GetRolloutAffinity`: canary's wins over blue-green's.
fn configured(rollout: &Rollout) -> Option<&AntiAffinity> {
    let canary = rollout.canary().and_then(|canary| canary.anti_affinity.as_ref());
    let given = canary.or_else(|| rollout.blue_green().and_then(|strategy| strategy.anti_affinity.as_ref()))?;
    (given.preferred.is_some() || given.required.is_some()).then_some(given)
}

fn selects_hash(term: &Value) -> Option<&Value> {
    let expressions = term.at_path("/labelSelector/matchExpressions").and_then(Value::as_array)?;
    expressions.iter().find(|wanted| text(wanted, "/key") == POD_TEMPLATE_HASH)
}

/// `HasInjectedAntiAffinityRule`: index and expression of the rule.
fn injected<'a>(config: &AntiAffinity, template: &'a Value) -> Option<(usize, &'a Value)> {
    let anti = template.at_path("/spec/affinity/podAntiAffinity")?;
    let (key, inner) = if config.preferred.is_some() { (PREFERRED, "/podAffinityTerm") } else { (REQUIRED, "") };
    let terms = anti.get(key).and_then(Value::as_array)?;
    terms.iter().enumerate().find_map(|(at, term)| Some((at, selects_hash(term.at_path(inner)?)?)))
}

/// `IfInjectedAntiAffinityRuleNeedsUpdate`: the rule names another ReplicaSet than the stable one.
pub(crate) fn needs_update(rollout: &Rollout, hash: &str, template: &Value) -> bool {
    let Some(config) = configured(rollout) else { return false };
    let Some((_, wanted)) = injected(config, template) else { return false };
    let stable = rollout.status.stable_rs.as_str();
    let named = wanted.at_path("/values/0").and_then(Value::as_str);
    stable != hash && named.is_some_and(|named| named != stable)
}

/// `GenerateReplicaSetAffinity`: the template's own affinity, with the rule while an update is on its way.
pub(crate) fn apply(rollout: &Rollout, hash: &str, template: &mut Value) {
    let own = rollout.spec.template.at_path("/spec/affinity").cloned();
    let stable = rollout.status.stable_rs.as_str();
    let rule = configured(rollout).filter(|_| !stable.is_empty() && stable != hash);
    let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let Some(config) = rule else {
        match own {
            Some(own) => {
                spec.insert("affinity".into(), own);
            }
            None => {
                spec.shift_remove("affinity");
            }
        }
        return;
    };
    let term = json!({
        "labelSelector": {"matchExpressions": [{"key": POD_TEMPLATE_HASH, "operator": "In", "values": [stable]}]},
        "namespaces": [rollout.metadata.namespace],
        "topologyKey": "kubernetes.io/hostname",
    });
    let (key, term) = match &config.preferred {
        Some(preferred) => (PREFERRED, json!({"weight": preferred.weight, "podAffinityTerm": term})),
        None => (REQUIRED, term),
    };
    let mut affinity = own.filter(Value::is_object).unwrap_or_else(|| json!({}));
    if let Some(members) = affinity.as_object_mut() {
        let anti = members.entry("podAntiAffinity").or_insert_with(|| json!({}));
        if let Some(anti) = anti.as_object_mut()
            && let Some(terms) = anti.entry(key).or_insert_with(|| json!([])).as_array_mut()
        {
            terms.push(term);
        }
    }
    spec.insert("affinity".into(), affinity);
}

/// `RemoveInjectedAntiAffinityRule`.
pub(crate) fn remove(rollout: &Rollout, template: &mut Value) {
    let Some(config) = configured(rollout) else { return };
    let Some((at, _)) = injected(config, template) else { return };
    let Some(affinity) = template.pointer_mut("/spec/affinity").and_then(Value::as_object_mut) else { return };
    if let Some(anti) = affinity.get_mut("podAntiAffinity").and_then(Value::as_object_mut) {
        for (key, used) in [(PREFERRED, config.preferred.is_some()), (REQUIRED, config.required.is_some())] {
            if let Some(terms) = anti.get_mut(key).and_then(Value::as_array_mut)
                && used
                && at < terms.len()
            {
                terms.remove(at);
            }
        }
        anti.retain(|_, terms| terms.as_array().is_some_and(|terms| !terms.is_empty()));
        if anti.is_empty() {
            affinity.shift_remove("podAntiAffinity");
        }
    }
    if affinity.is_empty()
        && let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut)
    {
        spec.shift_remove("affinity");
    }
}

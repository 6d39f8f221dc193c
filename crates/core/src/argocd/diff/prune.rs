//! Taking out of the live object what was never asked for (`gitops-engine/pkg/utils/json`).

use crate::{Map, Value};

/// Keeps of `live` only the members that `config` has (`RemoveMapFields`).
pub(super) fn members(config: &Map<String, Value>, live: &Map<String, Value>) -> Map<String, Value> {
    config.iter().filter_map(|(key, wanted)| live.get(key).map(|value| (key.clone(), pruned(wanted, value)))).collect()
}

/// Lists go by position; what is beyond the end of `config` stays (`RemoveListFields`).
pub(super) fn items(config: &[Value], live: &[Value]) -> Vec<Value> {
    live.iter().enumerate().map(|(at, value)| config.get(at).map_or_else(|| value.clone(), |wanted| pruned(wanted, value))).collect()
}

fn pruned(config: &Value, live: &Value) -> Value {
    match (config, live) {
        (Value::Object(config), Value::Object(live)) => Value::Object(members(config, live)),
        (Value::Array(config), Value::Array(live)) => Value::Array(items(config, live)),
        _ => live.clone(),
    }
}

//! What is timed of Argo CD, and an Application of any size made from a small one.

use serde_json::Value;

macro_rules! named {
    ($($name:literal),* $(,)?) => {
        [$((include_str!(concat!("../inputs/", $name, ".json")), include_str!(concat!("../answers/", $name, ".json")))),*]
    };
}

/// Diffs of one object: input, and what upstream answered.
pub const DIFFS: [(&str, &str); 6] = named![
    "diff-small-configmap",
    "diff-medium-deployment",
    "diff-large-deployment",
    "diff-medium-custom",
    "diff-server-medium-deployment",
    "diff-ignore-jq",
];

/// Health of one object: a built-in check, a customisation that ships with Argo CD, an operator's Lua.
pub const HEALTHS: [(&str, &str); 3] = named!["health-small-deployment", "health-shipped-certificate", "health-lua-certificate"];

/// The comparison of an Application of ten resources.
pub const COMPARISON: (&str, &str) = (include_str!("../inputs/compare-app-10.json"), include_str!("../answers/compare-app-10.json"));

/// The same Application with `count` resources: its ten over and over, each under a name of its own.
#[must_use]
pub fn grown(input: &Value, count: usize) -> Value {
    let mut grown = input.clone();
    for key in ["targets", "live"] {
        let Some(Value::Array(ten)) = input.get(key) else { continue };
        let many = ten.iter().cycle().take(count).enumerate().map(|(at, object)| renamed(object, at)).collect();
        if let Some(place) = grown.get_mut(key) {
            *place = Value::Array(many);
        }
    }
    grown
}

/// The object under its old name with another number at the end, tracking and uid included.
fn renamed(object: &Value, at: usize) -> Value {
    let mut object = object.clone();
    let old = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let new = format!("{}-{at}", old.rsplit_once('-').map_or(old.as_str(), |(stem, _)| stem));
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        if metadata.contains_key("uid") {
            metadata.insert("uid".to_owned(), Value::from(format!("00000000-0000-4000-8000-{at:012}")));
        }
        if let Some(Value::String(id)) = metadata.get_mut("annotations").and_then(|all| all.get_mut("argocd.argoproj.io/tracking-id")) {
            *id = id.replace(&old, &new);
        }
        metadata.insert("name".to_owned(), Value::from(new));
    }
    object
}

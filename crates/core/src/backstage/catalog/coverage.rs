//! How much of a catalog is described and owned.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::reference::EntityRef;
use super::relations::references;

/// A catalog in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Entities by kind.
    pub kinds: BTreeMap<String, KindCoverage>,
    /// What each owner owns, by canonical reference.
    pub owners: BTreeMap<String, usize>,
    /// Entities without an owner.
    pub unowned: Vec<String>,
    /// Entities whose owner the catalog does not have.
    pub owner_missing: Vec<String>,
    /// Owners without a member.
    pub empty_groups: Vec<String>,
}

/// One kind in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KindCoverage {
    /// How many there are.
    pub total: usize,
    /// With an owner.
    pub owned: usize,
    /// With `metadata.description`.
    pub described: usize,
    /// With tags.
    pub tagged: usize,
    /// With links.
    pub linked: usize,
    /// With `backstage.io/techdocs-ref`.
    pub documented: usize,
    /// With a system.
    pub in_system: usize,
}

/// Kinds that have owners.
const OWNED: &[&str] = &["api", "component", "domain", "resource", "system", "template"];

/// Counts what entities have.
pub fn coverage(entities: &[Value]) -> Coverage {
    let known: BTreeSet<String> = entities.iter().filter_map(|entity| Some(EntityRef::of(entity)?.canonical())).collect();
    let mut coverage = Coverage::default();
    let mut filled = BTreeSet::new();
    let mut owning = BTreeSet::new();
    for entity in entities {
        let Some(entity_ref) = EntityRef::of(entity) else { continue };
        let name = entity_ref.canonical();
        let kind = entity_ref.kind.to_lowercase();
        let found = references(entity).unwrap_or_default();
        let owner = found.iter().find(|reference| reference.field.outgoing == "ownedBy").map(|reference| reference.target.canonical());
        for reference in &found {
            match reference.field.outgoing {
                "memberOf" => filled.insert(reference.target.canonical()),
                "hasMember" => filled.insert(name.clone()),
                _ => false,
            };
        }
        let metadata = entity.get("metadata");
        let has = |key: &str| metadata.and_then(|metadata| metadata.get(key)).is_some_and(is_filled);
        let count = coverage.kinds.entry(kind.clone()).or_default();
        count.total += 1;
        count.owned += usize::from(owner.is_some());
        count.described += usize::from(has("description"));
        count.tagged += usize::from(has("tags"));
        count.linked += usize::from(has("links"));
        let docs = metadata.and_then(|metadata| metadata.get("annotations")?.get("backstage.io/techdocs-ref"));
        count.documented += usize::from(docs.is_some_and(is_filled));
        count.in_system += usize::from(found.iter().any(|reference| reference.field.field == "system"));
        match owner {
            Some(owner) => {
                if !known.contains(&owner) {
                    coverage.owner_missing.push(name);
                }
                *coverage.owners.entry(owner.clone()).or_default() += 1;
                owning.insert(owner);
            }
            None if OWNED.contains(&kind.as_str()) => coverage.unowned.push(name),
            None => {}
        }
    }
    let empty = owning.into_iter().filter(|owner| owner.starts_with("group:") && known.contains(owner) && !filled.contains(owner));
    coverage.empty_groups = empty.collect();
    coverage.unowned.sort();
    coverage.owner_missing.sort();
    coverage
}

fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

//! Which objects `--selected` means.

use lofting::Value;
use serde_json::json;

use crate::documents::{kind, list, name, text};
use crate::exit::Failure;

/// As many names are told at most.
const SHOWN: usize = 12;

/// What was written, read.
struct Wanted<'w> {
    group: Option<&'w str>,
    kind: &'w str,
    namespace: Option<&'w str>,
    name: &'w str,
}

impl<'w> Wanted<'w> {
    fn read(written: &'w str) -> Option<Self> {
        let parts: Vec<&str> = written.split('/').collect();
        Some(match parts.as_slice() {
            [kind, name] => Self { group: None, kind, namespace: None, name },
            // Kinds begin with a capital, groups do not.
            [group, kind, name] if group.chars().all(|letter| !letter.is_uppercase()) => {
                Self { group: Some(group), kind, namespace: None, name }
            }
            [kind, namespace, name] => Self { group: None, kind, namespace: Some(namespace), name },
            [group, kind, namespace, name] => Self { group: Some(group), kind, namespace: Some(namespace), name },
            _ => return None,
        })
    }

    fn is(&self, object: &Value, destination: &str) -> bool {
        let own = match text(object, "/metadata/namespace") {
            "" => destination,
            own => own,
        };
        self.kind == kind(object)
            && self.name == name(object)
            && self.group.is_none_or(|group| group == group_of(object))
            && self.namespace.is_none_or(|namespace| namespace == own)
    }
}

fn group_of(object: &Value) -> &str {
    text(object, "/apiVersion").split_once('/').map_or("", |(group, _)| group)
}

/// The operation's `resources`. What neither Git nor the cluster has is refused: nothing would be synced.
pub(super) fn resources(selected: &[String], request: &Value) -> Result<Vec<Value>, Failure> {
    let destination = text(request, "/application/spec/destination/namespace");
    let objects: Vec<&Value> = list(request, "/targets").iter().chain(list(request, "/live")).collect();
    let mut resources = Vec::new();
    for written in selected {
        let malformed = || Failure::Usage(format!("--selected {written}: wanted [GROUP/]KIND/[NAMESPACE/]NAME"));
        let wanted = Wanted::read(written).ok_or_else(malformed)?;
        let found = objects.iter().filter(|object| wanted.is(object, destination));
        let mut groups: Vec<&str> = found.map(|object| group_of(object)).collect();
        groups.sort_unstable();
        groups.dedup();
        if groups.is_empty() {
            return Err(Failure::Usage(format!("--selected {written}: there is no such object; there are: {}", known(&objects))));
        }
        for group in groups {
            let mut entry = json!({"group": group, "kind": wanted.kind, "name": wanted.name});
            if let Some(namespace) = wanted.namespace {
                entry["namespace"] = namespace.into();
            }
            resources.push(entry);
        }
    }
    Ok(resources)
}

fn known(objects: &[&Value]) -> String {
    let mut names: Vec<String> = Vec::new();
    for object in objects.iter().filter(|object| !name(object).is_empty()) {
        let name = format!("{}/{}", kind(object), name(object));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.join(", ") + &rest
}

//! The answers a user reads first: what is generated, what is lost, what is missing.

use serde_json::json;

use super::{ApplicationSet, DiffRequest, Inventory, Outcome, diff, generate};
use crate::Value;

fn set(generators: &Value) -> ApplicationSet {
    let document = json!({
        "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {
            "goTemplate": true,
            "goTemplateOptions": ["missingkey=error"],
            "generators": generators,
            "template": {
                "metadata": {"name": "{{.name}}-web"},
                "spec": {
                    "project": "default",
                    "source": {"repoURL": "https://r", "path": "p"},
                    "destination": {"server": "https://kubernetes.default.svc"},
                },
            },
        },
    });
    ApplicationSet::from_value(&document).unwrap()
}

fn run(after: &ApplicationSet, before: &ApplicationSet) -> super::Diff {
    let inventory = Inventory::default();
    let request = DiffRequest {
        after,
        before: Some(before),
        current: &[],
        deleted: false,
        inventory: &inventory,
        before_inventory: None,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    diff(&request).unwrap()
}

#[test]
fn a_list_gives_an_application_per_element() {
    let set = set(&json!([{"list": {"elements": [{"name": "b"}, {"name": "a"}]}}]));
    let generated = generate(&set, &Inventory::default(), false).unwrap();
    let order: Vec<&str> = generated.applications.iter().map(super::GeneratedApplication::name).collect();
    assert_eq!(order, ["b-web", "a-web"]);
    assert!(!generated.upstream.failed);
}

#[test]
fn a_missing_key_fails_the_set() {
    let set = set(&json!([{"list": {"elements": [{"nam": "b"}]}}]));
    let generated = generate(&set, &Inventory::default(), false).unwrap();
    assert!(generated.upstream.failed);
    assert!(generated.applications.is_empty());
}

#[test]
fn an_unknown_repository_is_a_need() {
    let set = set(&json!([{"git": {"repoURL": "https://g", "revision": "main", "directories": [{"path": "*"}]}}]));
    let generated = generate(&set, &Inventory::default(), false).unwrap();
    assert_eq!(generated.needs.len(), 1);
    assert_eq!(run(&set, &set).outcome, Outcome::Incomplete);
}

#[test]
fn a_renamed_element_loses_its_resources() {
    let before = set(&json!([{"list": {"elements": [{"name": "a"}]}}]));
    let after = set(&json!([{"list": {"elements": [{"name": "b"}]}}]));
    let found = run(&after, &before);
    assert_eq!(found.delete.iter().map(|deletion| deletion.name.as_str()).collect::<Vec<_>>(), ["a-web"]);
    let codes: Vec<&str> = found.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert!(codes.contains(&"argocd-appset-deletes-resources") && codes.contains(&"argocd-appset-rename"), "{codes:?}");
}

#[test]
fn an_unchanged_set_changes_nothing() {
    let set = set(&json!([{"list": {"elements": [{"name": "a"}]}}]));
    let found = run(&set, &set);
    assert_eq!((found.create.len(), found.update.len(), found.delete.len()), (0, 0, 0));
    assert_eq!(found.kept, ["a-web"]);
}

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

/// An Application as the controller stored it, under the UID that the set has in the cluster.
fn stored(uid: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "a-web",
            "namespace": "argocd",
            "uid": "0a",
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
            "ownerReferences": [{
                "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "set", "uid": uid,
                "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://r", "path": "p"},
            "destination": {"server": "https://kubernetes.default.svc"},
        },
    })
}

fn against(set: &ApplicationSet, live: Value) -> super::Diff {
    let inventory = Inventory::default();
    let request = DiffRequest {
        after: set,
        before: None,
        current: &[live],
        deleted: false,
        inventory: &inventory,
        before_inventory: None,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    diff(&request).unwrap()
}

#[test]
fn a_set_from_git_owns_what_it_owns_in_the_cluster() {
    let set = set(&json!([{"list": {"elements": [{"name": "a"}]}}]));
    let found = against(&set, stored("697db77c"));
    assert_eq!((found.kept, found.update.len()), (vec!["a-web".to_owned()], 0));
}

#[test]
fn every_update_says_what_changes() {
    let written = set(&json!([{"list": {"elements": [{"name": "a"}]}}]));
    let mut document = written.value().clone();
    document["metadata"]["uid"] = json!("another");
    let found = against(&ApplicationSet::from_value(&document).unwrap(), stored("697db77c"));
    let paths: Vec<&str> = found.changes["a-web"].iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["/metadata/ownerReferences"]);
}

/// What the released controller wrote into the conditions, asked with API server 1.37: without a selector the resource's
/// name is missing, and a matrix gives its second child an empty one, which is asked for as `<none>`.
#[test]
fn decision_resources_without_a_selector_fail_as_in_a_cluster() {
    const NO_CHOICE: &str = "there is a problem with the definition of the ClusterDecisionResource generator";
    const NONE: &str = "failed to get dynamic resources: found '<', expected: !, identifier, or 'end of string'";
    const SECOND: &str =
        "failed to get params for second generator in the matrix generator: child generator returned an error on parameter generation: ";
    const FIRST: &str =
        "error failed to get params for first generator in matrix generator: child generator returned an error on parameter generation: ";
    let inventory: Inventory = serde_json::from_value(json!({
        "configMaps": [{"name": "duck", "data": {
            "apiVersion": "cluster.open-cluster-management.io/v1beta1", "kind": "placementdecisions",
            "matchKey": "clusterName", "statusListKey": "decisions",
        }}],
        "decisionResources": [{
            "apiVersion": "cluster.open-cluster-management.io/v1beta1", "kind": "PlacementDecision",
            "metadata": {"name": "p1", "labels": {"tier": "gold"}},
            "status": {"decisions": [{"clusterName": "in-cluster", "reason": "prod"}]},
        }],
        "clusters": [],
    }))
    .unwrap();
    let list = json!({"list": {"elements": [{"a": "x"}]}});
    let decisions = json!({"clusterDecisionResource": {"configMapRef": "duck"}});
    let named = json!({"clusterDecisionResource": {"configMapRef": "duck", "name": "p1"}});
    let empty = json!({"clusterDecisionResource": {"configMapRef": "duck", "labelSelector": {"matchLabels": {}}}});
    let matrix = |first: &Value, second: &Value| json!([{"matrix": {"generators": [first, second]}}]);
    for (generators, error) in [
        (matrix(&list, &decisions), format!("{SECOND}{NONE}")),
        (matrix(&decisions, &list), format!("{FIRST}{NO_CHOICE}")),
        (matrix(&list, &named), format!("{SECOND}{NO_CHOICE}")),
        (json!([decisions]), NO_CHOICE.to_owned()),
        (json!([empty]), NONE.to_owned()),
    ] {
        let generated = generate(&set(&generators), &inventory, false).unwrap();
        assert_eq!(generated.upstream.error, Some(error));
        assert_eq!(generated.upstream.reason.as_deref(), Some("ApplicationGenerationFromParamsError"));
    }
}

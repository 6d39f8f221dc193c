//! Bad input to diffs, comparison and health: an answer or a located refusal, soon.

use std::time::{Duration, Instant};

use lofting::argocd::health::{self, Customization, Customizations};
use lofting::argocd::status::{self, Request, Scopes};
use lofting::{Value, wire};
use serde_json::json;

/// More than enough for each of these, on a busy machine too.
const SOON: Duration = Duration::from_secs(20);

fn soon<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let answer = work();
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    answer
}

fn config_map(annotation: String) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "shop", "annotations": {"note": annotation}}, "data": {"a": "1"}})
}

#[test]
fn an_object_without_a_kind_is_refused() {
    let refused = wire::call("diff.compare", json!({"target": {"apiVersion": "v1"}, "live": null})).unwrap_err();
    assert_eq!(refused.message, "Object 'Kind' is missing");
    let refused = wire::call("diff.compare", json!({"target": ["a"], "live": null})).unwrap_err();
    assert!(refused.message.contains("cannot unmarshal"), "{}", refused.message);
}

#[test]
fn lists_for_maps_are_compared_as_they_are() {
    let object = |metadata: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": ["a"]});
    let answer =
        wire::call("diff.compare", json!({"target": object(json!({"name": "x"})), "live": object(json!({"name": "x", "labels": []}))}))
            .unwrap();
    assert_eq!(answer["modified"], json!(false));
    // upstream crashes on metadata that is no map; here it is a refusal
    let refused = wire::call("diff.compare", json!({"target": object(json!(["x"])), "live": object(json!({"name": "x"}))})).unwrap_err();
    assert_eq!(refused.code, "upstreamCrash");
}

#[test]
fn unknown_fields_and_useless_rules_are_named_with_their_place() {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"template": {"spec": {"containers": [
        {"name": "a", "imagePullPolice": "Always"}]}}}});
    let rules = json!([{"group": "apps", "kind": "Deployment", "name": "x", "jsonPointers": ["spec.replicas", "/spec/nothing"]}]);
    let mut live = target.clone();
    live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": "{"});
    let answer = wire::call("diff.compare", json!({"target": target, "live": live, "ignoreDifferences": rules})).unwrap();
    let found: Vec<(&str, &str)> = answer["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["code"].as_str().unwrap(), finding["path"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("argocd-diff-field-unknown", "/spec/template/spec/containers/0/imagePullPolice"),
            ("argocd-diff-last-applied", "/live/metadata/annotations"),
            ("argocd-diff-ignore-pointer", "/ignoreDifferences/0/jsonPointers/0"),
            ("argocd-diff-ignore-nothing", "/ignoreDifferences/0/jsonPointers/1"),
        ]
    );
    let known: Vec<&str> = lofting::wire::rules().iter().map(|rule| rule.code).collect();
    assert!(found.iter().all(|(code, _)| known.contains(code)));
}

#[test]
fn ten_megabytes_of_annotation_are_compared() {
    let big = "x".repeat(10 << 20);
    let target = config_map(big.clone());
    let mut live = config_map(format!("{big}y"));
    live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = target.to_string().into();
    let answer = soon(|| wire::call("diff.compare", json!({"target": target, "live": live})).unwrap());
    assert_eq!(answer["modified"], json!(true));
    assert_eq!(answer["changes"][0]["path"], "/metadata/annotations/note");
}

#[test]
fn deep_nesting_is_compared_or_refused() {
    let mut deep = json!(1);
    for _ in 0..1000 {
        deep = json!({ "a": deep });
    }
    let widget = |spec: &Value| json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}, "spec": spec});
    let _ = soon(|| wire::call("diff.compare", json!({"target": widget(&deep), "live": widget(&json!({}))})));
}

#[test]
fn owners_in_a_circle_come_to_an_end() {
    let owned = |name: &str, uid: &str, owner: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop", "uid": uid,
            "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": owner, "uid": owner}]}})
    };
    let root = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "root", "namespace": "shop", "uid": "root"}});
    let mut looped = owned("c", "c", "b");
    looped["metadata"]["ownerReferences"] =
        json!([{"kind": "ConfigMap", "name": "b", "uid": "b"}, {"kind": "ConfigMap", "name": "root", "uid": "root"}]);
    let live = [root, owned("a", "a", "b"), owned("b", "b", "a"), looped];
    let application = json!({"metadata": {"name": "shop", "namespace": "argocd"}, "spec": {"destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"}}});
    let project = json!({"metadata": {"name": "default"}, "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}],
        "orphanedResources": {"warn": true, "ignore": [{"kind": "Secret"}]}}});
    let request = Request { application: Some(&application), live: &live, project: Some(&project), ..Request::default() };
    let answer = soon(|| status::compare(&request).unwrap());
    let orphans: Vec<String> = answer.orphans.iter().map(ToString::to_string).collect();
    assert_eq!(orphans, ["/ConfigMap/shop/c", "/ConfigMap/shop/root"]);
    assert_eq!(answer.conditions[0].message, "Application has 2 orphaned resources");
}

#[test]
fn hostile_jq_is_passed_over() {
    for expression in [
        "[recurse(.spec?)]",
        "[range(1e12)]",
        "def f: f; f",
        "[limit(1e9; repeat(1))]",
        ".data | until(false; .)",
        "repeat(.)",
        "[repeat(.)]",
        "reduce range(60) as $i (1; [., .]) | tojson",
        "[.. , ..] | map(tojson) | join(\"\") * 1e9",
    ] {
        let rules = json!([{"group": "*", "kind": "*", "jqPathExpressions": [expression]}]);
        let target = config_map(String::new());
        let answer = soon(|| wire::call("diff.compare", json!({"target": target, "live": target, "ignoreDifferences": rules})).unwrap());
        assert_eq!(answer["modified"], json!(false), "{expression}");
        let codes: Vec<&str> = answer["diagnostics"].as_array().unwrap().iter().filter_map(|finding| finding["code"].as_str()).collect();
        let endless = !expression.starts_with("[..");
        assert_eq!(codes, if endless { vec!["argocd-diff-ignore-endless"] } else { vec![] }, "{expression}");
    }
    let rules = json!([{"group": "*", "kind": "*", "jqPathExpressions": [".["]}]);
    let refused =
        wire::call("diff.compare", json!({"target": config_map(String::new()), "live": null, "ignoreDifferences": rules})).unwrap_err();
    assert!(refused.message.contains("unexpected token"), "{}", refused.message);
}

#[test]
fn hostile_lua_is_stopped() {
    let scripts = [
        "while true do end",
        "local function f() return f() end return f()",
        "local function f() return 1 + f() end return f()",
        "local t = {} while true do t[#t + 1] = string.rep('x', 1000000) end",
        "local s = 'x' while true do s = s .. s end",
        "return string.rep('x', 1000000000)",
        "return string.find(string.rep('a', 100000), string.rep('a?', 1000) .. string.rep('a', 1000))",
        "error({code = 1})",
        "return setmetatable({}, {__index = function(t, k) return t[k .. 'x'] end}).a",
    ];
    for script in scripts {
        for open_libs in [false, true] {
            let mut customizations = Customizations::default();
            customizations.insert("ConfigMap", Customization { script: script.to_owned(), open_libs });
            let object = config_map(String::new());
            let judged = soon(|| health::assess_with(&object, &customizations)).unwrap();
            assert_eq!(judged.status, "Unknown", "{script}");
            assert!(judged.failed && !judged.message.is_empty(), "{script}: {judged:?}");
        }
    }
}

/// Twenty times the resources take about twenty times as long: scopes that are not known included, which are looked up one by one.
#[test]
fn comparison_grows_with_the_number_of_resources() {
    let application = json!({"metadata": {"name": "shop", "namespace": "argocd"}, "spec": {"destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"}}});
    let run = |count: usize| {
        let object = |at: usize| match at % 2 {
            0 => json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("c{at}"), "namespace": "shop"}}),
            _ => json!({"apiVersion": "unheard.of/v1", "kind": "Thing", "metadata": {"name": format!("t{at}"), "namespace": "shop"}}),
        };
        let objects: Vec<Value> = (0..count).map(object).collect();
        let request =
            Request { application: Some(&application), targets: &objects, live: &objects, scopes: Scopes::default(), ..Request::default() };
        let start = Instant::now();
        assert_eq!(status::compare(&request).unwrap().resources.len(), count);
        start.elapsed()
    };
    let small = run(1_000).max(Duration::from_millis(5));
    let large = run(20_000);
    assert!(large < small * 100, "1,000: {small:?}, 20,000: {large:?}");
}

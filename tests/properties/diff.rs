//! Diffs, ignore rules, masking, tracking and health.

use lofting::Value;
use lofting::argocd::diff::{DiffOptions, Differ, changes, mask_secret};
use lofting::argocd::health;
use lofting::argocd::ignore::IgnoreRule;
use lofting::argocd::normalize::remarshal;
use lofting::argocd::settings::Settings;
use lofting::argocd::tracking::{self, Tracking, TrackingMethod};
use lofting::kube::structs::{Shape, conforms, structs};
use lofting::kube::{defaults, merge_patch, strategic_merge};
use proptest::prelude::*;
use serde_json::json;

/// Any JSON, not too deep.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-e]", inner, 0..4)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

fn maybe<T: std::fmt::Debug + Clone + 'static>(strategy: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Option<T>> {
    proptest::option::of(strategy).boxed()
}

/// An object out of the members that are there.
fn object(members: Vec<(&str, Option<Value>)>) -> Value {
    members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<serde_json::Map<_, _>>().into()
}

fn probe() -> impl Strategy<Value = Value> {
    (maybe(1_i64..20), maybe(prop_oneof![Just("/"), Just("/healthz")])).prop_map(|(period, path)| {
        object(vec![
            ("httpGet", Some(object(vec![("path", path.map(Value::from)), ("port", Some(8080.into()))]))),
            ("periodSeconds", period.map(Value::from)),
        ])
    })
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    let env = proptest::collection::btree_map(prop_oneof![Just("A"), Just("B"), Just("POD_IP")], "[a-z]{1,3}", 0..3);
    let ports = proptest::collection::btree_map(8080_i64..8084, maybe(prop_oneof![Just("TCP"), Just("UDP")]), 0..3);
    let resources =
        maybe((prop_oneof![Just("250m"), Just("1"), Just("0.5"), Just("1000m")], prop_oneof![Just("64Mi"), Just("1024Mi"), Just("1Gi")]));
    let image = prop_oneof![Just("app:v1"), Just("app"), Just("app:latest"), Just("app@sha256:x")];
    (image, env, ports, resources, maybe(probe()), maybe(prop_oneof![Just("Always"), Just("IfNotPresent")])).prop_map(
        move |(image, env, ports, resources, probe, policy)| {
            let env: Vec<Value> = env
                .into_iter()
                .map(|(key, value)| match key {
                    "POD_IP" => json!({"name": key, "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}),
                    _ => json!({"name": key, "value": value}),
                })
                .collect();
            let ports: Vec<Value> = ports
                .into_iter()
                .map(|(port, protocol)| object(vec![("containerPort", Some(port.into())), ("protocol", protocol.map(Value::from))]))
                .collect();
            object(vec![
                ("name", Some(name.into())),
                ("image", Some(image.into())),
                ("env", Some(env).filter(|env| !env.is_empty()).map(Value::from)),
                ("ports", Some(ports).filter(|ports| !ports.is_empty()).map(Value::from)),
                ("resources", resources.map(|(cpu, memory)| json!({"limits": {"cpu": cpu, "memory": memory}}))),
                ("livenessProbe", probe),
                ("imagePullPolicy", policy.map(Value::from)),
            ])
        },
    )
}

fn volume() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"name": "tmp"})),
        Just(json!({"name": "tmp", "emptyDir": {}})),
        Just(json!({"name": "tmp", "configMap": {"name": "settings"}})),
        Just(json!({"name": "tmp", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}},
            {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}}]}})),
    ]
}

/// A Deployment, StatefulSet, DaemonSet or CronJob, more or less complete.
fn workload() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![Just("Deployment"), Just("StatefulSet"), Just("DaemonSet"), Just("ReplicaSet")];
    let containers = (container("app"), maybe(container("sidecar")))
        .prop_map(|(app, sidecar)| [Some(app), sidecar].into_iter().flatten().collect::<Vec<_>>());
    let strategy = maybe(prop_oneof![Just(json!({})), Just(json!({"type": "RollingUpdate"})), Just(json!({"type": "Recreate"}))]);
    (kind, containers, maybe(volume()), maybe(0_i64..4), strategy, maybe(Just("app")), any::<bool>()).prop_map(
        |(kind, containers, volume, replicas, strategy, account, status)| {
            let field = if kind == "Deployment" { "strategy" } else { "updateStrategy" };
            let strategy = strategy.filter(|_| kind != "ReplicaSet");
            let pod = object(vec![
                ("containers", Some(containers.into())),
                ("volumes", volume.map(|volume| vec![volume].into())),
                ("serviceAccountName", account.map(Value::from)),
            ]);
            let spec = object(vec![
                ("replicas", replicas.filter(|_| kind != "DaemonSet").map(Value::from)),
                ("selector", Some(json!({"matchLabels": {"app": "x"}}))),
                (field, strategy),
                ("template", Some(json!({"metadata": {"labels": {"app": "x"}}, "spec": pod}))),
            ]);
            let status = status.then(|| json!({"observedGeneration": 1})).filter(|_| kind != "DaemonSet");
            object(vec![
                ("apiVersion", Some("apps/v1".into())),
                ("kind", Some(kind.into())),
                ("metadata", Some(json!({"name": "x", "namespace": "shop"}))),
                ("spec", Some(spec)),
                ("status", status),
            ])
        },
    )
}

/// Other kinds with defaults.
fn other() -> impl Strategy<Value = Value> {
    let service = (
        maybe(prop_oneof![Just("ClusterIP"), Just("NodePort"), Just("LoadBalancer")]),
        proptest::collection::btree_map(80_i64..84, maybe(8080_i64..8082), 0..3),
    )
        .prop_map(|(ty, ports)| {
            let ports: Vec<Value> = ports
                .into_iter()
                .map(|(port, target)| object(vec![("port", Some(port.into())), ("targetPort", target.map(Value::from))]))
                .collect();
            let spec =
                object(vec![("type", ty.map(Value::from)), ("ports", Some(ports).filter(|ports| !ports.is_empty()).map(Value::from))]);
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "shop"}, "spec": spec})
        });
    let policy = maybe(prop_oneof![Just(json!([{"ports": [{"port": 80}]}])), Just(json!([{"ports": [{"port": 80, "protocol": "UDP"}]}]))])
        .prop_map(|ingress| {
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "x"},
            "spec": object(vec![("podSelector", Some(json!({}))), ("ingress", ingress)])})
        });
    let claim = maybe(Just("Block")).prop_map(|mode| {
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "x"}, "spec": {"serviceName": "x", "updateStrategy": {},
            "template": {"metadata": {}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}, "selector": {},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": object(vec![("volumeMode", mode.map(Value::from))])}]}})
    });
    let job = maybe(1_i64..3).prop_map(|completions| {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "spec": object(vec![("completions", completions.map(Value::from)),
            ("template", Some(json!({"metadata": {"labels": {"job": "x"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}})))])})
    });
    let pod = any::<bool>().prop_map(|bare| {
        let spec = Some(json!({"containers": [{"name": "a", "image": "a"}], "hostNetwork": true})).filter(|_| !bare);
        object(vec![
            ("apiVersion", Some("v1".into())),
            ("kind", Some("Pod".into())),
            ("metadata", Some(json!({"name": "x"}))),
            ("spec", spec),
        ])
    });
    prop_oneof![service, policy, claim, job, pod]
}

fn known() -> impl Strategy<Value = Value> {
    prop_oneof![3 => workload(), 1 => other()]
}

/// A merge patch cannot say null.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Null => *value = Value::Bool(false),
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        Value::Object(members) => members.values_mut().for_each(without_nulls),
        _ => {}
    }
}

fn type_of(object: &Value) -> lofting::kube::structs::Type {
    let (group, version) = object["apiVersion"].as_str().and_then(|text| text.split_once('/')).unwrap_or(("", "v1"));
    structs().kind(group, version, object["kind"].as_str().unwrap_or_default()).expect("a built-in kind")
}

fn differ(settings: &Settings) -> Differ<'_> {
    Differ::new(&[], settings, DiffOptions::default(), &[]).expect("no rules to compile")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Upstream encodes, defaults, takes the difference as a patch and applies it; on canonical objects we set the defaults in place.
    #[test]
    fn defaults_in_place_are_those_of_the_patch(mut object in known()) {
        remarshal(&mut object);
        let ty = type_of(&object);
        prop_assume!(conforms(&object, ty, true) == Some(Shape::Canonical));
        let (before, after) = defaults::before_and_after(&object, ty);
        let patch = strategic_merge::diff(before.as_object().unwrap(), after.as_object().unwrap(), ty).unwrap();
        let mut patched = object.clone();
        strategic_merge::apply(patched.as_object_mut().unwrap(), patch, ty).unwrap();
        defaults::fill(&mut object, ty);
        prop_assert_eq!(object, patched);
    }

    /// The same where two ports of a container share their number; where a default reaches into such a list, nothing is set in place.
    #[test]
    fn defaults_beside_pairs_are_those_of_the_patch(app in container("app"), twin in maybe(prop_oneof![Just("TCP"), Just("UDP")]),
        said in any::<bool>(), host in any::<bool>()) {
        let mut app = app;
        let ports = app.get("ports").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![json!({"containerPort": 53, "protocol": "TCP"})]);
        let mut ports: Vec<Value> = ports.into_iter().map(|mut port| {
            if said {
                port["protocol"] = "TCP".into();
            }
            port
        }).collect();
        let number = ports[0]["containerPort"].clone();
        ports.push(object(vec![("containerPort", Some(number)), ("protocol", twin.map(Value::from))]));
        app["ports"] = ports.into();
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"strategy": {}, "selector": {},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": object(vec![("containers", Some(json!([app]))), ("hostNetwork", host.then(|| true.into()))])}}});
        remarshal(&mut object);
        let ty = type_of(&object);
        prop_assert_eq!(conforms(&object, ty, true), Some(Shape::Paired));
        let (before, after) = defaults::before_and_after(&object, ty);
        let mut in_place = object.clone();
        if defaults::fill_paired(&mut in_place, ty) {
            let patch = strategic_merge::diff(before.as_object().unwrap(), after.as_object().unwrap(), ty).unwrap();
            strategic_merge::apply(object.as_object_mut().unwrap(), patch, ty).unwrap();
        } else {
            prop_assert!(!said || twin.is_none() || host, "a complete list is left alone");
        }
        prop_assert_eq!(in_place, object);
    }

    #[test]
    fn a_strategic_patch_leads_from_one_to_the_other(mut one in workload(), mut other in workload()) {
        other["kind"] = one["kind"].clone();
        for object in [&mut one, &mut other] {
            remarshal(object);
        }
        let ty = type_of(&one);
        prop_assume!([&one, &other].iter().all(|object| conforms(object, ty, true).is_some_and(|shape| shape <= Shape::Plain)));
        let patch = strategic_merge::diff(one.as_object().unwrap(), other.as_object().unwrap(), ty).unwrap();
        strategic_merge::apply(one.as_object_mut().unwrap(), patch, ty).unwrap();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn a_merge_patch_leads_from_one_to_the_other(one in json(), other in json()) {
        let (one, mut other) = (json!({"a": one}), json!({"a": other}));
        without_nulls(&mut other);
        let patch = merge_patch::create(&one, &other).unwrap();
        prop_assert_eq!(merge_patch::apply_document(one, patch).unwrap(), other);
    }

    #[test]
    fn canonical_form_is_reached_at_once(mut object in known()) {
        remarshal(&mut object);
        let once = object.clone();
        remarshal(&mut object);
        prop_assert_eq!(object, once);
    }

    /// A verdict looks for an empty patch first; it must be the whole diff's.
    #[test]
    fn a_verdict_is_that_of_the_diff(target in known(), other in known(), same in any::<bool>(), applied in any::<bool>(), pointer in maybe(prop_oneof![
        Just("/spec/replicas"), Just("/spec/template/spec/containers/0/image"), Just("/spec/template"), Just("/metadata"), Just("/spec")])) {
        let rules = pointer.map(|pointer| json!([{"group": "*", "kind": "*", "jsonPointers": [pointer]}]));
        let rules = IgnoreRule::read_all(rules.as_ref()).unwrap();
        let settings = Settings::default();
        let differ = Differ::new(&rules, &settings, DiffOptions::default(), &[]).unwrap();
        let mut live = if same { differ.diff(Some(&target), Some(&target), None).unwrap().predicted_live.into_value() } else { other };
        live["kind"] = target["kind"].clone();
        live["apiVersion"] = target["apiVersion"].clone();
        live["metadata"]["managedFields"] = json!([{"manager": "x", "fieldsV1": {"f:spec": {}}}]);
        live["status"] = json!({"replicas": 2});
        if applied {
            live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": target.to_string()});
        }
        let whole = differ.diff(Some(&target), Some(&live), None);
        let verdict = differ.verdict(Some(&target), Some(&live), None);
        match (whole, verdict) {
            (Ok(whole), Ok(verdict)) => {
                prop_assert_eq!(whole.modified, verdict.modified);
                prop_assert!(!whole.modified || whole == verdict);
            }
            (Err(whole), verdict) => prop_assert_eq!(Err(whole), verdict),
            (Ok(_), Err(error)) => prop_assert!(false, "{}", error),
        }
    }

    /// Who manages a field says nothing about the difference; both sides have it as the live object does, be it set aside or not.
    #[test]
    fn managed_fields_stay_as_they_are(target in known(), other in known(), plain in any::<bool>(), applied in any::<bool>()) {
        let settings = Settings::default();
        let differ = differ(&settings);
        let mut live = other;
        live["kind"] = target["kind"].clone();
        live["apiVersion"] = target["apiVersion"].clone();
        if applied {
            live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": target.to_string()});
        }
        let bare = live.clone();
        let without = differ.diff(Some(&target), Some(&bare), None);
        // a number is not in canonical form for certain
        let entry = if plain { json!({"f:spec": {}}) } else { json!({"f:spec": {"f:x": 1}}) };
        live["metadata"]["managedFields"] = json!([{"manager": "x", "operation": "Update", "fieldsV1": entry}]);
        let with = differ.diff(Some(&target), Some(&live), None);
        prop_assert_eq!(without.is_ok(), with.is_ok());
        let (Ok(without), Ok(with)) = (without, with) else { return Ok(()) };
        prop_assert_eq!(without.modified, with.modified);
        for (without, with) in [(without.normalized_live, with.normalized_live), (without.predicted_live, with.predicted_live)] {
            let (mut without, with) = (without.into_value(), with.into_value());
            if without["metadata"].is_object() {
                without["metadata"]["managedFields"] = live["metadata"]["managedFields"].clone();
            }
            prop_assert_eq!(with, without);
        }
    }

    /// The same of kinds that nobody knows.
    #[test]
    fn a_verdict_on_custom_kinds_is_that_of_the_diff(spec in json(), other in json(), same in any::<bool>(), applied in any::<bool>()) {
        let settings = Settings::default();
        let differ = differ(&settings);
        let widget = |spec: &Value| json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x", "namespace": "shop"}, "spec": spec});
        let target = widget(&spec);
        let mut live = widget(if same { &spec } else { &other });
        live["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
        live["status"] = json!({"phase": "Ready"});
        if applied {
            live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": target.to_string()});
        }
        let whole = differ.diff(Some(&target), Some(&live), None);
        let verdict = differ.verdict(Some(&target), Some(&live), None);
        prop_assert_eq!(whole.as_ref().map(|whole| whole.modified).map_err(Clone::clone), verdict.as_ref().map(|verdict| verdict.modified).map_err(Clone::clone));
        prop_assert!(!whole.as_ref().is_ok_and(|whole| whole.modified) || whole == verdict);
    }

    #[test]
    fn an_object_does_not_differ_from_itself(object in known()) {
        let settings = Settings::default();
        let result = differ(&settings).diff(Some(&object), Some(&object), None).unwrap();
        prop_assert!(!result.modified, "{}", changes(result.normalized_live.value(), result.predicted_live.value(), None).len());
    }

    /// What the sync leaves is in sync.
    #[test]
    fn a_sync_ends_the_difference(target in workload(), live in workload()) {
        let mut live = live;
        live["kind"] = target["kind"].clone();
        let settings = Settings::default();
        let differ = differ(&settings);
        let first = differ.diff(Some(&target), Some(&live), None).unwrap();
        let second = differ.diff(Some(&target), Some(first.predicted_live.value()), None).unwrap();
        prop_assert!(!second.modified, "{:#?}", changes(second.normalized_live.value(), second.predicted_live.value(), None));
    }

    /// With or without what was last applied, an object of a kind that nobody knows comes to what its manifest says.
    #[test]
    fn custom_kinds_come_to_what_git_says(spec in json(), there in json(), applied in any::<bool>()) {
        let target = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}, "spec": spec});
        let mut live = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}, "spec": there});
        if applied {
            live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": target.to_string()});
        }
        let settings = Settings::default();
        let result = differ(&settings).diff(Some(&target), Some(&live), None).unwrap();
        let second = differ(&settings).diff(Some(&target), Some(result.predicted_live.value()), None).unwrap();
        prop_assert_eq!(&second.predicted_live, &result.predicted_live);
    }

    #[test]
    fn rows_say_what_the_objects_say(one in json(), other in json()) {
        prop_assume!(!one.is_null() && !other.is_null());
        let rows = changes(&one, &other, None);
        prop_assert_eq!(rows.is_empty(), one == other);
        for row in rows {
            prop_assert_eq!(one.pointer(&row.path), row.before.as_ref());
            prop_assert_eq!(other.pointer(&row.path), row.after.as_ref());
        }
    }

    #[test]
    fn an_ignored_field_does_not_count(target in workload(), replicas in 0_i64..9) {
        let rules = IgnoreRule::read_all(Some(&json!([{"group": "*", "kind": "*", "jsonPointers": ["/spec/replicas"]}]))).unwrap();
        let settings = Settings::default();
        let differ = Differ::new(&rules, &settings, DiffOptions::default(), &[]).unwrap();
        let mut live = target.clone();
        if target["kind"] != "DaemonSet" {
            live["spec"]["replicas"] = replicas.into();
        }
        prop_assert!(!differ.diff(Some(&target), Some(&live), None).unwrap().modified);
    }

    #[test]
    fn a_masked_secret_says_nothing(data in proptest::collection::btree_map("[a-c]", "[A-Z]{12}", 0..4), other in proptest::collection::btree_map("[a-c]", "[A-Z]{12}", 0..4)) {
        use std::fmt::Write as _;
        let secret = |data: &std::collections::BTreeMap<String, String>| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": json!({"apiVersion": "v1", "kind": "Secret", "stringData": data}).to_string()}},
            "stringData": data});
        let (target, live) = mask_secret(Some(&secret(&data)), Some(&secret(&other)), &[]).unwrap();
        let mut shown = String::new();
        let _ = write!(shown, "{target:?} {live:?}");
        for value in data.values().chain(other.values()) {
            prop_assert!(!shown.contains(value.as_str()));
        }
        // equal values have equal masks, and the other way round
        for (key, value) in &data {
            let masks = [&target, &live].map(|side| side.as_ref().and_then(|side| side.pointer(&format!("/data/{key}")).cloned()));
            prop_assert_eq!(other.get(key) == Some(value), masks[0] == masks[1]);
        }
    }

    #[test]
    fn tracking_names_its_owner(app in "[a-z]([a-z0-9-]{0,70}[a-z0-9])?", method in prop_oneof![Just(TrackingMethod::Annotation), Just(TrackingMethod::AnnotationAndLabel)]) {
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}});
        let tracking = Tracking { method, label_key: "app.kubernetes.io/instance", installation_id: "", app_instance: &app, namespace: "shop" };
        tracking::set_app_instance(&mut object, &tracking).unwrap();
        prop_assert_eq!(tracking::app_name(&object, "app.kubernetes.io/instance", method, ""), app);
        tracking::remove_app_instance(&mut object, method).unwrap();
        prop_assert_eq!(object.pointer("/metadata/annotations"), None);
        prop_assert_eq!(object.pointer("/metadata/labels"), None);
    }

    /// Lists for maps, texts for numbers: an answer or a refusal, never a panic.
    #[test]
    fn nonsense_is_answered(target in json(), live in json(), kind in prop_oneof![Just("Deployment"), Just("Secret"), Just("StatefulSet"), Just("Widget")]) {
        let dress = |value: Value| {
            let mut object = json!({"apiVersion": if kind == "Secret" { "v1" } else { "apps/v1" }, "kind": kind});
            if let (Value::Object(members), Value::Object(object)) = (value, &mut object) {
                for (at, (_, value)) in members.into_iter().enumerate() {
                    object.insert(["metadata", "spec", "data", "status"][at % 4].to_owned(), value);
                }
            }
            object
        };
        let (target, live) = (dress(target), dress(live));
        let settings = Settings::default();
        let _ = differ(&settings).trace(Some(&target), Some(&live), None);
        let _ = mask_secret(Some(&target), Some(&live), &[]);
        let _ = health::assess(&live);
    }
}

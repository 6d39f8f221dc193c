//! ApplicationSets: generation, both combining generators, and what templates can reach and cost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use lofting::{Value, wire};
use proptest::prelude::*;
use serde_json::json;

fn call(op: &str, input: Value) -> Value {
    wire::call(op, input).unwrap()
}

/// A set of one generator whose Applications are named by `name`.
fn set(go: bool, name: &str, generator: &Value) -> Value {
    json!({"metadata": {"name": "set", "namespace": "argocd"}, "spec": {
        "goTemplate": go,
        "generators": [generator],
        "template": {
            "metadata": {"name": name},
            "spec": {"project": "default", "source": {"repoURL": "https://r", "path": "p"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "n"}},
        },
    }})
}

fn generate(set: &Value, inventory: &Value) -> Value {
    call("appset.generate", json!({"applicationSet": set, "inventory": inventory, "explain": true}))
}

fn texts(value: &Value, pointer: &str) -> Vec<String> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

fn list(key: &str, values: &[String]) -> Value {
    json!({"list": {"elements": values.iter().map(|value| json!({key: value})).collect::<Vec<Value>>()}})
}

/// Distinct names, in any order.
fn names(most: usize) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set("[a-z][a-z0-9]{0,5}", 0..most)
        .prop_map(|names| names.into_iter().collect::<Vec<String>>())
        .prop_shuffle()
}

fn tag(go: bool, name: &str) -> String {
    if go { format!("{{{{ .{name} }}}}") } else { format!("{{{{{name}}}}}") }
}

/// Rows of texts under names of `keys`, each with its own `id`.
fn rows(keys: &'static [&'static str]) -> impl Strategy<Value = Vec<BTreeMap<String, String>>> {
    let row = proptest::collection::btree_map(proptest::sample::select(keys).prop_map(str::to_owned), "[a-z]{1,3}", 0..4);
    proptest::collection::btree_map("[a-z]{1,2}", row, 0..6).prop_map(|rows| {
        let with_id = |(id, mut row): (String, BTreeMap<String, String>)| {
            row.insert("id".to_owned(), id);
            row
        };
        rows.into_iter().map(with_id).collect()
    })
}

/// Pieces of templates, some of which reach for what is not theirs.
fn template(go: bool) -> impl Strategy<Value = String> {
    let pieces: Vec<&'static str> = if go {
        vec![
            "x",
            "{{ .a }}",
            "{{ .b | upper }}",
            "{{ .missing }}",
            "{{ .a.b.c }}",
            "{{ env \"HOME\" }}",
            "{{ expandenv \"$HOME\" }}",
            "{{ getHostByName \"localhost\" }}",
            "{{ with .b }}{{ . }}{{ end }}",
            "{{ range $i, $c := splitList \"\" .a }}{{ $i }}{{ $c }}{{ end }}",
            "{{ if eq .a .b }}same{{ else }}other{{ end }}",
            "{{ index . \"a\" }}",
            "{{ $.b }}",
            "{{ ",
            "}}",
            "{{ template \"t\" . }}",
            "{{ include \"t\" . }}",
            "{{ readFile \"/etc/passwd\" }}",
        ]
    } else {
        vec!["x", "{{a}}", "{{ b }}", "{{missing}}", "{{a.b}}", "{{", "}}", "{{env.HOME}}", "{{$HOME}}", "${HOME}", "{{ a }}{{b}}"]
    };
    proptest::collection::vec(proptest::sample::select(pieces), 1..6).prop_map(|pieces| pieces.concat())
}

fn render(template: &str, params: &Value, go: bool) -> Result<Value, String> {
    let request = json!({"template": template, "params": params, "goTemplate": go});
    wire::call("appset.render", request).map(|mut answer| answer["value"].take()).map_err(|error| error.message)
}

proptest! {
    #[test]
    fn a_list_keeps_its_order_and_answers_alike_twice(names in names(12), go in any::<bool>()) {
        let set = set(go, &tag(go, "name"), &list("name", &names));
        let once = generate(&set, &json!({}));
        prop_assert_eq!(texts(&once, "/order"), names.clone());
        let mut sorted = names;
        sorted.sort();
        let shown: Vec<String> =
            once["applications"].as_array().unwrap().iter().map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect();
        prop_assert_eq!(shown, sorted);
        prop_assert_eq!(generate(&set, &json!({})), once);
    }

    #[test]
    fn the_order_of_clusters_does_not_change_what_is_generated(names in names(8), go in any::<bool>(), turn in 0_usize..8) {
        let set = set(go, &tag(go, "name"), &json!({"clusters": {}}));
        let mut clusters: Vec<Value> =
            names.iter().map(|name| json!({"name": name, "server": format!("https://{name}"), "labels": {"a": name}})).collect();
        let one = generate(&set, &json!({"clusters": clusters}));
        let by = turn % clusters.len().max(1);
        clusters.rotate_left(by);
        let other = generate(&set, &json!({"clusters": clusters}));
        prop_assert_eq!(&one["applications"], &other["applications"]);
        // The cluster that Argo CD runs in comes on its own.
        prop_assert_eq!(one["applications"].as_array().unwrap().len(), names.len() + 1);
    }

    #[test]
    fn a_matrix_is_the_product(one in names(7), other in names(7), go in any::<bool>()) {
        let matrix = json!({"matrix": {"generators": [list("a", &one), list("b", &other)]}});
        let name = format!("{}-{}", tag(go, "a"), tag(go, "b"));
        let answer = generate(&set(go, &name, &matrix), &json!({}));
        let product: Vec<String> = one.iter().flat_map(|a| other.iter().map(move |b| format!("{a}-{b}"))).collect();
        prop_assert_eq!(texts(&answer, "/order"), product);
        // Every parameter is traced to the child that gave it.
        for origin in answer["origins"].as_array().unwrap() {
            for reading in origin["provenance"]["fields"].as_array().unwrap().iter().flat_map(|field| field["reads"].as_array().unwrap()) {
                let child = if reading["parameter"] == "a" { 0 } else { 1 };
                let row = reading["from"]["row"].as_u64().unwrap() as usize;
                let given = if child == 0 { &one } else { &other };
                prop_assert_eq!(&reading["from"]["generator"], &json!(format!("/spec/generators/0/matrix/generators/{child}/list")));
                prop_assert_eq!(reading["value"].as_str(), given.get(row).map(String::as_str));
            }
        }
    }

    #[test]
    fn a_merge_has_the_rows_of_its_base_and_no_key_of_its_own(
        base in rows(&["a", "b", "c"]),
        over in rows(&["b", "c", "d"]),
        go in any::<bool>(),
    ) {
        let of = |rows: &[BTreeMap<String, String>]| json!({"list": {"elements": rows}});
        let merge = json!({"merge": {"mergeKeys": ["id"], "generators": [of(&base), of(&over)]}});
        let answer = generate(&set(go, &tag(go, "id"), &merge), &json!({}));
        prop_assert_eq!(answer["upstream"]["failed"].clone(), json!(false));
        let origins = answer["origins"].as_array().unwrap();
        prop_assert_eq!(origins.len(), base.len());
        for (origin, row) in origins.iter().zip(&base) {
            let extra = over.iter().find(|other| other["id"] == row["id"]);
            let mut expected = row.clone();
            expected.extend(extra.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
            let given = origin["provenance"]["parameters"].as_object().unwrap();
            let known: BTreeSet<&String> = row.keys().chain(extra.into_iter().flat_map(BTreeMap::keys)).collect();
            prop_assert!(given.keys().all(|key| known.contains(key)), "{given:?}");
            prop_assert_eq!(json!(given), json!(expected));
        }
    }

    #[test]
    fn a_template_reads_its_parameters_only(
        (go, template) in any::<bool>().prop_flat_map(|go| (Just(go), template(go))),
        a in "[a-z]{0,4}",
        b in "[a-z]{0,4}",
    ) {
        let answer = render(&template, &json!({"a": a, "b": b}), go);
        let more = json!({"a": a, "b": b, "zzz": "leaked", "HOME": "leaked", "env": {"HOME": "leaked"}});
        if !template.contains("env.HOME") && !template.contains("$HOME}") {
            prop_assert_eq!(&render(&template, &more, go), &answer);
        }
        if let Ok(Value::String(text)) = &answer {
            // What the template itself says aside, nothing of the machine shows.
            for secret in [std::env::var("HOME").unwrap_or_default(), "127.0.0.1".to_owned(), "root:x:".to_owned()] {
                prop_assert!(secret.is_empty() || template.contains(&secret) || !text.contains(&secret), "{text}");
            }
        }
    }
}

/// Templates that ask for more time or room than anybody has.
const HOSTILE: [&str; 11] = [
    "{{ range $i := until 1000000000 }}x{{ end }}",
    "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}",
    "{{ repeat 1000000000 \"x\" }}",
    "{{ repeat 100000 (repeat 100000 \"x\") }}",
    "{{ $x := \"xxxxxxxx\" }}{{ range until 64 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}{{ $x }}",
    "{{ define \"t\" }}{{ template \"t\" . }}{{ end }}{{ template \"t\" . }}",
    "{{ printf \"%1000000000d\" 1 }}",
    "{{ regexReplaceAll \"(x+x+)+y\" (repeat 100000 \"x\") \"z\" }}",
    "{{ range $i := untilStep 0 2147483647 1 }}{{ $i }}{{ end }}",
    "{{ $x := list 1 }}{{ $y := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ $y = list $y $y }}{{ end }}{{ deepEqual $x $y }}",
    "{{ $x := list 1 }}{{ $y := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ $y = list $y $y }}{{ end }}{{ has $y (list $x) }}",
];

/// The longest text that a template may give.
const MOST: usize = 64 << 20;

#[test]
fn hostile_templates_end_soon_and_small() {
    for template in HOSTILE {
        let begun = Instant::now();
        let answer = render(template, &json!({"a": "x"}), true);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(60), "{template}: {took:?}");
        if let Ok(Value::String(text)) = answer {
            assert!(text.len() <= MOST, "{template}: {} bytes", text.len());
        }
    }
}

/// A list of one element and a template of many tags: short in, long out.
fn swelling(go: bool, rows: usize) -> Value {
    let long = "x".repeat(100_000);
    let elements: Vec<Value> = (0..rows).map(|row| json!({"name": format!("n{row}"), "long": long})).collect();
    let mut set = set(go, &tag(go, "name"), &json!({"list": {"elements": elements}}));
    set["spec"]["template"]["spec"]["source"]["path"] = json!(tag(go, "long").repeat(if rows == 1 { 20_000 } else { 100 }));
    set
}

#[test]
fn templates_that_swell_are_refused() {
    for (go, rows) in [(false, 1), (true, 1), (false, 200), (true, 200)] {
        let begun = Instant::now();
        let answer = wire::call("appset.generate", json!({"applicationSet": swelling(go, rows)}));
        let refused = match answer {
            Err(error) => error.code == "limit",
            // Or upstream's own limit, which fails the set.
            Ok(answer) => answer["upstream"]["failed"] == json!(true),
        };
        assert!(refused && begun.elapsed() < Duration::from_secs(60), "go: {go}, rows: {rows}");
    }
}

#[test]
fn hostile_sets_are_refused() {
    let many: Vec<String> = (0..1_100).map(|index| format!("n{index}")).collect();
    let matrix = json!({"matrix": {"generators": [list("a", &many), list("b", &many)]}});
    let begun = Instant::now();
    let refused = wire::call("appset.generate", json!({"applicationSet": set(false, "{{a}}-{{b}}", &matrix)})).unwrap_err();
    assert_eq!(refused.code, "limit", "{}", refused.message);
    assert!(begun.elapsed() < Duration::from_secs(60));
}

//! The table of operations and the registry of codes are whole, and the committed schemas are theirs.

use std::collections::BTreeSet;

use lofting::wire;
use lofting_tests::root;

#[test]
fn operations_are_unique_and_documented() {
    let mut seen = BTreeSet::new();
    for op in wire::ops() {
        assert!(seen.insert(op.name()), "{} is there twice", op.name());
        assert!(op.help().len() > 10 && !op.help().contains('\n'), "{} needs one line of help", op.name());
    }
}

#[test]
fn codes_are_unique_and_explained() {
    let mut seen = BTreeSet::new();
    for rule in wire::rules() {
        assert!(seen.insert(rule.code), "{} is there twice", rule.code);
        for (what, text) in [("title", rule.title), ("help", rule.help), ("upstream", rule.upstream)] {
            assert!(text.trim().len() > 5, "{} has no {what}", rule.code);
        }
    }
}

/// `make schemas` writes them anew.
#[test]
fn committed_schemas_are_current() {
    let dir = root().join("crates/core/schemas");
    let write = std::env::var_os("LOFTING_WRITE_SCHEMAS").is_some();
    if write {
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("schemas can be written");
    }
    for op in wire::ops() {
        let path = dir.join(format!("{}.json", op.name()));
        let schema = serde_json::to_string_pretty(&op.schema()).expect("a schema is JSON") + "\n";
        if write {
            std::fs::write(&path, schema).expect("schemas can be written");
        } else {
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == schema, "{} is not what the types say: run `make schemas`", path.display());
        }
    }
    let known: BTreeSet<String> = wire::ops().iter().map(|op| format!("{}.json", op.name())).collect();
    for entry in std::fs::read_dir(&dir).expect("the schemas are committed").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(known.contains(&name), "{name} belongs to no operation: run `make schemas`");
    }
}

#[test]
fn an_unknown_operation_is_named() {
    let answer = wire::call_json("health.asess", "{}");
    assert!(answer.contains("unknownOperation"), "{answer}");
}

/// `make bindgen` writes them anew.
#[test]
fn committed_bindings_are_current() {
    for (path, text) in lofting_tests::bindgen::all() {
        let committed = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
        assert!(committed == text, "{} is not what the table says: run `make bindgen`", path.display());
    }
}

/// A handle answers what the operation of that name answers: its question is part of the operation's request.
/// Argo CD's splitter keeps such a number as text; whatever decodes the object refuses it.
#[test]
fn a_number_beyond_a_double_passes_as_text() {
    let text = r#"{"a": 1e400}{"b": 2}"#;
    let request = serde_json::json!({ "text": text });
    let answer = wire::call_json("lang.yaml.documents", &request.to_string());
    assert_eq!(answer, r#"{"ok":{"documents":[{"a": 1e400},{"b":2}]}}"#);
    assert_eq!(wire::call("lang.yaml.documents", request).expect_err("no value").code, "limit");
    let refused = lofting::yaml::kubernetes::documents(text).expect_err("no value");
    assert_eq!((refused.code, refused.location.map(|at| (at.line, at.column))), ("limit", Some((1, 7))));
}

/// JavaScript's texts may hold half of a surrogate pair; JSON text can, a value cannot.
#[test]
fn half_a_surrogate_pair_passes_as_text() {
    let request =
        serde_json::json!({ "template": "\\${% for unit in values.s %}${{ unit }},{% endfor %}é", "context": { "values": { "s": "😀" } } });
    let answer = wire::call_json("scaffolder.renderText", &request.to_string());
    assert_eq!(answer, r#"{"ok":{"text":"\\$\ud83d,\ude00,é"}}"#);
    let value = wire::call("scaffolder.renderText", request).expect("a value");
    assert_eq!(value, serde_json::json!({ "text": "\\$\u{fffd},\u{fffd},é" }));
    let whole = serde_json::json!({ "template": "${{ values.s }}", "context": { "values": { "s": "😀" } } });
    assert_eq!(wire::call_json("scaffolder.renderText", &whole.to_string()), r#"{"ok":{"text":"😀"}}"#);
}

#[test]
fn handles_answer_operations_of_the_table() {
    let keys = |schema: &lofting::Value, key: &str| -> BTreeSet<String> {
        schema[key].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    for kind in wire::kinds() {
        assert!(kind.help().len() > 10, "{} needs one line of help", kind.name());
        for method in kind.methods() {
            let op = wire::find(method.op()).unwrap_or_else(|| panic!("{} is no operation", method.op())).schema();
            assert!(method.op().starts_with(&format!("{}.", kind.name())), "{} is of another room", method.op());
            let (asked, known) = (keys(&whole(&method.question()), "properties"), keys(&whole(&op["request"]), "properties"));
            assert!(asked.is_subset(&known), "{}: {asked:?} of {known:?}", method.op());
            assert_eq!(whole(&method.response()), whole(&op["response"]), "{} answers otherwise", method.op());
        }
    }
}

/// The root of a schema, which may be a reference.
fn whole(schema: &lofting::Value) -> lofting::Value {
    let mut root = schema;
    while let Some(pointer) = root["$ref"].as_str().and_then(|path| path.strip_prefix('#')) {
        root = schema.pointer(pointer).expect("a reference leads somewhere");
    }
    root.clone()
}

#[test]
fn a_handle_answers_as_the_operation_does() {
    let entities: Vec<_> = (0..500)
        .map(|number| {
            serde_json::json!({
                "apiVersion": "backstage.io/v1alpha1",
                "kind": if number % 3 == 0 { "API" } else { "Component" },
                "metadata": {"name": format!("n{number}"), "annotations": {"team": format!("t{}", number % 7)}},
                "spec": {"type": "service", "owner": format!("team-{}", number % 11)},
            })
        })
        .collect();
    let handle = wire::Handle::open_json("catalog", &serde_json::json!({"entities": entities}).to_string()).expect("opens");
    for question in [
        serde_json::json!({"filter": ["kind=component,spec.owner=team-3"]}),
        serde_json::json!({"query": {"kind": "API"}, "limit": 5, "pages": 3, "orderBy": [{"field": "metadata.name", "order": "desc"}]}),
        serde_json::json!({"route": "facets", "facets": ["kind", "spec.owner"]}),
        serde_json::json!({"route": "by-refs", "entityRefs": ["component:default/n1", "component:default/none"], "fields": ["metadata.name"]}),
        serde_json::json!({"limit": "three"}),
        serde_json::json!({"route": "sideways"}),
    ] {
        let mut request = question.clone();
        request["entities"] = entities.clone().into();
        let (kept, whole) =
            (handle.call_json("catalog.query", &question.to_string()), wire::call_json("catalog.query", &request.to_string()));
        // Positions in a refused text differ: the two texts do.
        let plain = |answer: &str| answer.split(" at line ").next().unwrap_or_default().to_owned();
        assert_eq!(plain(&kept), plain(&whole), "{question}");
    }
    assert!(handle.call_json("platform.preview", "{}").contains("unknownOperation"));
    handle.close();
    handle.close();
    assert!(handle.is_closed());
    assert!(handle.call_json("catalog.query", "{}").contains(r#""code":"closed""#));
}

#[test]
fn a_catalog_is_opened_with_files() {
    let text = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: orders}\nspec: {type: service, lifecycle: production, owner: shop}\n---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: shop}\nspec: {type: team, children: []}\n";
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders, labels: {backstage.io/kubernetes-id: orders}}\n";
    let files =
        serde_json::json!({"files": [{"path": "a b/catalog-info.yaml", "text": text}, {"path": "deploy.yaml", "text": deployment}]});
    let handle = wire::Handle::open_json("catalog", &files.to_string()).expect("opens");
    let answer = handle.call_json("catalog.query", r#"{"filter": ["relations.ownedBy=group:default/shop"]}"#);
    assert!(answer.contains(r#""refs":["component:default/orders"]"#), "{answer}");
    let processed = handle.call_json("catalog.process", "{}");
    assert!(processed.contains(r#""errors":[]"#), "{processed}");
}

#[test]
fn a_handle_that_cannot_be_opened_says_why() {
    for (kind, request, code) in [
        ("catalogue", "{}", "unknownHandle"),
        ("catalog", "{}", "invalid"),
        ("catalog", r#"{"entities": [], "files": [{"path": "a", "text": ""}]}"#, "invalid"),
        ("platform", "[", "invalid"),
    ] {
        let answer = wire::Handle::open_json(kind, request).expect_err("refused");
        assert!(answer.starts_with(r#"{"error":"#) && answer.contains(code), "{kind} {request}: {answer}");
    }
}

/// Closing does not wait for answers, and does not take the state away from under them.
#[test]
fn a_handle_is_shared_between_threads() {
    let entities: Vec<_> = (0..2000).map(|n| serde_json::json!({"kind": "Component", "metadata": {"name": format!("n{n}")}})).collect();
    let handle = wire::Handle::open_json("catalog", &serde_json::json!({"entities": entities}).to_string()).expect("opens");
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let handle = &handle;
            scope.spawn(move || {
                for round in 0..200 {
                    let name = format!("n{}", worker * 200 + round);
                    let answer = handle.call_json("catalog.query", &format!(r#"{{"filter": ["metadata.name={name}"]}}"#));
                    let right = answer.contains(&format!("component:default/{name}\"")) || answer.contains(r#""code":"closed""#);
                    assert!(right, "{answer}");
                    if worker == 7 && round == 150 {
                        handle.close();
                    }
                }
            });
        }
    });
}

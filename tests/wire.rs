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

//! ApplicationSets: `appset::generate` on a prepared set and inventory, as the Go program times `GenerateApplications`.
//!
//! The inputs are those that `oracle bench` makes, and one set of 50,000 Applications.
#![allow(clippy::expect_used, missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use lofting::{
    Value,
    argocd::appset::{ApplicationSet, GeneratedApplication, Inventory, generate},
};
use lofting_benches::Processor;
use serde_json::json;

/// A set whose template has `name`, `path` and a few constant fields, for one generator.
fn set(go: bool, name: &str, path: &str, generator: &Value) -> ApplicationSet {
    let mut spec = json!({
        "generators": [generator],
        "template": {
            "metadata": {"name": name, "labels": {"env": path}},
            "spec": {
                "project": "default",
                "source": {
                    "repoURL": "https://github.com/org/apps.git", "path": path, "targetRevision": "HEAD",
                    "helm": {"parameters": [{"name": "a", "value": name}], "valueFiles": ["values.yaml", path]},
                },
                "destination": {"server": "https://kubernetes.default.svc", "namespace": name},
                "syncPolicy": {"automated": {"prune": true}, "syncOptions": ["CreateNamespace=true"]},
            },
        },
    });
    if go {
        spec["goTemplate"] = json!(true);
        spec["goTemplateOptions"] = json!(["missingkey=error"]);
    }
    let document = json!({"metadata": {"name": "bench", "namespace": "argocd"}, "spec": spec});
    ApplicationSet::from_value(&document).expect("a set")
}

fn list(count: usize, key: &str) -> Value {
    let elements: Vec<Value> = (0..count).map(|index| json!({key: format!("{key}-{index}"), format!("{key}Env"): "prod"})).collect();
    json!({"list": {"elements": elements}})
}

/// A row: its name, the set, the inventory, how many Applications there are, and the first one's name and path.
struct Row {
    name: String,
    set: ApplicationSet,
    inventory: Inventory,
    count: usize,
    first: (&'static str, &'static str),
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for go in [false, true] {
        let engine = if go { "gotemplate" } else { "fasttemplate" };
        let (name, path) = if go { ("{{ .name }}-app", "apps/{{ .nameEnv | lower }}") } else { ("{{name}}-app", "apps/{{nameEnv}}") };
        for count in [10, 1_000, 50_000] {
            rows.push(Row {
                name: format!("appset/list-{count}-{engine}"),
                set: set(go, name, path, &list(count, "name")),
                inventory: Inventory::default(),
                count,
                first: ("name-0-app", "apps/prod"),
            });
        }
        let (name, path) = if go { ("{{ .a }}-{{ .b }}", "apps/{{ .aEnv }}") } else { ("{{a}}-{{b}}", "apps/{{aEnv}}") };
        rows.push(Row {
            name: format!("appset/matrix-30x30-{engine}"),
            set: set(go, name, path, &json!({"matrix": {"generators": [list(30, "a"), list(30, "b")]}})),
            inventory: Inventory::default(),
            count: 900,
            first: ("a-0-b-0", "apps/prod"),
        });
        let (name, path) =
            if go { ("{{ .path.basenameNormalized }}", "{{ .path.path }}") } else { ("{{path.basenameNormalized}}", "{{path}}") };
        let git = json!({"git": {"repoURL": "https://github.com/org/apps.git", "revision": "HEAD",
            "directories": [{"path": "apps/*"}, {"path": "apps/svc-00*", "exclude": true}]}});
        let directories: Vec<String> = (0..1_000).map(|index| format!("apps/svc-{index:04}")).collect();
        let inventory = json!({"git": [{"repoURL": "https://github.com/org/apps.git", "directories": directories}]});
        rows.push(Row {
            name: format!("appset/git-directories-1000-{engine}"),
            set: set(go, name, path, &git),
            inventory: serde_json::from_value(inventory).expect("an inventory"),
            count: 900,
            first: ("svc-0100", "apps/svc-0100"),
        });
    }
    rows
}

fn appset(criterion: &mut Criterion<Processor>) {
    for row in rows() {
        let generated = generate(&row.set, &row.inventory, false).expect("an answer");
        let first = generated.applications.first().map(|one: &GeneratedApplication| (one.name(), &one.value));
        let path = first.and_then(|(_, value)| value.pointer("/spec/source/path")).and_then(Value::as_str);
        assert_eq!((generated.applications.len(), generated.upstream.failed), (row.count, false), "{}", row.name);
        assert_eq!((first.map(|(name, _)| name), path), (Some(row.first.0), Some(row.first.1)), "{}", row.name);
        criterion.bench_function(&row.name, |bencher| bencher.iter(|| generate(&row.set, &row.inventory, false)));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor).sample_size(10);
    targets = appset
}
criterion_main!(benches);

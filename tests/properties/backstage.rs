//! Backstage: relations have two ends, order does not matter, rendering ends, and no path leaves the root.

use std::time::{Duration, Instant};

use lofting::backstage::catalog::check::SourceFile as Text;
use lofting::backstage::catalog::process::process;
use lofting::backstage::catalog::relations::relations;
use lofting::backstage::catalog::rules::RegisteredLocation;
use lofting::backstage::catalog::{EntityRef, Site};
use lofting::backstage::scaffolder::actions::Registry;
use lofting::backstage::scaffolder::dry_run::{DryRun, Mode, SourceFile};
use lofting::backstage::scaffolder::{Mode as ValueMode, TemplateHost, render};
use lofting::lang::jinja::Context;
use lofting::{Value, yaml};
use proptest::prelude::*;
use serde_json::json;

const KINDS: &[&str] = &["API", "Component", "Domain", "Group", "Resource", "System", "User"];
const NAMES: &[&str] = &["a", "b", "c", "Orders", "team-x"];
const FIELDS: &[&str] = &[
    "children",
    "consumesApis",
    "dependencyOf",
    "dependsOn",
    "domain",
    "memberOf",
    "members",
    "owner",
    "parent",
    "providesApis",
    "subcomponentOf",
    "subdomainOf",
    "system",
];
/// The other end of each relation.
const ENDS: &[(&str, &str)] = &[
    ("ownedBy", "ownerOf"),
    ("partOf", "hasPart"),
    ("providesApi", "apiProvidedBy"),
    ("consumesApi", "apiConsumedBy"),
    ("dependsOn", "dependencyOf"),
    ("childOf", "parentOf"),
    ("memberOf", "hasMember"),
];

fn reference() -> impl Strategy<Value = String> {
    let kind = prop_oneof![Just(String::new()), proptest::sample::select(KINDS).prop_map(|kind| format!("{}:", kind.to_lowercase()))];
    let namespace = prop_oneof![3 => Just(""), 1 => Just("other/")];
    (kind, namespace, proptest::sample::select(NAMES)).prop_map(|(kind, namespace, name)| format!("{kind}{namespace}{name}"))
}

fn entity() -> impl Strategy<Value = Value> {
    let targets =
        prop_oneof![reference().prop_map(Value::String), proptest::collection::vec(reference(), 0..4).prop_map(|many| json!(many)),];
    let fields = proptest::collection::vec((proptest::sample::select(FIELDS), targets), 0..5);
    (proptest::sample::select(KINDS), proptest::sample::select(NAMES), fields).prop_map(|(kind, name, fields)| {
        let mut spec: serde_json::Map<String, Value> = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        spec.insert("type".to_owned(), json!("x"));
        json!({"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
    })
}

fn inverse(kind: &str) -> &str {
    let found = ENDS.iter().find_map(|(one, other)| match kind {
        kind if kind == *one => Some(*other),
        kind if kind == *other => Some(*one),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no other end of {kind}"))
}

/// A sound Component and its file.
fn component(at: usize, needs: &[usize]) -> (String, String) {
    let needs: Vec<String> = needs.iter().map(|other| format!("component:c{other}")).collect();
    let entity = json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": format!("c{at}")},
        "spec": {"type": "service", "lifecycle": "x", "owner": "team", "dependsOn": needs},
    });
    (format!("c{at}.yaml"), yaml::emit(&entity))
}

fn processed(files: &[(String, String)], order: &[usize]) -> Vec<Value> {
    let texts: Vec<Text<'_>> = order.iter().map(|at| Text { path: &files[*at].0, text: &files[*at].1 }).collect();
    let target = |at: &usize| format!("https://github.com/acme/platform/blob/main/{}", files[*at].0);
    let locations: Vec<RegisteredLocation> = order.iter().map(|at| RegisteredLocation::new("url".to_owned(), target(at), None)).collect();
    process(&texts, &locations, None, &Site::default()).unwrap_or_else(|error| panic!("{error}")).entities
}

/// Pieces of templates that ask for too much.
const HOSTILE: &[&str] = &[
    "{% for i in range(100000000) %}",
    "{% for j in range(9999) %}",
    "{% endfor %}",
    "${{ range(1000000000) | join }}",
    "{% macro m(x) %}${{ m(x ~ x) }}{% endmacro %}",
    "${{ m('aaaa') }}",
    "${{ 'a'.repeat(99999999) }}",
    "${{ 'x' | center(99999999) }}",
    "{% set s = 'ab' %}",
    "{% set s = s ~ s %}",
    "${{ s }}",
    "${{ r/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab') }}",
    "${{ r/(a|a)*b/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') }}",
    "${{ 'aaaa' | replace('a', 'aaaaaaaa') }}",
    "((((((((((((((((",
    "${{ [[[[[[[[[[[[[[[[",
    "${{ -------------1 }}",
    "{% if 1 %}",
    "{% else %}",
    "{% endif %}",
    "${{ x.y.z }}",
    "${{ x | dump }}",
    "${{ x | groupby('a') | sort }}",
    "{% call m() %}",
    "{% endcall %}",
    "{# ",
    " #}",
    "{% raw %}",
    "{% endraw %}",
    "${{",
    "}}",
    "text",
];

fn hostile() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof![6 => proptest::sample::select(HOSTILE).prop_map(str::to_owned), 1 => ".{0,6}"], 1..14)
        .prop_map(|pieces| pieces.concat())
}

/// What a template does with a regular expression.
const METHODS: &[&str] = &[
    "${{ r/PATTERN/.test('TEXT') }}",
    "${{ r/PATTERN/g.test('TEXT') }}",
    "${{ 'TEXT' | replace(r/PATTERN/g, 'xx') }}",
    "${{ 'TEXT'.replace(r/PATTERN/, '$&$&') }}",
    "${{ 'TEXT'.split(r/PATTERN/) }}",
    "${{ 'TEXT'.match(r/PATTERN/g) }}",
    "{% for i in range(50) %}${{ r/PATTERN/.test('TEXT') }}{% endfor %}",
    "{% for m in 'TEXT'.matchAll(r/PATTERN/g) %}${{ m }}{% endfor %}",
];

/// Regular expressions whose machines backtrack: nested repetition, ambiguous choices, references back.
fn regex() -> impl Strategy<Value = String> {
    let atom = prop_oneof![Just("a"), Just("b"), Just("."), Just("[ab]"), Just("\\w"), Just("\\1"), Just("(?=a)"), Just("^"), Just("$")];
    atom.prop_map(str::to_owned).prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), proptest::sample::select(&["*", "+", "?", "{2,30}", "{0,9}", "*?"][..]))
                .prop_map(|(one, times)| format!("({one}){times}")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}|{other})*")),
            proptest::collection::vec(inner, 1..4).prop_map(|parts| parts.concat()),
        ]
    })
}

/// The largest memory that the process ever had, where the system tells.
fn largest_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

/// Steps that write, move and remove; ONE and OTHER are paths.
const ACTIONS: &[&str] = &[
    r#"{"action": "fetch:plain", "input": {"url": "./s", "targetPath": ONE}}"#,
    r#"{"action": "fetch:plain:file", "input": {"url": "./s/a", "targetPath": ONE}}"#,
    r#"{"action": "fetch:template", "input": {"url": "./s", "targetPath": ONE, "values": {"up": OTHER}}}"#,
    r#"{"action": "fetch:template:file", "input": {"url": "./s/a", "targetPath": ONE, "values": {"up": OTHER}}}"#,
    r#"{"action": "fs:rename", "input": {"files": [{"from": ONE, "to": OTHER}]}}"#,
    r#"{"action": "fs:rename", "input": {"files": [{"from": "a", "to": OTHER, "overwrite": true}]}}"#,
    r#"{"action": "fs:delete", "input": {"files": [ONE]}}"#,
    r#"{"action": "fs:readdir", "input": {"paths": [ONE], "recursive": true}}"#,
    r#"{"action": "catalog:write", "input": {"filePath": ONE, "entity": {"kind": "X", "metadata": {"name": "x"}}}}"#,
];

/// Paths that try to leave, and some that do not.
fn path() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(".."),
        Just("."),
        Just(""),
        Just("a"),
        Just("b"),
        Just("${{ values.up }}"),
        Just("..a"),
        Just("a\\..\\.."),
        Just("/"),
        Just("~"),
    ];
    proptest::collection::vec(part, 1..5).prop_map(|parts| parts.join("/"))
}

fn is_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn relations_are_symmetric(entity in entity()) {
        let Ok(found) = relations(&entity) else { return Ok(()) };
        for relation in found.iter() {
            let back = found.iter().any(|other| {
                other.source == relation.target && other.target == relation.source && other.kind == inverse(relation.kind)
            });
            prop_assert!(back, "{relation:?}");
            prop_assert!(EntityRef::parse(relation.target, Default::default()).is_ok());
        }
    }

    #[test]
    fn the_order_of_files_and_locations_does_not_matter(
        needs in proptest::collection::vec(proptest::collection::vec(0..6_usize, 0..3), 2..6),
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let files: Vec<(String, String)> = needs.iter().enumerate().map(|(at, needs)| component(at, needs)).collect();
        let straight: Vec<usize> = (0..files.len()).collect();
        let shuffled: Vec<usize> = order.into_iter().filter(|at| *at < files.len()).collect();
        let (one, other) = (processed(&files, &straight), processed(&files, &shuffled));
        prop_assert!(one.iter().filter(|entity| entity["kind"] == "Component").count() == files.len());
        prop_assert_eq!(&one, &other);
        // Stitched relations have both ends where both entities are there.
        let refs = |entity: &Value| EntityRef::of(entity).map(|reference| reference.canonical()).unwrap_or_default();
        for entity in &one {
            for relation in entity["relations"].as_array().into_iter().flatten() {
                let (kind, target) = (relation["type"].as_str().unwrap_or_default(), relation["targetRef"].as_str().unwrap_or_default());
                let Some(other) = one.iter().find(|other| refs(other) == target) else { continue };
                let back = json!({"type": inverse(kind), "targetRef": refs(entity)});
                prop_assert!(other["relations"].as_array().is_some_and(|relations| relations.contains(&back)), "{} {kind} {target}", refs(entity));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn rendering_hostile_templates_ends(template in hostile()) {
        let context = Context::new(json!({"x": [{"a": 1}, {"a": 2}]}).as_object().unwrap_or(&serde_json::Map::new()));
        for mode in [ValueMode::Legacy, ValueMode::Native, ValueMode::Json] {
            let started = Instant::now();
            let rendered = render::render(&json!({"v": template}), &context, mode, &TemplateHost::for_steps());
            prop_assert!(started.elapsed() < Duration::from_secs(20), "{mode:?} took {:?}", started.elapsed());
            let size = rendered.value.map_or(0, |value| value.to_string().len());
            prop_assert!(size < 64 << 20, "{mode:?} made {size} bytes");
        }
    }

    #[test]
    fn rendering_hostile_regexes_ends((pattern, text) in (regex(), "[ab]{0,60}c?"), method in proptest::sample::select(METHODS)) {
        let template = method.replace("PATTERN", &pattern).replace("TEXT", &text);
        for mode in [ValueMode::Legacy, ValueMode::Native, ValueMode::Json] {
            let started = Instant::now();
            let rendered = render::render(&json!({"v": template}), &Context::new(&serde_json::Map::new()), mode, &TemplateHost::for_steps());
            prop_assert!(started.elapsed() < Duration::from_secs(20), "{mode:?} took {:?} for {template}", started.elapsed());
            let size = rendered.value.map_or(0, |value| value.to_string().len());
            prop_assert!(size < 64 << 20, "{mode:?} made {size} bytes of {template}");
        }
        prop_assert!(largest_memory().is_none_or(|bytes| bytes < 4 << 30), "{template}");
    }

    #[test]
    fn no_action_leaves_the_root(
        steps in proptest::collection::vec((proptest::sample::select(ACTIONS), path(), path()), 1..6), name in path(), up in path(),
    ) {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), bytes: text.as_bytes().to_vec(), ..SourceFile::default() };
        let filled = |(action, one, other): &(&str, String, String)| {
            let text = action.replace("ONE", &json!(one).to_string()).replace("OTHER", &json!(other).to_string());
            serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        let steps: Vec<Value> = [json!({"action": "fetch:plain", "input": {"url": "./s"}})].into_iter().chain(steps.iter().map(filled)).collect();
        let template = json!({
            "apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template", "metadata": {"name": "t"},
            "spec": {"type": "service", "steps": steps},
        });
        let files = [file("template.yaml", &yaml::emit(&template)), file("s/a", "${{ values.up }}"), file(&format!("s/b/{name}x"), "b"), file("s/e.yaml", "{}")];
        let registry = Registry::built_in().unwrap_or_else(|error| panic!("{error}"));
        let values = json!({"up": up});
        let values = values.as_object().cloned().unwrap_or_default();
        // A step that fails ends the run; what ran before it is looked at by runs of fewer steps.
        let run = DryRun { files: &files, template: "template.yaml", values, ..DryRun::default() };
        let Ok(outcome) = run.run(registry) else { return Ok(()) };
        for file in &outcome.files {
            prop_assert!(is_inside(&file.path), "{}", file.path);
        }
    }

    #[test]
    fn no_path_leaves_the_root(
        names in proptest::collection::vec(path(), 1..4), target in path(), to in path(), link in path(), up in path(),
    ) {
        let template = json!({
            "apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template", "metadata": {"name": "t"},
            "spec": {"type": "service", "steps": [
                {"action": "fetch:template", "input": {"url": "./s", "targetPath": target, "values": {"up": up}}},
                {"action": "fetch:plain", "input": {"url": "./s", "targetPath": to, "values": {}}, "if": false},
                {"action": "fs:rename", "input": {"files": [{"from": "a", "to": to}]}, "if": target.len() % 2 == 0},
            ]},
        });
        let mut files = vec![SourceFile { path: "template.yaml".to_owned(), bytes: yaml::emit(&template).into_bytes(), ..SourceFile::default() }];
        for (at, name) in names.iter().enumerate() {
            files.push(SourceFile { path: format!("s/d/{name}{at}"), bytes: b"${{ values.up }}".to_vec(), ..SourceFile::default() });
        }
        files.push(SourceFile { path: "s/l".to_owned(), bytes: link.clone().into_bytes(), mode: Mode::Link });
        let registry = Registry::built_in().unwrap_or_else(|error| panic!("{error}"));
        let Ok(outcome) = DryRun { files: &files, template: "template.yaml", ..DryRun::default() }.run(registry) else { return Ok(()) };
        for file in &outcome.files {
            prop_assert!(is_inside(&file.path), "{}", file.path);
            if file.mode == Mode::Link {
                let mut depth = file.path.matches('/').count() as i64;
                for part in String::from_utf8_lossy(&file.bytes).split('/') {
                    depth += match part { "" | "." => 0, ".." => -1, _ => 1 };
                    prop_assert!(depth >= 0, "{} leads to {}", file.path, String::from_utf8_lossy(&file.bytes));
                }
                prop_assert!(!file.bytes.starts_with(b"/"));
            }
        }
    }
}

#[test]
fn every_relation_has_an_inverse() {
    for (one, other) in ENDS {
        assert_eq!((inverse(one), inverse(other)), (*other, *one));
    }
}

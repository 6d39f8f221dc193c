//! Bad input to the verbs about diffs and health: an answer or a refusal with a place, in bounded time, and never a panic.
#![allow(clippy::expect_used, clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

mod common;

use std::path::Path;
use std::time::{Duration, Instant};

use common::{Run, command, finish, scratch};

/// More than enough for each of these, on a busy machine too.
const SOON: Duration = Duration::from_secs(60);

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n  \
    destination: {server: https://kubernetes.default.svc, namespace: shop}\n";

fn run(dir: &Path, arguments: &[&str]) -> Run {
    let start = Instant::now();
    let run = finish(command(dir, arguments), b"");
    assert!(start.elapsed() < SOON, "{arguments:?} took {:?}", start.elapsed());
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

fn with(name: &str, files: &[(&str, &str)]) -> std::path::PathBuf {
    let dir = scratch(name);
    for (file, text) in files {
        std::fs::write(dir.join(file), text).unwrap();
    }
    dir
}

fn config_map(metadata: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\n{metadata}data: {{k: v}}\n")
}

#[test]
fn objects_without_a_kind_have_a_place() {
    let fine = config_map("");
    let dir = with(
        "hostile-kind",
        &[
            ("second.yaml", &format!("{fine}---\n# nothing of a kind\napiVersion: v1\nmetadata: {{name: b}}\n")),
            ("list.yaml", "apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n  apiVersion: v1\n- {name: b}\n"),
            ("fine.yaml", &fine),
        ],
    );
    for (file, place) in [("second.yaml", "second.yaml:9:1"), ("list.yaml", "list.yaml:6:3")] {
        for arguments in [vec!["health", file], vec!["diff", file, "--live", "fine.yaml"], vec!["diff", "fine.yaml", "--live", file]] {
            let run = run(&dir, &arguments);
            assert_eq!(run.code, Some(2), "{arguments:?}: {}{}", run.out, run.err);
            assert!(run.err.contains("Object 'Kind' is missing") && run.err.contains(place), "{}", run.err);
        }
    }
}

#[test]
fn lists_for_maps_have_a_place() {
    let list = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n- name: a\n";
    let dir = with("hostile-lists", &[("list.yaml", list), ("fine.yaml", &config_map(""))]);
    for arguments in [vec!["diff", "list.yaml", "--live", "fine.yaml"], vec!["health", "list.yaml"]] {
        let run = run(&dir, &arguments);
        assert_eq!(run.code, Some(2), "{}{}", run.out, run.err);
        assert!(run.err.contains("metadata is no map") && run.err.contains("list.yaml:3:1"), "{}", run.err);
    }
}

#[test]
fn ten_megabytes_of_annotation_are_shown_in_brief() {
    let note = |last: &str| format!("  annotations:\n    note: {}{last}\n", "x".repeat(10 << 20));
    let dir = with("hostile-large", &[("git.yaml", &config_map(&note("y"))), ("live.yaml", &config_map(&note("z")))]);
    let run = run(&dir, &["diff", "git.yaml", "--live", "live.yaml"]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.out.contains("/metadata/annotations/note") && run.out.len() < 2000, "{} bytes", run.out.len());
}

#[test]
fn owners_in_a_circle_come_to_an_end() {
    let owned = |name: &str, owner: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  uid: {name}\n  namespace: shop\n  \
            ownerReferences: [{{apiVersion: v1, kind: ConfigMap, name: {owner}, uid: {owner}}}]\n"
        )
    };
    let live = format!("{}---\n{}---\n{}", owned("a", "b"), owned("b", "a"), owned("c", "c"));
    let dir = with("hostile-owners", &[("git.yaml", &config_map("")), ("live.yaml", &live), ("app.yaml", APPLICATION)]);
    let run = run(&dir, &["diff", "git.yaml", "--live", "live.yaml", "--app", "app.yaml"]);
    assert_eq!(run.code, Some(1), "{}", run.err);
}

#[test]
fn hostile_jq_and_lua_are_stopped() {
    let expressions = ["[range(1e12)]", "def f: f; f", "[limit(1e9; repeat(1))]", ".data | until(false; .)"];
    for (at, expression) in expressions.into_iter().enumerate() {
        let app = format!("{APPLICATION}  ignoreDifferences:\n  - {{group: '*', kind: '*', jqPathExpressions: ['{expression}']}}\n");
        let dir = with(&format!("hostile-jq-{at}"), &[("git.yaml", &config_map("")), ("live.yaml", &config_map("")), ("app.yaml", &app)]);
        let explained = run(&dir, &["explain", "--targets", "git.yaml", "--live", "live.yaml", "--app-file", "app.yaml"]);
        assert_eq!(explained.code, Some(1), "{expression}: {}{}", explained.out, explained.err);
        let diff = run(&dir, &["diff", "git.yaml", "--live", "live.yaml", "--app", "app.yaml"]);
        assert!(diff.out.contains("argocd-diff-ignore-endless"), "{expression}: {}{}", diff.out, diff.err);
    }
    let scripts = [
        "while true do end",
        "local function f() return 1 + f() end return f()",
        "local t = {} while true do t[#t + 1] = string.rep('x', 1000000) end",
        "return string.rep('x', 1000000000)",
    ];
    for (at, script) in scripts.into_iter().enumerate() {
        let settings = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: argocd-cm}}\ndata:\n  \
             resource.customizations.health.ConfigMap: \"{script}\"\n  resource.customizations.useOpenLibs.ConfigMap: 'true'\n"
        );
        let dir = with(&format!("hostile-lua-{at}"), &[("live.yaml", &config_map("")), ("settings.yaml", &settings)]);
        let run = run(&dir, &["health", "live.yaml", "--settings", "settings.yaml"]);
        assert_eq!(run.code, Some(1), "{script}: {}{}", run.out, run.err);
        assert!(run.out.starts_with("ConfigMap/shop/a: Unknown: "), "{}", run.out);
    }
}

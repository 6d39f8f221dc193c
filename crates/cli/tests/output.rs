//! What a user sees: both streams and the exit code of each verb, for people.
//!
//! `cargo insta review`, or INSTA_UPDATE=always, accepts what changed on purpose.

#![allow(dead_code, missing_docs, unreachable_pub, unused_crate_dependencies, clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod common;

use std::io::Read;

use common::{command, finish, lofting, root, scratch};

const BAD: &str = "crates/cli/tests/fixtures/catalog-bad.yaml";
const BROKEN: &str = "crates/cli/tests/fixtures/broken.yaml";
const ORDER: &str = "demo/gitops/apps/services/order-service.yaml";
const RENDERED: &str = "demo/rendered/order-service.yaml";
const PROJECTS: &str = "demo/gitops/apps/platform/projects.yaml";
const SETS: &str = "demo/gitops/apps/platform/all-services.yaml";
const ROLLOUT: &str = "demo/gitops/apps/services/payment-service/rollout.yaml";

macro_rules! shows {
    ($name:ident, [$($argument:expr),* $(,)?]) => { shows!($name, [$($argument),*], ""); };
    ($name:ident, [$($argument:expr),* $(,)?], $stdin:expr) => {
        #[test]
        fn $name() {
            let arguments = [$($argument),*];
            insta::assert_snapshot!(stringify!($name), lofting(&arguments, $stdin).shown(&arguments));
        }
    };
}

shows!(catalog_check_good, ["catalog", "check", "demo/catalog/systems.yaml"]);
shows!(catalog_check_bad, ["catalog", "check", BAD]);
shows!(
    catalog_check_stdin,
    ["catalog", "check", "-"],
    "apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata: {name: shop}\nspec: {}\n"
);
shows!(health_live, ["health", "crates/cli/tests/fixtures/live.yaml"]);
shows!(
    health_degraded,
    ["health"],
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nstatus: {phase: Failed, message: evicted}\n"
);
shows!(call, ["call", "lang.quantity"], r#"{"text": "1500m"}"#);
shows!(call_refused, ["call", "lang.quantity"], r#"{"text": "12 apples"}"#);
shows!(call_no_json, ["call", "lang.quantity"], "{\n  nonsense");
shows!(call_unknown_operation, ["call", "health.asess"], "{}");
shows!(
    call_lines,
    ["call", "--jsonl"],
    "{\"id\":1,\"op\":\"lang.quantity\",\"input\":{\"text\":\"1500m\"}}\nnonsense\n\n{\"id\":\"x\",\"op\":\"lang.nope\",\"input\":{}}\n{\"id\":3,\"op\":\"lang.duration\",\"input\":{\"text\":\"90s\"}}"
);
shows!(ops_unknown, ["ops", "--schema", "nope"]);
shows!(rule, ["rule", "platform-unwired-component"]);
shows!(rule_unknown, ["rule", "nope"]);
shows!(window, ["window", "demo/gitops/apps/platform/projects.yaml#shop", "--app", ORDER, "--at", "2026-01-31T12:00:00Z"]);
shows!(window_several_projects, ["window", PROJECTS, "--app", ORDER, "--at", "2026-01-31T12:00:00Z"]);
shows!(window_bad_time, ["window", "demo/gitops/apps/platform/projects.yaml#shop", "--app", ORDER, "--at", "noon"]);
shows!(plan, ["plan", ORDER, RENDERED, "--live", "demo/live"]);
shows!(diff, ["diff", RENDERED, "--live", "demo/live", "--app", ORDER]);
shows!(diff_needs_renderer, ["diff", "demo/gitops/apps/services/order-service", "--live", "demo/live"]);
shows!(appset_expand, ["appset", "expand", SETS, "--repo", "https://github.com/acme/gitops.git=demo/gitops"]);
shows!(appset_expand_lacking, ["appset", "expand", SETS]);
shows!(
    appset_diff,
    ["appset", "diff", "crates/cli/tests/fixtures/set-after.yaml", "--before", "crates/cli/tests/fixtures/set-before.yaml"]
);
shows!(rollout_check, ["rollout", "check", ROLLOUT]);
shows!(rollout_check_bad, ["rollout", "check", "crates/cli/tests/fixtures/rollout-bad.yaml"]);
shows!(rollout_simulate, ["rollout", "simulate", ROLLOUT, "--scenario", "demo/scenarios/payment-canary-bad.yaml"]);
shows!(rollout_simulate_without, ["rollout", "simulate", ROLLOUT]);
shows!(analysis_eval, ["analysis", "eval", "demo/gitops/apps/services/payment-service/analysis.yaml", "--result", "[0.93]"]);
shows!(template_check, ["template", "check", "demo/templates/dotnet/template.yaml"]);
shows!(
    template_render,
    ["template", "render", "crates/cli/tests/fixtures/template.txt", "--values", "crates/cli/tests/fixtures/values.yaml"]
);
shows!(missing_file, ["diff", "nowhere.yaml", "--live", "demo/live"]);
shows!(missing_directory, ["preview", "nowhere"]);
shows!(preview_of_a_file, ["preview", BAD]);
shows!(bad_yaml, ["health", BROKEN]);
shows!(bad_yaml_stdin, ["health", "-"], "a: [1,\nb: }\n");
shows!(unknown_verb, ["helth"]);
shows!(no_kind_here, ["rollout", "check", BAD]);

/// What a new recording of the demo's cluster changes is left out: when what was deployed, and the names of pods.
#[test]
fn preview_demo() {
    let arguments = ["preview", "demo"];
    let shown = lofting(&arguments, "").shown(&arguments);
    let settled = shown.lines().filter(|line| !line.trim_start().starts_with("last deployed ")).map(|line| format!("{line}\n"));
    insta::assert_snapshot!("preview_demo", settled.collect::<String>());
}

/// Every operation is listed once, with its help beside it.
#[test]
fn ops() {
    let run = lofting(&["ops"], "");
    assert_eq!(run.code, Some(0));
    let names: Vec<&str> = run.out.lines().filter_map(|line| line.split("  ").next()).collect();
    assert!(names.len() > 60 && names.is_sorted(), "{names:?}");
    assert!(run.out.lines().all(|line| line.len() > 20 && !line.ends_with(' ')), "{}", run.out);
}

#[test]
fn files_that_are_no_text() {
    let dir = scratch("no-text");
    std::fs::write(dir.join("picture.yaml"), [0x89, b'P', b'N', b'G', 0, 0, 1]).expect("written");
    std::fs::write(dir.join("latin.yaml"), b"kind: Pod\nmetadata: {name: caf\xe9}\n").expect("written");
    let mut shown = String::new();
    for arguments in [["health", "picture.yaml"], ["health", "latin.yaml"], ["health", "."]] {
        shown += &finish(command(&dir, &arguments), b"").shown(&arguments);
    }
    insta::assert_snapshot!("files_that_are_no_text", shown);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = command(&root(), &["call", "--jsonl"]).spawn().expect("starts");
    let mut stdin = child.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || {
        for number in 0..50_000 {
            let line = format!("{{\"id\":{number},\"op\":\"lang.quantity\",\"input\":{{\"text\":\"1\"}}}}\n");
            if std::io::Write::write_all(&mut stdin, line.as_bytes()).is_err() {
                break;
            }
        }
    });
    let mut first = [0_u8; 8];
    child.stdout.take().expect("piped").read_exact(&mut first).expect("an answer comes");
    let output = child.wait_with_output().expect("ends");
    writer.join().expect("written");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.code().is_some_and(|code| code != 101), "{:?}", output.status);
}

#[test]
fn colours_are_for_those_who_ask() {
    let plain = |run: &common::Run| !run.out.contains('\u{1b}') && !run.err.contains('\u{1b}');
    let arguments = ["catalog", "check", BAD];
    assert!(plain(&lofting(&arguments, "")), "a pipe gets no colours");
    let always = lofting(&["--color", "always", "catalog", "check", BAD], "");
    assert!(always.out.contains("\u{1b}["), "{}", always.out);
    let failing = lofting(&["--color", "always", "health", BROKEN], "");
    assert!(failing.err.contains("\u{1b}["), "{}", failing.err);
    let mut quiet = command(&root(), &arguments);
    quiet.env("NO_COLOR", "1");
    assert!(plain(&finish(quiet, b"")), "NO_COLOR");
    let mut both = command(&root(), &["--color", "never", "catalog", "check", BAD]);
    both.env("CLICOLOR_FORCE", "1");
    assert!(plain(&finish(both, b"")), "--color never wins");
    let stripped: String = anstream::adapter::strip_str(&always.out).to_string();
    assert_eq!(stripped, lofting(&arguments, "").out, "colours add nothing but colours");
}

/// Secrets never reach a stream, whatever the format.
#[test]
fn secrets_are_masked_in_every_format() {
    let dir = scratch("secrets");
    let secret =
        |value: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: shop}}\nstringData: {{password: {value}}}\n");
    let live = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ndata: {password: bGl2ZS1zZWNyZXQ=}\n";
    std::fs::write(dir.join("git.yaml"), secret("git-secret")).expect("written");
    std::fs::write(dir.join("live.yaml"), live).expect("written");
    for format in ["human", "json", "yaml", "md"] {
        let run = finish(command(&dir, &["diff", "git.yaml", "--live", "live.yaml", "-o", format]), b"");
        assert_eq!(run.code, Some(1), "{format}: {}{}", run.out, run.err);
        for leak in ["git-secret", "live-secret", "Z2l0LXNlY3JldA", "bGl2ZS1zZWNyZXQ"] {
            assert!(!run.out.contains(leak) && !run.err.contains(leak), "{format} shows {leak}: {}", run.out);
        }
    }
    std::fs::write(dir.join("git.yaml"), secret("git-secret").replace("stringData: {password: git-secret}", "data: git-secret"))
        .expect("written");
    for format in ["human", "json", "yaml", "md"] {
        let run = finish(command(&dir, &["diff", "git.yaml", "--live", "live.yaml", "-o", format]), b"");
        assert_eq!(run.code, Some(1), "Argo CD cannot mask it, {format}: {}{}", run.out, run.err);
        for leak in ["git-secret", "bGl2ZS1zZWNyZXQ"] {
            assert!(!run.out.contains(leak) && !run.err.contains(leak), "{format} shows {leak}: {}", run.out);
        }
        assert!(run.out.contains("data"), "{format} says where: {}", run.out);
    }
}

//! Every lint has a directory that triggers it and one that does not, and every fix mends what it was made for.

use std::collections::BTreeSet;

use lofting::platform::lints::{self, CODES, REUSED, Report, Request};
use lofting::platform::{self, File};
use lofting_tests::{files_below as read, root};

fn lint(files: Vec<File>) -> Report {
    lints::report(&Request { files, rendered: Default::default(), baseline: Vec::new() }).expect("the fixture can be read")
}

fn fixture(code: &str, side: &str) -> Vec<File> {
    read(&root().join("tests/fixtures/lints").join(code).join(side))
}

/// Codes of the platform that other verbs give: `adoption`, `preview`; and one that lints say in the words of the Rollouts' room.
const ELSEWHERE: [&str; 3] = ["platform-adoption-threshold", "platform-out-of-sync", "platform-unreadable-rollout"];

fn codes() -> impl Iterator<Item = &'static str> {
    let platform = platform::codes::CODES.iter().map(|code| code.code).filter(|code| !ELSEWHERE.contains(code));
    let all: BTreeSet<&str> = CODES.iter().map(|code| code.code).chain(platform).chain(REUSED.iter().copied()).collect();
    all.into_iter()
}

#[test]
fn every_code_of_the_platform_has_a_pair_or_another_verb() {
    let rules = lofting::wire::rules();
    let known: BTreeSet<&str> = codes().chain(ELSEWHERE).collect();
    for rule in rules.iter().filter(|rule| rule.code.starts_with("platform-")) {
        assert!(known.contains(rule.code), "{} is checked by no fixture", rule.code);
    }
    for code in known {
        let page = rules.iter().find(|rule| rule.code == code).unwrap_or_else(|| panic!("{code} has no page"));
        assert!(!page.title.is_empty() && page.help.len() > 40 && !page.upstream.is_empty(), "{code}: the page says too little");
    }
}

/// A document that no reader understands is a finding, not silence, and only one.
#[test]
fn a_rollout_that_cannot_be_read_is_said_once() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec: {replicas: [1]}\n";
    let report = lint(vec![File { path: "a.yaml".into(), text: text.into() }]);
    let codes: Vec<_> = report.diagnostics.iter().map(|one| one.diagnostic.code).collect();
    assert_eq!(codes, ["rollouts-invalid"]);
}

/// Two autoscalers of one Application write at the same place: one fix is made, the other waits, and nothing is left in the end.
#[test]
fn fixes_that_meet_are_made_one_after_the_other() {
    let mut files = fixture("platform-hpa-self-heal", "bad");
    for name in ["deployment.yaml", "hpa.yaml"] {
        let file = files.iter().find(|file| file.path.ends_with(name)).expect("a file").clone();
        files.push(File { path: file.path.replace(name, &format!("second-{name}")), text: file.text.replace("name: shop", "name: stock") });
    }
    let left = |report: &Report| report.diagnostics.iter().filter(|one| one.diagnostic.code == "platform-hpa-self-heal").count();
    let mut counts = Vec::new();
    for _ in 0..3 {
        let report = lint(files.clone());
        counts.push(left(&report));
        for new in report.fixed {
            let old = files.iter_mut().find(|file| file.path == new.path).expect("a file");
            lofting::yaml::kubernetes::documents(&new.text).expect("still YAML");
            *old = new;
        }
    }
    assert_eq!(counts, [2, 1, 0]);
    let app = files.iter().find(|file| file.path == "apps/shop.yaml").expect("the Application");
    assert_eq!(
        (app.text.matches("ignoreDifferences:").count(), app.text.matches("RespectIgnoreDifferences=true").count()),
        (1, 1),
        "{}",
        app.text
    );
}

#[test]
fn every_code_has_a_pair() {
    let mut wrong = Vec::new();
    for code in codes() {
        for (side, wanted) in [("bad", true), ("good", false)] {
            let dir = root().join("tests/fixtures/lints").join(code).join(side);
            if !dir.is_dir() {
                wrong.push(format!("{code}/{side} is not there"));
                continue;
            }
            let report = lint(read(&dir));
            let found: Vec<_> = report.diagnostics.iter().filter(|one| one.diagnostic.code == code).collect();
            if found.is_empty() == wanted {
                let all: Vec<_> =
                    report.diagnostics.iter().map(|one| format!("{}: {}", one.diagnostic.code, one.diagnostic.message)).collect();
                wrong.push(format!("{code}/{side}: wanted {wanted}, found {all:#?}"));
            }
            for one in found.iter().filter(|one| one.diagnostic.location.is_none()) {
                wrong.push(format!("{code}/{side}: no place: {}", one.diagnostic.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_fixture_without_a_code() {
    let known: BTreeSet<&str> = codes().collect();
    for entry in std::fs::read_dir(root().join("tests/fixtures/lints")).expect("fixtures").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(known.contains(name.as_str()), "{name} is no lint");
    }
}

/// A lint that offers a fix is silent once the fix is made, and the fix keeps every comment.
#[test]
fn fixes_mend() {
    let mut fixed = BTreeSet::new();
    for code in codes() {
        let files = fixture(code, "bad");
        let before = lint(files.clone());
        if !before.diagnostics.iter().any(|one| one.diagnostic.code == code && one.fix.is_some()) {
            continue;
        }
        fixed.insert(code);
        let comments = |files: &[File]| files.iter().map(|file| file.text.matches('#').count()).sum::<usize>();
        let mended: Vec<File> =
            files.iter().map(|file| before.fixed.iter().find(|new| new.path == file.path).unwrap_or(file).clone()).collect();
        assert_eq!(comments(&files), comments(&mended), "{code}: a comment is lost");
        let after = lint(mended);
        let left: Vec<_> = after.diagnostics.iter().filter(|one| one.diagnostic.code == code).collect();
        assert!(left.is_empty(), "{code}: the fix does not mend: {left:#?}");
    }
    let wanted = [
        "platform-allow-empty-production",
        "platform-appset-missingkey",
        "platform-hook-never-deleted",
        "platform-hpa-self-heal",
        "platform-unquoted-template",
        "platform-unwired-component",
    ];
    assert_eq!(fixed, wanted.into_iter().collect());
}

#[test]
fn a_severity_can_be_configured() {
    for (level, wanted) in [("off", None), ("info", Some("Info")), ("error", Some("Error"))] {
        let mut files = fixture("platform-image-latest", "bad");
        for file in files.iter_mut().filter(|file| file.path == "lofting.yaml") {
            file.text.push_str(&format!("lint:\n  platform-image-latest: {level}\n"));
        }
        let report = lint(files);
        let found = report.diagnostics.iter().find(|one| one.diagnostic.code == "platform-image-latest");
        assert_eq!(found.map(|one| format!("{:?}", one.diagnostic.severity)).as_deref(), wanted);
    }
}

#[test]
fn an_unknown_code_in_the_configuration_is_refused() {
    let file = File { path: "lofting.yaml".into(), text: "lint:\n  platform-image-latets: off\n".into() };
    let error = lints::report(&Request { files: vec![file], rendered: Default::default(), baseline: Vec::new() }).expect_err("refused");
    assert!(error.message.contains("did you mean platform-image-latest?"), "{}", error.message);
}

#[test]
fn a_comment_with_a_reason_allows_and_is_reported() {
    let report = lint(fixture("platform-allow", "good"));
    let [allowed] = report.suppressed.as_slice() else { panic!("{:#?}", report.suppressed) };
    assert_eq!((allowed.diagnostic.code, allowed.reason.as_str()), ("platform-image-latest", "the vendor ships no versions"));
    assert!(!report.diagnostics.iter().any(|one| one.diagnostic.code == "platform-image-latest"));
}

#[test]
fn a_baseline_survives_moved_lines_and_shows_what_is_new() {
    let files = fixture("platform-image-latest", "bad");
    let known: Vec<String> = lint(files.clone()).diagnostics.iter().map(|one| one.fingerprint.clone()).collect();
    let mut moved = files;
    for file in &mut moved {
        file.text.insert_str(0, "# a new first line\n");
    }
    let request = |files, baseline| Request { files, rendered: Default::default(), baseline };
    let report = lints::report(&request(moved.clone(), known.clone())).expect("read");
    assert_eq!((report.diagnostics.len(), report.baselined, report.stale.len()), (0, known.len(), 0), "{report:#?}");
    moved.push(File { path: "services/shop/more.yaml".into(), text: fixture("platform-plain-secret", "bad").pop().expect("a file").text });
    let report = lints::report(&request(moved, known)).expect("read");
    assert!(report.diagnostics.iter().all(|one| one.diagnostic.location.as_ref().is_some_and(|at| at.file.ends_with("more.yaml"))));
    assert_eq!(report.diagnostics.len(), 1, "{report:#?}");
}

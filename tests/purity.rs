//! The core takes everything as arguments, and its rooms know only the rooms below them.

mod sizes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lofting_tests::root;

/// Each room with the rooms it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("lang", &["text", "yaml"]),
    ("yaml", &["text", "lang"]),
    ("kube", &["lang", "yaml", "text"]),
    ("backstage", &["kube", "lang", "yaml", "text"]),
    ("argocd", &["kube", "lang", "yaml", "text"]),
    ("rollouts", &["kube", "lang", "yaml", "text"]),
    ("platform", &["backstage", "argocd", "rollouts", "kube", "lang", "yaml", "text"]),
    ("wire", &["platform", "backstage", "argocd", "rollouts", "kube", "lang", "yaml", "text"]),
];

/// What a pure crate has no business naming.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime",
    "Instant::now",
    "Zoned::now",
    "Timestamp::now",
    "thread_rng",
    "std::thread::spawn",
    "println!",
    "eprintln!",
];

/// Crates that would bring the clock's, the network's or the file system's answers into a decision.
const IMPURE_CRATES: &[&str] = &["rand", "getrandom", "tokio", "reqwest", "hyper", "socket2", "tempfile", "walkdir", "notify"];

fn sources(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a readable source tree").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            into.push(path);
        }
    }
}

/// Relative path to code without comments, string literals blanked.
fn core() -> BTreeMap<String, String> {
    let base = root().join("crates/core/src");
    let mut files = Vec::new();
    sources(&base, &mut files);
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&base).expect("below the base").display().to_string();
            (name, code(&std::fs::read_to_string(&file).expect("UTF-8")))
        })
        .collect()
}

/// Drops line comments, so that prose may name what code may not.
fn code(text: &str) -> String {
    text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line }).collect::<Vec<_>>().join("\n")
}

#[test]
fn core_forbids_unsafe_code() {
    assert!(core()["lib.rs"].contains("#![forbid(unsafe_code)]"));
}

#[test]
fn core_names_no_file_clock_environment_or_network() {
    let found: Vec<_> = core()
        .into_iter()
        .flat_map(|(file, code)| {
            IMPURE.iter().filter(|word| code.contains(**word)).map(|word| format!("{file}: {word}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn core_depends_on_nothing_impure() {
    let out = std::process::Command::new(env!("CARGO"))
        .args(["tree", "-p", "lofting", "--edges", "normal", "--prefix", "none", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo tree runs");
    let tree = String::from_utf8_lossy(&out.stdout);
    assert!(tree.contains("serde_json"), "cargo tree said: {tree}{}", String::from_utf8_lossy(&out.stderr));
    let found: Vec<_> = tree.lines().filter(|line| line.split(' ').next().is_some_and(|name| IMPURE_CRATES.contains(&name))).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn rooms_know_only_the_rooms_below() {
    let rooms: Vec<&str> = ARROWS.iter().map(|(room, _)| *room).collect();
    let mut found = Vec::new();
    for (file, code) in core() {
        let room = file.split('/').next().unwrap_or_default();
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else { continue };
        for other in &rooms {
            if *other == room || allowed.contains(other) {
                continue;
            }
            if code.contains(&format!("crate::{other}::")) || code.contains(&format!("crate::{other};")) || grouped(&code, other) {
                found.push(format!("{file} names {other}"));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// `use crate::{a, b::c}` names rooms inside braces.
fn grouped(code: &str, room: &str) -> bool {
    code.split("use crate::{").skip(1).any(|rest| {
        let mut depth = 0_i32;
        let body: String = rest
            .chars()
            .take_while(|c| {
                depth += i32::from(*c == '{') - i32::from(*c == '}');
                depth >= 0
            })
            .collect();
        let mut depth = 0_i32;
        let mut names = vec![String::new()];
        for c in body.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => names.push(String::new()),
                c if depth == 0 => names.last_mut().expect("never empty").push(c),
                _ => {}
            }
        }
        names.iter().any(|name| name.trim().split("::").next() == Some(room))
    })
}

#[test]
fn every_directory_of_the_core_is_a_room() {
    for file in core().keys() {
        let room = file.split('/').next().unwrap_or_default();
        assert!(!file.contains('/') || ARROWS.iter().any(|(name, _)| *name == room), "{file} belongs to no room");
    }
}

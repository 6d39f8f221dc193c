//! Trees as they come: links in circles, files that cannot be read, that are no text, far too large, too many, or gone.

#![allow(dead_code, missing_docs, unreachable_pub, unused_crate_dependencies, clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Run, command, finish, scratch};
use serde_json::Value;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n";

fn write(dir: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("below a directory")).expect("a directory can be made");
    std::fs::write(path, bytes).expect("a file can be written");
}

fn run(dir: &Path, arguments: &[&str]) -> Run {
    let run = finish(command(dir, arguments), b"");
    assert!(!run.err.contains("bug in lofting"), "{}", run.err);
    run
}

/// The wire answer of a preview, and what was left out with the reason.
fn preview(dir: &Path) -> (Value, BTreeMap<String, String>) {
    let run = run(dir, &["preview", ".", "-o", "json"]);
    assert!(run.code.is_some_and(|code| code < 2), "{:?} {}", run.code, run.err);
    let answer: Value = serde_json::from_str(&run.out).expect("JSON");
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let left = answer["tree"]["notUnderstood"].as_array().into_iter().flatten();
    let left = left.map(|entry| (text(entry, "path"), text(entry, "reason"))).collect();
    (answer, left)
}

#[cfg(unix)]
#[test]
fn links_are_never_a_circle() {
    use std::os::unix::fs::symlink;
    let dir = scratch("links");
    write(&dir, "a/one.yaml", CONFIG_MAP);
    symlink("..", dir.join("a/up")).expect("linked");
    symlink("self", dir.join("self")).expect("linked");
    symlink("nowhere.yaml", dir.join("dangling.yaml")).expect("linked");
    symlink("a/one.yaml", dir.join("again.yaml")).expect("linked");
    let (answer, left) = preview(&dir);
    assert_eq!(answer["tree"]["classes"]["kubernetes"], 2, "a link to a file is read");
    assert_eq!(left.keys().collect::<Vec<_>>(), ["a/up", "dangling.yaml", "self"]);
    assert_eq!(left["a/up"], "a link to a directory is not followed");
    assert!(left["self"].starts_with("a link that leads nowhere") && left["dangling.yaml"].starts_with("a link that leads nowhere"));
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let dir = scratch("unreadable");
    write(&dir, "one.yaml", CONFIG_MAP);
    write(&dir, "shut.yaml", CONFIG_MAP);
    write(&dir, "closed/two.yaml", CONFIG_MAP);
    let mode = |path: &str, mode: u32| {
        std::fs::set_permissions(dir.join(path), std::fs::Permissions::from_mode(mode)).expect("the mode can be set");
    };
    mode("shut.yaml", 0);
    mode("closed", 0);
    if std::fs::read(dir.join("shut.yaml")).is_ok() {
        // The superuser reads everything: ask another user to look.
        let seen = std::process::Command::new("setpriv").args(["--reuid=65534", "--clear-groups", "true"]).status();
        if !seen.is_ok_and(|status| status.success()) {
            eprintln!("skipped: this user may read everything");
            mode("closed", 0o755);
            return;
        }
    }
    let run = as_nobody(&dir);
    mode("closed", 0o755);
    let answer: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    let left = answer["tree"]["notUnderstood"].to_string();
    assert_eq!(answer["tree"]["classes"]["kubernetes"], 1);
    assert!(left.contains(r#"{"path":"closed","reason":"permission denied"}"#), "{left}");
    assert!(left.contains(r#"{"path":"shut.yaml","reason":"permission denied"}"#), "{left}");
}

/// A preview by a user who owns nothing, unless this one is no superuser anyway.
#[cfg(unix)]
fn as_nobody(dir: &Path) -> Run {
    if std::fs::read(dir.join("shut.yaml")).is_err() {
        return run(dir, &["preview", ".", "-o", "json"]);
    }
    // The built command may lie where nobody may look: hand it over by descriptor.
    let copy = std::env::temp_dir().join(format!("lofting-nobody-{}", std::process::id()));
    let tree = std::env::temp_dir().join(format!("lofting-nobody-tree-{}", std::process::id()));
    std::fs::copy(env!("CARGO_BIN_EXE_lofting"), &copy).expect("copied");
    let status = std::process::Command::new("cp").args(["-a", &dir.display().to_string(), &tree.display().to_string()]).status();
    assert!(status.expect("cp runs").success());
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid=65534", "--clear-groups"]).arg(&copy).args(["preview", ".", "-o", "json"]).current_dir(&tree);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let run = finish(command, b"");
    let _ = (std::fs::remove_file(&copy), std::fs::remove_dir_all(&tree));
    run
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_reported() {
    let dir = scratch("pipes");
    write(&dir, "one.yaml", CONFIG_MAP);
    let made = std::process::Command::new("mkfifo").arg(dir.join("pipe.yaml")).status();
    assert!(made.expect("mkfifo runs").success());
    assert_eq!(preview(&dir).1["pipe.yaml"], "neither a file nor a directory");
}

#[test]
fn what_is_no_text_or_too_large_is_reported() {
    let dir = scratch("large");
    write(&dir, "one.yaml", CONFIG_MAP);
    write(&dir, "picture.yaml", b"\x89PNG\x00\x01");
    write(&dir, "latin.yaml", b"kind: ConfigMap\nname: caf\xe9\n");
    std::fs::File::create(dir.join("huge.yaml")).and_then(|file| file.set_len(100 << 20)).expect("a sparse file can be made");
    let (answer, left) = preview(&dir);
    assert_eq!(answer["tree"]["classes"]["kubernetes"], 1);
    assert_eq!(left["picture.yaml"], "binary, not text");
    assert_eq!(left["latin.yaml"], "not UTF-8 in line 2 (after byte 25)");
    assert_eq!(left["huge.yaml"], "100 MiB: larger than the 50 MiB that are read");
    // The verbs that look at manifests say on stderr what they left out, and answer for the rest.
    let health = run(&dir, &["health", "."]);
    assert_eq!(health.code, Some(0), "{}", health.err);
    assert_eq!(health.out, "ConfigMap/one: no health\n");
    for name in ["huge.yaml", "latin.yaml", "picture.yaml"] {
        assert!(health.err.contains(&format!("skipped: ./{name}: ")), "{}", health.err);
    }
    assert_eq!(run(&dir, &["health", ".", "--quiet"]).err, "");
}

#[test]
fn ignore_files_are_respected() {
    let dir = scratch("ignored");
    for path in ["kept.yaml", "out/made.yaml", "private.yaml", "deep/notes.yaml", "deep/kept.yaml", ".hidden/seen.yaml", ".git/config.yaml"]
    {
        write(&dir, path, CONFIG_MAP);
    }
    write(&dir, ".gitignore", "out/\n");
    write(&dir, ".loftingignore", "private.yaml\n");
    write(&dir, "deep/.loftingignore", "notes.yaml\n");
    write(&dir, ".ignore", "kept.yaml\n");
    let (answer, left) = preview(&dir);
    assert_eq!(answer["tree"]["classes"]["kubernetes"], 3, "kept.yaml, deep/kept.yaml, .hidden/seen.yaml: {answer}");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_tree_without_anything_to_read_says_so() {
    let dir = scratch("nothing");
    let empty = run(&dir, &["preview", "."]);
    assert_eq!((empty.code, empty.err.as_str()), (Some(2), "error: .: there is no file here that is not ignored\n"));
    for number in 0..40 {
        write(&dir, &format!("blobs/{number:02}.bin"), [0, 159, 146, number]);
    }
    let binary = run(&dir, &["preview", "."]);
    assert_eq!(binary.code, Some(2));
    assert_eq!(binary.err, "error: .: no file here can be read: 40 files left out, such as blobs/00.bin (binary, not text)\n");
    assert_eq!(run(&dir, &["catalog", "check", "."]).code, Some(2));
}

#[test]
fn a_hundred_thousand_files_are_read_in_order() {
    let dir = scratch("many");
    for folder in 0..100 {
        let folder = dir.join(format!("{folder:02}"));
        std::fs::create_dir(&folder).expect("made");
        for number in 0..1000 {
            let body = if number % 100 == 0 { CONFIG_MAP } else { "" };
            std::fs::write(folder.join(format!("{number:03}.{}", if body.is_empty() { "txt" } else { "yaml" })), body).expect("written");
        }
    }
    let (answer, left) = preview(&dir);
    assert_eq!(answer["tree"]["files"], 100_000);
    assert_eq!(answer["tree"]["classes"]["kubernetes"], 1000);
    assert!(left.is_empty());
    let _ = std::fs::remove_dir_all(dir);
}

#[test]
fn files_may_vanish_while_they_are_read() {
    let dir = scratch("vanishing");
    let names: Vec<String> = (0..400).map(|number| format!("{:02}/{number:03}.yaml", number % 20)).collect();
    for name in &names {
        write(&dir, name, CONFIG_MAP);
    }
    write(&dir, "stays.yaml", CONFIG_MAP);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for name in &names {
                    let _ = std::fs::remove_file(dir.join(name));
                }
                for name in &names {
                    let _ = std::fs::write(dir.join(name), CONFIG_MAP);
                }
            }
        });
        for _ in 0..10 {
            let (answer, left) = preview(&dir);
            // What was found is either read or reported; a file caught while it is being written is empty.
            let read: u64 = answer["tree"]["classes"].as_object().into_iter().flatten().filter_map(|(_, number)| number.as_u64()).sum();
            assert_eq!(answer["tree"]["files"].as_u64(), Some(read + left.len() as u64));
            for (path, reason) in &left {
                assert_eq!(reason, "there is no such file or directory", "{path}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

//! The files of a directory at a git revision.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use lofting::platform::File;

use crate::exit::Failure;

/// Every text below `dir` as `revision` has it, paths relative to `dir`.
pub(super) fn files(dir: &Path, revision: &str) -> Result<Vec<File>, Failure> {
    if revision.starts_with('-') {
        return Err(Failure::Usage(format!("--base {revision}: no git revision")));
    }
    if git(dir, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{tree}}")], &[]).is_err() {
        // outside a clone git says so itself
        git(dir, &["rev-parse", "--git-dir"], &[])?;
        return Err(Failure::Usage(format!("--base {revision}: there is no such git revision in {}", dir.display())));
    }
    let listed = git(dir, &["ls-tree", "-r", "-z", revision], &[])?;
    let mut entries = Vec::new();
    for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        // MODE blob HASH\tPATH
        let line = String::from_utf8_lossy(line);
        let Some((head, path)) = line.split_once('\t') else { continue };
        let mut words = head.split(' ');
        if let (Some(mode), Some("blob"), Some(hash)) = (words.next(), words.next(), words.next())
            && mode != "120000"
        {
            entries.push((path.to_owned(), hash.to_owned()));
        }
    }
    let asked: String = entries.iter().map(|(_, hash)| format!("{hash}\n")).collect();
    let mut rest = &git(dir, &["cat-file", "--batch"], asked.as_bytes())?[..];
    let mut files = Vec::new();
    for (path, _) in entries {
        let cut = || Failure::Usage(format!("{}: git cat-file broke off at {path}", dir.display()));
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(cut)?;
        let head = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).into_owned();
        let size: usize = head.rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(cut)?;
        let bytes = rest.get(end + 1..end + 1 + size).ok_or_else(cut)?;
        rest = rest.get(end + 2 + size..).unwrap_or_default();
        // as when reading from the disk: binary files are left out
        if !bytes.iter().take(8000).any(|byte| *byte == 0)
            && let Ok(text) = String::from_utf8(bytes.to_vec())
        {
            files.push(File { path, text });
        }
    }
    Ok(files)
}

fn git(dir: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::Io("git".to_owned(), error);
    let mut child = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let writer = child.stdin.take().map(|mut stdin| {
        let input = input.to_vec();
        // in a thread of its own: git answers while it is still being asked
        std::thread::spawn(move || stdin.write_all(&input))
    });
    let output = child.wait_with_output().map_err(failed)?;
    if let Some(writer) = writer {
        let _ = writer.join();
    }
    if output.status.success() {
        return Ok(output.stdout);
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(Failure::Usage(format!("git {}: {}", arguments.join(" "), why.trim().trim_start_matches("fatal: "))))
}

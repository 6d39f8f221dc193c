//! The git files generator's new globbing: `doublestar.FilepathGlob` over a work tree.
//!
//! Unlike path specs this walks directories, so directories can be among the
//! answers, `.` for the root included.

use std::collections::BTreeMap;

use super::doublestar::{bad, next_comma, unvalidated, valid};
use super::slice::Slice;
use crate::lang::LangError;

/// What git keeps in a fresh work tree. None of it is ever an answer, but upstream finds it on its way, and what it has
/// found so far decides what it overwrites (see [`Slice`]).
const BOOKKEEPING: [&str; 23] = [
    ".git/HEAD",
    ".git/branches/",
    ".git/config",
    ".git/description",
    ".git/hooks/applypatch-msg.sample",
    ".git/hooks/commit-msg.sample",
    ".git/hooks/fsmonitor-watchman.sample",
    ".git/hooks/post-update.sample",
    ".git/hooks/pre-applypatch.sample",
    ".git/hooks/pre-commit.sample",
    ".git/hooks/pre-merge-commit.sample",
    ".git/hooks/pre-push.sample",
    ".git/hooks/pre-rebase.sample",
    ".git/hooks/pre-receive.sample",
    ".git/hooks/prepare-commit-msg.sample",
    ".git/hooks/push-to-checkout.sample",
    ".git/hooks/update.sample",
    ".git/index",
    ".git/info/exclude",
    ".git/objects/info/",
    ".git/objects/pack/",
    ".git/refs/heads/",
    ".git/refs/tags/",
];
/// The directory of all that.
const DOT_GIT: &str = ".git";

/// Entries visited before the walk is refused.
const MAX_VISITS: usize = 5_000_000;

/// Paths that match, relative to the root, sorted by bytes, duplicates kept.
///
/// # Errors
/// Upstream's `syntax error in pattern`.
pub fn doublestar_files<S: AsRef<str>>(pattern: &str, files: &[S]) -> Result<Vec<String>, LangError> {
    let cleaned = clean(pattern);
    if cleaned == ".." || cleaned.starts_with("../") {
        // Outside of the work tree: whatever is found there is dropped.
        return if valid(cleaned.as_bytes()) { Ok(Vec::new()) } else { Err(bad()) };
    }
    let tree = Tree::new(files);
    let (base, pattern) = split_pattern(&cleaned);
    if !valid(pattern.as_bytes()) {
        return Err(bad());
    }
    let mut walk = Walk { tree: &tree, base: unescape(base), visits: 0 };
    let walks = mid_double_star(pattern.as_bytes());
    let found = if pattern.is_empty() { Slice::of(String::new()) } else { walk.glob(pattern, Slice::default(), true, walks, 0)? };
    let mut out: Vec<String> =
        found.to_vec().iter().map(|path| clean(&join(&walk.base, path))).map(|p| if p.is_empty() { ".".to_owned() } else { p }).collect();
    out.retain(|path| path.split('/').next() != Some(DOT_GIT));
    out.sort_unstable();
    Ok(out)
}

/// `filepath.Clean` below the root; the root itself is empty.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The part before the last slash that precedes any wildcard, and the rest.
fn split_pattern(pattern: &str) -> (&str, &str) {
    let bytes = pattern.as_bytes();
    let (mut at, mut slash) = (0, None);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'/' => slash = Some(at),
            b'*' | b'?' | b'[' | b'{' => break,
            _ => {}
        }
        at += 1;
    }
    slash.and_then(|at| Some((pattern.get(..at)?, pattern.get(at + 1..)?))).unwrap_or(("", pattern))
}

fn unescape(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some('*' | '?' | '[' | ']' | '{' | '}') if c == '\\' => {}
            _ => out.push(c),
        }
    }
    out
}

fn escape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// `path.Join` of clean parts; empty stands for the directory itself.
fn join(dir: &str, name: &str) -> String {
    match (dir, name) {
        ("" | ".", "" | ".") => String::new(),
        ("" | ".", name) => name.to_owned(),
        (dir, "" | ".") => dir.to_owned(),
        (dir, name) => clean(&format!("{dir}/{name}")),
    }
}

/// Directories with their entries sorted by name; files are leaves.
struct Tree {
    directories: BTreeMap<String, BTreeMap<String, bool>>,
}

impl Tree {
    fn new<S: AsRef<str>>(files: &[S]) -> Self {
        let mut directories: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
        directories.insert(String::new(), BTreeMap::new());
        for file in files.iter().map(AsRef::as_ref).chain(BOOKKEEPING) {
            let mut dir = String::new();
            let mut parts = file.split('/').filter(|part| !part.is_empty()).peekable();
            while let Some(part) = parts.next() {
                let is_dir = parts.peek().is_some() || file.ends_with('/');
                directories.entry(dir.clone()).or_default().entry(part.to_owned()).or_insert(is_dir);
                dir = join(&dir, part);
                if is_dir && parts.peek().is_none() {
                    directories.entry(dir.clone()).or_default();
                }
            }
        }
        Self { directories }
    }

    fn entries(&self, path: &str) -> Option<&BTreeMap<String, bool>> {
        self.directories.get(path)
    }

    /// Whether the path is there, and if so whether it is a directory.
    fn stat(&self, path: &str) -> Option<bool> {
        if self.directories.contains_key(path) {
            return Some(true);
        }
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.directories.get(dir)?.get(name).copied()
    }
}

/// `fs.ValidPath`: no empty elements, no `.` or `..` but a lonely `.`.
fn valid_path(path: &str) -> bool {
    path == "." || path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

struct Walk<'t> {
    tree: &'t Tree,
    base: String,
    visits: usize,
}

impl Walk<'_> {
    fn place(&self, path: &str) -> Option<String> {
        valid_path(path).then(|| join(&self.base, path))
    }

    fn stat(&self, path: &str) -> Option<bool> {
        self.tree.stat(&self.place(path)?)
    }

    /// Appends what matches to what was found before. `files` tells whether
    /// files count; `walks` follows upstream's `GlobWalk` rather than `Glob`.
    fn glob(&mut self, pattern: &str, mut found: Slice, files: bool, walks: bool, depth: usize) -> Result<Slice, LangError> {
        if depth > 100 {
            return Err(LangError::limit("the pattern nests too deeply"));
        }
        let bytes = pattern.as_bytes();
        let Some(meta) = first_meta(bytes) else {
            let path = unescape(pattern);
            let trimmed = if path.len() > 1 { path.strip_suffix('/').unwrap_or(&path) } else { &path };
            if self.stat(trimmed).is_some() {
                found.push(path);
            }
            return Ok(found);
        };
        let split = last_slash(bytes, true);
        let split = match split {
            Some(at) if bytes.get(at) == Some(&b'}') => match opening_brace(bytes.get(..at).unwrap_or_default()) {
                Some(open) => return self.alternatives(pattern, open, at, found, files, walks, depth),
                None => last_slash(bytes.get(..at).unwrap_or_default(), false),
            },
            other => other,
        };
        let (dir, last) = match split {
            Some(at) => (pattern.get(..at).unwrap_or_default(), pattern.get(at + 1..).unwrap_or_default()),
            None => (".", pattern),
        };
        if split.is_none_or(|at| at <= meta) {
            self.directory(&unescape(dir), last, files, walks, &mut found)?;
            return Ok(found);
        }
        // `Glob` hands its results so far down, so they count as directories too.
        let before = if walks { Slice::default() } else { found.clone() };
        let dirs = self.glob(dir, before, false, walks, depth + 1)?;
        for at in 0..dirs.len() {
            self.directory(&dirs.at(at), last, files, walks, &mut found)?;
        }
        Ok(found)
    }

    #[allow(clippy::too_many_arguments)]
    fn alternatives(
        &mut self,
        pattern: &str,
        open: usize,
        close: usize,
        mut found: Slice,
        files: bool,
        walks: bool,
        depth: usize,
    ) -> Result<Slice, LangError> {
        let before = pattern.get(..open).unwrap_or_default();
        let after = pattern.get(close + 1..).unwrap_or_default();
        let inside = pattern.get(open + 1..close).unwrap_or_default();
        let (mut dirs, mut stem) = (Slice::of(String::new()), before);
        if let Some(at) = last_slash(before.as_bytes(), true)
            && before.as_bytes().get(at) == Some(&b'/')
        {
            let so_far = if walks { Slice::default() } else { found.clone() };
            dirs = self.glob(before.get(..at).unwrap_or_default(), so_far, false, walks, depth + 1)?;
            stem = before.get(at + 1..).unwrap_or_default();
        }
        let mut walked: Vec<String> = Vec::new();
        for at in 0..dirs.len() {
            let dir = dirs.at(at);
            let start = found.len();
            let mut middle = start;
            let mut from = 0;
            while from < inside.len() {
                let rest = inside.get(from..).unwrap_or_default();
                let length = next_comma(rest.as_bytes()).unwrap_or(rest.len());
                let choice = rest.get(..length).unwrap_or_default();
                let prefix = if dir.is_empty() || dir == "." { String::new() } else { format!("{}/", escape(&dir)) };
                let alternative = format!("{prefix}{stem}{choice}{after}");
                if walks {
                    walked.extend(self.glob(&alternative, Slice::default(), files, walks, depth + 1)?.to_vec());
                    walked.sort_unstable();
                    walked.dedup();
                } else {
                    found = self.glob(&alternative, found, files, walks, depth + 1)?;
                    if middle > start && found.len() > middle {
                        found.merge(start, middle);
                    }
                    middle = found.len();
                }
                from += length + 1;
            }
        }
        walked.into_iter().for_each(|path| found.push(path));
        Ok(found)
    }

    fn directory(&mut self, dir: &str, pattern: &str, files: bool, walks: bool, found: &mut Slice) -> Result<(), LangError> {
        if pattern.is_empty() {
            if self.stat(dir) == Some(true) {
                found.push(dir.to_owned());
            }
            return Ok(());
        }
        // `GlobWalk` asks for a directory without its last slash, and cannot read it with that slash.
        let bare = if dir.len() > 1 { dir.strip_suffix('/').unwrap_or(dir) } else { dir };
        if pattern == "**" && walks && bare != dir && self.stat(bare) == Some(true) {
            found.push(dir.to_owned());
            return Ok(());
        }
        let Some(place) = self.place(dir) else { return Ok(()) };
        let tree = self.tree;
        let Some(entries) = tree.entries(&place) else { return Ok(()) };
        if pattern == "**" {
            found.push(dir.to_owned());
            return self.below(dir, files, found);
        }
        for (name, is_dir) in entries {
            self.visit()?;
            if unvalidated(pattern.as_bytes(), name.as_bytes())? && (files || *is_dir) {
                found.push(join(dir, name));
            }
        }
        Ok(())
    }

    /// Everything under a directory, depth first.
    fn below(&mut self, dir: &str, files: bool, found: &mut Slice) -> Result<(), LangError> {
        let tree = self.tree;
        let children = |walk: &Self, dir: &str| {
            let entries = walk.place(dir).and_then(|place| tree.entries(&place));
            entries.into_iter().flatten().rev().map(|(name, is_dir)| (join(dir, name), *is_dir)).collect::<Vec<_>>()
        };
        let mut pending = children(self, dir);
        while let Some((path, is_dir)) = pending.pop() {
            self.visit()?;
            if is_dir {
                pending.extend(children(self, &path));
            }
            if files || is_dir {
                found.push(path);
            }
        }
        Ok(())
    }

    fn visit(&mut self) -> Result<(), LangError> {
        self.visits += 1;
        if self.visits > MAX_VISITS { Err(LangError::limit("the glob visits too many files")) } else { Ok(()) }
    }
}

/// A `**` anywhere but at the very end: upstream then takes its other road.
fn mid_double_star(pattern: &[u8]) -> bool {
    let end = pattern.len().saturating_sub(3);
    let mut at = 0;
    while at < end {
        match (pattern.get(at), pattern.get(at + 1)) {
            (Some(b'\\'), _) => at += 1,
            (Some(b'*'), Some(b'*')) => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

fn first_meta(pattern: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = pattern.get(at) {
        match byte {
            b'*' | b'?' | b'[' | b'{' => return Some(at),
            b'\\' => at += 1,
            _ => {}
        }
        at += 1;
    }
    None
}

fn escaped(pattern: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| pattern.get(before)) == Some(&b'\\')
}

fn last_slash(pattern: &[u8], or_brace: bool) -> Option<usize> {
    (0..pattern.len()).rev().find(|at| {
        let byte = pattern.get(*at);
        (byte == Some(&b'/') || (or_brace && byte == Some(&b'}'))) && !escaped(pattern, *at)
    })
}

fn opening_brace(pattern: &[u8]) -> Option<usize> {
    let mut open = 1_usize;
    for at in (0..pattern.len()).rev() {
        match pattern.get(at) {
            Some(b'}') if !escaped(pattern, at) => open += 1,
            Some(b'{') if !escaped(pattern, at) => {
                open -= 1;
                if open == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

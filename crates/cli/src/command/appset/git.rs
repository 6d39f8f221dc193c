//! Trees of a clone at any revision, read with git itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lofting::Value;

use super::facts::Tree;
use crate::exit::Failure;

/// Larger blobs are left empty: generators read settings, not archives.
const LARGEST: usize = 50 << 20;

/// A clone, or a plain directory.
#[derive(Debug)]
pub(super) struct Repository {
    dir: PathBuf,
    /// What to read where the working tree would be.
    pub(super) head: Option<String>,
}

fn git(dir: &Path, args: &[&str]) -> Option<String> {
    let done = Command::new("git").arg("-C").arg(dir).args(args).stderr(Stdio::null()).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim_end().to_owned())
}

/// The remotes' URLs and the root of the clone around a file.
pub(super) fn around(file: &Path) -> Option<(Vec<String>, PathBuf)> {
    let name = file.display().to_string();
    let file = match name.rsplit_once('#') {
        Some((before, _)) if !file.exists() => PathBuf::from(before),
        _ => file.to_owned(),
    };
    let dir = if file.is_dir() { file } else { file.parent()?.to_owned() };
    let dir = if dir.as_os_str().is_empty() { PathBuf::from(".") } else { dir };
    let root = git(&dir, &["rev-parse", "--show-toplevel"])?;
    let remotes = git(&dir, &["config", "--get-regexp", r"^remote\..*\.url$"])?;
    let urls: Vec<String> = remotes.lines().filter_map(|line| line.split_once(' ')).map(|(_, url)| url.to_owned()).collect();
    Some((urls, PathBuf::from(root)))
}

/// A file of the clone around it, as it was at a revision.
pub(super) fn file_at(file: &Path, revision: &str) -> Result<String, Failure> {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let commit = commit(dir, revision).ok_or_else(|| Failure::Usage(format!("{}: git knows no revision {revision}", file.display())))?;
    git(dir, &["show", &format!("{commit}:./{name}")])
        .ok_or_else(|| Failure::Usage(format!("{}: it was not there at {revision}", file.display())))
}

/// Whether two URLs name one repository: scheme, user, `.git` and a trailing slash do not tell them apart.
pub(super) fn same_url(one: &str, other: &str) -> bool {
    fn plain(url: &str) -> String {
        let url = url.trim().trim_end_matches('/').trim_end_matches(".git");
        let (has_scheme, url) = match url.split_once("://") {
            Some((_, rest)) => (true, rest),
            None => (false, url),
        };
        let url = url.split_once('@').map_or(url, |(_, rest)| rest);
        let url = if has_scheme { url.to_owned() } else { url.replacen(':', "/", 1) };
        url.to_ascii_lowercase()
    }
    one == other || plain(one) == plain(other)
}

/// The commit that a revision names; what the remote says comes first, since Argo CD asks the remote.
fn commit(dir: &Path, revision: &str) -> Option<String> {
    [format!("refs/remotes/origin/{revision}"), format!("refs/tags/{revision}"), format!("refs/heads/{revision}"), revision.to_owned()]
        .iter()
        .find_map(|name| git(dir, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")]))
}

impl Repository {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), head: None }
    }

    /// The tree at a revision; nothing when the clone does not know it.
    pub(super) fn tree(&self, revision: &str) -> Result<Option<Tree>, Failure> {
        let branch = git(&self.dir, &["symbolic-ref", "--quiet", "--short", "HEAD"]);
        let is_head = matches!(revision, "" | "HEAD") || branch.as_deref() == Some(revision);
        let wanted = match (&self.head, is_head) {
            (Some(head), true) => head.as_str(),
            (None, true) => return Tree::of_directory(&self.dir).map(Some),
            (_, false) => revision,
        };
        if git(&self.dir, &["rev-parse", "--git-dir"]).is_none() {
            // A plain directory stands for whatever is asked for.
            return Tree::of_directory(&self.dir).map(Some);
        }
        match commit(&self.dir, wanted) {
            Some(commit) => self.at(&commit).map(Some),
            None => Ok(None),
        }
    }

    fn failed(&self, what: &str, error: std::io::Error) -> Failure {
        Failure::Io(format!("{what} in {}", self.dir.display()), error)
    }

    /// The tree of a commit, below the directory.
    fn at(&self, commit: &str) -> Result<Tree, Failure> {
        let listed = Command::new("git").arg("-C").arg(&self.dir).args(["ls-tree", "-r", "-z", commit]).output();
        let listed = listed.map_err(|error| self.failed("git ls-tree", error))?;
        let mut tree = Tree::default();
        let mut blobs: Vec<(String, String)> = Vec::new();
        for entry in listed.stdout.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let entry = String::from_utf8_lossy(entry);
            let Some((facts, path)) = entry.split_once('\t') else { continue };
            match facts.split(' ').collect::<Vec<&str>>().as_slice() {
                ["120000", ..] => {}
                [_, "blob", id] => blobs.push(((*id).to_owned(), path.to_owned())),
                [_, "commit", _] => tree.directories.push(path.to_owned()),
                _ => {}
            }
        }
        self.contents(blobs, &mut tree).map_err(|error| self.failed("git cat-file", error))?;
        Ok(tree)
    }

    fn contents(&self, blobs: Vec<(String, String)>, tree: &mut Tree) -> std::io::Result<()> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.dir).args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let (mut asking, answers) = (child.stdin.take().ok_or_else(broken)?, child.stdout.take().ok_or_else(broken)?);
        let ids: Vec<String> = blobs.iter().map(|(id, _)| id.clone()).collect();
        let writer = std::thread::spawn(move || ids.iter().try_for_each(|id| writeln!(asking, "{id}")));
        let mut answers = BufReader::new(answers);
        for (_, path) in blobs {
            let mut header = String::new();
            answers.read_line(&mut header)?;
            // `ID blob SIZE`, the bytes, a line feed.
            let size: usize = header.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(broken)?;
            let mut bytes = vec![0; size];
            answers.read_exact(&mut bytes)?;
            answers.read_exact(&mut [0])?;
            let text = if size > LARGEST { String::new() } else { String::from_utf8(bytes).unwrap_or_default() };
            tree.files.insert(path, Value::String(text));
        }
        writer.join().map_err(|_| broken())??;
        child.wait().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::same_url;

    #[test]
    fn one_repository_has_many_urls() {
        assert!(same_url("https://github.com/org/apps.git", "git@github.com:org/apps"));
        assert!(same_url("https://token@GitHub.com/org/apps/", "https://github.com/org/apps"));
        assert!(!same_url("https://github.com/org/apps", "https://github.com/org/app"));
        assert!(!same_url("https://host:8443/org/apps", "https://host/org/apps"));
    }
}

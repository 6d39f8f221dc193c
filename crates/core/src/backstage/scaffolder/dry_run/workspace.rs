//! Folders and files in memory, with the errors of a file system.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Mode;
use crate::{Error, Result};

/// Bytes of one name.
const MAX_NAME: usize = 255;

/// Links that are followed one after the other.
const MAX_LINKS: usize = 40;

/// What lies at a path.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// A folder.
    Folder,
    /// A file.
    File(Content),
}

/// What is in a file.
#[derive(Debug, Clone)]
pub(super) struct Content {
    /// The bytes; of a link, the path it leads to.
    pub(super) bytes: Rc<[u8]>,
    /// What kind of file it is.
    pub(super) mode: Mode,
}

impl Content {
    /// A regular file.
    pub(super) fn regular(bytes: Rc<[u8]>) -> Self {
        Self { bytes, mode: Mode::Regular }
    }
}

/// A tree of folders and files; paths are relative to its root, which is the empty path.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    /// Where the root lies.
    root: String,
    entries: BTreeMap<String, Entry>,
}

fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::upstream(message))
}

/// The parent of a path.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Joins a path and a name.
pub(super) fn join(path: &str, name: &str) -> String {
    match (path, name) {
        ("", name) => name.to_owned(),
        (path, "") => path.to_owned(),
        (path, name) => format!("{path}/{name}"),
    }
}

/// A relative path that resolving leaves as it is.
fn is_plain(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\0')
}

/// The bytes as text.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    // The strict reader is much quicker.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// `path.resolve`: `base` is absolute.
fn resolve(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { base };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

impl Workspace {
    /// An empty tree.
    pub(super) fn new(root: &str) -> Self {
        Self { root: root.to_owned(), entries: BTreeMap::new() }
    }

    /// Where a path lies.
    pub(super) fn full_path(&self, path: &str) -> String {
        if path.is_empty() { self.root.clone() } else { format!("{}/{path}", self.root) }
    }

    /// `resolveSafeChildPath(join(root, base), path)`. As upstream, names that start with two dots count as outside.
    pub(super) fn child(&self, base: &str, path: &str) -> Result<String> {
        if is_plain(path) && !path.starts_with("..") && (base.is_empty() || is_plain(base)) {
            return Ok(join(base, path));
        }
        let base = self.full_path(base);
        let target = resolve(&base, path);
        let outside = || refuse("Relative path is not allowed to refer to a directory outside its parent");
        if path.contains('\0') {
            return refuse("The argument 'path' must be a string without null bytes");
        }
        let below = |folder: &str| target.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        if target != base && below(&base).is_none_or(|rest| rest.starts_with("..")) {
            return outside();
        }
        Ok(below(&self.root).unwrap_or_default().to_owned())
    }

    /// What lies at a path.
    pub(super) fn get(&self, path: &str) -> Option<&Entry> {
        if path.is_empty() { Some(&Entry::Folder) } else { self.entries.get(path) }
    }

    /// A folder lies there.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        matches!(self.get(path), Some(Entry::Folder))
    }

    /// The bytes of a file, at the end of links.
    pub(super) fn read(&self, path: &str) -> Result<Rc<[u8]>> {
        let mut at = path.to_owned();
        for _ in 0..MAX_LINKS {
            match self.get(&at) {
                Some(Entry::File(content)) if content.mode == Mode::Link => match self.target(&at, content) {
                    Some(target) => at = target,
                    None => return self.missing("open", path),
                },
                Some(Entry::File(content)) => return Ok(Rc::clone(&content.bytes)),
                Some(Entry::Folder) => {
                    return refuse(format!("EISDIR: illegal operation on a directory, read '{}'", self.full_path(path)));
                }
                None => return self.missing("open", path),
            }
        }
        refuse(format!("ELOOP: too many symbolic links encountered, open '{}'", self.full_path(path)))
    }

    /// What kind of file it is, at the end of links.
    pub(super) fn mode(&self, path: &str) -> Mode {
        let mut at = path.to_owned();
        for _ in 0..MAX_LINKS {
            match self.get(&at) {
                Some(Entry::File(content)) if content.mode == Mode::Link => match self.target(&at, content) {
                    Some(target) => at = target,
                    None => break,
                },
                Some(Entry::File(content)) => return content.mode,
                _ => break,
            }
        }
        Mode::Regular
    }

    /// Where a link leads; none when that is outside.
    pub(super) fn target(&self, path: &str, link: &Content) -> Option<String> {
        let target = std::str::from_utf8(&link.bytes).ok().filter(|target| !target.starts_with('/') && !target.contains('\0'))?;
        let mut parts: Vec<&str> = parent(path).split('/').filter(|part| !part.is_empty()).collect();
        for part in target.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(parts.join("/"))
    }

    /// The error for a path that is not there.
    pub(super) fn missing<T>(&self, call: &str, path: &str) -> Result<T> {
        refuse(format!("ENOENT: no such file or directory, {call} '{}'", self.full_path(path)))
    }

    /// Makes a folder and its parents.
    pub(super) fn make_folder(&mut self, path: &str) -> Result<()> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain((!path.is_empty()).then_some(path.len()));
        for end in ends {
            let folder = path.get(..end).unwrap_or_default();
            match self.entries.get(folder) {
                Some(Entry::Folder) => {}
                Some(Entry::File(_)) => return refuse(format!("ENOTDIR: not a directory, mkdir '{}'", self.full_path(path))),
                None => {
                    self.check_name(folder)?;
                    self.entries.insert(folder.to_owned(), Entry::Folder);
                }
            }
        }
        Ok(())
    }

    fn check_name(&self, path: &str) -> Result<()> {
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.len() > MAX_NAME { refuse(format!("ENAMETOOLONG: name too long, open '{}'", self.full_path(path))) } else { Ok(()) }
    }

    /// Writes a file and makes its folder.
    pub(super) fn write(&mut self, path: &str, content: Content) -> Result<()> {
        self.make_folder(parent(path))?;
        self.write_in_place(path, content)
    }

    /// Writes a file into a folder that is there.
    pub(super) fn write_in_place(&mut self, path: &str, content: Content) -> Result<()> {
        if self.is_folder(path) {
            return refuse(format!("EISDIR: illegal operation on a directory, open '{}'", self.full_path(path)));
        }
        if !self.is_folder(parent(path)) {
            return self.missing("open", path);
        }
        self.check_name(path)?;
        self.entries.insert(path.to_owned(), Entry::File(content));
        Ok(())
    }

    /// Everything below a folder, folders before what is in them.
    pub(super) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Entry)> + 'a {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let length = prefix.len();
        let start = prefix.clone();
        self.entries
            .range(start..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .map(move |(path, entry)| (path.get(length..).unwrap_or_default(), entry))
    }

    /// What a folder lists, in the order of names.
    pub(super) fn list(&self, folder: &str) -> Vec<(String, bool)> {
        let children = self.below(folder).filter(|(path, _)| !path.contains('/'));
        children.map(|(name, entry)| (name.to_owned(), matches!(entry, Entry::Folder))).collect()
    }

    /// Removes a file, or a folder with all that is in it.
    pub(super) fn remove(&mut self, path: &str) {
        let gone: Vec<String> = self.below(path).map(|(rest, _)| join(path, rest)).collect();
        for entry in gone {
            self.entries.remove(&entry);
        }
        self.entries.remove(path);
    }

    /// `fs.copy` from another tree: merges folders, replaces files.
    pub(super) fn copy_from(&mut self, source: &Self, from: &str, to: &str) -> Result<()> {
        let conflict = |what: &str| refuse(format!("Cannot overwrite {what}"));
        match source.get(from) {
            None => source.missing("lstat", from),
            Some(Entry::File(content)) => {
                if self.is_folder(to) {
                    return conflict("directory with non-directory");
                }
                self.write(to, content.clone())
            }
            Some(Entry::Folder) => {
                if matches!(self.get(to), Some(Entry::File(_))) {
                    return conflict("non-directory with directory");
                }
                self.make_folder(to)?;
                // Upstream's filter takes names that start with two dots for ways out, and leaves them behind.
                for (path, entry) in source.below(from).filter(|(path, _)| !path.starts_with("..")) {
                    let target = join(to, path);
                    match entry {
                        Entry::Folder if matches!(self.get(&target), Some(Entry::File(_))) => {
                            return conflict("non-directory with directory");
                        }
                        Entry::Folder => self.make_folder(&target)?,
                        Entry::File(_) if self.is_folder(&target) => return conflict("directory with non-directory"),
                        Entry::File(content) => self.write(&target, content.clone())?,
                    }
                }
                Ok(())
            }
        }
    }

    /// `fs.move` within the tree.
    pub(super) fn rename(&mut self, from: &str, to: &str, overwrite: bool) -> Result<()> {
        let Some(source) = self.get(from).cloned() else { return self.missing("lstat", from) };
        if from == to {
            return refuse("Source and destination must not be the same.");
        }
        let is_folder = matches!(source, Entry::Folder);
        match self.get(to) {
            Some(Entry::File(_)) if is_folder => return refuse("Cannot overwrite non-directory with directory"),
            Some(Entry::Folder) if !is_folder => return refuse("Cannot overwrite directory with non-directory"),
            _ => {}
        }
        if is_folder && (from.is_empty() || to.strip_prefix(from).is_some_and(|rest| rest.starts_with('/'))) {
            return refuse("Cannot move a directory to a subdirectory of itself");
        }
        self.make_folder(parent(to))?;
        if self.get(to).is_some() {
            if !overwrite {
                return refuse("dest already exists.");
            }
            self.remove(to);
        }
        if self.get(from).is_none() || to.is_empty() {
            return self.missing("rename", from);
        }
        self.check_name(to)?;
        let moved: Vec<(String, Entry)> = self.below(from).map(|(path, entry)| (join(to, path), entry.clone())).collect();
        self.remove(from);
        self.entries.insert(to.to_owned(), source);
        self.entries.extend(moved);
        Ok(())
    }

    /// All files with their paths, in the order of paths.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &Content)> {
        self.entries.iter().filter_map(|(path, entry)| match entry {
            Entry::File(content) => Some((path.as_str(), content)),
            Entry::Folder => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Workspace;

    #[test]
    fn keeps_inside() {
        let tree = Workspace::new("/workspace/x");
        assert_eq!(tree.child("", "a/./b/../c").ok().as_deref(), Some("a/c"));
        assert_eq!(tree.child("a", "/workspace/x/a/b").ok().as_deref(), Some("a/b"));
        assert!(tree.child("", "../y").is_err() && tree.child("a", "../b").is_err() && tree.child("", "..b").is_err());
    }
}

//! The repository that locations are read from: `url` and `file` readers over a map of files.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::git_url::GitUrl;
use super::location::{LocationRef, normalize_path};
use super::orchestrator::{Emit, LocationReader};
use super::placeholder::UrlReader;
use super::read::{self, ReadError, Yielded};
use super::refusal::Refusal;
use crate::backstage::glob::{Glob, GlobOptions, is_glob};

/// Where a repository lies.
#[derive(Debug, Clone)]
pub struct Site {
    /// Host, for example `github.com`.
    pub host: String,
    /// `owner/name`.
    pub full_name: String,
    /// The only branch.
    pub branch: String,
    /// Where `file` locations find it.
    pub root: String,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            host: "github.com".to_owned(),
            full_name: "acme/platform".to_owned(),
            branch: "main".to_owned(),
            root: "/srv/platform".to_owned(),
        }
    }
}

/// The files of one repository.
#[derive(Debug)]
pub(crate) struct Repository<'a> {
    site: &'a Site,
    files: BTreeMap<&'a str, &'a str>,
    folders: BTreeSet<String>,
}

impl<'a> Repository<'a> {
    pub(crate) fn new(site: &'a Site, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: BTreeMap<&str, &str> = files.into_iter().collect();
        let mut folders = BTreeSet::from([site.root.clone()]);
        for path in files.keys() {
            for (at, _) in path.match_indices('/') {
                folders.insert(format!("{}/{}", site.root, path.get(..at).unwrap_or_default()));
            }
        }
        Self { site, files, folders }
    }

    fn general(message: String) -> ReadError {
        ReadError { name: "Error", message }
    }

    /// The texts behind a URL, which may be a glob, each with its own URL.
    fn search(&self, url: &str) -> Result<Vec<(String, &'a str)>, ReadError> {
        let parsed = Url::parse(url).map_err(|_| ReadError { name: "TypeError", message: "Invalid URL".to_owned() })?;
        let git = GitUrl::parse(url).ok_or_else(|| Self::general("URL parsing failed.".to_owned()))?;
        if !is_glob(&git.filepath) {
            return match self.fetch(url) {
                Ok(text) => Ok(vec![(url.to_owned(), text)]),
                Err(error) if error.name == "NotFoundError" => Ok(Vec::new()),
                Err(error) => Err(error),
            };
        }
        self.reachable(&parsed, &git)?;
        let glob = Glob::new(git.filepath.trim_start_matches('/'), GlobOptions::default());
        let root: Vec<&str> = parsed.path().split('/').skip(1).take(4).collect();
        let found = self.files.iter().filter(|(path, _)| glob.matches(path)).map(|(path, text)| {
            let mut located = parsed.clone();
            located.set_path(&format!("{}/{path}", root.join("/")));
            (located.to_string(), *text)
        });
        Ok(found.collect())
    }

    /// Whether the URL belongs to this repository and branch.
    fn reachable(&self, url: &Url, git: &GitUrl) -> Result<(), ReadError> {
        let not_found = || ReadError { name: "NotFoundError", message: format!("Request failed for {url}, 404 Not Found") };
        if url.host_str() != Some(self.site.host.as_str()) || url.port().is_some() {
            let message = format!(
                "Reading from '{url}' is not allowed. You may need to configure an integration for the target host, or add it to the configured list of allowed hosts at 'backend.reading.allow'"
            );
            return Err(ReadError { name: "NotAllowedError", message });
        }
        let branch = git.reference.is_empty() || git.reference == self.site.branch;
        if git.full_name == self.site.full_name && branch { Ok(()) } else { Err(not_found()) }
    }

    /// One file by its URL.
    fn fetch(&self, url: &str) -> Result<&'a str, ReadError> {
        let parsed = Url::parse(url).map_err(|_| ReadError { name: "TypeError", message: "Invalid URL".to_owned() })?;
        let git = GitUrl::parse(url).ok_or_else(|| Self::general("URL parsing failed.".to_owned()))?;
        if parsed.host_str() == Some(self.site.host.as_str()) {
            let complete = !git.owner.is_empty() && !git.name.is_empty() && !git.reference.is_empty();
            if git.traverses() || !complete || !["blob", "raw", "tree"].contains(&git.filepath_type.as_str()) {
                return Err(Self::general(format!("Incorrect URL: {url}, Error: Invalid GitHub URL or file path")));
            }
        }
        self.reachable(&parsed, &git)?;
        let path = git.filepath.strip_prefix('/').unwrap_or(&git.filepath);
        // The API answers for the path only; a query or fragment in the name is cut off.
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let decoded = super::git_url::decode_component(path).unwrap_or_default();
        let found = self.files.get(decoded.as_ref());
        found.copied().ok_or_else(|| ReadError { name: "NotFoundError", message: format!("Request failed for {url}, 404 Not Found") })
    }

    /// The files and folders that a `file` target names, in the order of a walk; `None` for a folder's text.
    fn glob(&self, target: &str) -> Vec<(String, Option<&'a str>)> {
        let target = target.replace('\\', "/");
        let full = |path: &str| format!("{}/{path}", self.site.root);
        if !is_glob(&target) && !target.contains('?') {
            let path = normalize_path(&target);
            let path = if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path };
            if self.folders.contains(&path) {
                return vec![(path, None)];
            }
            let file = path.strip_prefix(&self.site.root).and_then(|rest| rest.strip_prefix('/')).and_then(|rest| self.files.get(rest));
            return file.map(|text| (path, Some(*text))).into_iter().collect();
        }
        let glob = Glob::new(&normalize_path(&target), GlobOptions::default());
        let files = self.files.iter().map(|(path, text)| (full(path), Some(*text)));
        let folders = self.folders.iter().map(|path| (path.clone(), None));
        let mut found: Vec<_> = files.chain(folders).filter(|(path, _)| glob.matches(path)).collect();
        found.sort_by_cached_key(|(path, _)| glob.walk_position(path));
        found
    }

    fn read_urls(&self, location: &LocationRef, optional: bool, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        let found = match self.search(&location.target) {
            Ok(found) => found,
            Err(error) => {
                let message = format!("Unable to read {}, {}", location.kind, error.message);
                match error.name {
                    "NotFoundError" if optional => {}
                    "NotFoundError" => emit.error("NotFoundError", message),
                    _ => emit.error("Error", message),
                }
                return Ok(());
            }
        };
        if found.is_empty() && !optional {
            emit.error("NotFoundError", format!("Unable to read {}, no matching files found for {}", location.kind, location.target));
        }
        for (url, text) in found {
            self.parse(text, &LocationRef { kind: "url".to_owned(), target: url }, emit)?;
        }
        Ok(())
    }

    fn read_files(&self, location: &LocationRef, optional: bool, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        let found = self.glob(&location.target);
        if found.is_empty() && !optional {
            emit.error("NotFoundError", format!("{} {} does not exist", location.kind, location.target));
        }
        for (path, text) in found {
            match text {
                Some(text) => self.parse(text, &LocationRef { kind: "file".to_owned(), target: path }, emit)?,
                None => {
                    let cause = "Error: EISDIR: illegal operation on a directory, read";
                    emit.error("Error", format!("{} {} could not be read, {cause}", location.kind, location.target));
                    break;
                }
            }
        }
        Ok(())
    }

    fn parse(&self, text: &str, location: &LocationRef, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        for yielded in read::entities(text, &location.to_string()) {
            match yielded {
                Yielded::Entity(document) => emit.entity(document.into_value(), location)?,
                Yielded::Error(refusal, _) if refusal.name == "ReferenceError" => return Err(refusal),
                Yielded::Error(refusal, _) => emit.error("Error", refusal.message),
            }
        }
        Ok(())
    }
}

impl LocationReader for Repository<'_> {
    fn read_location(&self, location: &LocationRef, optional: bool, emit: &mut Emit<'_>) -> bool {
        let outcome = match location.kind.as_str() {
            "url" => self.read_urls(location, optional, emit),
            "file" => self.read_files(location, optional, emit),
            _ => return false,
        };
        // The readers catch what emission throws.
        if let Err(refusal) = outcome {
            let message = if location.kind == "url" {
                format!("Unable to read {}, {}", location.kind, refusal.message)
            } else {
                format!("{} {} could not be read, {refusal}", location.kind, location.target)
            };
            emit.error("Error", message);
        }
        true
    }
}

impl UrlReader for Repository<'_> {
    fn read_url(&self, url: &str) -> Result<String, ReadError> {
        self.fetch(url).map(str::to_owned)
    }
}

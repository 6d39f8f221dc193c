//! What generators would fetch: the inventory file, and repositories that are here.

use std::path::{Path, PathBuf};

use clap::Args;
use lofting::{Map, Value};
use serde_json::json;

use super::git::{self, Repository};
use crate::documents::{self, list, text};
use crate::exit::Failure;
use crate::{input, output};

/// How often an answer may ask for more.
const ROUNDS: usize = 32;

/// What generators would fetch.
#[derive(Debug, Args)]
pub(in crate::command) struct Facts {
    /// Clusters, trees, pull requests and so on, in the format of appset.generate
    #[arg(long, value_name = "FILE")]
    pub(super) inventory: Option<PathBuf>,
    /// A clone, or a directory with the repository's tree. HEAD and the branch that is checked out are read from the working
    /// tree, other revisions from git. The repository that holds the file is found by its remote's URL
    #[arg(long, value_name = "URL=DIR")]
    repo: Vec<String>,
}

/// Where facts come from: an inventory, and repositories.
#[derive(Debug)]
pub(in crate::command) struct Known {
    pub(super) inventory: Value,
    repositories: Vec<(String, Repository)>,
}

impl Facts {
    /// Reads the inventory and finds the repositories; `file` is the document that points at them.
    pub(in crate::command) fn read(&self, file: &Path) -> Result<Known, Failure> {
        self.read_as(self.inventory.as_deref(), file)
    }

    /// The same with another inventory file.
    pub(super) fn read_as(&self, inventory: Option<&Path>, file: &Path) -> Result<Known, Failure> {
        let mut known = match inventory {
            Some(path) => documents::document(path)?,
            None => json!({}),
        };
        if known.is_null() {
            known = json!({});
        }
        if !known.is_object() {
            let name = inventory.unwrap_or(Path::new("--inventory")).display();
            return Err(Failure::Usage(format!("{name}: the inventory is no mapping")));
        }
        let mut repositories = Vec::new();
        for entry in &self.repo {
            // A URL may hold an equals sign; a directory after the last one is likelier.
            let (url, dir) = entry.rsplit_once('=').ok_or_else(|| Failure::Usage(format!("--repo {entry}: wanted URL=DIR")))?;
            if !Path::new(dir).is_dir() {
                return Err(Failure::Usage(format!("--repo {entry}: {dir} is no directory")));
            }
            repositories.push((url.to_owned(), Repository::new(Path::new(dir))));
        }
        if let Some((urls, root)) = git::around(file) {
            repositories.extend(urls.into_iter().map(|url| (url, Repository::new(&root))));
        }
        Ok(Known { inventory: known, repositories })
    }
}

impl Known {
    /// The same facts with every repository as it was at a revision.
    pub(super) fn at(mut self, revision: &str) -> Self {
        for (_, repository) in &mut self.repositories {
            repository.head = Some(revision.to_owned());
        }
        self
    }

    /// Answers an operation, reading what it asks for from the repositories; the inventory goes into `member` of the request.
    pub(in crate::command) fn ask(&mut self, op: &str, request: &Value) -> Result<Value, Failure> {
        for _ in 0..ROUNDS {
            let mut request = request.clone();
            request["inventory"] = self.inventory.clone();
            let answer = documents::call(op, request)?;
            if !self.supply(list(&answer, "/needs"))? {
                return Ok(answer);
            }
        }
        Err(Failure::Usage("the generators ask for ever more trees".into()))
    }

    /// Adds the trees that are asked for and here; true if there was one.
    fn supply(&mut self, needs: &[Value]) -> Result<bool, Failure> {
        let mut found = false;
        for need in needs.iter().filter(|need| text(need, "/kind") == "git") {
            let (url, revision) = (text(need, "/entry/repoURL"), text(need, "/entry/revision"));
            let Some((_, repository)) = self.repositories.iter().find(|(known, _)| git::same_url(known, url)) else { continue };
            let Some(tree) = repository.tree(revision)? else { continue };
            let entry = json!({"repoURL": url, "revision": revision, "files": tree.files, "directories": tree.directories});
            let members = self.inventory.as_object_mut();
            let git = members.map(|members| members.entry("git").or_insert(Value::Null));
            let Some(git) = git else { continue };
            if git.is_null() {
                *git = Value::Array(Vec::new());
            }
            git.as_array_mut().ok_or_else(|| Failure::Usage("the inventory's git is no list".into()))?.push(entry);
            found = true;
        }
        Ok(found)
    }
}

/// What a need asks for, in words.
fn asked(need: &Value) -> String {
    let of = |key: &str| text(need, &format!("/entry/{key}"));
    match text(need, "/kind") {
        "git" => {
            let revision = if of("revision").is_empty() { "HEAD" } else { of("revision") };
            format!("the tree of {} at {revision}", of("repoURL"))
        }
        "clusters" => "the clusters that Argo CD knows".to_owned(),
        "configMaps" => format!("the ConfigMap {}", of("name")),
        "pullRequests" => "the pull requests".to_owned(),
        "scm" => "the repositories of the provider".to_owned(),
        "plugins" => "the plugin's answer".to_owned(),
        "oci" => format!("the artifact {}", of("repoURL")),
        other => other.to_owned(),
    }
}

/// What an answer could not be given without, in words; nothing when it is whole.
pub(in crate::command) fn wanting(answer: &Value) -> Option<String> {
    let needs: Vec<String> = list(answer, "/needs").iter().map(asked).collect();
    (!needs.is_empty()).then(|| needs.join(", "))
}

/// What the inventory lacks and how to give it, for people; true if something is lacking.
pub(in crate::command) fn lacking(answer: &Value) -> bool {
    let needs = list(answer, "/needs");
    for need in needs {
        let (kind, command) = (text(need, "/kind"), text(need, "/command"));
        let mut said = format!("{} asks for {}", text(need, "/path"), asked(need));
        if kind == "git" {
            said.push_str(&format!("\n  give a clone by --repo {}=DIR", text(need, "/entry/repoURL")));
        }
        let entry = need.get("entry").map(ToString::to_string).unwrap_or_default();
        said.push_str(&format!("\n  {} in --inventory FILE under {kind}: {entry}", if kind == "git" { "or put it" } else { "put it" }));
        if !command.is_empty() {
            said.push_str(&format!("\n  found by: {command}"));
        }
        output::note("missing", &said);
    }
    !needs.is_empty()
}

/// A tree of the inventory.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: Map<String, Value>,
    pub(super) directories: Vec<String>,
}

impl Tree {
    /// The files below a directory, as they are now.
    pub(super) fn of_directory(dir: &Path) -> Result<Self, Failure> {
        let files = input::tree(dir)?.into_iter().map(|file| (file.path, Value::String(file.text.unwrap_or_default())));
        Ok(Self { files: files.collect(), directories: Vec::new() })
    }
}

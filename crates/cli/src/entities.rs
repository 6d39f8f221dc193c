//! The entity files that the user names.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use lofting::backstage::catalog::check::{self, Accepted, Checker, SourceFile};
use lofting::platform::tree::skeletons;
use lofting::{Diagnostic, Value};

use crate::exit::Failure;
use crate::input;
use crate::output;

/// The API group of entities.
pub(crate) const ENTITIES: &str = "backstage.io/";
/// The API group of templates, which are entities too.
pub(crate) const TEMPLATES: &str = "scaffolder.backstage.io/";

/// One file.
#[derive(Debug)]
pub(crate) struct EntityFile {
    /// The path from where the command runs.
    pub(crate) shown: String,
    /// The path inside the repository, as far as the catalog is concerned.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
    /// Whether it is taken for an entity file; the others can be reached by placeholders.
    pub(crate) is_entity: bool,
}

/// The files of some paths.
#[derive(Debug)]
pub(crate) struct EntityFiles {
    pub(crate) files: Vec<EntityFile>,
}

impl EntityFiles {
    /// Reads files and directories; in directories the YAML files with an `apiVersion` of the `group` count as entity files,
    /// unless a template copies them. `-` is stdin.
    pub(crate) fn read(paths: &[PathBuf], group: &str) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for path in paths {
            let single = path.as_os_str() == "-" || path.is_file();
            if path.as_os_str() == "-" {
                files.push(EntityFile { shown: "-".into(), path: "-".into(), text: input::text(path)?, is_entity: true });
                continue;
            }
            for file in input::tree(path)? {
                let shown = if single { path.clone() } else { path.join(&file.path) };
                let shown = shown.strip_prefix(".").unwrap_or(&shown).to_path_buf();
                match file.text {
                    Ok(text) => {
                        let is_entity = single || (is_yaml(&file.path) && is_of(&file.path, &text, group));
                        files.push(EntityFile { path: inside(&shown), shown: shown.display().to_string(), text, is_entity });
                    }
                    Err(why) if single => return Err(Failure::Usage(format!("{}: {why}", shown.display()))),
                    Err(why) if is_yaml(&file.path) => output::note("skipped", &format!("{}: {why}", shown.display())),
                    Err(_) => {}
                }
            }
            if single {
                let named = files.last().map(beside).unwrap_or_default();
                files.extend(named);
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|later, first| later.shown == first.shown);
        let named: BTreeSet<&OsStr> = paths.iter().map(|path| path.strip_prefix(".").unwrap_or(path).as_os_str()).collect();
        let skeletons = skeletons(files.iter().map(|file| (file.path.as_str(), file.text.as_str())));
        for file in files.iter_mut().filter(|file| !named.contains(OsStr::new(&file.shown))) {
            file.is_entity &= !skeletons.iter().any(|dir| file.path.starts_with(dir.as_str()));
        }
        if files.iter().all(|file| !file.is_entity) {
            let what = if group == TEMPLATES { "a template" } else { "an entity" };
            return Err(Failure::Usage(format!("no file here holds {what}")));
        }
        Ok(Self { files })
    }

    /// Those that hold entities.
    pub(crate) fn entity_files(&self) -> Vec<SourceFile<'_>> {
        self.sources(true)
    }

    /// Those that do not.
    pub(crate) fn assets(&self) -> Vec<SourceFile<'_>> {
        self.sources(false)
    }

    fn sources(&self, entities: bool) -> Vec<SourceFile<'_>> {
        let wanted = self.files.iter().filter(|file| file.is_entity == entities);
        wanted.map(|file| SourceFile { path: &file.path, text: &file.text }).collect()
    }

    /// The texts by the paths that findings have after [`Self::show`].
    pub(crate) fn texts(&self) -> BTreeMap<&str, &str> {
        self.files.iter().map(|file| (file.shown.as_str(), file.text.as_str())).collect()
    }

    /// The entity files as the user would name them.
    pub(crate) fn names(&self) -> Vec<String> {
        self.files.iter().filter(|file| file.is_entity).map(|file| file.shown.clone()).collect()
    }

    /// Names files as the user would.
    pub(crate) fn show(&self, findings: &mut [Diagnostic]) {
        let shown: BTreeMap<&str, &str> = self.files.iter().map(|file| (file.path.as_str(), file.shown.as_str())).collect();
        for finding in findings.iter_mut() {
            let named = finding.location.as_ref().and_then(|at| shown.get_key_value(at.file.as_str()));
            if let Some((path, name)) = named.filter(|(path, name)| path != name) {
                finding.message = finding.message.replacen(&format!("at {path},"), &format!("at {name},"), 1);
            }
        }
        let places = findings.iter_mut().flat_map(|finding| {
            let related = finding.related.iter_mut().map(|related| &mut related.location);
            finding.location.iter_mut().chain(related)
        });
        for place in places {
            if let Some(name) = shown.get(place.file.as_str()) {
                place.file = (*name).to_owned();
            }
        }
    }

    /// The accepted entities as they are written, before the server adds to them.
    pub(crate) fn written(&self) -> Vec<Value> {
        self.each_accepted(|accepted, text| Some(accepted.source.read(text)?.into_owned().into_value()))
    }

    /// The accepted entities.
    pub(crate) fn accepted(&self) -> Vec<Value> {
        self.each_accepted(|accepted, _| Some(accepted.entity))
    }

    /// What `take` makes of each accepted entity and its file's text.
    fn each_accepted<T>(&self, take: impl Fn(Accepted, &str) -> Option<T>) -> Vec<T> {
        let (files, assets) = (self.entity_files(), self.assets());
        let checker = Checker::new(&files, &assets, check::BASE_URL);
        let verdicts = files.iter().flat_map(|file| checker.file(*file).into_iter().map(|verdict| (verdict, file.text)));
        verdicts.filter_map(|(verdict, text)| take(verdict.outcome.ok()?, text)).collect()
    }
}

/// The files beside one file that it names: by a placeholder such as `$text: ./openapi.yaml`, or as a folder that a template copies.
fn beside(file: &EntityFile) -> Vec<EntityFile> {
    let dir = Path::new(&file.shown).parent().unwrap_or(Path::new(""));
    let asset = |path: &Path, text: String| EntityFile { path: inside(path), shown: path.display().to_string(), text, is_entity: false };
    let mut found = Vec::new();
    for line in file.text.lines() {
        let Some((key, target)) = line.trim_start_matches([' ', '-', '{']).split_once(':') else { continue };
        let target = target.trim().trim_end_matches('}').trim().trim_matches(['"', '\'']);
        let path = dir.join(target);
        if target.is_empty() || target.contains("://") {
            continue;
        }
        if key.trim_matches(['"', '\'']).starts_with('$') && path.is_file() {
            found.extend(input::text(&path).ok().map(|text| asset(&path, text)));
        } else if key == "url" && path.is_dir() {
            let below = input::tree(&path).unwrap_or_default().into_iter();
            found.extend(below.filter_map(|file| Some(asset(&path.join(&file.path), file.text.ok()?))));
        }
    }
    found
}

/// A path without its root, its steps upwards taken.
fn inside(path: &Path) -> String {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name.to_string_lossy()),
            Component::ParentDir => drop(names.pop()),
            _ => {}
        }
    }
    names.join("/")
}

/// Whether a document of the file says that it is of the group; a `catalog-info.yaml` is an entity's whatever it says.
fn is_of(path: &str, text: &str, group: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let says = |line: &str| {
        let version = line
            .trim_start_matches(['{', ' ', '"', '\''])
            .strip_prefix("apiVersion")
            .map(|rest| rest.trim_start_matches(['"', '\'', ' ', ':']));
        let at_root = !line.starts_with(' ') || line.trim_start().starts_with('"');
        at_root && version.is_some_and(|version| version.starts_with(group) || (group == ENTITIES && version.starts_with(TEMPLATES)))
    };
    text.lines().any(says) || (group == ENTITIES && matches!(name, "catalog-info.yaml" | "catalog-info.yml"))
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

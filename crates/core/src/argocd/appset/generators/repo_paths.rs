//! The git and OCI generators: `repo_path_utils.go`.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    EMPTY, ParamSets, flag, items, list, text,
    transform::{Asked, Generation},
    values,
};
use crate::{
    Value,
    argocd::appset::{
        inventory::Tree,
        needs::Need,
        params::{Params, flatten, shown},
        stop::Stop,
    },
    lang::{
        glob::{doublestar_files::doublestar_files, path_match, pathspec},
        gofmt::{List, Map, Text, Value as GoValue},
        gotemplate::sanitize_name,
    },
    yaml,
};

/// Where the paths come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Git,
    Oci,
}

impl Source {
    fn kind(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Oci => "oci",
        }
    }
}

/// `GitGenerator.GenerateParams` and `OciGenerator.GenerateParams`
pub(super) fn generate(generation: &Generation<'_>, asked: &Asked<'_>, source: Source) -> ParamSets {
    let generator = asked.generator;
    if source == Source::Git && !generation.project.contains("{{") {
        let known = generation.inventory.projects.as_ref().is_none_or(|projects| projects.contains(&generation.project));
        if !known {
            let project = &generation.project;
            return Err(Stop::Error(format!("error getting project {project}: appprojects.argoproj.io {project:?} not found")));
        }
    }
    let directories = items(generator, "directories");
    let files = items(generator, "files");
    let sets = if !directories.is_empty() {
        directory_params(generation, asked, source, directories)
    } else if !files.is_empty() {
        file_params(generation, asked, source, files)
    } else {
        return Err(EMPTY.into());
    };
    sets.map_err(|stop| stop.context(&format!("error generating params from {}", source.kind())))
}

fn tree<'i>(generation: &Generation<'i>, asked: &Asked<'_>, source: Source) -> Result<&'i Tree, Stop> {
    let (url, revision) = (text(asked.generator, "repoURL"), text(asked.generator, "revision"));
    let trees = if source == Source::Git { &generation.inventory.git } else { &generation.inventory.oci };
    let found = trees.iter().find(|tree| tree.repo_url == url && tree.revision.as_deref().is_none_or(|known| known == revision));
    match found {
        Some(Tree { error: Some(error), .. }) if !error.is_empty() => Err(Stop::Error(error.clone())),
        Some(tree) => Ok(tree),
        None => Err(Stop::Needs(vec![need(asked, source, url, revision)])),
    }
}

fn need(asked: &Asked<'_>, source: Source, url: &str, revision: &str) -> Need {
    let command = match source {
        Source::Git if revision.is_empty() => format!("git clone --depth 1 {url} tree && git -C tree ls-tree -r --name-only HEAD"),
        Source::Git => format!("git clone {url} tree && git -C tree ls-tree -r --name-only {revision}"),
        Source::Oci => format!("oras pull {}:{revision}", url.trim_start_matches("oci://")),
    };
    Need {
        kind: source.kind().into(),
        entry: serde_json::json!({"repoURL": url, "revision": revision, "files": {}}),
        command,
        path: asked.path.to_owned(),
    }
}

/// Every directory of a tree, in the order of a walk.
fn walk(tree: &Tree, hidden: bool) -> Vec<String> {
    let mut found: BTreeSet<Vec<&str>> = BTreeSet::new();
    let of_files = tree.files.keys().filter_map(|file| file.rsplit_once('/')).map(|(directory, _)| directory);
    for directory in of_files.chain(tree.directories.iter().map(String::as_str)) {
        let parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        for len in 1..=parts.len() {
            let Some(head) = parts.get(..len) else { break };
            if head.last().is_some_and(|name| name.starts_with('.') && !hidden || *name == ".git" && len == 1) {
                break;
            }
            found.insert(head.to_vec());
        }
    }
    found.into_iter().map(|parts| parts.join("/")).collect()
}

fn directory_params(generation: &Generation<'_>, asked: &Asked<'_>, source: Source, patterns: &[Value]) -> ParamSets {
    let tree =
        tree(generation, asked, source).map_err(|stop| stop.context(&format!("error getting directories from {}", source.kind())))?;
    let mut sets = Vec::new();
    for path in walk(tree, generation.inventory.settings.include_hidden_directories) {
        let (mut included, mut excluded) = (false, false);
        for pattern in patterns {
            if path_match(text(pattern, "path"), &path).unwrap_or(false) {
                if flag(pattern, "exclude") {
                    excluded = true;
                } else {
                    included = true;
                }
            }
        }
        if !included || excluded {
            continue;
        }
        let params = Map::any([]);
        add_path(&params, &path, None, text(asked.generator, "pathParamPrefix"), generation.engine.go);
        values::append(&generation.engine, asked.generator, &params)
            .map_err(|stop| stop.context("failed to append templated values").context("error generating params from apps"))?;
        sets.push(params);
    }
    Ok(sets)
}

/// `path.Base`
fn base(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        trimmed => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }
}

/// The parameters of a directory, or of a file and its directory.
fn add_path(params: &Params, path: &str, filename: Option<&str>, prefix: &str, go: bool) {
    let mut entries =
        vec![("path", path.to_owned()), ("basename", base(path).to_owned()), ("basenameNormalized", sanitize_name(base(path)))];
    if let Some(filename) = filename {
        entries.push(("filename", filename.to_owned()));
        entries.push(("filenameNormalized", sanitize_name(filename)));
    }
    if go {
        let map = Map::any(entries.into_iter().map(|(key, value)| (Text::from(key), GoValue::text(value))));
        map.set(Text::from("segments"), GoValue::List(List::strings(path.split('/'))));
        if prefix.is_empty() {
            params.set(Text::from("path"), GoValue::Map(map));
        } else {
            params.set(Text::from(prefix), GoValue::Map(Map::any([(Text::from("path"), GoValue::Map(map))])));
        }
        return;
    }
    let name = if prefix.is_empty() { "path".to_owned() } else { format!("{prefix}.path") };
    for (key, value) in entries {
        let key = if key == "path" { name.clone() } else { format!("{name}.{key}") };
        params.set(Text::from(key), GoValue::text(value));
    }
    for (index, segment) in path.split('/').enumerate().filter(|(_, segment)| !segment.is_empty()) {
        params.set(Text::from(format!("{name}[{index}]")), GoValue::text(segment));
    }
}

fn file_params(generation: &Generation<'_>, asked: &Asked<'_>, source: Source, patterns: &[Value]) -> ParamSets {
    let mut found: BTreeMap<String, &str> = BTreeMap::new();
    for pattern in patterns.iter().filter(|pattern| !flag(pattern, "exclude")) {
        found.extend(matching(generation, asked, source, text(pattern, "path"))?);
    }
    for pattern in patterns.iter().filter(|pattern| flag(pattern, "exclude")) {
        for (path, _) in matching(generation, asked, source, text(pattern, "path"))? {
            found.remove(&path);
        }
    }
    let mut sets = Vec::new();
    for (path, content) in found {
        let made = parse_file(generation, asked, &path, content).map_err(|stop| {
            stop.context(&format!("unable to process file '{path}' from repository '{}'", text(asked.generator, "repoURL")))
        })?;
        sets.extend(made);
    }
    Ok(sets)
}

/// The files that a pattern selects, with their texts.
fn matching<'i>(generation: &Generation<'i>, asked: &Asked<'_>, source: Source, pattern: &str) -> Result<Vec<(String, &'i str)>, Stop> {
    let tree = tree(generation, asked, source)?;
    let kept: Vec<String> = tree.directories.iter().map(|directory| format!("{}/.gitkeep", directory.trim_end_matches('/'))).collect();
    let names: Vec<&str> = tree.files.keys().map(String::as_str).chain(kept.iter().map(String::as_str)).collect();
    let content = |name: &str| tree.files.get(name).map(String::as_str).or_else(|| kept.iter().any(|file| file == name).then_some(""));
    let failed =
        |message: String| Stop::Error(format!("error retrieving {} files: {message}", if source == Source::Git { "Git" } else { "OCI" }));
    if source == Source::Git && !generation.inventory.settings.new_git_file_globbing {
        let selected = pathspec(pattern, &names).map_err(|error| failed(error.to_string()))?;
        return Ok(selected.into_iter().filter_map(|name| Some((name.to_owned(), content(name)?))).collect());
    }
    let pattern = if source == Source::Oci && matches!(pattern, "" | ".") { "**" } else { pattern };
    let selected = doublestar_files(pattern, &names).map_err(|error| failed(error.to_string()))?;
    let mut files = Vec::with_capacity(selected.len());
    for name in selected {
        match content(&name) {
            Some(text) => files.push((name, text)),
            None if source == Source::Oci => {}
            None => return Err(failed(format!("read {name}: is a directory"))),
        }
    }
    Ok(files)
}

/// `parseFileParams`: a map, or a list of maps.
fn parse_file(generation: &Generation<'_>, asked: &Asked<'_>, path: &str, content: &str) -> ParamSets {
    let unreadable = |message: String| Stop::Error(format!("unable to parse file: {message}"));
    let value = yaml::kubernetes::unmarshal(content).map_err(|error| unreadable(error.message))?;
    let objects = match list::map(&value) {
        Some(object) => vec![object],
        None => {
            list::maps(&value).ok_or_else(|| unreadable("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal".into()))?
        }
    };
    let (directory, filename) = path.rsplit_once('/').unwrap_or((".", path));
    let mut sets = Vec::with_capacity(objects.len());
    for object in objects {
        let params = if generation.engine.go {
            Map::any(object.to_vec())
        } else {
            Map::any(flatten(&object).into_iter().map(|(key, value)| (Text::from(key), GoValue::text(shown(&value)))))
        };
        add_path(&params, directory, Some(filename), text(asked.generator, "pathParamPrefix"), generation.engine.go);
        values::append(&generation.engine, asked.generator, &params).map_err(|stop| stop.context("failed to append templated values"))?;
        sets.push(params);
    }
    Ok(sets)
}

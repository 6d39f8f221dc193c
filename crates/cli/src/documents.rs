//! Documents in the files that the user names.

use std::path::{Component, Path, PathBuf};

use lofting::platform::tree::flatten;
use lofting::text::LineIndex;
use lofting::yaml::{self, Dialect};
use lofting::{Error, Value, wire};

use crate::exit::Failure;
use crate::input;
use crate::output;
use crate::report::count;

/// The objects of files and directories, lists flattened; `-` is stdin. In directories YAML and JSON files count, and of those
/// the documents that are Kubernetes objects.
pub(crate) fn objects(paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let dir = path.is_dir();
        for (name, text) in input::data(path)? {
            found.extend(if dir {
                read(&text, &name)?.into_iter().filter(|object| !kind(object).is_empty()).collect()
            } else {
                named(&text, &name)?
            });
        }
    }
    Ok(found)
}

/// The objects that a search may look through: as `objects`, but a file of a directory that is no YAML is left out with a note,
/// for a repository holds templates and settings of other tools as well. A file that is named must be readable.
pub(crate) fn search(paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let mut found = Vec::new();
    let mut broken = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.extend(objects(std::slice::from_ref(path))?);
            continue;
        }
        for (name, text) in input::data(path)? {
            match read(&text, &name) {
                Ok(objects) => found.extend(objects.into_iter().filter(|object| !kind(object).is_empty())),
                Err(_) if is_of_another_tool(&name, &text) => {}
                Err(failure) => broken.push(failure),
            }
        }
    }
    for failure in broken.iter().take(3) {
        let at = failure.location().map(|at| format!("{}:{}: ", at.file, at.line)).unwrap_or_default();
        output::note("skipped", &format!("{at}{failure}"));
    }
    if broken.len() > 3 {
        output::note("skipped", &format!("{} more that are no YAML", count(broken.len() - 3, "file")));
    }
    Ok(found)
}

/// Templates of charts, settings of editors, and JSON that is no manifest.
fn is_of_another_tool(name: &str, text: &str) -> bool {
    let hidden = Path::new(name)
        .parent()
        .is_some_and(|dir| dir.components().any(|part| matches!(part, Component::Normal(part) if part.to_string_lossy().starts_with('.'))));
    let json = name.ends_with(".json") && !text.contains("\"apiVersion\"");
    let template = Path::new(name).components().any(|part| part.as_os_str() == "templates") && text.contains("{{");
    hidden || json || template
}

/// Manifests to deploy: as `objects`, but a directory that needs a renderer is refused.
pub(crate) fn targets(paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    for path in paths.iter().filter(|path| path.is_dir()) {
        let needs = |file: &str, tool: &str| {
            let name = path.display();
            path.join(file)
                .is_file()
                .then(|| Failure::Usage(format!("{name}: {file} needs a renderer; pass what it makes: `{tool} {name} | lofting … -`")))
        };
        if let Some(failure) = needs("kustomization.yaml", "kustomize build").or_else(|| needs("Chart.yaml", "helm template NAME")) {
            return Err(failure);
        }
    }
    let found = objects(paths)?;
    if found.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::Usage(format!("{}: no manifest is here", names.join(", "))));
    }
    Ok(found)
}

/// The objects of one text.
pub(crate) fn read(text: &str, name: &str) -> Result<Vec<Value>, Failure> {
    let documents = yaml::parse(text, Dialect::Kubernetes).map_err(|error| input::named(error, name))?;
    Ok(documents.into_iter().flat_map(|document| flatten(document.into_value())).filter(|value| !value.is_null()).collect())
}

/// The objects of a file that was named: a document that is no Kubernetes object is refused, with its place.
fn named(text: &str, name: &str) -> Result<Vec<Value>, Failure> {
    let documents = yaml::parse(text, Dialect::Kubernetes).map_err(|error| input::named(error, name))?;
    let mut found = Vec::new();
    for document in documents.into_iter().filter(|document| !document.value().is_null()) {
        if let Some((pointer, why)) = broken(document.value()) {
            let error = Error::upstream(why);
            let span = document.locate_key(&pointer);
            return Err(match span {
                Some(span) => error.at(LineIndex::new(text).location(text, name, span)).into(),
                None => input::named(error, name),
            });
        }
        found.extend(flatten(document.into_value()));
    }
    Ok(found)
}

/// The first object that is none, and why.
fn broken(document: &Value) -> Option<(String, &'static str)> {
    if kind(document).is_empty() {
        return Some((String::new(), "Object 'Kind' is missing"));
    }
    if document.get("metadata").is_some_and(|metadata| !metadata.is_object() && !metadata.is_null()) {
        return Some(("/metadata".to_owned(), "metadata is no map"));
    }
    if !kind(document).ends_with("List") {
        return None;
    }
    list(document, "/items")
        .iter()
        .enumerate()
        .find_map(|(at, item)| broken(item).map(|(pointer, why)| (format!("/items/{at}{pointer}"), why)))
}

/// The one document of a file, whatever it is.
pub(crate) fn document(path: &Path) -> Result<Value, Failure> {
    let name = path.display().to_string();
    yaml::kubernetes::unmarshal(&input::text(path)?).map_err(|error| input::named(error, &name))
}

/// The one object of a kind in a file; `FILE#NAME` picks one of several. What was recorded from a cluster gives way to what was
/// written.
pub(crate) fn one(path: &Path, wanted: &str) -> Result<Value, Failure> {
    let mut found = all(path, wanted)?;
    let recorded = |object: &Value| object.pointer("/metadata/uid").is_some() && object.get("status").is_some();
    if found.len() > 1 && found.iter().any(|object| !recorded(object)) {
        found.retain(|object| !recorded(object));
    }
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    let mut names: Vec<&str> = Vec::new();
    for name in found.iter().map(name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let file = path.display();
    let message = match names.as_slice() {
        [one] => format!("{file}: there are {} of kind {wanted} named {one}; name the file that has the right one", found.len()),
        _ => format!("{file}: there are several of kind {wanted}; pick one with {file}#NAME: {}", names.join(", ")),
    };
    Err(Failure::Usage(message))
}

/// The objects of a kind in a file, at least one; `FILE#NAME` picks one of several.
pub(crate) fn all(path: &Path, wanted: &str) -> Result<Vec<Value>, Failure> {
    let text = path.display().to_string();
    let (file, pick) = match text.rsplit_once('#') {
        Some((file, pick)) if !path.exists() => (file, Some(pick)),
        _ => (text.as_str(), None),
    };
    let mut found = search(&[PathBuf::from(file)])?;
    found.retain(|object| kind(object) == wanted && pick.is_none_or(|pick| name(object) == pick));
    if found.is_empty() {
        let which = pick.map(|pick| format!(" with the name {pick}")).unwrap_or_default();
        return Err(Failure::Usage(format!("{file}: there is no {wanted}{which} here")));
    }
    Ok(found)
}

/// `kind`, or nothing.
pub(crate) fn kind(object: &Value) -> &str {
    object.get("kind").and_then(Value::as_str).unwrap_or_default()
}

/// `metadata.name`, or nothing.
pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// The text at a pointer, or nothing.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The list at a pointer, or nothing.
pub(crate) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A value on one line: texts without quotes, long ones cut.
pub(crate) fn brief(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace('\n', "⏎");
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Answers an operation of the core.
pub(crate) fn call(op: &str, input: Value) -> Result<Value, Failure> {
    Ok(wire::call(op, input)?)
}

/// Now, unless a time is given (RFC 3339).
pub(crate) fn instant(given: Option<&str>) -> Result<String, Failure> {
    match given {
        None => Ok(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        Some(text) => match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            Err(_) => Err(Failure::Usage(format!("--at {text}: no RFC 3339 time such as 2026-01-31T12:00:00Z"))),
        },
    }
}

pub(crate) fn is_data(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json")
}

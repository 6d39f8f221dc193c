//! `fetch:template` and `fetch:template:file`.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Call, fetch};
use crate::backstage::scaffolder::dry_run::Mode;
use crate::backstage::scaffolder::dry_run::binary::is_binary;
use crate::backstage::scaffolder::dry_run::copy_patterns::{Listed, select};
use crate::backstage::scaffolder::dry_run::workspace::{Content, Entry, text as text_of};
use crate::backstage::scaffolder::templating::TemplateHost;
use crate::lang::javascript::special::plain;
use crate::lang::javascript::{stable_stringify, to_text, truthy};
use crate::lang::jinja::{Context, Limits, Options, Template, TemplateError};
use crate::{Error, Result};

/// What the names of temporary folders add to a step's id.
const TEMPORARY_NAME: usize = 57;

/// Renders paths and contents with the values of the input.
struct Renderer {
    context: Context,
    options: Options,
    host: TemplateHost,
}

impl Renderer {
    fn new(call: &Call<'_>) -> Result<Self> {
        let cookiecutter = call.flag("cookiecutterCompat");
        let mut names = Map::new();
        if let Some(values) = call.input.get("values") {
            names.insert(if cookiecutter { "cookiecutter" } else { "values" }.to_owned(), values.clone());
        }
        Ok(Self {
            context: Context::new(&names).map_err(|error| refuse(&error))?,
            options: Options {
                trim_blocks: call.flag("trimBlocks"),
                lstrip_blocks: call.flag("lstripBlocks"),
                cookiecutter_compat: cookiecutter,
                legacy: false,
            },
            host: TemplateHost::for_files(),
        })
    }

    fn render(&self, text: &str) -> Result<String> {
        let template = Template::parse(text, &self.options).map_err(|error| refuse(&error))?;
        template.render(&self.context, &self.host, Limits::default()).map_err(|error| refuse(&error))
    }

    /// A path; most have nothing to render.
    fn path(&self, path: &str) -> Result<String> {
        if path.contains('{') { self.render(path) } else { Ok(path.to_owned()) }
    }
}

/// What a logger makes of a message and values: they follow as JSON with sorted keys, a `message` among them as text.
fn with_values(message: String, values: Option<&Value>) -> String {
    let Some(Value::Object(values)) = values else { return message };
    let mut values = values.clone();
    let message = match values.shift_remove("message") {
        Some(more) if truthy(&more) => format!("{message} {}", to_text(&more)),
        _ => message,
    };
    for own in ["level", "splat"] {
        values.shift_remove(own);
    }
    if values.is_empty() { message } else { format!("{message} {}", stable_stringify(&plain(Value::Object(values)))) }
}

fn refuse(error: &TemplateError) -> Error {
    Error::upstream(error.to_string())
}

/// The step's id becomes part of a folder's name.
fn check_temporary_folder(call: &Call<'_>) -> Result<()> {
    if call.step.contains(['/', '\0']) || call.step.len() + TEMPORARY_NAME > 255 {
        return Err(Error::upstream(format!("ENOENT: no such file or directory, mkdtemp '_step-{}-XXXXXX'", call.step)));
    }
    Ok(())
}

/// How the files to render are told from those to copy.
enum Selection {
    /// Those whose names end so, which then goes.
    Extension(String),
    /// All but these.
    Except(HashSet<String>),
}

fn selection(call: &Call<'_>, entries: &[Listed<'_>]) -> Result<Selection> {
    if let Some(extension) = checked_extension(call)? {
        return Ok(Selection::Extension(extension));
    }
    let patterns = call.input.get("copyWithoutTemplating").and_then(Value::as_array);
    let patterns: Vec<&str> = patterns.into_iter().flatten().filter_map(Value::as_str).collect();
    Ok(Selection::Except(select(&patterns, entries)?))
}

/// The ending of files to render, if the input names one.
pub(in super::super) fn extension(input: &Value) -> Option<String> {
    match input.get("templateFileExtension") {
        Some(Value::Bool(true)) => Some(".njk".to_owned()),
        Some(Value::String(extension)) if extension.starts_with('.') => Some(extension.clone()),
        Some(Value::String(extension)) if !extension.is_empty() => Some(format!(".{extension}")),
        _ => None,
    }
}

fn checked_extension(call: &Call<'_>) -> Result<Option<String>> {
    let extension = extension(call.input);
    if extension.is_some() && (call.input.get("copyWithoutTemplating").is_some() || call.flag("cookiecutterCompat")) {
        let message = "Fetch action input extension incompatible with copyWithoutTemplating and cookiecutterCompat";
        return Err(Error::upstream(message));
    }
    Ok(extension)
}

/// Node's `path.extname`.
fn extname(path: &str) -> &str {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match name.rfind('.') {
        None | Some(0) => "",
        Some(_) if name == ".." => "",
        Some(at) => name.get(at..).unwrap_or_default(),
    }
}

/// `slice(0, -length)` of the extension, which a folder's slash shifts.
fn without_extension<'p>(path: &'p str, extension: &str) -> &'p str {
    let mut rest = path;
    let mut units = extension.encode_utf16().count();
    while units > 0 {
        let Some(last) = rest.chars().next_back() else { break };
        units = units.saturating_sub(last.len_utf16());
        rest = rest.get(..rest.len() - last.len_utf8()).unwrap_or_default();
    }
    rest
}

pub(super) fn folder(call: &mut Call<'_>) -> Result<()> {
    let target = call.workspace.child("", call.text("targetPath").unwrap_or("./"))?;
    checked_extension(call)?;
    call.say("Fetching template content from remote URL");
    check_temporary_folder(call)?;
    let content = call.content;
    let source = fetch::source(call)?;
    match content.get(&source) {
        Some(Entry::Folder) => {}
        Some(Entry::File(_)) => return Err(Error::upstream("The `cwd` option must be a path to a directory")),
        None => return content.missing("lstat", &source),
    }
    let mut entries: Vec<Listed<'_>> = content.below(&source).filter(|(path, _)| !path.starts_with("..")).collect();
    // Level by level, as the walk goes.
    entries.sort_by_cached_key(|(path, _)| {
        let parts: Vec<&str> = path.split('/').collect();
        (parts.len(), parts)
    });
    call.say("Listing files and directories in template");
    let selection = selection(call, &entries)?;
    let message = format!("Processing {} template files/directories with input values", entries.len());
    call.say(with_values(message, call.input.get("values")));
    let renderer = Renderer::new(call)?;
    let replace = call.flag("replace");
    for (path, entry) in entries {
        let is_folder = matches!(entry, Entry::Folder);
        let listed = if is_folder { format!("{path}/") } else { path.to_owned() };
        let (rendered, with_content) = match &selection {
            Selection::Extension(extension) if extname(&listed) == extension => {
                (renderer.path(without_extension(&listed, extension))?, true)
            }
            Selection::Extension(_) => (renderer.path(&listed)?, false),
            Selection::Except(copied) => (renderer.path(&listed)?, !copied.contains(path)),
        };
        if rendered.is_empty() || rendered.starts_with('/') || rendered.contains("//") {
            continue;
        }
        let output = call.workspace.child(&target, &rendered)?;
        if call.workspace.get(&output).is_some() && !replace {
            continue;
        }
        match entry {
            Entry::Folder => call.workspace.make_folder(&output)?,
            Entry::File(file) if file.mode == Mode::Link || is_binary(&file.bytes) => call.workspace.write(&output, file.clone())?,
            Entry::File(file) => {
                let text = text_of(&file.bytes);
                let text = if with_content { renderer.render(&text)? } else { text.into_owned() };
                call.workspace.write(&output, Content { bytes: text.into_bytes().into(), mode: file.mode })?;
            }
        }
    }
    let target = call.workspace.full_path(&target);
    call.say(format!("Template result written to {target}"));
    Ok(())
}

pub(super) fn file(call: &mut Call<'_>) -> Result<()> {
    let target = call.workspace.child("", call.text("targetPath").unwrap_or_default())?;
    if call.workspace.get(&target).is_some() && !call.flag("replace") {
        let path = call.text("targetPath").unwrap_or_default();
        call.say(format!("File {path} already exists in workspace, not replacing."));
        return Ok(());
    }
    call.say("Fetching template file content from remote URL");
    check_temporary_folder(call)?;
    let bytes = call.content.read(&fetch::source(call)?)?;
    call.say(with_values("Processing template file with input values".to_owned(), call.input.get("values")));
    let text = Renderer::new(call)?.render(&text_of(&bytes))?;
    // It is written anew, so that it is no executable even if the source was.
    call.workspace.write(&target, Content::regular(text.into_bytes().into()))?;
    let target = call.workspace.full_path(&target);
    call.say(format!("Template file has been written to {target}"));
    Ok(())
}

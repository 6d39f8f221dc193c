//! A run of a template without a server: `POST /v2/dry-run`, with files in memory.

mod binary;
mod copy_patterns;
mod handlers;
mod log;
mod redact;
mod step;
mod workspace;

use serde_json::{Map, Value, json};

use super::actions::Registry;
use super::templating::TemplateHost;
use super::{is_truthy, parameters, render};
use crate::backstage::catalog::kinds;
use crate::backstage::catalog::reference::{Defaults, EntityRef};
use crate::lang::javascript::special::plain;
use crate::lang::javascript::to_text;
use crate::lang::jinja::Context;
use crate::text::{Diagnostic, LineIndex};
use crate::yaml;
use crate::yaml::backstage::{Root, roots};
use crate::{Error, Result};

use step::Steps;
use workspace::{Content, Workspace};

pub use log::LogLine;
pub use step::{Status, StepReport};

/// Where the files of a run lie; `ID` stands for what upstream draws at random.
const WORKSPACE: &str = "/workspace/dry-run-ID";
/// Where the template and its skeletons lie.
const CONTENT: &str = "/workspace/dry-run-content-ID";
/// The task's id.
const TASK_ID: &str = "dry-run-ID";
/// Who runs the template if nobody is named.
const GUEST: &str = "user:default/guest";

/// What kind of file it is, as Git tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// A file.
    #[default]
    Regular,
    /// A file that may be run.
    Executable,
    /// A link; its bytes are the path it leads to.
    Link,
}

/// A file by its path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceFile {
    /// Relative to the root of the repository.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What kind of file it is.
    pub mode: Mode,
}

/// A template to run and what it runs with.
#[derive(Debug, Clone, Default)]
pub struct DryRun<'a> {
    /// The files, of which those in the template's folder are visible.
    pub files: &'a [SourceFile],
    /// The path of the template.
    pub template: &'a str,
    /// The form values.
    pub values: Map<String, Value>,
    /// The secrets, all texts.
    pub secrets: Map<String, Value>,
    /// Reference of the user.
    pub user: Option<&'a str>,
    /// What `catalog:fetch` can find, the user included.
    pub entities: Vec<&'a Value>,
    /// Read the template as from its repository's host, where `url: ../database` names a folder beside the
    /// template's own; upstream's dry run, which sees only that folder, refuses it.
    pub from_host: bool,
}

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The steps, in order.
    pub steps: Vec<StepReport>,
    /// The files of the workspace, sorted by path.
    pub files: Vec<SourceFile>,
    /// The rendered output.
    pub output: Value,
    /// What the run told.
    pub log: Vec<LogLine>,
    /// Expressions that the server takes as they are written, or that became nothing.
    pub diagnostics: Vec<Diagnostic>,
}

/// The first Template of a file, else its first document.
pub fn template_of(text: &str) -> Result<Value> {
    read_template(text).map(|(value, _)| value)
}

/// The same with the places of its nodes.
fn read_template(text: &str) -> Result<(Value, Option<yaml::Document>)> {
    let mut documents = Vec::new();
    for root in roots(text, false)? {
        match root {
            Root::Entity(document) | Root::Other(document) => {
                documents.push((crate::lang::javascript::canonical(document.value()), Some(document)));
            }
            Root::Empty => documents.push((Value::Null, None)),
            Root::Broken(error) | Root::Fatal(error) | Root::Circular(error) => return Err(Error::upstream(error.to_string())),
        }
    }
    let found = documents.iter().position(|(document, _)| document.get("kind").and_then(Value::as_str) == Some("Template"));
    let at = found.unwrap_or(0);
    if at < documents.len() { Ok(documents.swap_remove(at)) } else { Err(Error::upstream("Input template is not a template")) }
}

impl DryRun<'_> {
    /// Runs the template. Every failure is an error, as upstream then answers nothing else.
    pub fn run(&self, registry: &Registry) -> Result<Outcome> {
        let file = self.files.iter().find(|file| file.path == self.template).ok_or_else(|| Error::upstream("no template file"))?;
        let text = String::from_utf8_lossy(&file.bytes);
        let (template, document) = read_template(&text)?;
        self.check(&template)?;
        let content = self.content_of(if self.from_host { "" } else { self.folder() })?;
        let steps = named_steps(&template)?;
        let names = self.context()?;
        let refuse = |error: crate::lang::jinja::TemplateError| Error::upstream(error.to_string());
        let context = Context::new(&names).map_err(refuse)?;
        let secrets = self.secrets();
        let mut run = Steps {
            content,
            folder: if self.from_host { self.folder() } else { "" },
            workspace: Workspace::new(WORKSPACE),
            host: TemplateHost::for_steps(),
            entities: &self.entities,
            registry,
            redactions: redact::Redactions::new(self.secrets.values()),
            secrets,
            context,
            outputs: Map::new(),
            log: log::Log::default(),
            findings: step::Findings::default(),
        };
        run.log.start(steps.len());
        let reports = steps.iter().enumerate().map(|(at, step)| run.step(at, step)).collect::<Result<Vec<_>>>()?;
        let none = Value::Object(Map::new());
        let output = template.pointer("/spec/output").filter(|output| !output.is_null()).unwrap_or(&none);
        let output = render::render_marked(output, &Ok(run.context.clone()), render::Mode::Native, &run.host);
        run.findings.kept("/spec/output", &output);
        let output = output.value;
        self.check_links(&run.workspace)?;
        let visible = |path: &str| path != ".git" && !path.starts_with(".git/");
        let files = run.workspace.files().filter(|(path, _)| visible(path));
        Ok(Outcome {
            steps: reports,
            files: files.map(|(path, file)| SourceFile { path: path.to_owned(), bytes: file.bytes.to_vec(), mode: file.mode }).collect(),
            output: plain(conditional_items(output.unwrap_or(none))),
            log: run.log.lines,
            diagnostics: self.placed(run.findings.found, document.as_ref(), &text),
        })
    }

    /// No link of the result leads out of it.
    fn check_links(&self, workspace: &Workspace) -> Result<()> {
        match workspace.files().find(|(path, file)| file.mode == Mode::Link && workspace.target(path, file).is_none()) {
            None => Ok(()),
            Some((path, file)) => {
                let target = String::from_utf8_lossy(&file.bytes);
                Err(Error::upstream(format!("{path} is a link to {target}, which is not allowed to lead outside the workspace")))
            }
        }
    }

    fn placed(&self, mut findings: Vec<Diagnostic>, document: Option<&yaml::Document>, text: &str) -> Vec<Diagnostic> {
        let index = LineIndex::new(text);
        for finding in &mut findings {
            let span = document.and_then(|document| document.locate(&finding.path));
            finding.location = span.map(|span| index.location(text, self.template, span));
        }
        findings
    }

    fn check(&self, template: &Value) -> Result<()> {
        let text = |key: &str| template.get(key).and_then(Value::as_str);
        if text("apiVersion") != Some(kinds::TEMPLATE_API_VERSION) || text("kind") != Some("Template") {
            return Err(Error::upstream("Input template is not a template"));
        }
        if let Some(first) = kinds::violations(template).first() {
            return Err(Error::upstream(kinds::print_violation(first)));
        }
        if self.secrets.values().any(|secret| !secret.is_string()) {
            return Err(Error::upstream("Malformed request: secrets must be texts"));
        }
        let values = Value::Object(self.values.clone());
        let mut found = parameters::check_values(template.pointer("/spec/parameters"), &values)?;
        if found.is_empty() {
            found = parameters::check_secrets(template.pointer("/spec/secrets/schema"), &Value::Object(self.secrets.clone()))?;
        }
        match found.first() {
            Some(first) => Err(Error::upstream(first.stack())),
            None => Ok(()),
        }
    }

    /// The template's folder, with a slash unless it is the root.
    fn folder(&self) -> &str {
        self.template.rfind('/').map_or("", |slash| self.template.get(..=slash).unwrap_or_default())
    }

    /// The files of a folder, by paths from there.
    fn content_of(&self, folder: &str) -> Result<Workspace> {
        let mut content = Workspace::new(CONTENT);
        for file in self.files {
            if let Some(path) = file.path.strip_prefix(folder) {
                let path = content.child("", path)?;
                content.write(&path, Content { bytes: file.bytes.as_slice().into(), mode: file.mode })?;
            }
        }
        Ok(content)
    }

    /// What templates see; the steps come later.
    fn context(&self) -> Result<Map<String, Value>> {
        let user = self.user.unwrap_or(GUEST);
        let mut known = Map::new();
        if let Some(entity) = find_entity(&self.entities, &EntityRef::parse(user, Defaults::default())?)? {
            known.insert("entity".to_owned(), entity.clone());
        }
        known.insert("ref".to_owned(), json!(user));
        let mut names = Map::new();
        names.insert("parameters".to_owned(), Value::Object(self.values.clone()));
        names.insert("environment".to_owned(), json!({ "parameters": {}, "secrets": {} }));
        names.insert("steps".to_owned(), json!({}));
        names.insert("user".to_owned(), Value::Object(known));
        names.insert("context".to_owned(), json!({ "task": { "id": TASK_ID } }));
        Ok(names)
    }

    /// The secrets and the user's token, which nobody sees.
    fn secrets(&self) -> Map<String, Value> {
        let mut secrets = self.secrets.clone();
        secrets.insert("backstageToken".to_owned(), json!(redact::HIDDEN));
        secrets
    }
}

/// What `fetch:template` would make of a folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Skeleton {
    /// Paths of files and folders that are rendered.
    pub(super) paths: Vec<String>,
    /// Files whose text is rendered, as paths from the root of the repository.
    pub(super) texts: Vec<(String, String)>,
}

/// The skeleton that a step's input names, if its URL is a path. None when there is nothing.
/// A template that is read from a repository's host may name folders beside its own, which a dry run refuses.
pub(super) fn skeleton(run: &DryRun<'_>, input: &Value) -> Result<Option<Skeleton>> {
    let content = run.content_of("")?;
    let source = content.child("", &format!("{}{}", run.folder(), input.get("url").and_then(Value::as_str).unwrap_or(".")))?;
    if !content.is_folder(&source) {
        return Ok(None);
    }
    let entries: Vec<copy_patterns::Listed<'_>> = content.below(&source).collect();
    let patterns = input.get("copyWithoutTemplating").and_then(Value::as_array);
    let patterns: Vec<&str> = patterns.into_iter().flatten().filter_map(Value::as_str).collect();
    let copied = copy_patterns::select(&patterns, &entries)?;
    let extension = handlers::template_extension(input);
    let mut skeleton = Skeleton::default();
    for (path, entry) in entries {
        skeleton.paths.push(path.to_owned());
        let workspace::Entry::File(Content { bytes, mode }) = entry else { continue };
        let rendered = extension.as_ref().map_or_else(|| !copied.contains(path), |extension| path.ends_with(extension.as_str()));
        if rendered && *mode != Mode::Link && !binary::is_binary(bytes) {
            skeleton.texts.push((workspace::join(&source, path), String::from_utf8_lossy(bytes).into_owned()));
        }
    }
    Ok(Some(skeleton))
}

/// The last entity with a reference; an entity without a name spoils the search.
fn find_entity<'a>(entities: &[&'a Value], wanted: &EntityRef) -> Result<Option<&'a Value>> {
    let wanted = wanted.canonical();
    let mut found = None;
    for entity in entities {
        let known = EntityRef::of(entity).ok_or_else(|| Error::upstream("TypeError: the catalog has an entity without a reference"))?;
        if known.canonical() == wanted {
            found = Some(*entity);
        }
    }
    Ok(found)
}

/// The steps with ids and names.
fn named_steps(template: &Value) -> Result<Vec<Value>> {
    let Some(Value::Array(steps)) = template.pointer("/spec/steps") else { return Err(Error::upstream("a template needs steps")) };
    let named = |(at, step): (usize, &Value)| {
        let mut step = step.clone();
        if let Value::Object(members) = &mut step {
            let action = members.get("action").map_or_else(|| json!("undefined"), Clone::clone);
            let mut default = |key: &str, value: Value| {
                if members.get(key).is_none_or(Value::is_null) {
                    members.insert(key.to_owned(), value);
                }
            };
            default("id", json!(format!("step-{}", at + 1)));
            default("name", json!(to_text(&action)));
        }
        step
    };
    Ok(steps.iter().enumerate().map(named).collect())
}

/// Drops links and texts whose `if` does not hold (upstream `filterConditionalItems`).
fn conditional_items(mut output: Value) -> Value {
    for key in ["links", "text"] {
        if let Some(Value::Array(items)) = output.get_mut(key) {
            items.retain_mut(|item| match item {
                Value::Object(members) => members.shift_remove("if").is_none_or(|condition| is_truthy(Some(&condition))),
                _ => true,
            });
        }
    }
    output
}

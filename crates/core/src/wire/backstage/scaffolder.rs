//! Operations of `scaffolder`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::backstage::catalog::kinds;
use crate::backstage::catalog::query::Index;
use crate::backstage::scaffolder::actions::{Action, Registry};
use crate::backstage::scaffolder::drift::{DriftedFile, drift};
use crate::backstage::scaffolder::dry_run::{DryRun, Mode, SourceFile, Status};
use crate::backstage::scaffolder::{Mode as ValueMode, TemplateHost, check, parameters, pickers, render};
use crate::lang::jinja::{Context, Limits, Options, ScriptText, Template};
use crate::lang::jsonschema::node::Violation;
use crate::text::Diagnostic;
use crate::wire::Op;
use crate::{Error, Result};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("scaffolder.render", "Render every string of a value, as steps and outputs are", render_value),
        Op::new("scaffolder.validate", "Check form values and secrets as the server does", validate),
        Op::new("scaffolder.check", "Find what is wrong with a template without running it", check_template),
        Op::new("scaffolder.drift", "Compare a repository with what its template makes", compare),
        Op::new("scaffolder.dryRun", "Run a template in memory, with the files it writes", dry_run),
        Op::new("scaffolder.renderText", "Render a file, as the fetch actions do", render_text),
    ]
}

/// A value with templates in its strings.
#[derive(Debug, Deserialize, JsonSchema)]
struct RenderRequest {
    /// Any JSON.
    input: Value,
    /// The names that templates see.
    #[serde(default)]
    context: Map<String, Value>,
    /// `native` (default), `json` or `legacy`.
    mode: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
struct RenderAnswer {
    /// The value; absent when it became undefined.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// Pointers to strings that became undefined: keys vanish, list items become null.
    removed: Vec<String>,
    /// Strings that failed to render and were kept as written.
    fallbacks: Vec<FallbackEntry>,
}

/// A string that was kept as written.
#[derive(Debug, Serialize, JsonSchema)]
struct FallbackEntry {
    /// JSON pointer to it.
    path: String,
    /// Why.
    error: String,
}

fn render_value(request: RenderRequest) -> Result<RenderAnswer> {
    let mode = match request.mode.as_deref() {
        None | Some("native") => ValueMode::Native,
        Some("json") => ValueMode::Json,
        Some("legacy") => ValueMode::Legacy,
        Some(other) => return Err(Error::invalid(format!("there is no mode {other:?}"))),
    };
    let context = Context::new(&request.context);
    let rendered = render::render(&request.input, &context, mode, &TemplateHost::for_steps());
    let fallback = |fallback: render::Fallback| FallbackEntry { path: fallback.path, error: fallback.error.to_string() };
    Ok(RenderAnswer { value: rendered.value, removed: rendered.removed, fallbacks: rendered.fallbacks.into_iter().map(fallback).collect() })
}

/// A file's text.
#[derive(Debug, Deserialize, JsonSchema)]
struct RenderTextRequest {
    /// The text.
    template: String,
    /// The names that templates see.
    #[serde(default)]
    context: Map<String, Value>,
    /// The options of the fetch actions.
    #[serde(default)]
    options: TextOptions,
}

/// The options of the fetch actions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct TextOptions {
    /// One line break after a block tag goes.
    trim_blocks: bool,
    /// Blanks before a block tag that starts its line go.
    lstrip_blocks: bool,
    /// `{{ }}` and Python's names and methods.
    cookiecutter_compat: bool,
}

/// The rendered text.
#[derive(Debug, Serialize, JsonSchema)]
struct RenderTextAnswer {
    /// The text.
    #[serde(serialize_with = "script_text")]
    #[schemars(with = "String")]
    text: ScriptText,
}

/// JSON text can hold half of a surrogate pair, escaped.
fn script_text<S: Serializer>(text: &ScriptText, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match text.as_str() {
        Some(text) => serializer.serialize_str(text),
        None => RawValue::from_string(text.to_json()).map_err(S::Error::custom)?.serialize(serializer),
    }
}

fn render_text(request: RenderTextRequest) -> Result<RenderTextAnswer> {
    let TextOptions { trim_blocks, lstrip_blocks, cookiecutter_compat } = request.options;
    let options = Options { trim_blocks, lstrip_blocks, cookiecutter_compat, legacy: false };
    let refuse = |error: crate::lang::jinja::TemplateError| Error::upstream(error.to_string());
    let context = Context::new(&request.context).map_err(refuse)?;
    let template = Template::parse(&request.template, &options).map_err(refuse)?;
    let text = template.render_script(&context, &TemplateHost::for_files(), Limits::default()).map_err(refuse)?;
    Ok(RenderTextAnswer { text })
}

/// Form values against form pages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ValidateRequest {
    /// `spec.parameters`: one page or a list.
    parameters: Option<Value>,
    /// The values.
    #[serde(default)]
    values: Value,
    /// `spec.secrets.schema`.
    secrets_schema: Option<Value>,
    /// The secrets.
    secrets: Option<Value>,
    /// The catalog, to check the values of pickers against; without it they are not.
    entities: Option<Vec<Value>>,
}

/// What the server answers.
#[derive(Debug, Serialize, JsonSchema)]
struct ValidateAnswer {
    /// Whether a task would be created.
    valid: bool,
    /// The violations of the first page that fails.
    errors: Vec<ViolationEntry>,
    /// Values of pickers that the catalog does not have; the server does not look.
    diagnostics: Vec<Diagnostic>,
}

/// A violation.
#[derive(Debug, Serialize, JsonSchema)]
struct ViolationEntry {
    /// `instance.a[0]`, or `secrets.a`.
    property: String,
    /// What is wrong.
    message: String,
    /// The keyword.
    name: &'static str,
}

fn validate(request: ValidateRequest) -> Result<ValidateAnswer> {
    let mut spec = serde_json::json!({ "type": "service", "steps": [] });
    if let Value::Object(members) = &mut spec {
        if let Some(parameters) = &request.parameters {
            members.insert("parameters".to_owned(), parameters.clone());
        }
        if let Some(schema) = &request.secrets_schema {
            members.insert("secrets".to_owned(), serde_json::json!({ "schema": schema }));
        }
    }
    let template = serde_json::json!({
        "apiVersion": kinds::TEMPLATE_API_VERSION, "kind": "Template", "metadata": { "name": "t" }, "spec": spec,
    });
    if let Some(first) = kinds::violations(&template).first() {
        return Err(Error::upstream(kinds::print_violation(first)));
    }
    if !request.values.is_object() {
        return Err(Error::upstream("Malformed request: values must be an object"));
    }
    let mut found = parameters::check_values(request.parameters.as_ref(), &request.values)?;
    if found.is_empty() {
        let none = Value::Object(Map::new());
        found = parameters::check_secrets(request.secrets_schema.as_ref(), request.secrets.as_ref().unwrap_or(&none))?;
    }
    let entry = |violation: Violation| ViolationEntry { property: violation.property, message: violation.message, name: violation.name };
    let diagnostics = match (request.entities, &request.parameters) {
        (Some(entities), Some(form)) => pickers::check_values(form, &request.values, &Index::new(entities)),
        _ => Vec::new(),
    };
    Ok(ValidateAnswer { valid: found.is_empty(), errors: found.into_iter().map(entry).collect(), diagnostics })
}

/// A template and what it runs with.
#[derive(Debug, Deserialize, JsonSchema)]
struct DryRunRequest {
    /// The files of the repository.
    files: Vec<FileEntry>,
    /// The path of the template among them; only its folder is visible.
    #[serde(default = "default_template")]
    template: String,
    /// The form values.
    #[serde(default)]
    values: Map<String, Value>,
    /// The secrets.
    secrets: Option<Map<String, Value>>,
    /// Who runs it; `user:default/guest` if nobody does.
    user: Option<UserEntry>,
    /// What `catalog:fetch` can find.
    #[serde(default)]
    entities: Vec<Value>,
    /// Actions beyond the built-in ones. A dry run does not call them; it makes up what they put out from the schema of their output.
    #[serde(default)]
    actions: Vec<ActionEntry>,
}

fn default_template() -> String {
    "template.yaml".to_owned()
}

/// A user.
#[derive(Debug, Deserialize, JsonSchema)]
struct UserEntry {
    /// The reference of the user's entity.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// The user's entity, if the catalog has it.
    entity: Option<Value>,
}

/// A file: its text, or its bytes in base64.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
struct FileEntry {
    /// Relative to the root.
    path: String,
    /// Whether it may be run.
    #[serde(default)]
    executable: bool,
    /// Where it leads, if it is a symbolic link.
    #[serde(skip_serializing_if = "Option::is_none")]
    symlink: Option<String>,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Its bytes, if they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// What the run leaves behind.
#[derive(Debug, Serialize, JsonSchema)]
struct DryRunAnswer {
    /// The steps in order.
    steps: Vec<StepEntry>,
    /// The files of the workspace, sorted by path.
    files: Vec<FileEntry>,
    /// The rendered output.
    output: Value,
    /// What the run told, secrets hidden.
    log: Vec<LogEntry>,
    /// Expressions that the server takes as they are written, or that became nothing.
    diagnostics: Vec<Diagnostic>,
}

/// A line of the log.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LogEntry {
    /// The step that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    step_id: Option<String>,
    /// `processing`, `completed` or `skipped`, when the step becomes so.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// The text.
    message: String,
}

/// A step of the run.
#[derive(Debug, Serialize, JsonSchema)]
struct StepEntry {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// Its action.
    action: String,
    /// `completed` or `skipped`.
    status: &'static str,
    /// Its input with secrets hidden; absent when the step was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
}

fn source_files(entries: Vec<FileEntry>) -> Result<Vec<SourceFile>> {
    entries.into_iter().map(source_file).collect()
}

fn dry_run(request: DryRunRequest) -> Result<DryRunAnswer> {
    let files = source_files(request.files)?;
    let user = request.user.as_ref();
    let entities = request.entities.iter().chain(user.and_then(|user| user.entity.as_ref())).collect();
    let run = DryRun {
        files: &files,
        template: &request.template,
        values: request.values,
        secrets: request.secrets.unwrap_or_default(),
        user: user.and_then(|user| user.reference.as_deref()),
        entities,
        from_host: false,
    };
    let registry = registry(request.actions)?;
    let outcome = run.run(&registry)?;
    let step = |step: crate::backstage::scaffolder::dry_run::StepReport| StepEntry {
        id: step.id,
        name: step.name,
        action: step.action,
        status: if step.status == Status::Completed { "completed" } else { "skipped" },
        input: step.input,
    };
    Ok(DryRunAnswer {
        steps: outcome.steps.into_iter().map(step).collect(),
        files: outcome.files.into_iter().map(file_entry).collect(),
        output: outcome.output,
        log: outcome.log.into_iter().map(|line| LogEntry { step_id: line.step, status: line.status, message: line.message }).collect(),
        diagnostics: outcome.diagnostics,
    })
}

/// The built-in actions and more.
fn registry(more: Vec<ActionEntry>) -> Result<Cow<'static, Registry>> {
    let mut registry = Cow::Borrowed(Registry::built_in()?);
    for action in more {
        registry.to_mut().add(Action { id: action.id, supports_dry_run: false, input: action.input, output: action.output });
    }
    Ok(registry)
}

fn source_file(entry: FileEntry) -> Result<SourceFile> {
    let mode = match &entry.symlink {
        Some(_) => Mode::Link,
        None if entry.executable => Mode::Executable,
        None => Mode::Regular,
    };
    let bytes = match (entry.symlink, entry.text, entry.base64) {
        (Some(target), ..) => target.into_bytes(),
        (None, Some(text), _) => text.into_bytes(),
        (None, None, Some(text)) => STANDARD.decode(&text).map_err(|error| Error::invalid(format!("{}: {error}", entry.path)))?,
        (None, None, None) => Vec::new(),
    };
    Ok(SourceFile { path: entry.path, bytes, mode })
}

fn file_entry(file: SourceFile) -> FileEntry {
    let executable = file.mode == Mode::Executable;
    if file.mode == Mode::Link {
        let symlink = Some(String::from_utf8_lossy(&file.bytes).into_owned());
        return FileEntry { path: file.path, symlink, ..FileEntry::default() };
    }
    let (text, base64) = match String::from_utf8(file.bytes) {
        Ok(text) => (Some(text), None),
        Err(error) => (None, Some(STANDARD.encode(error.as_bytes()))),
    };
    FileEntry { path: file.path, executable, symlink: None, text, base64 }
}

/// A template and the files around it.
#[derive(Debug, Deserialize, JsonSchema)]
struct CheckRequest {
    /// The files of the repository; those of skeletons are checked as well.
    files: Vec<FileEntry>,
    /// The path of the template among them.
    #[serde(default = "default_template")]
    template: String,
    /// Actions beyond the built-in ones.
    #[serde(default)]
    actions: Vec<ActionEntry>,
    /// The catalog, to check pickers and the owner against; without it they are not.
    entities: Option<Vec<Value>>,
}

/// An organisation's own action.
#[derive(Debug, Deserialize, JsonSchema)]
struct ActionEntry {
    /// Its id.
    id: String,
    /// JSON Schema of its input.
    input: Option<Value>,
    /// JSON Schema of its output.
    output: Option<Value>,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
struct CheckAnswer {
    /// Sorted by their places.
    diagnostics: Vec<Diagnostic>,
}

fn check_template(request: CheckRequest) -> Result<CheckAnswer> {
    let files = source_files(request.files)?;
    let registry = registry(request.actions)?;
    let catalog = request.entities.map(Index::new);
    let diagnostics = check::check_with(&files, &request.template, &registry, catalog.as_ref())?;
    Ok(CheckAnswer { diagnostics })
}

/// A template, and a repository that it made.
#[derive(Debug, Deserialize, JsonSchema)]
struct DriftRequest {
    /// The files of the template's repository.
    files: Vec<FileEntry>,
    /// Those of the revision that made the repository.
    before: Option<Vec<FileEntry>>,
    /// The path of the template among them.
    #[serde(default = "default_template")]
    template: String,
    /// The form values that were given.
    #[serde(default)]
    values: Map<String, Value>,
    /// The files of the repository.
    repository: Vec<FileEntry>,
}

/// How far they are apart.
#[derive(Debug, Serialize, JsonSchema)]
struct DriftAnswer {
    /// Files that differ, sorted by path.
    files: Vec<DriftedFile>,
}

fn compare(request: DriftRequest) -> Result<DriftAnswer> {
    let files = source_files(request.files)?;
    let before = request.before.map(source_files).transpose()?;
    let repository = source_files(request.repository)?;
    let run = DryRun { files: &files, template: &request.template, values: request.values, from_host: true, ..DryRun::default() };
    let before = before.as_deref().map(|files| DryRun { files, ..run.clone() });
    Ok(DriftAnswer { files: drift(&run, before.as_ref(), &repository, Registry::built_in()?)? })
}

//! One step after the other (upstream `NunjucksWorkflowRunner.executeStep`).

use serde_json::{Map, Value, json};

use super::handlers::{self, Call};
use super::log::{self, Log};
use super::redact::{HIDDEN, Redactions};
use super::workspace::Workspace;
use crate::backstage::scaffolder::actions::{self, Action, Registry};
use crate::backstage::scaffolder::templating::TemplateHost;
use crate::backstage::scaffolder::{is_truthy, render};
use crate::lang::javascript::special::{plain, unmarked};
use crate::lang::javascript::{canonical, stringify, stringify_spaced, to_text, truthy};
use crate::lang::jinja::{Context, TemplateError};
use crate::lang::jsonschema::node;
use crate::text::{Diagnostic, pointer};
use crate::{Error, Result};

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It ran.
    Completed,
    /// Its condition did not hold, or its action cannot run dry.
    Skipped,
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its action.
    pub action: String,
    /// What became of it.
    pub status: Status,
    /// The input with secrets hidden, if the step came that far.
    pub input: Option<Value>,
}

/// A run between two steps.
#[derive(Debug)]
pub(super) struct Steps<'a> {
    pub(super) content: Workspace,
    /// Where relative URLs start from in it, with a slash unless it is the root.
    pub(super) folder: &'a str,
    pub(super) workspace: Workspace,
    pub(super) host: TemplateHost,
    pub(super) entities: &'a [&'a Value],
    pub(super) registry: &'a Registry,
    pub(super) redactions: Redactions,
    pub(super) secrets: Map<String, Value>,
    /// What templates see without secrets.
    pub(super) context: Context,
    /// The outputs so far, by the ids of steps.
    pub(super) outputs: Map<String, Value>,
    pub(super) log: Log,
    /// Texts that were taken as they are written.
    pub(super) findings: Findings,
}

/// One call of an action.
#[derive(Debug)]
struct Iteration {
    /// Key and value of `each`.
    each: Option<(String, Value)>,
    /// Whether its condition holds.
    runs: bool,
    input: Value,
}

fn refuse(error: &TemplateError) -> Error {
    Error::upstream(error.to_string())
}

/// What a run shows of the template's faults.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) found: Vec<Diagnostic>,
}

impl Findings {
    /// The texts below `base` that could not be rendered, and those that became nothing.
    pub(super) fn kept(&mut self, base: &str, rendered: &render::Rendered) {
        for fallback in &rendered.fallbacks {
            let help = if base.ends_with("/if") {
                "The server takes the text as it is written, which is true: the step always runs."
            } else {
                "The server puts the text in as it is written."
            };
            let path = format!("{base}{}", fallback.path);
            self.found.push(Diagnostic::warning("backstage-template-expression", path, fallback.error.to_string()).with_help(help));
        }
        for removed in &rendered.removed {
            let message = "The expression is undefined with these values: the key vanishes, an item of a list becomes null";
            self.found.push(Diagnostic::info("backstage-template-undefined", format!("{base}{removed}"), message));
        }
    }
}

impl Steps<'_> {
    /// Runs a step, the one at `at`.
    pub(super) fn step(&mut self, at: usize, step: &Value) -> Result<StepReport> {
        let text = |key: &str| step.get(key).map(to_text).unwrap_or_default();
        let mut report = StepReport { id: text("id"), name: text("name"), action: text("action"), status: Status::Skipped, input: None };
        self.log.status(&report.id, "processing", format!("Beginning step {}", report.name));
        if !self.is_wanted(at, step) {
            let message = format!("Skipping step {} because its if condition was false", report.id);
            self.log.status(&report.id, "skipped", message);
            return Ok(report);
        }
        let registry = self.registry;
        let action = registry.get(&report.action).ok_or_else(|| unknown(&report.action))?;
        let input = step.get("input").filter(|input| truthy(input));
        let shown = self.hidden_input(at, step, input)?;
        let head = format!("Running {} in dry-run mode with inputs (secrets redacted): ", action.id);
        self.log.info(&report.id, &self.redactions, &format!("{head}{}", stringify_spaced(&shown, "  ")));
        report.input = self.redactions.shown(&action.id, shown);
        let output = if action.supports_dry_run {
            report.status = Status::Completed;
            let output = self.execute(step, &report.id, action, input)?;
            self.log.status(&report.id, "completed", format!("Finished step {}", report.name));
            output
        } else {
            let message = format!("Skipping because {} does not support dry-run", action.id);
            self.log.status(&report.id, "skipped", message);
            action.output.as_ref().map_or_else(|| json!({}), actions::example_output)
        };
        self.outputs.insert(report.id.clone(), json!({ "output": output }));
        let outputs = canonical(&Value::Object(self.outputs.clone()));
        self.context = self.context.with("steps", &outputs).map_err(|error| refuse(&error))?;
        Ok(report)
    }

    fn render(&self, value: &Value, context: &Context) -> Option<Value> {
        render::render_marked(value, &Ok(context.clone()), render::Mode::Native, &self.host).value
    }

    /// Conditions of steps with `each` are asked for each iteration instead.
    fn is_wanted(&mut self, at: usize, step: &Value) -> bool {
        match step.get("if") {
            Some(Value::Bool(wanted)) => *wanted,
            Some(condition @ Value::String(_)) if step.get("each").is_none() => {
                let rendered = render::render_marked(condition, &Ok(self.context.clone()), render::Mode::Native, &self.host);
                self.findings.kept(&format!("/spec/steps/{at}/if"), &rendered);
                is_truthy(rendered.value.as_ref())
            }
            _ => true,
        }
    }

    fn hidden_input(&mut self, at: usize, step: &Value, input: Option<&Value>) -> Result<Value> {
        let Some(input) = input else { return Ok(json!({})) };
        let hidden: Map<String, Value> = self.secrets.keys().map(|name| (name.clone(), json!(HIDDEN))).collect();
        let context = self.context.with("secrets", &Value::Object(hidden)).map_err(|error| refuse(&error))?;
        let mut rendered = render::render_marked(input, &Ok(context), render::Mode::Native, &self.host);
        if step.get("each").is_some() {
            // `each` is not known yet, so that this says nothing about what the calls will see.
            rendered.removed.clear();
        }
        self.findings.kept(&format!("/spec/steps/{at}/input"), &rendered);
        Ok(rendered.value.map(plain).filter(|input| !input.is_null()).unwrap_or_else(|| json!({})))
    }

    fn execute(&mut self, step: &Value, id: &str, action: &Action, input: Option<&Value>) -> Result<Value> {
        let context = self.context.with("secrets", &Value::Object(self.secrets.clone())).map_err(|error| refuse(&error))?;
        let open = self.context.with("secrets", &json!({})).map_err(|error| refuse(&error))?;
        let mut redactions = self.redactions.clone();
        let iterations = match step.get("each") {
            None => vec![Iteration { each: None, runs: true, input: self.input(input, &context) }],
            Some(each) => {
                let mut iterations = Vec::new();
                for (key, value) in self.entries(each, &context, &action.id)? {
                    let context = context.with("each", &json!({ "key": key, "value": value })).map_err(|error| refuse(&error))?;
                    let runs = self.runs(step, &context);
                    iterations.push(Iteration { each: Some((key, value)), runs, input: self.input(input, &context) });
                }
                iterations
            }
        };
        for iteration in iterations.iter().filter(|iteration| iteration.runs) {
            self.hide(step, iteration, &open, &mut redactions)?;
            check_input(action, iteration)?;
        }
        let mut output = Map::new();
        for iteration in iterations {
            if let Some((key, value)) = &iteration.each {
                let verb = if iteration.runs { "Running" } else { "Skipping" };
                self.log.info(id, &redactions, &format!("{verb} step each: {}", log::each(key, value)));
            }
            if !iteration.runs {
                continue;
            }
            let mut call = Call {
                action: &action.id,
                step: id,
                input: &iteration.input,
                content: &self.content,
                folder: self.folder,
                workspace: &mut self.workspace,
                entities: self.entities,
                output: Vec::new(),
                log: Vec::new(),
            };
            handlers::call(&mut call)?;
            for message in call.log {
                self.log.info(id, &redactions, &message);
            }
            for (name, value) in call.output {
                if iteration.each.is_none() {
                    output.insert(name.to_owned(), value);
                } else if let Value::Array(values) = output.entry(name).or_insert_with(|| json!([])) {
                    values.push(value);
                }
            }
        }
        Ok(Value::Object(output))
    }

    /// Hides what expressions made of secrets.
    fn hide(&self, step: &Value, iteration: &Iteration, open: &Context, redactions: &mut Redactions) -> Result<()> {
        if self.secrets.len() < 2 {
            return Ok(());
        }
        let mut texts = Vec::new();
        let mut open = open.clone();
        if let (Some((key, value)), Some(each)) = (&iteration.each, step.get("each")) {
            let plain = self.render(each, &open).map(|value| canonical(&value));
            let at = |list: &Value| match list {
                Value::Array(items) => items.get(key.parse::<usize>().ok()?).cloned(),
                other => other.get(key).cloned(),
            };
            let other = plain.as_ref().and_then(at);
            log::differing(value, other.as_ref(), &mut texts);
            let each = json!({ "key": key, "value": other });
            open = open.with("each", &each).map_err(|error| refuse(&error))?;
        }
        let input = step.get("input").filter(|input| truthy(input));
        let without = input.and_then(|input| self.render(input, &open));
        log::differing(&iteration.input, without.as_ref(), &mut texts);
        redactions.add(texts);
        Ok(())
    }

    fn runs(&self, step: &Value, context: &Context) -> bool {
        step.get("if").filter(|condition| truthy(condition)).is_none_or(|condition| is_truthy(self.render(condition, context).as_ref()))
    }

    fn input(&self, input: Option<&Value>, context: &Context) -> Value {
        input.and_then(|input| self.render(input, context)).unwrap_or_else(|| json!({}))
    }

    /// `Object.entries` of what `each` comes to; items of a list that became undefined are left out.
    fn entries(&self, each: &Value, context: &Context, action: &str) -> Result<Vec<(String, Value)>> {
        let rendered = render::render_marked(each, &Ok(context.clone()), render::Mode::Native, &self.host);
        let parameter = format!("Invalid value on action {action}.each parameter,");
        match rendered.value.map(|value| canonical(&value)) {
            None => Err(Error::upstream(format!("{parameter} \"{}\" cannot be resolved to a value", to_text(each)))),
            Some(Value::Array(items)) => {
                let items = items.into_iter().enumerate().map(|(at, item)| (at.to_string(), item));
                Ok(items.filter(|(key, _)| !rendered.removed.contains(&pointer::join("", key))).collect())
            }
            Some(number) if unmarked(&number).is_some() => Err(Error::upstream(format!("{parameter} must resolve to an array or object"))),
            Some(Value::Object(members)) => Ok(members.into_iter().collect()),
            Some(_) => Err(Error::upstream(format!("{parameter} must resolve to an array or object"))),
        }
    }
}

fn unknown(action: &str) -> Error {
    let list = "https://backstage.io/docs/features/software-templates/builtin-actions/";
    Error::upstream(format!("Template action with ID '{action}' is not registered. See {list} on how to add a new action module."))
}

fn check_input(action: &Action, iteration: &Iteration) -> Result<()> {
    let Some(schema) = &action.input else { return Ok(()) };
    let found = node::validate(&iteration.input, schema)?;
    if found.is_empty() {
        return Ok(());
    }
    let key = iteration.each.as_ref().map(|(key, _)| format!("[{key}]")).unwrap_or_default();
    let found: Vec<String> = found.iter().map(node::Violation::stack).collect();
    let shown = if found.is_empty() { stringify(&iteration.input) } else { found.join(", ") };
    Err(Error::upstream(format!("Invalid input passed to action {}{key}, {shown}", action.id)))
}

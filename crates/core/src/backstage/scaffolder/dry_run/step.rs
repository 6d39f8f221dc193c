//! One step after the other (upstream `NunjucksWorkflowRunner.executeStep`).

use serde_json::{Map, Value, json};

use super::handlers::{self, Call};
use super::redact::{HIDDEN, Redactions};
use super::workspace::Workspace;
use crate::backstage::scaffolder::actions::{self, Action, Registry};
use crate::backstage::scaffolder::templating::TemplateHost;
use crate::backstage::scaffolder::{is_truthy, render};
use crate::lang::javascript::special::{plain, unmarked};
use crate::lang::javascript::{canonical, stringify, to_text, truthy};
use crate::lang::jinja::{Context, TemplateError};
use crate::lang::jsonschema::node;
use crate::text::pointer;
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
}

/// One call of an action.
#[derive(Debug)]
struct Iteration {
    key: Option<String>,
    input: Value,
}

fn refuse(error: &TemplateError) -> Error {
    Error::upstream(error.to_string())
}

impl Steps<'_> {
    /// Runs a step.
    pub(super) fn step(&mut self, step: &Value) -> Result<StepReport> {
        let text = |key: &str| step.get(key).map(to_text).unwrap_or_default();
        let mut report = StepReport { id: text("id"), name: text("name"), action: text("action"), status: Status::Skipped, input: None };
        if !self.is_wanted(step) {
            return Ok(report);
        }
        let registry = self.registry;
        let action = registry.get(&report.action).ok_or_else(|| unknown(&report.action))?;
        let input = step.get("input").filter(|input| truthy(input));
        report.input = self.redactions.shown(&action.id, self.hidden_input(input)?);
        let output = if action.supports_dry_run {
            report.status = Status::Completed;
            self.execute(step, &report.id, action, input)?
        } else {
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
    fn is_wanted(&self, step: &Value) -> bool {
        match step.get("if") {
            Some(Value::Bool(wanted)) => *wanted,
            Some(condition @ Value::String(_)) if step.get("each").is_none() => is_truthy(self.render(condition, &self.context).as_ref()),
            _ => true,
        }
    }

    fn hidden_input(&self, input: Option<&Value>) -> Result<Value> {
        let Some(input) = input else { return Ok(json!({})) };
        let hidden: Map<String, Value> = self.secrets.keys().map(|name| (name.clone(), json!(HIDDEN))).collect();
        let context = self.context.with("secrets", &Value::Object(hidden)).map_err(|error| refuse(&error))?;
        Ok(self.render(input, &context).map(plain).filter(|input| !input.is_null()).unwrap_or_else(|| json!({})))
    }

    fn execute(&mut self, step: &Value, id: &str, action: &Action, input: Option<&Value>) -> Result<Value> {
        let context = self.context.with("secrets", &Value::Object(self.secrets.clone())).map_err(|error| refuse(&error))?;
        let iterations = match step.get("each") {
            None => vec![Iteration { key: None, input: self.input(input, &context) }],
            Some(each) => {
                let mut iterations = Vec::new();
                for (key, value) in self.entries(each, &context, &action.id)? {
                    let context = context.with("each", &json!({ "key": key, "value": value })).map_err(|error| refuse(&error))?;
                    if self.runs(step, &context) {
                        iterations.push(Iteration { key: Some(key), input: self.input(input, &context) });
                    }
                }
                iterations
            }
        };
        for iteration in &iterations {
            check_input(action, iteration)?;
        }
        let mut output = Map::new();
        for iteration in iterations {
            let mut call = Call {
                action: &action.id,
                step: id,
                input: &iteration.input,
                content: &self.content,
                workspace: &mut self.workspace,
                entities: self.entities,
                output: Vec::new(),
            };
            handlers::call(&mut call)?;
            for (name, value) in call.output {
                if iteration.key.is_none() {
                    output.insert(name.to_owned(), value);
                } else if let Value::Array(values) = output.entry(name).or_insert_with(|| json!([])) {
                    values.push(value);
                }
            }
        }
        Ok(Value::Object(output))
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
    let key = iteration.key.as_ref().map(|key| format!("[{key}]")).unwrap_or_default();
    let found: Vec<String> = found.iter().map(node::Violation::stack).collect();
    let shown = if found.is_empty() { stringify(&iteration.input) } else { found.join(", ") };
    Err(Error::upstream(format!("Invalid input passed to action {}{key}, {shown}", action.id)))
}

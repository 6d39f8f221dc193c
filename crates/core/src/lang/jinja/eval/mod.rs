//! Evaluates a resolved template.

mod call;
mod expr;
mod scope;
mod statement;

use std::rc::Rc;

pub(super) use scope::{Frame, Scope};

use super::ast::{Blocks, Expr, ExprKind, Name, Root, StmtKind, Text};
use super::coerce::{print, to_text};
use super::error::{Outcome, TemplateError};
use super::meter::Meter;
use super::units::ScriptText;
use super::value::{Record, Value};
use super::{Host, Limits, Options, units};

/// Where macros and assignments of a region go.
#[derive(Clone)]
pub(super) struct Region {
    pub(super) frame: Rc<Frame>,
    pub(super) invocation: Rc<Scope>,
    pub(super) exports_macros: bool,
    pub(super) exports_assignments: bool,
}

/// One rendering.
pub(super) struct Evaluator<'a> {
    source: &'a str,
    pub(super) options: &'a Options,
    pub(super) host: &'a dyn Host,
    pub(super) limits: Limits,
    pub(super) context: Rc<Record>,
    pub(super) uses_loop: bool,
    /// Lists may change while they are walked.
    pub(super) mutates: bool,
    /// Scopes may be asked for the names of loops.
    pub(super) assigns: bool,
    pub(super) meter: Meter,
    output: usize,
    capability_calls: usize,
    blocks: &'a Blocks,
    /// Globals keep their identity. There are few.
    globals: Vec<(Name, Value)>,
    /// Encoded twin of the root output, for the JSON mode.
    json: Option<String>,
}

/// Text that grows; only the root output has a JSON twin.
pub(super) struct Output {
    pub(super) text: String,
    pub(super) root: bool,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(
        root: &'a Root,
        source: &'a str,
        context: Rc<Record>,
        options: &'a Options,
        host: &'a dyn Host,
        limits: Limits,
    ) -> Self {
        let context = if root.mutates { isolated(&context) } else { context };
        Self {
            source,
            options,
            host,
            limits,
            context,
            uses_loop: root.uses_loop,
            mutates: root.mutates,
            assigns: root.assigns,
            meter: Meter::new(limits.work_units, options.legacy),
            output: 0,
            capability_calls: 0,
            blocks: &root.blocks,
            globals: Vec::new(),
            json: None,
        }
    }

    fn region(&self, root: &Root) -> (Rc<Scope>, Region) {
        let exports = Rc::new(Scope::root(true, self.options.legacy));
        let scope = Rc::new(exports.child(true));
        let region =
            Region { frame: Rc::new(Frame::new(root.slots, None)), invocation: exports, exports_macros: true, exports_assignments: true };
        (scope, region)
    }

    /// The template as text.
    pub(super) fn render(&mut self, root: &Root) -> Outcome<String> {
        self.render_script(root).map(ScriptText::into_string)
    }

    /// The template as the text that JavaScript has.
    pub(super) fn render_script(&mut self, root: &Root) -> Outcome<ScriptText> {
        let (scope, region) = self.region(root);
        let mut output = Output { text: String::with_capacity(self.source.len()), root: true };
        self.body(&root.body, &scope, &region, &mut output, 1)?;
        Ok(ScriptText::new(output.text))
    }

    /// The value of a template that is one interpolation and nothing else.
    pub(super) fn sole_value(&mut self, root: &Root, expr: &Expr) -> Outcome<Value> {
        let value = if is_path(expr) {
            self.path(expr, 3)?
        } else {
            let (scope, region) = self.region(root);
            self.expr(expr, &scope, &region, 3)?
        };
        self.meter.scratch([&value])?;
        Ok(value)
    }

    /// The text and its JSON twin, in which interpolations at the root are encoded.
    pub(super) fn render_json(&mut self, root: &Root) -> Outcome<(String, String)> {
        self.json = Some(String::new());
        let text = self.render(root)?;
        Ok((text, units::joined(self.json.take().unwrap_or_default())))
    }

    /// One unit of work at a depth.
    pub(super) fn charge(&mut self, depth: usize) -> Outcome<()> {
        if depth > self.limits.nesting_depth {
            return Err(TemplateError::limit("nesting depth"));
        }
        self.meter.charge(1)
    }

    /// Many units of work.
    pub(super) fn charge_many(&mut self, units: usize) -> Outcome<()> {
        self.meter.charge(units)
    }

    pub(super) fn charge_capability(&mut self) -> Outcome<()> {
        self.capability_calls += 1;
        if self.capability_calls > self.limits.capability_calls { Err(TemplateError::limit("capability call")) } else { Ok(()) }
    }

    pub(super) fn append(&mut self, output: &mut Output, text: &str, encoded: Option<&str>) -> Outcome<()> {
        self.output = self.output.saturating_add(text.len());
        if self.output > self.limits.output_code_units.saturating_mul(4) {
            return Err(TemplateError::limit("output code unit"));
        }
        output.text.push_str(text);
        if output.root
            && let Some(json) = &mut self.json
        {
            json.push_str(encoded.unwrap_or(text));
        }
        Ok(())
    }

    pub(super) fn append_text(&mut self, output: &mut Output, text: &Text) -> Outcome<()> {
        match text {
            Text::Part { from, to } => {
                let text = self.source.get(*from as usize..*to as usize).unwrap_or_default();
                self.append(output, text, None)
            }
            Text::Joined(text) => self.append(output, text, None),
        }
    }

    /// Writes a value to the output.
    pub(super) fn append_value(&mut self, output: &mut Output, value: &Value) -> Outcome<()> {
        if matches!(value, Value::Array(_) | Value::Record(_)) {
            self.meter.scratch([value])?;
        }
        if output.root && self.json.is_some() {
            let encoded = super::filters::dump(value, None, self.options.legacy)?;
            let encoded = if matches!(encoded, Value::Undefined) { Rc::from("") } else { to_text(&encoded)? };
            return self.append(output, &print(value)?, Some(&encoded));
        }
        match value {
            Value::Text(text) | Value::Safe(text) => self.append(output, text, None),
            other => {
                let text = print(other)?;
                self.append(output, &text, None)
            }
        }
    }
}

/// The only expression of a template that consists of one interpolation.
pub(super) fn sole_interpolation(root: &Root) -> Option<&Expr> {
    match root.body.as_slice() {
        [only] => match &only.kind {
            StmtKind::Output(expr) => Some(expr),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression is a name that nothing in the template binds, with members.
fn is_path(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Symbol { slot, .. } => slot.is_none(),
        ExprKind::Member { target, .. } => is_path(target),
        _ => false,
    }
}

/// A context whose lists may change.
fn isolated(context: &Record) -> Rc<Record> {
    let entries = context.entries.iter().map(|(key, value)| (Rc::clone(key), value.deep_clone())).collect();
    Rc::new(Record::of(entries))
}

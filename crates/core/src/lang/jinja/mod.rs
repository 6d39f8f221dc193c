//! The template language of Backstage's scaffolder: nunjucks 3.2.4 as the
//! closed interpreter nunjitsu keeps it.
//!
//! Templates are parsed once and rendered many times under [`Limits`]. Nothing
//! of the host is reachable but the filters and globals of a [`Host`].

mod ast;
mod coerce;
mod error;
mod eval;
mod filters;
mod meter;
mod methods;
mod parse;
mod references;
mod regex;
mod tests;
mod units;
mod value;

use std::rc::Rc;

use serde_json::{Map, Value as Json};

pub use error::TemplateError;
pub use references::{Comparison, Reference, References};
pub(crate) use regex::Pattern;
pub use units::ScriptText;

use eval::{Evaluator, sole_interpolation};
use value::{Record, Value};

/// How templates are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// One line break after a block tag goes.
    pub trim_blocks: bool,
    /// Blanks before a block tag that starts its line go.
    pub lstrip_blocks: bool,
    /// `{{ }}` instead of `${{ }}`, and Python's names and methods.
    pub cookiecutter_compat: bool,
    /// nunjucks 3.2.4 as scaffolder-backend 4.0.2 ran it, with the methods of JavaScript.
    pub legacy: bool,
}

/// What one rendering may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// UTF-16 units of the template.
    pub source_code_units: usize,
    /// Steps.
    pub work_units: usize,
    /// Nesting of nodes while evaluating.
    pub nesting_depth: usize,
    /// UTF-16 units of the output.
    pub output_code_units: usize,
    /// Calls of filters and globals of the host.
    pub capability_calls: usize,
}

impl Default for Limits {
    /// Upstream's.
    fn default() -> Self {
        Self { source_code_units: 4 << 20, work_units: 1_000_000, nesting_depth: 512, output_code_units: 16 << 20, capability_calls: 4096 }
    }
}

/// Filters and functions that the host adds. `None` is `undefined`; errors are messages.
pub trait Host {
    /// Whether there is such a filter; it wins over a built-in one.
    fn has_filter(&self, name: &str) -> bool;
    /// Applies a filter.
    fn filter(&self, name: &str, input: Option<Json>, arguments: Vec<Option<Json>>) -> Result<Option<Json>, String>;
    /// Whether there is such a function.
    fn has_global(&self, name: &str) -> bool;
    /// Calls a function.
    fn global(&self, name: &str, arguments: Vec<Option<Json>>) -> Result<Option<Json>, String>;
}

/// A host that adds nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;

impl Host for NoHost {
    fn has_filter(&self, _: &str) -> bool {
        false
    }

    fn filter(&self, _: &str, _: Option<Json>, _: Vec<Option<Json>>) -> Result<Option<Json>, String> {
        Ok(None)
    }

    fn has_global(&self, _: &str) -> bool {
        false
    }

    fn global(&self, _: &str, _: Vec<Option<Json>>) -> Result<Option<Json>, String> {
        Ok(None)
    }
}

/// What templates see, converted once for many renderings.
#[derive(Clone)]
pub struct Context {
    record: Rc<Record>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("names", &self.record.entries.keys().collect::<Vec<_>>()).finish()
    }
}

impl Context {
    /// Converts the names a template sees. Reserved keys are refused at any depth.
    pub fn new(names: &Map<String, Json>) -> Result<Self, TemplateError> {
        let entries: Vec<(Rc<str>, Value)> =
            names.iter().map(|(name, value)| Ok((name.as_str().into(), Value::from_json(value)?))).collect::<Result<_, TemplateError>>()?;
        Ok(Self { record: Rc::new(Record::new(entries)?) })
    }

    /// The same context with one name replaced.
    pub fn with(&self, name: &str, value: &Json) -> Result<Self, TemplateError> {
        let mut entries = self.record.entries.clone();
        entries.insert(name.into(), Value::from_json(value)?);
        Ok(Self { record: Rc::new(Record::new(entries)?) })
    }

    /// The same context without a name.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut entries = self.record.entries.clone();
        entries.shift_remove(name);
        Self { record: Rc::new(Record::of(entries)) }
    }
}

/// A parsed template.
#[derive(Debug, Clone)]
pub struct Template<'s> {
    root: ast::Root,
    options: Options,
    source: &'s str,
}

impl<'s> Template<'s> {
    /// Parses a template.
    pub fn parse(source: &'s str, options: &Options) -> Result<Self, TemplateError> {
        if source.len() > Limits::default().source_code_units.saturating_mul(3) {
            return Err(TemplateError::limit("source code unit"));
        }
        let root = parse::parse(source, options).and_then(parse::resolve).map_err(|error| error.located(source))?;
        Ok(Self { root, options: options.clone(), source })
    }

    fn evaluator<'a>(&'a self, context: &Context, host: &'a dyn Host, limits: Limits) -> Evaluator<'a> {
        Evaluator::new(&self.root, self.source, Rc::clone(&context.record), &self.options, host, limits)
    }

    /// The template as text; half of a surrogate pair becomes U+FFFD.
    pub fn render(&self, context: &Context, host: &dyn Host, limits: Limits) -> Result<String, TemplateError> {
        self.render_script(context, host, limits).map(ScriptText::into_string)
    }

    /// The template as the text that JavaScript has.
    pub fn render_script(&self, context: &Context, host: &dyn Host, limits: Limits) -> Result<ScriptText, TemplateError> {
        self.evaluator(context, host, limits).render_script(&self.root).map_err(|error| error.located(self.source))
    }

    /// The template as a value: that of its only interpolation, else its text. Numbers that JSON does not have are marked. `None` is `undefined`.
    pub fn render_value(&self, context: &Context, host: &dyn Host, limits: Limits) -> Result<Option<Json>, TemplateError> {
        let value = match sole_interpolation(&self.root) {
            Some(expr) => self.evaluator(context, host, limits).sole_value(&self.root, expr).and_then(|value| value.to_marked_json()),
            None => self.evaluator(context, host, limits).render(&self.root).map(|text| Some(Json::String(text))),
        };
        value.map_err(|error| error.located(self.source))
    }

    /// The template as a value by way of JSON: a template of one node is decoded, empty text is `undefined`.
    pub fn render_json(&self, context: &Context, host: &dyn Host, limits: Limits) -> Result<Option<Json>, TemplateError> {
        let text = |text: String| if text.is_empty() { None } else { Some(Json::String(text)) };
        let value = if self.is_single() {
            self.evaluator(context, host, limits).render_json(&self.root).and_then(|(normal, encoded)| {
                if encoded.is_empty() {
                    return Ok(None);
                }
                match serde_json::from_str::<Json>(&encoded) {
                    // Decoded values pass the boundary like any other.
                    Ok(decoded) => Value::from_json(&decoded)?.to_json(),
                    Err(_) => Ok(text(normal)),
                }
            })
        } else {
            self.evaluator(context, host, limits).render(&self.root).map(text)
        };
        value.map_err(|error| error.located(self.source))
    }

    /// Whether the template is one node that is not plain text.
    pub fn is_single(&self) -> bool {
        matches!(self.root.body.as_slice(), [only] if !matches!(only.kind, ast::StmtKind::Text(_)))
    }
}

/// Every built-in filter, sorted.
pub fn filter_names() -> &'static [&'static str] {
    filters::names()
}

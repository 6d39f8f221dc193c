//! What one rendering may still do, as nunjitsu meters it: steps, and bytes that one call looks at.
//!
//! Whatever walks a value pays for every item of it first, so that lists which
//! share their items cannot make work that nobody pays for. The same meter
//! bounds the legacy era, whose nunjucks has no limits at all.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::error::{Outcome, TemplateError, fail};
use super::regex::{Pattern, weight};
use super::value::{MAX_DEPTH, MAX_ENTRIES, Value};

/// Bytes that the values of one call may have (`scratchBytes`).
const SCRATCH_BYTES: usize = 64 << 20;
/// Bytes of one text.
pub(super) const TEXT_BYTES: usize = 128 << 20;
/// Bytes of text that are moved for one step.
const BYTES_PER_STEP: usize = 8192;
/// Bytes of text beyond ASCII that are counted for one step.
const UNITS_PER_STEP: usize = 128;
/// Bytes of all texts that a rendering makes.
const MADE_BYTES: usize = 2 << 30;
/// Steps of compiling a regular expression.
const COMPILE: usize = 200;
/// And what may be compiled for one step more (`regex::weight`).
const COMPILED_PER_STEP: usize = 4;
/// Deepest nesting of a value in the legacy era, where nunjucks knows no limit.
const LEGACY_DEPTH: usize = 600;

type Patterns = HashMap<(Rc<str>, Rc<str>), Rc<Pattern>>;

/// The steps of one rendering.
pub(super) struct Meter {
    work: Cell<usize>,
    most: usize,
    /// Bytes of text made so far.
    made: Cell<usize>,
    legacy: bool,
    patterns: RefCell<Option<Patterns>>,
}

impl Meter {
    pub(super) fn new(most: usize, legacy: bool) -> Self {
        Self { work: Cell::new(0), most, made: Cell::new(0), legacy, patterns: RefCell::default() }
    }

    /// Takes steps.
    #[inline]
    pub(super) fn charge(&self, steps: usize) -> Outcome<()> {
        let work = self.work.get().saturating_add(steps);
        self.work.set(work);
        if work > self.most { Err(TemplateError::limit("work unit")) } else { Ok(()) }
    }

    /// Takes the steps of moving text.
    #[inline]
    pub(super) fn text(&self, bytes: usize) -> Outcome<()> {
        if bytes < BYTES_PER_STEP { Ok(()) } else { self.charge(bytes / BYTES_PER_STEP) }
    }

    /// Takes the steps of finding a unit of a text, which counts from its start unless all of it is ASCII.
    pub(super) fn index(&self, text: &str) -> Outcome<()> {
        let left = text.len() / UNITS_PER_STEP;
        if left == 0 || text.is_ascii() { self.text(text.len()) } else { self.charge(left) }
    }

    /// Whether there are so many steps left.
    pub(super) fn room(&self, steps: usize) -> Outcome<()> {
        if steps > self.most.saturating_sub(self.work.get()) { Err(TemplateError::limit("work unit")) } else { Ok(()) }
    }

    /// Pays for walking the values of one call, and refuses what can be called (`#assertScratch`).
    pub(super) fn scratch<'v>(&self, values: impl IntoIterator<Item = &'v Value>) -> Outcome<()> {
        let mut bytes = 0;
        values.into_iter().try_for_each(|value| self.measure(value, &mut bytes, 0, true))?;
        self.text(bytes)
    }

    /// Pays for walking a value, whatever it is (`chargeRuntimeValueExpansion`).
    pub(super) fn expand(&self, value: &Value) -> Outcome<()> {
        let mut bytes = 0;
        self.measure(value, &mut bytes, 0, false)?;
        self.text(bytes)
    }

    /// Pays for turning operands into primitives; only lists and mappings cost anything.
    #[inline]
    pub(super) fn operands(&self, left: &Value, right: &Value) -> Outcome<()> {
        for value in [left, right] {
            match value {
                Value::Text(text) | Value::Safe(text) => self.text(text.len())?,
                Value::Array(_) | Value::Record(_) => self.scratch([value])?,
                _ => {}
            }
        }
        Ok(())
    }

    fn measure(&self, value: &Value, bytes: &mut usize, depth: usize, closed: bool) -> Outcome<()> {
        match value {
            Value::Text(text) | Value::Safe(text) => *bytes = bytes.saturating_add(text.len()),
            // Deeper than anything that is made here; printing refuses it.
            Value::Array(_) | Value::Record(_) if depth > LEGACY_DEPTH => {}
            Value::Array(array) => {
                for item in array.items.borrow().iter() {
                    self.charge(1)?;
                    if let Some(item) = item {
                        self.measure(item, bytes, depth + 1, closed)?;
                    }
                }
            }
            Value::Record(record) => {
                for (key, item) in &record.entries {
                    self.charge(1)?;
                    *bytes = bytes.saturating_add(key.len());
                    self.measure(item, bytes, depth + 1, closed)?;
                }
            }
            Value::Callable(callable) => match callable.printed() {
                Some(text) => *bytes = bytes.saturating_add(text.len()),
                None if closed => return fail("Callable values cannot be coerced"),
                None => {}
            },
            _ => {}
        }
        if *bytes > SCRATCH_BYTES { Err(TemplateError::limit("scratch byte")) } else { Ok(()) }
    }

    /// Admits a value that was made: neither too long, nor too deep, nor too much.
    pub(super) fn made(&self, value: Value) -> Outcome<Value> {
        let (entries, depth) = match &value {
            Value::Text(text) | Value::Safe(text) => return self.admit_text(text.len()).map(|()| value),
            Value::Array(array) => (array.len(), array.depth()),
            Value::Record(record) => (record.entries.len(), record.depth()),
            _ => return Ok(value),
        };
        if entries > MAX_ENTRIES && !self.legacy {
            return fail(format!("Template value containers cannot exceed {MAX_ENTRIES} entries"));
        }
        if depth > if self.legacy { LEGACY_DEPTH } else { MAX_DEPTH } {
            return fail(format!("Template value nesting cannot exceed {MAX_DEPTH} levels"));
        }
        Ok(value)
    }

    /// Admits a text of so many bytes before it is made.
    pub(super) fn admit_text(&self, bytes: usize) -> Outcome<()> {
        let made = self.made.get().saturating_add(bytes);
        self.made.set(made);
        if bytes > TEXT_BYTES || made > MADE_BYTES { Err(TemplateError::limit("scratch byte")) } else { Ok(()) }
    }

    /// A regular expression, compiled once for a rendering.
    pub(super) fn pattern(&self, source: &Rc<str>, flags: &Rc<str>) -> Outcome<Rc<Pattern>> {
        let key = (Rc::clone(source), Rc::clone(flags));
        if let Some(known) = self.patterns.borrow().as_ref().and_then(|patterns| patterns.get(&key)) {
            return Ok(Rc::clone(known));
        }
        self.charge(COMPILE.saturating_add(weight(source) / COMPILED_PER_STEP))?;
        let pattern = Rc::new(Pattern::new(source, flags)?);
        self.patterns.borrow_mut().get_or_insert_default().insert(key, Rc::clone(&pattern));
        Ok(pattern)
    }
}

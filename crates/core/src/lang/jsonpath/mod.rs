//! JSONPath as `k8s.io/client-go/util/jsonpath` (0.34) reads it, for Rollouts' web metrics.
//!
//! A template: text outside of braces is itself a result, `{…}` walks the
//! document with `.field`, `['field']`, `[n]`, `[a:b:step]`, `[a,b]`, `[*]`, `..`,
//! `[?(@.a == "b")]`, literals, and `{range …}…{end}`. All results come in one list.
//! Numbers of the document are doubles and compare only with doubles, so
//! `@.n == 2` is refused and `@.n == 2.0` is not. A missing field is refused;
//! `*` and `..` list objects in the document's order, which upstream usually does
//! (its maps start at a random place).
//!
//! Not supported, as upstream: arithmetic, functions, `&&`, filters on objects.

mod compare;
mod parser;
mod walk;

use super::{LangError, Limits};
use crate::Value;
use parser::Node;

/// A parsed path.
#[derive(Debug, Clone)]
pub struct Program {
    nodes: Vec<Node>,
    limits: Limits,
}

impl Program {
    /// Parses a template; the empty one stands for `{$}`, as in a web metric.
    ///
    /// # Errors
    /// Upstream's complaint with a byte offset.
    pub fn compile(source: &str, limits: Limits) -> Result<Self, LangError> {
        let source = if source.is_empty() { "{$}" } else { source };
        Ok(Self { nodes: parser::parse(source, 0)?, limits })
    }

    /// All results in order.
    ///
    /// # Errors
    /// A missing field, an index out of bounds, values that do not compare.
    pub fn eval(&self, document: &Value) -> Result<Vec<Value>, LangError> {
        walk::find(&self.nodes, document, &self.limits)
    }
}

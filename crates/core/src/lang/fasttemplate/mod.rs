//! `valyala/fasttemplate` as ApplicationSet uses it without `goTemplate`.
//!
//! A text is a template only if some line of it holds `{{` and, later, `}}`.
//! A tag whose trimmed text names a string parameter is replaced; any other tag
//! stays byte for byte. Nothing nests and nothing is escaped.

use super::limits::Limits;
use crate::{Error, Result};

/// A compiled template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
    /// Of the text: what it gives is about as long.
    length: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Tag(String),
}

/// Whether some line holds `{{` and, after it, `}}`: Go's `.*{{.*}}.*`.
pub fn is_template(text: &str) -> bool {
    text.contains("{{")
        && text.split('\n').any(|line| line.find("{{").is_some_and(|at| line.get(at + 2..).is_some_and(|rest| rest.contains("}}"))))
}

impl Template {
    /// Compiles a text.
    ///
    /// # Errors
    /// When a `{{` is never closed, in upstream's words.
    pub fn compile(text: &str) -> Result<Self> {
        if !is_template(text) {
            return Ok(Self { parts: vec![Part::Text(text.to_owned())], length: text.len() });
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((tag, tail)) = after.split_once("}}") else {
                return Err(Error::upstream(format!(
                    "invalid template: Cannot find end tag=\"}}}}\" in the template={text:?} starting from {after:?}"
                )));
            };
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Tag(tag.to_owned()));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts, length: text.len() })
    }

    /// The text with each tag that `value` knows replaced.
    ///
    /// # Errors
    /// When it would be longer than any text may be.
    pub fn render<'v>(&self, mut value: impl FnMut(&str) -> Option<&'v str>) -> Result<String> {
        let most = Limits::default().output;
        let mut out = String::with_capacity(self.length);
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Tag(tag) => {
                    let name = trim(tag);
                    match if name.is_empty() { None } else { value(name) } {
                        Some(text) => out.push_str(text),
                        None => {
                            out.push_str("{{");
                            out.push_str(tag);
                            out.push_str("}}");
                        }
                    }
                }
            }
            if out.len() > most {
                return Err(Error::limit(format!("the rendered text is longer than {most} bytes")));
            }
        }
        Ok(out)
    }

    /// The names that the template asks for, in order.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Tag(tag) => Some(trim(tag)),
            Part::Text(_) => None,
        })
    }

    /// The text itself, when there is nothing to replace.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}

fn trim(tag: &str) -> &str {
    tag.trim_matches(crate::lang::gofmt::unicode::is_space)
}

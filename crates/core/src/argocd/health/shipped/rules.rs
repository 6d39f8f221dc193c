//! The shapes that most shipped checks have: a list of conditions, or one word of the status.

use super::node::{Judged, Node, Part, say, tell};
use crate::argocd::health::status::HealthCode;

/// What a rule says when it holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Say {
    /// `condition.message`
    Message,
    /// The check's own words.
    Words(&'static str),
}

/// A condition that decides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// `type`; `*` for any.
    kind: &'static str,
    /// `status`; `*` for any.
    status: &'static str,
    /// `reason`, if it matters.
    reason: Option<&'static str>,
    code: HealthCode,
    say: Say,
}

/// `type` and `status` decide.
pub(super) const fn rule(kind: &'static str, status: &'static str, code: HealthCode, say: Say) -> Rule {
    Rule { kind, status, reason: None, code, say }
}

/// `type`, `status` and `reason` decide.
pub(super) const fn because(kind: &'static str, status: &'static str, reason: &'static str, code: HealthCode, say: Say) -> Rule {
    Rule { kind, status, reason: Some(reason), code, say }
}

impl Rule {
    fn holds(&self, line: u32, condition: Node<'_>) -> Result<bool, String> {
        let is = |key: &str, wanted: &str| Ok::<_, String>(condition.get(line, key)?.is(wanted) || wanted == "*");
        Ok(is("type", self.kind)? && is("status", self.status)? && self.reason.map_or(Ok(true), |reason| is("reason", reason))?)
    }

    pub(super) fn verdict(&self, line: u32, condition: Node<'_>) -> Judged {
        match self.say {
            Say::Message => tell(self.code, condition.get(line, "message")?),
            Say::Words(words) => say(self.code, words),
        }
    }
}

/// The first rule that holds for a condition.
pub(super) fn held<'r>(rules: &'r [Rule], line: u32, condition: Node<'_>) -> Result<Option<&'r Rule>, String> {
    for rule in rules {
        if rule.holds(line, condition)? {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

/// The first condition for which a rule holds decides; `line` is that of the first look at a condition.
pub(super) fn scan(list: Node<'_>, loop_line: u32, line: u32, rules: &[Rule]) -> Judged {
    for condition in list.each(loop_line)? {
        if let Some(rule) = held(rules, line, condition)? {
            return rule.verdict(line, condition);
        }
    }
    Ok(None)
}

/// `status.conditions`, nil when there is no status; the line of the first look into the status.
pub(super) fn list(object: Node<'_>, line: u32) -> Result<Node<'_>, String> {
    let status = object.get(line, "status")?;
    if status.is_nil() { Ok(Node::NIL) } else { status.get(line, "conditions") }
}

/// The commonest check: conditions if there are any, else the default. Lines: first look into the status, the loop, the first look at a condition.
pub(super) fn conditions(object: Node<'_>, lines: [u32; 3], rules: &[Rule], default: (HealthCode, &str)) -> Judged {
    let conditions = list(object, lines[0])?;
    if !conditions.is_nil()
        && let Some(verdict) = scan(conditions, lines[1], lines[2], rules)?
    {
        return Ok(Some(verdict));
    }
    say(default.0, default.1)
}

/// A member of the status, nil without a status.
pub(super) fn field<'v>(object: Node<'v>, line: u32, key: &str) -> Result<Node<'v>, String> {
    let status = object.get(line, "status")?;
    if status.is_nil() { Ok(Node::NIL) } else { status.get(line, key) }
}

/// One word of the status decides.
pub(super) fn word(object: Node<'_>, line: u32, key: &str, table: &[(&str, HealthCode, &str)], default: (HealthCode, &str)) -> Judged {
    let value = field(object, line, key)?;
    match table.iter().find(|(word, _, _)| value.is(word)) {
        Some((_, code, message)) => say(*code, *message),
        None => say(default.0, default.1),
    }
}

/// `metadata.generation` and `status.observedGeneration` are both there and differ; the line they are first looked at.
pub(super) fn generation_differs(object: Node<'_>, line: u32) -> Result<bool, String> {
    let metadata = object.get(line, "metadata")?;
    if metadata.is_nil() {
        return Ok(false);
    }
    let (generation, observed) = (metadata.get(line, "generation")?, field(object, line, "observedGeneration")?);
    Ok(!generation.is_nil() && !observed.is_nil() && !observed.same(generation))
}

/// `value .. words` with the object's kind first.
pub(super) fn kind_says(object: Node<'_>, line: u32, code: HealthCode, words: &str) -> Judged {
    let kind = object.get(line, "kind")?;
    say(code, super::node::concat(line, &[super::node::Part::Value(kind), super::node::Part::Text(words)])?)
}

/// `value or "words"`
pub(super) fn or<'v>(value: Node<'v>, words: &'v str) -> Part<'v> {
    if value.truthy() { Part::Value(value) } else { Part::Text(words) }
}

/// A judgement whose message is the script's words or a value of the object.
pub(super) fn tell_part(code: HealthCode, message: Part<'_>) -> Judged {
    match message {
        Part::Text(words) => say(code, words),
        Part::Value(node) => tell(code, node),
    }
}

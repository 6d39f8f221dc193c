//! A portion as a tree of `?(…) *(…) +(…) @(…) !(…)`, and its regular expression.

use super::class;
use crate::lang::LangError;

/// What a portion became.
pub(super) enum Compiled {
    /// Nothing magic in it.
    Literal(String),
    /// Source of a regular expression for the whole portion.
    Source(String),
}

/// How deep extglobs nest before they are read as plain text, as upstream's default.
const MAX_EXTGLOB_RECURSION: usize = 2;
const NO_TRAVERSAL: &str = "(?!(?:^|/)\\.\\.?(?:$|/))";
const NO_DOT: &str = "(?!\\.)";
const STAR: &str = "[^/]*?";
const STAR_NOT_EMPTY: &str = "[^/]+?";

/// Escapes what means something in a regular expression.
pub(super) fn escape(c: char) -> String {
    if c.is_whitespace() || (c.is_ascii_punctuation() && !matches!(c, '<' | '>' | '_' | '"' | '\'' | '`')) {
        match c {
            '.' => "\\.".to_owned(),
            c => format!("\\x{{{:x}}}", u32::from(c)),
        }
    } else {
        c.to_string()
    }
}

pub(super) fn compile(glob: &str) -> Result<Compiled, LangError> {
    let glob: Vec<char> = glob.chars().collect();
    let mut tree = Tree { glob: &glob, nodes: vec![Node::new(None, None, 0)], filled: false, negations: Vec::new(), size: 0 };
    tree.parse(0, 0, 0);
    tree.flatten(0, 0);
    tree.fill_negations()?;
    let source = tree.source(0, None)?;
    let magic = tree.nodes.first().is_some_and(|root| root.magic == Some(true));
    Ok(if magic { Compiled::Source(source.regex) } else { Compiled::Literal(source.literal) })
}

#[derive(Clone)]
enum Part {
    Text(String),
    Node(usize),
}

struct Node {
    /// `?`, `*`, `+`, `@` or `!`; none for a plain sequence.
    kind: Option<char>,
    parts: Vec<Part>,
    parent: Option<usize>,
    /// Where it stands in the parent; alternatives all stand at 0, as upstream has it.
    index: usize,
    magic: Option<bool>,
    empty: bool,
}

impl Node {
    fn new(kind: Option<char>, parent: Option<usize>, index: usize) -> Self {
        Self { kind, parts: Vec::new(), parent, index, magic: kind.map(|_| true), empty: false }
    }
}

struct Source {
    regex: String,
    literal: String,
    magic: bool,
}

struct Tree<'g> {
    glob: &'g [char],
    nodes: Vec<Node>,
    filled: bool,
    negations: Vec<usize>,
    /// Nodes made by copying, bounded against patterns that explode.
    size: usize,
}

fn can_adopt(parent: Option<char>, child: char) -> bool {
    matches!((parent, child), (Some('!' | '@'), '@') | (Some('?'), '?' | '@') | (Some('*'), '*' | '+' | '?' | '@') | (Some('+'), '+' | '@'))
}

fn can_adopt_with_space(parent: Option<char>, child: char) -> bool {
    matches!((parent, child), (Some('!' | '@'), '?') | (Some('+'), '?' | '*'))
}

fn usurps(parent: Option<char>, child: char) -> Option<char> {
    match (parent?, child) {
        ('!', '!') => Some('@'),
        ('?', '*' | '+') | ('+', '?' | '*') => Some('*'),
        ('@', kind) => Some(kind),
        _ => None,
    }
}

/// Tracks whether the scan is inside `[…]`, where nothing else counts.
#[derive(Default)]
struct Scan {
    escaping: bool,
    class: Option<usize>,
    negated: bool,
}

impl Scan {
    /// Whether the character at `i - 1` is taken as it is.
    fn plain(&mut self, c: char, i: usize) -> bool {
        if self.escaping || c == '\\' {
            self.escaping = !self.escaping;
            return true;
        }
        if let Some(start) = self.class {
            if i == start + 1 {
                self.negated |= matches!(c, '^' | '!');
            } else if c == ']' && !(i == start + 2 && self.negated) {
                self.class = None;
            }
            return true;
        }
        if c == '[' {
            self.class = Some(i);
            self.negated = false;
            return true;
        }
        false
    }
}

impl Tree<'_> {
    fn add(&mut self, kind: Option<char>, parent: usize) -> usize {
        let index = self.nodes.get(parent).map_or(0, |node| node.parts.len());
        self.nodes.push(Node::new(kind, Some(parent), index));
        let id = self.nodes.len() - 1;
        if kind == Some('!') && !self.filled {
            self.negations.push(id);
        }
        id
    }

    fn kind(&self, id: usize) -> Option<char> {
        self.nodes.get(id).and_then(|node| node.kind)
    }

    fn parts(&self, id: usize) -> &[Part] {
        self.nodes.get(id).map_or(&[], |node| &node.parts)
    }

    fn push(&mut self, id: usize, part: Part) {
        if matches!(&part, Part::Text(text) if text.is_empty()) {
            return;
        }
        if let Some(node) = self.nodes.get_mut(id) {
            node.parts.push(part);
        }
    }

    fn parse(&mut self, id: usize, at: usize, depth: usize) -> usize {
        let plain = self.kind(id).is_none();
        let mut i = if plain { at } else { at + 1 };
        let mut part = if plain { id } else { self.add(None, id) };
        let (mut parts, mut text, mut scan) = (Vec::new(), String::new(), Scan::default());
        while let Some(&c) = self.glob.get(i) {
            i += 1;
            if scan.plain(c, i) {
                text.push(c);
                continue;
            }
            let opens = matches!(c, '!' | '?' | '+' | '*' | '@') && self.glob.get(i) == Some(&'(');
            let adopts = !plain && (can_adopt(self.kind(id), c) || can_adopt_with_space(self.kind(id), c));
            if opens && (depth <= MAX_EXTGLOB_RECURSION || adopts) && self.nodes.len() < 20_000 && depth < 100 {
                self.push(part, Part::Text(std::mem::take(&mut text)));
                let child = self.add(Some(c), part);
                let next = if plain { depth + 1 } else { depth + usize::from(!adopts) };
                if plain {
                    i = self.parse(child, i, next);
                    self.push(part, Part::Node(child));
                } else {
                    self.push(part, Part::Node(child));
                    i = self.parse(child, i, next);
                }
            } else if !plain && c == '|' {
                self.push(part, Part::Text(std::mem::take(&mut text)));
                parts.push(part);
                part = self.add(None, id);
            } else if !plain && c == ')' {
                let empty = text.is_empty() && self.parts(id).is_empty();
                self.push(part, Part::Text(text));
                parts.push(part);
                if let Some(node) = self.nodes.get_mut(id) {
                    node.empty |= empty;
                    node.parts.extend(parts.into_iter().map(Part::Node));
                }
                return i;
            } else {
                text.push(c);
            }
        }
        if plain {
            self.push(id, Part::Text(text));
        } else if let Some(node) = self.nodes.get_mut(id) {
            // It never closes: all of it is plain text.
            node.kind = None;
            node.magic = None;
            node.parts = vec![Part::Text(self.glob.get(at - 1..).unwrap_or_default().iter().collect())];
        }
        i
    }

    fn only_child(&self, part: &Part) -> Option<(usize, usize, char)> {
        let Part::Node(child) = part else { return None };
        if self.kind(*child).is_some() {
            return None;
        }
        match self.parts(*child) {
            [Part::Node(grandchild)] => Some((*child, *grandchild, self.kind(*grandchild)?)),
            _ => None,
        }
    }

    fn flatten(&mut self, id: usize, depth: usize) {
        if depth > 200 {
            return;
        }
        if self.kind(id).is_none() {
            for part in self.parts(id).to_vec() {
                if let Part::Node(child) = part {
                    self.flatten(child, depth + 1);
                }
            }
            return;
        }
        for _ in 0..10 {
            let mut done = true;
            let mut i = 0;
            while let Some(Part::Node(child)) = self.parts(id).get(i).cloned() {
                self.flatten(child, depth + 1);
                let part = Part::Node(child);
                if let Some((_, grandchild, kind)) = self.only_child(&part) {
                    let mine = self.kind(id);
                    if can_adopt(mine, kind) {
                        done = false;
                        self.adopt(id, i, grandchild);
                    } else if can_adopt_with_space(mine, kind) {
                        done = false;
                        let blank = self.add(None, grandchild);
                        if let Some(node) = self.nodes.get_mut(blank) {
                            node.parts.push(Part::Text(String::new()));
                        }
                        self.push(grandchild, Part::Node(blank));
                        self.adopt(id, i, grandchild);
                    } else if self.parts(id).len() == 1
                        && let Some(kind) = usurps(mine, kind)
                    {
                        done = false;
                        let parts = self.parts(grandchild).to_vec();
                        self.set_parent(&parts, id);
                        if let Some(node) = self.nodes.get_mut(id) {
                            node.parts = parts;
                            node.kind = Some(kind);
                            node.empty = false;
                        }
                    }
                }
                i += 1;
            }
            if done {
                break;
            }
        }
    }

    fn set_parent(&mut self, parts: &[Part], parent: usize) {
        for part in parts {
            if let Part::Node(child) = part
                && let Some(node) = self.nodes.get_mut(*child)
            {
                node.parent = Some(parent);
            }
        }
    }

    fn adopt(&mut self, id: usize, index: usize, grandchild: usize) {
        let parts = self.parts(grandchild).to_vec();
        self.set_parent(&parts, id);
        if let Some(node) = self.nodes.get_mut(id) {
            node.parts.splice(index..=index, parts);
        }
    }

    /// A negation has to know what follows it: copies the rest of the pattern into its alternatives.
    fn fill_negations(&mut self) -> Result<(), LangError> {
        self.filled = true;
        while let Some(negation) = self.negations.pop() {
            if self.kind(negation) != Some('!') {
                continue;
            }
            let mut at = negation;
            while let Some(parent) = self.nodes.get(at).and_then(|node| node.parent) {
                if self.kind(parent).is_none() {
                    let from = self.nodes.get(at).map_or(0, |node| node.index) + 1;
                    let following = self.parts(parent).get(from..).unwrap_or_default().to_vec();
                    for part in following {
                        for own in self.parts(negation).to_vec() {
                            if let Part::Node(own) = own {
                                self.copy_in(own, &part)?;
                            }
                        }
                    }
                }
                at = parent;
            }
        }
        Ok(())
    }

    fn copy_in(&mut self, id: usize, part: &Part) -> Result<(), LangError> {
        self.size += 1;
        if self.size > 20_000 {
            return Err(LangError::limit("the pattern grows too large"));
        }
        match part {
            Part::Text(text) => self.push(id, Part::Text(text.clone())),
            Part::Node(original) => {
                let copy = self.add(self.kind(*original), id);
                for part in self.parts(*original).to_vec() {
                    self.copy_in(copy, &part)?;
                }
                self.push(id, Part::Node(copy));
            }
        }
        Ok(())
    }

    fn is_start(&self, id: usize) -> bool {
        let Some(node) = self.nodes.get(id) else { return false };
        let Some(parent) = node.parent else { return true };
        self.is_start(parent)
            && self
                .parts(parent)
                .get(..node.index)
                .is_none_or(|before| before.iter().all(|part| matches!(part, Part::Node(p) if self.kind(*p) == Some('!'))))
    }

    fn is_end(&self, id: usize) -> bool {
        let Some(node) = self.nodes.get(id) else { return false };
        let Some(parent) = node.parent else { return true };
        if self.kind(parent) == Some('!') {
            return true;
        }
        self.is_end(parent) && (node.kind.is_none() || node.index + 1 == self.parts(parent).len())
    }

    fn text(&self, id: usize) -> String {
        let parts: Vec<String> = self
            .parts(id)
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Node(child) => self.text(*child),
            })
            .collect();
        match self.kind(id) {
            None => parts.concat(),
            Some(kind) => format!("{kind}({})", parts.join("|")),
        }
    }

    fn source(&mut self, id: usize, allow_dot: Option<bool>) -> Result<Source, LangError> {
        self.size += 1;
        if self.size > 50_000 {
            return Err(LangError::limit("the pattern grows too large"));
        }
        if self.kind(id).is_none() { self.sequence(id, allow_dot) } else { self.extglob(id, allow_dot) }
    }

    fn sequence(&mut self, id: usize, allow_dot: Option<bool>) -> Result<Source, LangError> {
        let dot = allow_dot.unwrap_or(false);
        let parts = self.parts(id).to_vec();
        let (start, end) = (self.is_start(id), self.is_end(id));
        let no_empty = start && end && parts.iter().all(|part| matches!(part, Part::Text(_)));
        let (mut regex, mut literal) = (String::new(), String::new());
        let mut magic = self.nodes.get(id).and_then(|node| node.magic).unwrap_or(false);
        for part in &parts {
            let source = match part {
                Part::Text(text) => glob(text, magic, no_empty),
                Part::Node(child) => self.source(*child, allow_dot)?,
            };
            magic |= source.magic;
            regex.push_str(&source.regex);
            literal.push_str(&source.literal);
        }
        if let Some(node) = self.nodes.get_mut(id) {
            node.magic = Some(magic);
        }
        let mut before = "";
        if start && let Some(Part::Text(first)) = parts.first() {
            let only_dots = parts.len() == 1 && matches!(first.as_str(), "." | "..");
            if !only_dots {
                before = guard(&regex, dot);
            }
        }
        let parent = self.nodes.get(id).and_then(|node| node.parent).and_then(|parent| self.kind(parent));
        let after = if end && self.filled && parent == Some('!') { "(?:$|/)" } else { "" };
        Ok(Source { regex: format!("{before}{regex}{after}"), literal, magic })
    }

    fn alternatives(&mut self, id: usize, dot: bool) -> Result<String, LangError> {
        let whole = self.is_start(id) && self.is_end(id);
        let mut out: Vec<String> = Vec::new();
        for part in self.parts(id).to_vec() {
            if let Part::Node(child) = part {
                let regex = self.source(child, Some(dot))?.regex;
                if !(whole && regex.is_empty()) {
                    out.push(regex);
                }
            }
        }
        Ok(out.join("|"))
    }

    fn extglob(&mut self, id: usize, allow_dot: Option<bool>) -> Result<Source, LangError> {
        let dot = allow_dot.unwrap_or(false);
        let kind = self.kind(id).unwrap_or('@');
        let mut body = self.alternatives(id, dot)?;
        let (start, end) = (self.is_start(id), self.is_end(id));
        if start && end && body.is_empty() && kind != '!' {
            // Nothing inside: it is not an extglob at all.
            let text = self.text(id);
            if let Some(node) = self.nodes.get_mut(id) {
                node.kind = None;
                node.magic = None;
                node.parts = vec![Part::Text(text.clone())];
            }
            return Ok(Source { regex: text.clone(), literal: text, magic: false });
        }
        let mut repeated = String::new();
        if matches!(kind, '*' | '+') && !dot {
            repeated = self.alternatives(id, true)?;
            if repeated == body {
                repeated.clear();
            }
        }
        if !repeated.is_empty() {
            body = format!("(?:{body})(?:{repeated})*?");
        }
        let empty = self.nodes.get(id).is_some_and(|node| node.empty);
        let no_dot = if start && !dot { NO_DOT } else { "" };
        let regex = match kind {
            '!' if empty => format!("{no_dot}{STAR_NOT_EMPTY}"),
            '!' => format!("(?:(?!(?:{body})){no_dot}{STAR})"),
            '@' => format!("(?:{body})"),
            '?' => format!("(?:{body})?"),
            '+' if !repeated.is_empty() => format!("(?:{body})"),
            '*' if !repeated.is_empty() => format!("(?:{body})?"),
            kind => format!("(?:{body}){kind}"),
        };
        if let Some(node) = self.nodes.get_mut(id) {
            node.magic = Some(true);
        }
        Ok(Source { regex, literal: body, magic: true })
    }
}

/// Keeps `.` and `..`, and hidden names, from matching by accident.
fn guard(regex: &str, dot: bool) -> &'static str {
    let may_be_dot = |text: &str| text.starts_with(['[', '.']);
    let traversal = (dot && may_be_dot(regex))
        || regex.strip_prefix("\\.").is_some_and(may_be_dot)
        || regex.strip_prefix("\\.\\.").is_some_and(may_be_dot);
    if traversal {
        NO_TRAVERSAL
    } else if !dot && may_be_dot(regex) {
        NO_DOT
    } else {
        ""
    }
}

/// Plain glob text without extglobs.
fn glob(text: &str, magic: bool, no_empty: bool) -> Source {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Source { regex: String::new(), literal: String::new(), magic };
    let only_stars = chars.iter().all(|c| *c == '*');
    let (mut i, mut in_star) = (0, false);
    while let Some(&c) = chars.get(i) {
        i += 1;
        if c == '*' {
            if !in_star {
                out.regex.push_str(if no_empty && only_stars { STAR_NOT_EMPTY } else { STAR });
                out.magic = true;
            }
            in_star = true;
            continue;
        }
        in_star = false;
        let mut literal = c;
        match c {
            '\\' => {
                if let Some(&escaped) = chars.get(i) {
                    i += 1;
                    literal = escaped;
                }
            }
            '[' => {
                if let Some(class) = class::parse(&chars, i - 1) {
                    i += class.consumed - 1;
                    out.regex.push_str(&class.source);
                    out.magic |= class.literal.is_none();
                    out.literal.extend(class.literal);
                    continue;
                }
            }
            '?' => {
                out.regex.push_str("[^/]");
                out.magic = true;
                continue;
            }
            _ => {}
        }
        out.regex.push_str(&escape(literal));
        out.literal.push(literal);
    }
    out
}

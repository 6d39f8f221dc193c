//! Template text to pieces: data, variable tags and block tags; comments and raw blocks are resolved here.

use smallvec::SmallVec;

use super::super::Options;
use super::super::ast::Text;
use super::super::error::{Outcome, TemplateError};
use super::code::{find_terminator, leading_space, name_end, trim_code};
use crate::lang::javascript::trim_end;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceKind {
    Text,
    Variable,
    Block,
}

/// A piece of the template; `at` is where the tag starts, `code_at` where its code does.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    pub(super) kind: PieceKind,
    pub(super) text: Option<Text>,
    pub(super) code: &'a str,
    pub(super) at: usize,
    pub(super) code_at: usize,
}

/// The name of a block tag.
pub(super) fn tag_name(code: &str) -> &str {
    name_end(code, 0, false).and_then(|end| code.get(..end)).unwrap_or_default()
}

struct Scanner<'a> {
    source: &'a str,
    options: &'a Options,
    variable_start: &'static str,
    at: usize,
    pieces: Vec<Piece<'a>>,
    /// Data that has not become a piece yet: ranges of the source.
    pending: SmallVec<[(usize, usize); 2]>,
    /// Whether the current line has anything but white space so far.
    line_has_content: bool,
}

/// How many braces are counted to make room for pieces.
const MAX_EXPECTED: usize = 4096;

/// Splits a template.
pub(super) fn scan<'a>(source: &'a str, options: &'a Options) -> Outcome<Vec<Piece<'a>>> {
    let variable_start = if options.cookiecutter_compat { "{{" } else { "${{" };
    // Each tag makes a piece, and so does the text before it.
    let tags = memchr::memchr_iter(b'{', source.as_bytes()).take(MAX_EXPECTED).count();
    let pieces = Vec::with_capacity(tags + 1);
    let mut scanner = Scanner { source, options, variable_start, at: 0, pieces, pending: SmallVec::new(), line_has_content: false };
    while scanner.at < source.len() {
        scanner.step()?;
    }
    scanner.flush();
    Ok(scanner.pieces)
}

/// Bytes of white space as regular expressions see it at the start.
fn space_len(text: &str) -> usize {
    text.len() - crate::lang::javascript::trim_start(text).len()
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn advance_to(&mut self, end: usize) {
        if !self.options.lstrip_blocks {
            // Nobody asks how the line began.
            self.at = end;
            return;
        }
        let passed = self.source.get(self.at..end).unwrap_or_default();
        let (line, fresh) = passed.rfind('\n').map_or((passed, false), |at| (passed.get(at + 1..).unwrap_or_default(), true));
        let content = !crate::lang::javascript::trim(line).is_empty();
        self.line_has_content = content || (!fresh && self.line_has_content);
        self.at = end;
    }

    fn data_to(&mut self, end: usize) {
        if end > self.at {
            self.pending.push((self.at, end));
        }
        self.advance_to(end);
    }

    fn flush(&mut self) {
        let at = self.pending.first().map_or(self.at, |(from, _)| *from);
        let text = match self.pending.as_slice() {
            [] => return,
            [(from, to)] => Text::Part { from: *from as u32, to: *to as u32 },
            many => Text::Joined(many.iter().filter_map(|(from, to)| self.source.get(*from..*to)).collect::<String>().into()),
        };
        self.pending.clear();
        if !text.is_empty() || self.options.legacy {
            self.pieces.push(Piece { kind: PieceKind::Text, text: Some(text), code: "", at, code_at: at });
        }
    }

    /// Drops white space at the end of the pending data. nunjucks looks at the data right before the tag only, and keeps
    /// a node of what was trimmed to nothing.
    fn trim_pending(&mut self, data_before_tag: bool) {
        if self.options.legacy {
            if let Some((from, to)) = self.pending.last_mut().filter(|_| data_before_tag) {
                *to = *from + trim_end(self.source.get(*from..*to).unwrap_or_default()).len();
            }
            return;
        }
        while let Some((from, to)) = self.pending.pop() {
            let kept = trim_end(self.source.get(from..to).unwrap_or_default()).len();
            if kept > 0 {
                self.pending.push((from, from + kept));
                break;
            }
        }
    }

    /// Drops white space after a tag that asks for it.
    fn trim_ahead(&mut self) {
        let (from, space) = (self.at, space_len(self.rest()));
        self.advance_to(from + space);
        let alone =
            self.options.legacy && space > 0 && matches!(next_mark(self.rest().as_bytes(), self.variable_start), Mark::Opening(0, ..));
        if alone || (self.options.legacy && space > 0 && self.rest().is_empty()) {
            self.pending.push((from, from));
        }
    }

    /// Drops the indentation before a block tag that starts its line.
    fn strip_indent(&mut self) {
        if self.line_has_content {
            return;
        }
        // Only the last line of the pending data counts; if it is blank it goes, across ranges.
        while let Some((from, to)) = self.pending.pop() {
            let text = self.source.get(from..to).unwrap_or_default();
            match text.rfind('\n') {
                Some(newline) => {
                    let blank = crate::lang::javascript::trim(text.get(newline + 1..).unwrap_or_default()).is_empty();
                    self.pending.push((from, if blank { from + newline + 1 } else { to }));
                    break;
                }
                None if crate::lang::javascript::trim(text).is_empty() => {}
                None => {
                    self.pending.push((from, to));
                    break;
                }
            }
        }
    }

    fn step(&mut self) -> Outcome<()> {
        let rest = self.rest();
        let (distance, kind, start) = match next_mark(rest.as_bytes(), self.variable_start) {
            Mark::None => {
                self.data_to(self.source.len());
                return Ok(());
            }
            Mark::CommentEnd(end) => return Err(TemplateError::syntax("Unexpected end of comment", self.at + end)),
            Mark::Opening(distance, kind, start) => (distance, kind, start),
        };
        self.data_to(self.at + distance);
        let tag_at = self.at;
        if kind == PieceKind::Block && self.options.lstrip_blocks {
            self.strip_indent();
        }
        let left_trim = self.rest().get(start.len()..).is_some_and(|rest| rest.as_bytes().first() == Some(&b'-'));
        if left_trim {
            self.trim_pending(distance > 0);
        }
        self.flush();
        self.advance_to(tag_at + start.len() + usize::from(left_trim));
        self.tag(kind, tag_at)
    }

    fn tag(&mut self, kind: PieceKind, tag_at: usize) -> Outcome<()> {
        let close = match kind {
            PieceKind::Variable => "}}",
            PieceKind::Block => "%}",
            PieceKind::Text => "#}",
        };
        let end = match kind {
            PieceKind::Text => self.rest().find(close).map(|at| at + self.at),
            _ => find_terminator(self.source, self.at, close)?,
        };
        let Some(end) = end else {
            let what = ["comment", "variable", "block"].get(kind as usize).copied().unwrap_or_default();
            return Err(TemplateError::syntax(format!("Unterminated {what} tag"), tag_at));
        };
        let right_trim = end > 0 && self.source.as_bytes().get(end - 1) == Some(&b'-');
        let content_end = if right_trim { end - 1 } else { end };
        let content = self.source.get(self.at..content_end.max(self.at)).unwrap_or_default();
        let content_at = self.at;
        self.advance_to(end + close.len());
        if kind != PieceKind::Text {
            let leading = leading_space(content);
            let code = if kind == PieceKind::Block { trim_code(content) } else { content.get(leading..).unwrap_or_default() };
            let name = if kind == PieceKind::Block { tag_name(code) } else { "" };
            if name == "raw" || name == "verbatim" {
                return self.raw(name, code, tag_at, right_trim);
            }
            self.pieces.push(Piece { kind, text: None, code, at: tag_at, code_at: content_at + leading });
        }
        // Nunjucks overlooks the mark behind a `set` that captures.
        let overlooked = self.options.legacy && kind == PieceKind::Block && tag_name(trim_code(content)) == "set" && !content.contains('=');
        if right_trim && !overlooked {
            self.trim_ahead();
        } else if kind == PieceKind::Block {
            self.trim_newline();
        }
        Ok(())
    }

    /// `trimBlocks`: one line break after a block tag.
    fn trim_newline(&mut self) {
        if self.options.trim_blocks {
            let rest = self.rest();
            let length = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
            self.advance_to(self.at + length);
        }
    }

    fn raw(&mut self, name: &str, code: &str, tag_at: usize, right_trim: bool) -> Outcome<()> {
        if !trim_code(code.get(name.len()..).unwrap_or_default()).is_empty() {
            return Err(TemplateError::syntax(format!("{name} tag does not accept trailing content"), tag_at));
        }
        self.trim_newline();
        let (start, end) = match raw_end(self.source, self.at, name) {
            Ok(found) => found,
            // nunjucks forgets the tag, takes what it has passed for data, and reads on.
            Err(passed) if self.options.legacy => (passed, passed),
            Err(_) => return Err(TemplateError::syntax(format!("Missing \"end{name}\" tag"), tag_at)),
        };
        if self.source.get(start..end).is_some_and(|marker| marker.contains('\n')) {
            return Err(TemplateError::syntax(format!("{name} closing tag cannot contain a line break"), start));
        }
        self.data_to(start);
        self.advance_to(end);
        if right_trim {
            self.trim_ahead();
        }
        Ok(())
    }
}

/// What data ends with.
enum Mark {
    None,
    Opening(usize, PieceKind, &'static str),
    CommentEnd(usize),
}

/// The first mark in a text, in one pass.
fn next_mark(text: &[u8], variable_start: &'static str) -> Mark {
    for at in memchr::memchr2_iter(b'{', b'#', text) {
        match (text.get(at), text.get(at + 1)) {
            (Some(b'#'), Some(b'}')) => return Mark::CommentEnd(at),
            (Some(b'{'), Some(b'%')) => return Mark::Opening(at, PieceKind::Block, "{%"),
            (Some(b'{'), Some(b'#')) => return Mark::Opening(at, PieceKind::Text, "{#"),
            (Some(b'{'), Some(b'{')) => {
                // The dollar comes before the braces.
                let dollar = variable_start.len() - 2;
                let start = at.checked_sub(dollar).filter(|start| text.get(*start..at) == variable_start.as_bytes().get(..dollar));
                if let Some(start) = start {
                    return Mark::Opening(start, PieceKind::Variable, variable_start);
                }
            }
            _ => {}
        }
    }
    Mark::None
}

/// Where the matching end tag of a raw block starts and ends; raw blocks of the same name nest. Without one, where the last
/// mark that was looked at ends.
fn raw_end(source: &str, from: usize, name: &str) -> Result<(usize, usize), usize> {
    let mut depth = 1_usize;
    let (mut at, mut passed) = (from, from);
    while let Some(start) = source.get(at..).and_then(|rest| rest.find("{%")).map(|found| found + at) {
        let Some((closing, end)) = raw_marker(source, start, name) else {
            at = start + 2;
            continue;
        };
        if !closing {
            depth += 1;
        } else if depth == 1 {
            return Ok((start, end));
        } else {
            depth -= 1;
        }
        (at, passed) = (end, end);
    }
    Err(passed)
}

fn raw_marker(source: &str, start: usize, name: &str) -> Option<(bool, usize)> {
    let inside = source.get(start + 2..)?;
    let word = inside.get(space_len(inside)..)?;
    let (closing, rest) = match word.strip_prefix("end").and_then(|rest| rest.strip_prefix(name)) {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix(name)?),
    };
    let rest = rest.get(space_len(rest)..)?.strip_prefix("%}")?;
    Some((closing, source.len() - rest.len()))
}

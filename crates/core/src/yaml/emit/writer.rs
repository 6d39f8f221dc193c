//! Writes block collections and scalars, with libyaml's state of the line.

use serde_json::{Map, Value};

use super::analyze::{Analysis, Style, analyze, is_break, is_printable, style};
use super::{number_text, order};

const INDENT: isize = 2;
const WIDTH: usize = 80;

/// What a node stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Root,
    Item,
    Value,
}

#[derive(Debug)]
struct Writer {
    out: String,
    column: usize,
    indent: isize,
    /// The last character was white space or an indicator that needs none after it.
    whitespace: bool,
    /// Only indentation and indicators are on this line.
    indention: bool,
}

/// The document.
pub(super) fn write(value: &Value) -> String {
    let mut writer = Writer { out: String::new(), column: 0, indent: -1, whitespace: true, indention: true };
    writer.node(value, Context::Root);
    writer.write_indent();
    writer.out
}

impl Writer {
    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn put_break(&mut self, character: char) {
        self.out.push(character);
        self.column = 0;
    }

    fn write_indent(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, need_whitespace: bool, whitespace: bool, indention: bool) {
        if need_whitespace && !self.whitespace {
            self.put(' ');
        }
        self.out.push_str(text);
        self.column += text.len();
        self.whitespace = whitespace;
        self.indention = self.indention && indention;
    }

    fn increase_indent(&mut self, scalar: bool, indentless: bool) {
        if self.indent < 0 {
            self.indent = if scalar { INDENT } else { 0 };
        } else if !indentless {
            self.indent += INDENT;
        }
    }

    fn node(&mut self, value: &Value, context: Context) {
        match value {
            Value::Null => self.plain_word("null"),
            Value::Bool(bool) => self.plain_word(if *bool { "true" } else { "false" }),
            Value::Number(number) => self.plain_word(&number_text(number)),
            Value::String(text) => self.string(text, analyze(text), false),
            Value::Array(items) => self.sequence(items, context),
            Value::Object(map) => self.mapping(map),
        }
    }

    fn sequence(&mut self, items: &[Value], context: Context) {
        if items.is_empty() {
            self.indicator("[", true, true, false);
            self.indicator("]", false, false, false);
            return;
        }
        let outer = self.indent;
        self.increase_indent(false, context == Context::Value && !self.indention);
        for item in items {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(item, Context::Item);
        }
        self.indent = outer;
    }

    fn mapping(&mut self, map: &Map<String, Value>) {
        if map.is_empty() {
            self.indicator("{", true, true, false);
            self.indicator("}", false, false, false);
            return;
        }
        let outer = self.indent;
        self.increase_indent(false, false);
        for (key, value) in order::sort(map.iter().collect()) {
            self.write_indent();
            let analysis = analyze(key);
            if !analysis.multiline && key.len() <= 128 {
                self.string(key, analysis, true);
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.string(key, analysis, false);
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(value, Context::Value);
        }
        self.indent = outer;
    }

    fn plain_word(&mut self, text: &str) {
        if !self.whitespace {
            self.put(' ');
        }
        self.out.push_str(text);
        self.column += text.len();
        self.whitespace = false;
        self.indention = false;
    }

    fn string(&mut self, text: &str, analysis: Analysis, key: bool) {
        let outer = self.indent;
        self.increase_indent(true, false);
        match style(text, analysis, key) {
            Style::Plain => self.folded_quote(text, None, !key),
            Style::Single => self.folded_quote(text, Some('\''), !key),
            Style::Double => self.double(text, !key),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    /// A plain or single-quoted string, folded at single spaces.
    fn folded_quote(&mut self, text: &str, quote: Option<char>, fold: bool) {
        match quote {
            Some(_) => self.indicator("'", true, false, false),
            None if !self.whitespace => self.put(' '),
            None => {}
        }
        let (mut spaces, mut breaks) = (false, false);
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if character == ' ' {
                let inside = quote.is_none() || (at > 0 && next.is_some());
                if fold && !spaces && self.column > WIDTH && inside && next != Some(' ') {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(character) {
                if !breaks && character == '\n' {
                    self.put_break('\n');
                }
                self.put_break(character);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if quote == Some(character) {
                    self.put(character);
                }
                self.put(character);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
        if quote.is_some() {
            self.indicator("'", false, false, false);
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn double(&mut self, text: &str, fold: bool) {
        self.indicator("\"", true, false, false);
        // Upstream looks for a byte order mark at the start only, and then
        // takes every character for one.
        let all = text.starts_with('\u{feff}');
        let mut spaces = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if all || !is_printable(character) || is_break(character) || matches!(character, '"' | '\\') {
                self.escape(character);
                spaces = false;
            } else if character == ' ' {
                if fold && !spaces && self.column > WIDTH && at > 0 && next.is_some() {
                    self.write_indent();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                self.put(character);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn escape(&mut self, character: char) {
        let code = u32::from(character);
        let text = match character {
            '\0' => "\\0".to_owned(),
            '\u{7}' => "\\a".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\u{b}' => "\\v".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '\r' => "\\r".to_owned(),
            '\u{1b}' => "\\e".to_owned(),
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\u{85}' => "\\N".to_owned(),
            '\u{a0}' => "\\_".to_owned(),
            '\u{2028}' => "\\L".to_owned(),
            '\u{2029}' => "\\P".to_owned(),
            _ if code <= 0xff => format!("\\x{code:02X}"),
            _ if code <= 0xffff => format!("\\u{code:04X}"),
            _ => format!("\\U{code:08X}"),
        };
        self.out.push_str(&text);
        self.column += text.len();
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false, false);
        if text.starts_with([' ', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.indicator("2", false, false, false);
        }
        let mut ends = text.chars().rev();
        let chomp = match (ends.next().is_some_and(is_break), ends.next()) {
            (false, _) => "-",
            (true, None) => "+",
            (true, Some(character)) if is_break(character) => "+",
            (true, Some(_)) => "",
        };
        self.indicator(chomp, false, false, false);
        self.put_break('\n');
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        for character in text.chars() {
            if is_break(character) {
                self.put_break(character);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(character);
                self.indention = false;
                breaks = false;
            }
        }
    }
}

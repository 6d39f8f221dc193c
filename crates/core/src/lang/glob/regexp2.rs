//! Regular expressions in .NET style, as `github.com/dlclark/regexp2` reads them without options.
//!
//! The pattern is rewritten for `fancy-regex`, which brings look-around and
//! back-references: classes are escaped, `$` and `\Z` look past one final line
//! end, a brace that starts no quantifier is literal, and what .NET refuses
//! (nested quantifiers, unknown escapes, `*` after nothing) is refused here.

use std::fmt::Write as _;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Regexp {
    regex: fancy_regex::Regex,
}

impl Regexp {
    /// Compiles a pattern; `None` if .NET would refuse it.
    pub fn compile(pattern: &str) -> Option<Self> {
        let translated = Translator::new(pattern).run()?;
        let regex = fancy_regex::RegexBuilder::new(&translated).backtrack_limit(2_000_000).build().ok()?;
        Some(Self { regex })
    }

    /// Whether it matches anywhere; running out of steps is no match.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or(false)
    }
}

/// Argo CD's `util/regex.Match`: a broken pattern matches nothing.
pub fn matches(pattern: &str, text: &str) -> bool {
    Regexp::compile(pattern).is_some_and(|regexp| regexp.is_match(text))
}

/// What a quantifier would apply to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Item,
    Quantifier,
}

struct Translator<'p> {
    pattern: &'p str,
    at: usize,
    out: String,
    before: Before,
    /// Per open group, whether `(?m)` holds and whether `(?x)` holds.
    groups: Vec<(bool, bool)>,
    multiline: bool,
    extended: bool,
}

impl<'p> Translator<'p> {
    fn new(pattern: &'p str) -> Self {
        let out = String::with_capacity(pattern.len() + 16);
        Self { pattern, at: 0, out, before: Before::Nothing, groups: Vec::new(), multiline: false, extended: false }
    }

    fn rest(&self) -> &'p str {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii() {
            self.out.push(c);
        } else {
            let _ = write!(self.out, "\\x{{{:x}}}", u32::from(c));
        }
        self.before = Before::Item;
    }

    fn item(&mut self, text: &str) {
        self.out.push_str(text);
        self.before = Before::Item;
    }

    fn run(mut self) -> Option<String> {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape()?,
                '[' => {
                    let class = self.class()?;
                    self.item(&class);
                }
                '(' => self.group()?,
                ')' => {
                    (self.multiline, self.extended) = self.groups.pop()?;
                    self.item(")");
                }
                '|' => {
                    self.out.push('|');
                    self.before = Before::Nothing;
                }
                '*' | '+' | '?' => self.quantifier(c.encode_utf8(&mut [0; 4]))?,
                '{' => match self.counted() {
                    Some(text) => self.quantifier(&text)?,
                    None => self.literal('{'),
                },
                '^' | '.' => self.item(c.encode_utf8(&mut [0; 4])),
                '$' if self.multiline => self.item("(?=\\n|\\z)"),
                '$' => self.item("(?=\\n?\\z)"),
                '#' if self.extended => {
                    let comment = self.rest().find('\n').map_or(self.rest().len(), |end| end + 1);
                    self.at += comment;
                }
                c if self.extended && c.is_whitespace() => {}
                c => self.literal(c),
            }
        }
        self.groups.is_empty().then_some(self.out)
    }

    fn quantifier(&mut self, text: &str) -> Option<()> {
        if self.before != Before::Item {
            return None;
        }
        self.out.push_str(text);
        if self.rest().starts_with('?') {
            self.at += 1;
            self.out.push('?');
        }
        self.before = Before::Quantifier;
        Some(())
    }

    /// `{n}`, `{n,}` or `{n,m}` after the brace.
    fn counted(&mut self) -> Option<String> {
        let inside = self.rest().split_once('}')?.0;
        let (low, high) = inside.split_once(',').unwrap_or((inside, inside));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(low) || !(digits(high) || (high.is_empty() && inside.contains(','))) {
            return None;
        }
        self.at += inside.len() + 1;
        Some(format!("{{{inside}}}"))
    }

    fn group(&mut self) -> Option<()> {
        self.groups.push((self.multiline, self.extended));
        self.before = Before::Nothing;
        let Some(rest) = self.rest().strip_prefix('?') else {
            self.out.push('(');
            return Some(());
        };
        if let Some(comment) = rest.strip_prefix('#') {
            self.at += comment.find(')')? + 3;
            self.groups.pop();
            return Some(());
        }
        for opening in ["?:", "?=", "?!", "?<=", "?<!", "?>"] {
            if self.rest().starts_with(opening) {
                self.at += opening.len();
                self.out.push('(');
                self.out.push_str(opening);
                return Some(());
            }
        }
        if let Some((close, named)) = rest.strip_prefix('<').map(|r| ('>', r)).or_else(|| rest.strip_prefix('\'').map(|r| ('\'', r))) {
            let name = named.split(close).next()?;
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') || !named.contains(close) {
                return None;
            }
            self.at += name.len() + 3;
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                self.out.push('(');
            } else {
                let _ = write!(self.out, "(?<{name}>");
            }
            return Some(());
        }
        self.options(rest)
    }

    /// `(?imnsx-imnsx)` and `(?imnsx-imnsx:`.
    fn options(&mut self, rest: &str) -> Option<()> {
        let length = rest.find([')', ':'])?;
        let (mut on, mut kept) = (true, String::new());
        for c in rest.get(..length)?.chars() {
            match c {
                '-' | '+' => on = c == '+',
                'm' => self.multiline = on,
                'x' => self.extended = on,
                'n' => {}
                'i' | 's' => {
                    kept.push_str(if on { "" } else { "-" });
                    kept.push(c);
                }
                _ => return None,
            }
        }
        let (add, remove): (String, String) = split_flags(&kept);
        let flags = if remove.is_empty() { add } else { format!("{add}-{remove}") };
        let inline = rest.as_bytes().get(length) == Some(&b')');
        self.at += length + 2;
        // `^` needs the flag itself; `$` is written out.
        let lines = if self.multiline { "m" } else { "" };
        if inline {
            self.groups.pop();
            if !flags.is_empty() || !lines.is_empty() {
                let _ = write!(self.out, "(?{lines}{flags})");
            }
        } else {
            let _ = write!(self.out, "(?{lines}{flags}:");
        }
        Some(())
    }

    fn escape(&mut self) -> Option<()> {
        let c = self.next()?;
        match c {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'b' | 'B' | 'A' | 'z' => {
                let text = format!("\\{c}");
                self.item(&text);
            }
            'Z' => self.item("(?=\\n?\\z)"),
            'G' => self.item("\\A"),
            'p' | 'P' => {
                let text = self.property(c)?;
                self.item(&text);
            }
            'k' => {
                let rest = self.rest();
                let close = if rest.starts_with('<') { '>' } else { '\'' };
                let name = rest.get(1..)?.split_once(close)?.0;
                self.at += name.len() + 2;
                let text = format!("\\k<{name}>");
                self.item(&text);
            }
            '1'..='9' => {
                let text = format!("\\{c}");
                self.item(&text);
            }
            c => {
                let c = self.character(c)?;
                self.literal(c);
            }
        }
        Some(())
    }

    fn property(&mut self, letter: char) -> Option<String> {
        let name = self.rest().strip_prefix('{')?.split_once('}')?.0;
        self.at += name.len() + 2;
        Some(format!("\\{letter}{{{name}}}"))
    }

    /// A single character written with a backslash; the letter is read already.
    fn character(&mut self, c: char) -> Option<char> {
        let mut hex = |digits: usize| {
            let text = self.rest().get(..digits)?;
            let code = u32::from_str_radix(text, 16).ok()?;
            self.at += digits;
            char::from_u32(code)
        };
        Some(match c {
            'a' => '\u{7}',
            'e' => '\u{1b}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => hex(2)?,
            'u' => hex(4)?,
            'c' => char::from(u8::try_from(self.next()?.to_ascii_uppercase()).ok()?.checked_sub(64)?),
            '0' => {
                let digits: String = self.rest().chars().take_while(|d| d.is_digit(8)).take(2).collect();
                self.at += digits.len();
                char::from_u32(u32::from_str_radix(&format!("0{digits}"), 8).ok()?)?
            }
            c if c.is_ascii_alphanumeric() || c == '_' => return None,
            c => c,
        })
    }

    /// The class after its `[`.
    fn class(&mut self) -> Option<String> {
        let mut out = String::from("[");
        if self.rest().starts_with('^') {
            self.at += 1;
            out.push('^');
        }
        let (mut first, mut low) = (true, None::<char>);
        loop {
            let c = self.next()?;
            let character = match c {
                ']' if !first => break,
                '[' if self.rest().starts_with(':') && self.rest().contains(":]") => {
                    // .NET skips over `[:name:]`.
                    self.at += self.rest().find(":]")? + 2;
                    first = false;
                    continue;
                }
                '-' if !first && self.rest().starts_with('[') => {
                    self.at += 1;
                    let inner = self.class()?;
                    self.rest().starts_with(']').then_some(())?;
                    self.at += 1;
                    out.push(']');
                    return Some(format!("(?!{inner}){out}"));
                }
                '\\' => match self.next()? {
                    set @ ('d' | 'D' | 'w' | 'W' | 's' | 'S') => {
                        let _ = write!(out, "\\{set}");
                        (first, low) = (false, None);
                        continue;
                    }
                    letter @ ('p' | 'P') => {
                        out.push_str(&self.property(letter)?);
                        (first, low) = (false, None);
                        continue;
                    }
                    'b' => '\u{8}',
                    '-' => '-',
                    other => self.character(other)?,
                },
                c => c,
            };
            first = false;
            let mut after = self.rest().chars();
            let ranged = after.next() == Some('-') && !matches!(after.next(), None | Some(']' | '['));
            match low.take() {
                Some(low) if character < low => return None,
                Some(low) => {
                    let _ = write!(out, "\\x{{{:x}}}-\\x{{{:x}}}", u32::from(low), u32::from(character));
                }
                None if ranged => {
                    self.at += 1;
                    low = Some(character);
                }
                None => {
                    let _ = write!(out, "\\x{{{:x}}}", u32::from(character));
                }
            }
        }
        out.push(']');
        Some(match out.as_str() {
            "[]" => "(?!)".to_owned(),
            "[^]" => "(?s:.)".to_owned(),
            _ => out,
        })
    }
}

/// Splits `i-s` into what is switched on and off.
fn split_flags(kept: &str) -> (String, String) {
    let (mut add, mut remove) = (String::new(), String::new());
    let mut off = false;
    for c in kept.chars() {
        match c {
            '-' => off = true,
            c if off => {
                remove.push(c);
                off = false;
            }
            c => add.push(c),
        }
    }
    (add, remove)
}

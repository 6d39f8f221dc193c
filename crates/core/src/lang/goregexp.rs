//! Go's `regexp` syntax (RE2) on the `regex` crate.
//!
//! Both find the leftmost match with the first alternative and run in linear
//! time; the differences are in the syntax: Perl classes and `\b` are ASCII in
//! Go, set operations do not exist, repetitions may not be nested or exceed
//! 1000, and `\Q…\E` quotes.

use std::fmt::Write as _;

/// Compiles a pattern as `regexp.Compile`.
///
/// # Errors
/// Go's `error parsing regexp: …` in similar words.
pub(crate) fn compile(pattern: &str) -> Result<regex::Regex, String> {
    let translated = Translator { rest: pattern, out: String::with_capacity(pattern.len() + 8), repeatable: false }.run()?;
    regex::RegexBuilder::new(&translated).size_limit(16 << 20).build().map_err(|why| {
        let why = why.to_string();
        match why.lines().last().unwrap_or("invalid").trim() {
            "error: unclosed group" => format!("error parsing regexp: missing closing ): `{pattern}`"),
            "error: unopened group" => format!("error parsing regexp: unexpected ): `{pattern}`"),
            why => format!("error parsing regexp: {why}"),
        }
    })
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
    /// Whether a repetition may follow.
    repeatable: bool,
}

impl Translator<'_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii_alphanumeric() || !c.is_ascii() || c == '_' {
            self.out.push(c);
        } else {
            let _ = write!(self.out, "\\x{{{:x}}}", u32::from(c));
        }
        self.repeatable = true;
    }

    fn run(mut self) -> Result<String, String> {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '*' | '+' | '?' => self.repeat(&c.to_string())?,
                '{' => match self.counted()? {
                    Some(text) => self.repeat(&text)?,
                    None => self.literal('{'),
                },
                '(' => self.group()?,
                '|' => {
                    self.out.push('|');
                    self.repeatable = false;
                }
                ')' | '.' | '^' | '$' => {
                    self.out.push(c);
                    self.repeatable = true;
                }
                c => self.literal(c),
            }
        }
        Ok(self.out)
    }

    fn repeat(&mut self, text: &str) -> Result<(), String> {
        if !self.repeatable {
            return Err(format!("error parsing regexp: missing argument to repetition operator: `{text}`"));
        }
        self.out.push_str(text);
        let mut lazy = "";
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            self.out.push('?');
            lazy = "?";
        }
        let more = match self.rest.as_bytes().first() {
            Some(b'*' | b'+' | b'?') => 1,
            Some(b'{') => quantifier(self.rest).map_or(0, |(length, _, _)| length),
            _ => 0,
        };
        if more > 0 {
            let more = self.rest.get(..more).unwrap_or_default();
            return Err(format!("error parsing regexp: invalid nested repetition operator: `{text}{lazy}{more}`"));
        }
        Ok(())
    }

    fn counted(&mut self) -> Result<Option<String>, String> {
        let source = format!("{{{}", self.rest);
        let Some((length, low, high)) = quantifier(&source) else { return Ok(None) };
        if low > 1000 || high.is_some_and(|high| high > 1000 || high < low) {
            return Err(format!("error parsing regexp: invalid repeat count: `{}`", source.get(..length).unwrap_or_default()));
        }
        let text = source.get(..length).unwrap_or_default().to_owned();
        self.rest = self.rest.get(length - 1..).unwrap_or_default();
        Ok(Some(text))
    }

    fn group(&mut self) -> Result<(), String> {
        self.repeatable = false;
        self.out.push('(');
        let Some(rest) = self.rest.strip_prefix('?') else { return Ok(()) };
        let named = rest.strip_prefix("P<").or_else(|| rest.strip_prefix('<'));
        if let Some(named) = named {
            let name = named.split('>').next().unwrap_or_default();
            let valid = !name.is_empty() && named.len() > name.len() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !valid {
                return Err("error parsing regexp: invalid named capture".to_owned());
            }
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                return Err("error parsing regexp: invalid named capture".to_owned());
            }
            let _ = write!(self.out, "?P<{name}>");
            self.rest = named.get(name.len() + 1..).unwrap_or_default();
            return Ok(());
        }
        let length = rest.find([')', ':']).ok_or("error parsing regexp: missing argument")?;
        let flags = rest.get(..length).unwrap_or_default();
        let is_flags = rest.as_bytes().get(length) == Some(&b')');
        let known = flags.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'U' | '-'));
        if !known || (flags.is_empty() && is_flags) || flags.ends_with('-') {
            return Err("error parsing regexp: invalid or unsupported Perl syntax".to_owned());
        }
        self.out.push('?');
        self.out.push_str(rest.get(..=length).unwrap_or_default());
        self.rest = rest.get(length + 1..).unwrap_or_default();
        Ok(())
    }

    /// A single character written with a backslash; the letter is read already.
    fn character(&mut self, c: char) -> Result<char, String> {
        Ok(match c {
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '0'..='7' => {
                if c != '0' && !self.rest.starts_with(|d: char| d.is_digit(8)) {
                    return Err(format!("error parsing regexp: invalid escape sequence: `\\{c}`"));
                }
                let mut code = c.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    match self.rest.chars().next().and_then(|d| d.to_digit(8)) {
                        Some(digit) => {
                            code = code * 8 + digit;
                            self.next();
                        }
                        None => break,
                    }
                }
                char::from_u32(code).unwrap_or('\u{fffd}')
            }
            'x' => {
                let hex = match self.rest.strip_prefix('{') {
                    Some(rest) => {
                        let hex = rest.split('}').next().unwrap_or_default();
                        self.rest = rest.get(hex.len() + 1..).unwrap_or_default();
                        hex
                    }
                    None => {
                        let (hex, rest) = self.rest.split_at_checked(2).ok_or("error parsing regexp: invalid escape sequence: `\\x`")?;
                        self.rest = rest;
                        hex
                    }
                };
                let code = u32::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+'));
                code.and_then(char::from_u32).ok_or("error parsing regexp: invalid escape sequence: `\\x`")?
            }
            c if c.is_ascii_punctuation() && c != '_' => c,
            c => return Err(format!("error parsing regexp: invalid escape sequence: `\\{c}`")),
        })
    }

    fn property(&mut self, letter: char) -> Result<String, String> {
        if let Some(rest) = self.rest.strip_prefix('{') {
            let name = rest.split('}').next().unwrap_or_default();
            self.rest = rest.get(name.len() + 1..).ok_or("error parsing regexp: invalid character class range")?;
            let (negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
            let letter = if negated == (letter == 'P') { 'p' } else { 'P' };
            return Ok(format!("\\{letter}{{{name}}}"));
        }
        let c = self.next().ok_or("error parsing regexp: invalid character class range")?;
        Ok(format!("\\{letter}{{{c}}}"))
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.next() else { return Err("error parsing regexp: trailing backslash at end of expression: ``".to_owned()) };
        let text = match c {
            'A' | 'z' => format!("\\{c}"),
            'b' => "(?-u:\\b)".to_owned(),
            'B' => "(?-u:\\B)".to_owned(),
            'p' | 'P' => self.property(c)?,
            'Q' => {
                let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.rest = rest;
                quoted.chars().for_each(|c| self.literal(c));
                return Ok(());
            }
            'C' => return Err("error parsing regexp: invalid escape sequence: `\\C`".to_owned()),
            c => match perl(c) {
                Some((inside, negated)) => format!("[{}{inside}]", if negated { "^" } else { "" }),
                None => {
                    let c = self.character(c)?;
                    self.literal(c);
                    return Ok(());
                }
            },
        };
        self.out.push_str(&text);
        self.repeatable = true;
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        let missing = format!("error parsing regexp: missing closing ]: `[{}`", self.rest);
        let mut out = String::from("[");
        if let Some(rest) = self.rest.strip_prefix('^') {
            self.rest = rest;
            out.push('^');
        }
        let mut first = true;
        loop {
            if self.rest.is_empty() {
                return Err(missing);
            }
            if !first && self.rest.starts_with(']') {
                self.next();
                break;
            }
            first = false;
            if self.rest.starts_with("[:")
                && let Some(end) = self.rest.find(":]")
            {
                out.push_str(self.rest.get(..end + 2).unwrap_or_default());
                self.rest = self.rest.get(end + 2..).unwrap_or_default();
                continue;
            }
            if let Some(set) = self.class_set()? {
                out.push_str(&set);
                continue;
            }
            let range = self.rest;
            let low = self.class_character(&missing)?;
            let _ = write!(out, "\\x{{{:x}}}", u32::from(low));
            if self.rest.starts_with('-') && !self.rest.get(1..).is_some_and(|rest| rest.starts_with(']')) && self.rest.len() > 1 {
                self.next();
                let high = self.class_character(&missing)?;
                if high < low {
                    let range = range.get(..range.len() - self.rest.len()).unwrap_or_default();
                    return Err(format!("error parsing regexp: invalid character class range: `{range}`"));
                }
                let _ = write!(out, "-\\x{{{:x}}}", u32::from(high));
            }
        }
        out.push(']');
        self.out.push_str(&out);
        self.repeatable = true;
        Ok(())
    }

    /// `\d` and `\pL` inside a class.
    fn class_set(&mut self) -> Result<Option<String>, String> {
        let Some(after) = self.rest.strip_prefix('\\') else { return Ok(None) };
        let Some(letter) = after.chars().next() else { return Ok(None) };
        if matches!(letter, 'p' | 'P') {
            self.rest = after.get(1..).unwrap_or_default();
            return self.property(letter).map(Some);
        }
        let Some((inside, negated)) = perl(letter) else { return Ok(None) };
        self.rest = after.get(1..).unwrap_or_default();
        Ok(Some(if negated { format!("[^{inside}]") } else { inside.to_owned() }))
    }

    fn class_character(&mut self, missing: &str) -> Result<char, String> {
        match self.next() {
            Some('\\') => {
                let c = self.next().ok_or(missing)?;
                self.character(c)
            }
            Some(c) => Ok(c),
            None => Err(missing.to_owned()),
        }
    }
}

/// What stands in an ASCII class, and whether it is negated.
fn perl(c: char) -> Option<(&'static str, bool)> {
    Some(match c {
        'd' | 'D' => ("0-9", c == 'D'),
        's' | 'S' => ("\\t\\n\\x0c\\r ", c == 'S'),
        'w' | 'W' => ("0-9A-Za-z_", c == 'W'),
        _ => return None,
    })
}

/// Length, low and high of `{n}`, `{n,}` or `{n,m}` at the start.
fn quantifier(text: &str) -> Option<(usize, u32, Option<u32>)> {
    let inside = text.strip_prefix('{')?.split_once('}')?.0;
    let (low, high) = match inside.split_once(',') {
        Some((low, "")) => (low, None),
        Some((low, high)) => (low, Some(high)),
        None => (inside, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(low) || !high.is_none_or(digits) {
        return None;
    }
    let number = |text: &str| text.parse().unwrap_or(u32::MAX);
    Some((inside.len() + 2, number(low), high.map(number)))
}

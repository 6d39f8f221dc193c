//! What `encoding/json` of Go 1.27 says about a text that is no JSON, or no value of the kind it wants.

use serde_json::Value;

use super::quote::{quote, quote_char};

const END: &str = "unexpected end of JSON input";

/// What is expected next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Value,
    /// Behind `[`.
    FirstElement,
    /// Behind `{`.
    FirstKey,
    Key,
    Colon,
    /// A value is complete.
    After,
}

/// The word that `encoding/json` has for a value of the wrong kind.
pub(crate) fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Go's type of what Kubernetes' decoder makes of a value: a whole number is an `int64`.
pub(crate) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// The error of `json.Unmarshal`, or nothing when the text is one JSON value.
pub(crate) fn syntax_error(text: &str) -> Option<String> {
    Scanner { text, at: 0, open: Vec::new() }.run().err()
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// The brackets that are open.
    open: Vec<u8>,
}

type Scan = Result<(), String>;

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, String> {
        let byte = self.peek().ok_or(END)?;
        self.at += 1;
        Ok(byte)
    }

    fn run(mut self) -> Scan {
        let mut state = State::Value;
        loop {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
            if state == State::After && self.open.is_empty() {
                return if self.peek().is_none() { Ok(()) } else { self.refuse(0, "after top-level value") };
            }
            let byte = self.next()?;
            state = match (state, byte) {
                (State::FirstElement, b']') | (State::FirstKey, b'}') => {
                    self.open.pop();
                    State::After
                }
                (State::Value | State::FirstElement, _) => self.value(byte)?,
                (State::FirstKey | State::Key, b'"') => {
                    self.string()?;
                    State::Colon
                }
                (State::FirstKey | State::Key, _) => return self.refuse(1, "looking for beginning of object key string"),
                (State::Colon, b':') => State::Value,
                (State::Colon, _) => return self.refuse(1, "after object key"),
                (State::After, _) => self.after(byte)?,
            };
        }
    }

    fn after(&mut self, byte: u8) -> Result<State, String> {
        let object = self.open.last() == Some(&b'{');
        match (object, byte) {
            (true, b',') => Ok(State::Key),
            (false, b',') => Ok(State::Value),
            (true, b'}') | (false, b']') => {
                self.open.pop();
                Ok(State::After)
            }
            (true, _) => self.refuse(1, "after object key:value pair"),
            (false, _) => self.refuse(1, "after array element"),
        }
    }

    fn value(&mut self, byte: u8) -> Result<State, String> {
        match byte {
            b'{' | b'[' => {
                if self.open.len() == 10_000 {
                    return Err("exceeded max depth".to_owned());
                }
                self.open.push(byte);
                return Ok(if byte == b'{' { State::FirstKey } else { State::FirstElement });
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number(byte)?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => return self.refuse(1, "looking for beginning of value"),
        }
        Ok(State::After)
    }

    fn literal(&mut self, word: &str) -> Scan {
        for expected in word.bytes().skip(1) {
            let byte = self.next()?;
            if byte != expected {
                return self.refuse(1, &format!("in literal {word} (expecting '{}')", char::from(expected)));
            }
        }
        Ok(())
    }

    fn string(&mut self) -> Scan {
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte if byte < 0x20 => return self.refuse(1, "in string"),
                _ => {}
            }
        }
    }

    /// Behind the backslash.
    fn escape(&mut self) -> Scan {
        let start = self.at - 1;
        let mut right = match self.next()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => return Ok(()),
            byte => byte == b'u',
        };
        if right {
            let digits = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let digits = digits.get(..4).unwrap_or(digits);
            right = digits.iter().all(u8::is_ascii_hexdigit);
            self.at += digits.len();
            if right {
                return if digits.len() < 4 { Err(END.to_owned()) } else { Ok(()) };
            }
        }
        let sequence = self.text.as_bytes().get(start..self.at).unwrap_or_default();
        let shown = match std::str::from_utf8(sequence) {
            Ok(plain) if !plain.chars().any(|c| c == '`' || c.is_whitespace() || c.is_control()) => format!("`{plain}`"),
            _ => String::from_utf8_lossy(&quote(sequence, false)).into_owned(),
        };
        Err(format!("invalid escape sequence {shown} in string"))
    }

    fn number(&mut self, first: u8) -> Scan {
        let first = if first == b'-' { self.digit()? } else { first };
        if first != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digit()?;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit()?;
            self.digits();
        }
        Ok(())
    }

    fn digit(&mut self) -> Result<u8, String> {
        let byte = self.next()?;
        if byte.is_ascii_digit() { Ok(byte) } else { self.refuse(1, "in numeric literal") }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    /// Refuses the character so many bytes back.
    fn refuse<T>(&self, back: usize, place: &str) -> Result<T, String> {
        let character = self.text.get(self.at - back..).and_then(|rest| rest.chars().next()).unwrap_or_default();
        Err(format!("invalid character {} {place}", String::from_utf8_lossy(&quote_char(character, false))))
    }
}

#[cfg(test)]
mod tests {
    use super::syntax_error;

    #[test]
    fn says_what_go_says() {
        let cases = [
            ("null2", "invalid character '2' after top-level value"),
            ("", "unexpected end of JSON input"),
            (" {", "unexpected end of JSON input"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
            ("{'a'}", r"invalid character '\'' looking for beginning of object key string"),
            ("nul!", "invalid character '!' in literal null (expecting 'l')"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.e", "invalid character 'e' in numeric literal"),
            ("1e+\n", "invalid character '\\n' in numeric literal"),
            ("01", "invalid character '1' after top-level value"),
            ("\"\\q\"", "invalid escape sequence `\\q` in string"),
            ("\"\\u12\"}", "invalid escape sequence `\\u12\"}` in string"),
            ("\"\\u00", "unexpected end of JSON input"),
            ("\"a\tb\"", "invalid character '\\t' in string"),
            ("[\u{a0}]", "invalid character '\\u00a0' looking for beginning of value"),
            ("\u{1f600}", "invalid character '\u{1f600}' looking for beginning of value"),
        ];
        for (text, said) in cases {
            assert_eq!(syntax_error(text).as_deref(), Some(said), "{text}");
        }
        assert_eq!(syntax_error(" [{\"a\": [null, -0.5e3, \"\\u00e9\\n\"]}, {}, []] \n"), None);
    }
}

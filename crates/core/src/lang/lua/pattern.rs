//! Lua patterns, matched over bytes.

/// Recursion of one match.
const DEPTH: usize = 200;
/// Steps of one match.
const STEPS: usize = 1 << 20;
/// Captures of one pattern.
const CAPTURES: usize = 32;

/// Where a capture lies: a range, or a position alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capture {
    Open(usize),
    Range(usize, usize),
    Position(usize),
}

/// A match: its range and its captures.
#[derive(Debug, Clone)]
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) captures: Vec<Capture>,
}

struct Matcher<'t> {
    text: &'t [u8],
    pattern: &'t [u8],
    captures: Vec<Capture>,
    depth: usize,
    steps: usize,
}

/// At most `limit` matches from `init` on; a pattern that starts with `^` matches at `init` only.
pub(super) fn find(pattern: &[u8], text: &[u8], init: usize, limit: Option<usize>) -> Result<Vec<Match>, String> {
    let anchored = pattern.first() == Some(&b'^');
    let body = if anchored { pattern.get(1..).unwrap_or_default() } else { pattern };
    let mut found = Vec::new();
    let mut at = init;
    let mut steps = 0;
    while at <= text.len() && limit.is_none_or(|limit| found.len() < limit) {
        let mut matcher = Matcher { text, pattern: body, captures: Vec::new(), depth: 0, steps };
        let end = matcher.run(at, 0)?;
        steps = matcher.steps;
        match end {
            Some(end) => {
                found.push(Match { start: at, end, captures: matcher.captures });
                at = if end > at { end } else { at + 1 };
            }
            None => at += 1,
        }
        if anchored {
            break;
        }
    }
    Ok(found)
}

impl Matcher<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    fn code(&self, at: usize) -> u8 {
        self.pattern.get(at).copied().unwrap_or(0)
    }

    /// Matches the pattern from `p` at `s`; where the match ends.
    fn run(&mut self, s: usize, p: usize) -> Result<Option<usize>, String> {
        self.depth += 1;
        self.steps += 1;
        if self.depth > DEPTH || self.steps > STEPS {
            return Err("pattern too complex".into());
        }
        let result = self.step(s, p);
        self.depth -= 1;
        result
    }

    fn step(&mut self, mut s: usize, mut p: usize) -> Result<Option<usize>, String> {
        loop {
            self.steps += 1;
            if self.steps > STEPS {
                return Err("pattern too complex".into());
            }
            if p >= self.pattern.len() {
                return Ok(Some(s));
            }
            match self.code(p) {
                b'(' if self.code(p + 1) == b')' => return self.capture(Capture::Position(s + 1), s, p + 2),
                b'(' => return self.capture(Capture::Open(s), s, p + 1),
                b')' => return self.close(s, p + 1),
                b'$' if p + 1 == self.pattern.len() => return Ok((s == self.text.len()).then_some(s)),
                b'%' if self.code(p + 1) == b'b' => match self.balance(s, p + 2)? {
                    Some(end) => (s, p) = (end, p + 4),
                    None => return Ok(None),
                },
                b'%' if self.code(p + 1) == b'f' => {
                    let set = p + 2;
                    if self.code(set) != b'[' {
                        return Err("missing '[' after '%f' in pattern".into());
                    }
                    let end = self.class_end(set)?;
                    let before = s.checked_sub(1).and_then(|at| self.byte(at)).unwrap_or(0);
                    let after = self.byte(s).unwrap_or(0);
                    if self.set(before, set, end) || !self.set(after, set, end) {
                        return Ok(None);
                    }
                    p = end;
                }
                b'%' if self.code(p + 1).is_ascii_digit() => match self.back_reference(s, self.code(p + 1))? {
                    Some(end) => (s, p) = (end, p + 2),
                    None => return Ok(None),
                },
                _ => {
                    let end = self.class_end(p)?;
                    let here = self.byte(s).is_some_and(|byte| self.single(byte, p, end));
                    match self.code(end) {
                        b'?' => {
                            if here && let Some(found) = self.run(s + 1, end + 1)? {
                                return Ok(Some(found));
                            }
                            p = end + 1;
                        }
                        b'+' => return if here { self.greedy(s + 1, p, end) } else { Ok(None) },
                        b'*' => return self.greedy(s, p, end),
                        b'-' => return self.lazy(s, p, end),
                        _ if here => (s, p) = (s + 1, end),
                        _ => return Ok(None),
                    }
                }
            }
        }
    }

    fn greedy(&mut self, s: usize, p: usize, end: usize) -> Result<Option<usize>, String> {
        let mut count = 0;
        while self.byte(s + count).is_some_and(|byte| self.single(byte, p, end)) {
            count += 1;
        }
        loop {
            if let Some(found) = self.run(s + count, end + 1)? {
                return Ok(Some(found));
            }
            if count == 0 {
                return Ok(None);
            }
            count -= 1;
        }
    }

    fn lazy(&mut self, mut s: usize, p: usize, end: usize) -> Result<Option<usize>, String> {
        loop {
            if let Some(found) = self.run(s, end + 1)? {
                return Ok(Some(found));
            }
            if !self.byte(s).is_some_and(|byte| self.single(byte, p, end)) {
                return Ok(None);
            }
            s += 1;
        }
    }

    fn capture(&mut self, capture: Capture, s: usize, p: usize) -> Result<Option<usize>, String> {
        if self.captures.len() >= CAPTURES {
            return Err("too many captures".into());
        }
        self.captures.push(capture);
        let depth = self.captures.len();
        let found = self.run(s, p)?;
        if found.is_none() {
            self.captures.truncate(depth - 1);
        }
        Ok(found)
    }

    fn close(&mut self, s: usize, p: usize) -> Result<Option<usize>, String> {
        let Some(at) = self.captures.iter().rposition(|capture| matches!(capture, Capture::Open(_))) else {
            return Err("invalid pattern capture".into());
        };
        let Some(Capture::Open(start)) = self.captures.get(at).copied() else { return Ok(None) };
        if let Some(place) = self.captures.get_mut(at) {
            *place = Capture::Range(start, s);
        }
        let found = self.run(s, p)?;
        if found.is_none()
            && let Some(place) = self.captures.get_mut(at)
        {
            *place = Capture::Open(start);
        }
        Ok(found)
    }

    fn balance(&self, s: usize, p: usize) -> Result<Option<usize>, String> {
        let (Some(open), Some(close)) = (self.pattern.get(p), self.pattern.get(p + 1)) else {
            return Err("unbalanced pattern".into());
        };
        if self.byte(s) != Some(*open) {
            return Ok(None);
        }
        let mut depth = 1;
        let mut at = s + 1;
        while let Some(byte) = self.byte(at) {
            if byte == *close {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(at + 1));
                }
            } else if byte == *open {
                depth += 1;
            }
            at += 1;
        }
        Ok(None)
    }

    fn back_reference(&self, s: usize, digit: u8) -> Result<Option<usize>, String> {
        let at = usize::from(digit.wrapping_sub(b'1'));
        let Some(Capture::Range(start, end)) = self.captures.get(at).copied() else {
            return Err("invalid capture index".into());
        };
        let wanted = self.text.get(start..end).unwrap_or_default();
        Ok(self.text.get(s..).is_some_and(|rest| rest.starts_with(wanted)).then_some(s + wanted.len()))
    }

    /// One past the single-character class that starts at `p`.
    fn class_end(&self, p: usize) -> Result<usize, String> {
        match self.code(p) {
            b'%' if p + 1 >= self.pattern.len() => Err("malformed pattern (ends with '%')".into()),
            b'%' => Ok(p + 2),
            b'[' => {
                let mut at = p + 1;
                if self.code(at) == b'^' {
                    at += 1;
                }
                loop {
                    if at >= self.pattern.len() {
                        return Err("malformed pattern (missing ']')".into());
                    }
                    let code = self.code(at);
                    at += if code == b'%' { 2 } else { 1 };
                    if self.code(at) == b']' && at < self.pattern.len() {
                        return Ok(at + 1);
                    }
                }
            }
            _ => Ok(p + 1),
        }
    }

    fn single(&self, byte: u8, p: usize, end: usize) -> bool {
        match self.code(p) {
            b'.' => true,
            b'%' => class(byte, self.code(p + 1)),
            b'[' => self.set(byte, p, end),
            code => code == byte,
        }
    }

    /// Whether the set between `p` (its `[`) and `end` (past its `]`) holds the byte.
    fn set(&self, byte: u8, p: usize, end: usize) -> bool {
        let negated = self.code(p + 1) == b'^';
        let mut at = if negated { p + 2 } else { p + 1 };
        let last = end.saturating_sub(1);
        while at < last {
            if self.code(at) == b'%' {
                if class(byte, self.code(at + 1)) {
                    return !negated;
                }
                at += 2;
            } else if self.code(at + 1) == b'-' && at + 2 < last {
                if (self.code(at)..=self.code(at + 2)).contains(&byte) {
                    return !negated;
                }
                at += 3;
            } else {
                if self.code(at) == byte {
                    return !negated;
                }
                at += 1;
            }
        }
        negated
    }
}

fn class(byte: u8, code: u8) -> bool {
    let holds = match code.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => byte.is_ascii_whitespace() || byte == 11,
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        b'z' => byte == 0,
        _ => return code == byte,
    };
    holds != code.is_ascii_uppercase()
}

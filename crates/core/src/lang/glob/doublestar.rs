//! `doublestar.Match` of `github.com/bmatcuk/doublestar` 4.10.0.
//!
//! `*` and `?` stay within a path segment, `**/` is any number of segments,
//! `[a-z]`, `[^…]` and `[!…]` are classes, `{a,b}` alternatives, `\` escapes.

use super::rune::decode;
use crate::lang::LangError;

/// Alternatives are spliced into the pattern and tried again; nesting beyond this is refused.
const MAX_DEPTH: usize = 100;
/// Backtracking beyond this is refused.
const MAX_STEPS: u64 = 5_000_000;

/// Whether the whole name matches; a malformed pattern is refused where upstream notices it.
///
/// # Errors
/// Upstream's `syntax error in pattern`.
pub fn doublestar(pattern: &str, name: &str) -> Result<bool, LangError> {
    Matcher { name: name.as_bytes(), validate: true, steps: 0 }.matches(pattern.as_bytes(), State::default(), 0)
}

/// As `MatchUnvalidated` does inside directory walks: what was not looked at may be malformed.
pub(super) fn unvalidated(pattern: &[u8], name: &[u8]) -> Result<bool, LangError> {
    Matcher { name, validate: false, steps: 0 }.matches(pattern, State::default(), 0)
}

pub(super) fn bad() -> LangError {
    LangError { offset: None, ..LangError::compile(0, "syntax error in pattern") }
}

/// Where the walk is, and where stars may be resumed: (pattern, name).
#[derive(Clone, Copy, Default)]
struct State {
    pattern: usize,
    name: usize,
    star: Option<(usize, usize)>,
    double_star: Option<(usize, usize)>,
}

/// What one pattern element did.
enum Outcome {
    Continue,
    Mismatch,
    Done(bool),
}

struct Matcher<'n> {
    name: &'n [u8],
    validate: bool,
    steps: u64,
}

fn tail(bytes: &[u8], from: usize) -> &[u8] {
    bytes.get(from..).unwrap_or_default()
}

impl Matcher<'_> {
    fn matches(&mut self, pattern: &[u8], mut state: State, depth: usize) -> Result<bool, LangError> {
        if depth > MAX_DEPTH {
            return Err(LangError::limit("too many alternatives in the pattern"));
        }
        let mut segment_start = true;
        while state.name < self.name.len() {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return Err(LangError::limit("the pattern takes too many steps"));
            }
            match self.element(pattern, &mut state, &mut segment_start, depth)? {
                Outcome::Continue => continue,
                Outcome::Done(answer) => return Ok(answer),
                Outcome::Mismatch => {}
            }
            if !self.backtrack(&mut state, &mut segment_start) {
                let rest = tail(pattern, state.pattern);
                return if self.validate && !rest.is_empty() && !valid(rest) { Err(bad()) } else { Ok(false) };
            }
        }
        self.matches_nothing(tail(pattern, state.pattern), depth)
    }

    fn element(&mut self, pattern: &[u8], state: &mut State, segment_start: &mut bool, depth: usize) -> Result<Outcome, LangError> {
        let Some(&head) = pattern.get(state.pattern) else { return Ok(Outcome::Mismatch) };
        match head {
            b'*' => {
                state.pattern += 1;
                if pattern.get(state.pattern) == Some(&b'*') {
                    state.pattern += 1;
                    if *segment_start {
                        match pattern.get(state.pattern) {
                            None => return Ok(Outcome::Done(true)),
                            Some(b'/') => {
                                state.pattern += 1;
                                state.double_star = Some((state.pattern, state.name));
                                state.star = None;
                                return Ok(Outcome::Continue);
                            }
                            Some(_) => {}
                        }
                    }
                }
                *segment_start = false;
                state.star = Some((state.pattern, state.name));
                Ok(Outcome::Continue)
            }
            b'?' => {
                *segment_start = false;
                let (c, width) = decode(tail(self.name, state.name));
                if c == u32::from(b'/') {
                    return Ok(Outcome::Mismatch);
                }
                state.pattern += 1;
                state.name += width;
                Ok(Outcome::Continue)
            }
            b'[' => {
                *segment_start = false;
                self.class(pattern, state)
            }
            b'{' => self.alternatives(pattern, *state, depth).map(Outcome::Done),
            _ => {
                if head == b'\\' {
                    state.pattern += 1;
                    if state.pattern >= pattern.len() {
                        return Err(bad());
                    }
                }
                let (wanted, pattern_width) = decode(tail(pattern, state.pattern));
                let (found, name_width) = decode(tail(self.name, state.name));
                if wanted != found {
                    if state.pattern.checked_sub(1).and_then(|at| pattern.get(at)) == Some(&b'\\') {
                        state.pattern -= 1;
                    }
                    return Ok(Outcome::Mismatch);
                }
                state.pattern += pattern_width;
                state.name += name_width;
                *segment_start = wanted == u32::from(b'/');
                Ok(Outcome::Continue)
            }
        }
    }

    fn class(&self, pattern: &[u8], state: &mut State) -> Result<Outcome, LangError> {
        state.pattern += 1;
        let (c, name_width) = decode(tail(self.name, state.name));
        let negated = matches!(pattern.get(state.pattern).ok_or_else(bad)?, b'!' | b'^');
        state.pattern += usize::from(negated);
        if matches!(pattern.get(state.pattern), None | Some(b']')) {
            return Err(bad());
        }
        let (mut matched, mut last) = (false, None);
        while let Some(&head) = pattern.get(state.pattern)
            && head != b']'
        {
            let (mut wanted, mut width) = decode(tail(pattern, state.pattern));
            state.pattern += width;
            if let Some(low) = last
                && wanted == u32::from(b'-')
                && pattern.get(state.pattern).is_some_and(|b| *b != b']')
            {
                state.pattern += usize::from(pattern.get(state.pattern) == Some(&b'\\'));
                let (high, width) = decode(tail(pattern, state.pattern));
                state.pattern += width;
                if low <= c && c <= high {
                    matched = true;
                    break;
                }
                last = None;
                continue;
            }
            if wanted == u32::from(b'\\') {
                (wanted, width) = decode(tail(pattern, state.pattern));
                state.pattern += width;
            }
            if wanted == c {
                matched = true;
                break;
            }
            last = Some(wanted).filter(|wanted| *wanted < u32::from(char::MAX));
        }
        if matched == negated {
            return if state.pattern >= pattern.len() { Err(bad()) } else { Ok(Outcome::Mismatch) };
        }
        let closing = unescaped(tail(pattern, state.pattern), b']').ok_or_else(bad)?;
        state.pattern += closing + 1;
        state.name += name_width;
        Ok(Outcome::Continue)
    }

    fn alternatives(&mut self, pattern: &[u8], state: State, depth: usize) -> Result<bool, LangError> {
        for alternative in expand(pattern, state.pattern)? {
            if self.matches(&alternative, state, depth + 1)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn backtrack(&self, state: &mut State, segment_start: &mut bool) -> bool {
        if let Some((pattern, name)) = state.star {
            let (c, width) = decode(tail(self.name, name));
            if c != u32::from(b'/') {
                state.pattern = pattern;
                state.name = name + width;
                state.star = Some((pattern, state.name));
                *segment_start = false;
                return true;
            }
        }
        if let Some((pattern, name)) = state.double_star {
            state.name = self.name.len();
            if let Some(slash) = memchr::memchr(b'/', tail(self.name, name)) {
                state.pattern = pattern;
                state.name = name + slash + 1;
                state.double_star = Some((pattern, state.name));
                *segment_start = true;
                return true;
            }
        }
        false
    }

    /// Whether what is left of the pattern matches the empty text.
    fn matches_nothing(&mut self, pattern: &[u8], depth: usize) -> Result<bool, LangError> {
        if matches!(pattern, b"" | b"*" | b"**" | b"/**" | b"**/" | b"/**/") {
            return Ok(true);
        }
        if depth > MAX_DEPTH {
            return Err(LangError::limit("too many alternatives in the pattern"));
        }
        if pattern.first() == Some(&b'{') {
            for alternative in expand(pattern, 0)? {
                if self.matches_nothing(&alternative, depth + 1)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if self.validate && !valid(pattern) { Err(bad()) } else { Ok(false) }
    }
}

/// The pattern once for each alternative of the brace at `open`.
fn expand(pattern: &[u8], open: usize) -> Result<Vec<Vec<u8>>, LangError> {
    let closing = open + 1 + closing_brace(tail(pattern, open + 1)).ok_or_else(bad)?;
    let (before, after) = (pattern.get(..open).unwrap_or_default(), tail(pattern, closing + 1));
    let inside = pattern.get(open + 1..closing).unwrap_or_default();
    let mut out = Vec::new();
    let mut from = 0;
    loop {
        let rest = tail(inside, from);
        let comma = next_comma(rest);
        let choice = rest.get(..comma.unwrap_or(rest.len())).unwrap_or_default();
        out.push([before, choice, after].concat());
        match comma {
            Some(comma) => from += comma + 1,
            None => return Ok(out),
        }
    }
}

fn unescaped(text: &[u8], wanted: u8) -> Option<usize> {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte == b'\\' {
            at += 1;
        } else if byte == wanted {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Offset of the `}` that closes a brace opened just before.
pub(super) fn closing_brace(text: &[u8]) -> Option<usize> {
    let (mut open, mut at) = (1_usize, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'{' => open += 1,
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Offset of the next comma that is not inside inner braces.
pub(super) fn next_comma(text: &[u8]) -> Option<usize> {
    let (mut open, mut at) = (1_i64, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'{' => open += 1,
            b'}' => open -= 1,
            b',' if open == 1 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// `ValidatePattern`: classes and braces are closed, nothing is escaped at the end.
pub(super) fn valid(pattern: &[u8]) -> bool {
    let (mut braces, mut at) = (0_usize, 0);
    while let Some(&byte) = pattern.get(at) {
        match byte {
            b'\\' => {
                at += 1;
                if at >= pattern.len() {
                    return false;
                }
            }
            b'[' => {
                at += 1;
                at += usize::from(matches!(pattern.get(at), Some(b'^' | b'!')));
                if matches!(pattern.get(at), None | Some(b']')) {
                    return false;
                }
                match unescaped(tail(pattern, at), b']') {
                    Some(closing) => at += closing,
                    None => return false,
                }
            }
            b'{' => braces += 1,
            b'}' => match braces.checked_sub(1) {
                Some(left) => braces = left,
                None => return false,
            },
            _ => {}
        }
        at += 1;
    }
    braces == 0
}

//! Path globs as the npm packages `minimatch`, `glob` and `micromatch` read them:
//! `*`, `?`, `[…]`, `**`, braces, extended globs and negation.

use std::cmp::Reverse;

/// How to match.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct GlobOptions {
    /// Wildcards also match names that start with a dot.
    pub(crate) dot: bool,
    /// Case does not matter.
    pub(crate) nocase: bool,
    /// `**` at the end of a pattern also matches the folder itself, and `*` an empty rest, as micromatch has it.
    pub(crate) micromatch: bool,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Glob {
    alternatives: Vec<Vec<Segment>>,
    negated: bool,
    options: GlobOptions,
}

#[derive(Debug, Clone, PartialEq)]
enum Segment {
    /// `**`.
    Any,
    /// One path segment.
    One(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Char(char),
    AnyChar,
    Star,
    Class { negated: bool, ranges: Vec<(char, char)> },
    Group { kind: char, options: Vec<Vec<Token>> },
}

/// Braces may multiply a pattern only so far.
const MAX_ALTERNATIVES: usize = 4096;
/// Steps of backtracking for one match.
const MAX_STEPS: usize = 200_000;

impl Glob {
    /// Compiles a pattern.
    pub(crate) fn new(pattern: &str, options: GlobOptions) -> Self {
        let bangs = pattern.chars().take_while(|c| *c == '!').count();
        let extended = bangs == 1 && pattern.starts_with("!(");
        let (negated, body) = if extended { (false, pattern) } else { (bangs % 2 == 1, pattern.get(bangs..).unwrap_or_default()) };
        let mut expanded = Vec::new();
        expand_braces(body, &mut expanded);
        let alternatives = expanded.iter().map(|pattern| segments(pattern)).collect();
        Self { alternatives, negated, options }
    }

    /// Whether the pattern matches a path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.matches_positively(path) != self.negated
    }

    /// Whether the pattern without its leading `!` matches.
    pub(crate) fn matches_positively(&self, path: &str) -> bool {
        let folded;
        let path = if self.options.nocase {
            folded = path.to_lowercase();
            folded.as_str()
        } else {
            path
        };
        let parts: Vec<Vec<char>> = path.split('/').map(|part| part.chars().collect()).collect();
        self.alternatives.iter().any(|segments| {
            let mut steps = MAX_STEPS;
            self.match_segments(segments, &parts, &mut steps)
        })
    }

    /// Where a walk as of the npm package `glob` 13 comes to a path that matches: level by level from the constant beginning of
    /// each alternative, and from the last name of a directory to the first.
    pub(crate) fn walk_position(&self, path: &str) -> (usize, usize, Reverse<Vec<String>>) {
        let constant =
            |segment: &&Segment| matches!(segment, Segment::One(tokens) if tokens.iter().all(|token| matches!(token, Token::Char(_))));
        let beginnings: Vec<&[Segment]> =
            self.alternatives.iter().map(|all| all.get(..all.iter().take_while(constant).count()).unwrap_or_default()).collect();
        let parts: Vec<Vec<char>> = path.split('/').map(|part| part.chars().collect()).collect();
        let position = self.alternatives.iter().zip(&beginnings).filter_map(|(segments, beginning)| {
            let mut steps = MAX_STEPS;
            let comes = self.match_segments(segments, &parts, &mut steps);
            let first = beginnings.iter().position(|other| other == beginning)?;
            comes.then(|| (parts.len().saturating_sub(beginning.len()), first))
        });
        let (level, alternative) = position.min().unwrap_or_default();
        (level, alternative, Reverse(path.split('/').map(str::to_owned).collect()))
    }

    fn match_segments(&self, segments: &[Segment], parts: &[Vec<char>], steps: &mut usize) -> bool {
        *steps = steps.saturating_sub(1);
        if *steps == 0 {
            return false;
        }
        match segments.split_first() {
            None => parts.is_empty(),
            Some((Segment::Any, rest)) => {
                if rest.is_empty() {
                    let visible = |part: &Vec<char>| self.visible(part);
                    let enough = self.options.micromatch || !parts.is_empty();
                    return enough && parts.iter().all(visible);
                }
                for skip in 0..=parts.len() {
                    if self.match_segments(rest, parts.get(skip..).unwrap_or_default(), steps) {
                        return true;
                    }
                    if !parts.get(skip).is_some_and(|part| self.visible(part)) {
                        break;
                    }
                }
                false
            }
            Some((Segment::One(tokens), rest)) => match parts.split_first() {
                None => false,
                Some((part, others)) => {
                    let hidden = part.first() == Some(&'.') && !self.options.dot && !starts_with_dot(tokens);
                    let whole_star = matches!(tokens.as_slice(), [Token::Star]) && part.is_empty();
                    !hidden
                        && !whole_star
                        && !is_dots(part, tokens)
                        && self.match_tokens(tokens, part, steps)
                        && self.match_segments(rest, others, steps)
                }
            },
        }
    }

    /// Whether `**` may stand for this segment.
    fn visible(&self, part: &[char]) -> bool {
        match part {
            ['.'] | ['.', '.'] => false,
            ['.', ..] => self.options.dot,
            _ => true,
        }
    }

    fn match_tokens(&self, tokens: &[Token], text: &[char], steps: &mut usize) -> bool {
        *steps = steps.saturating_sub(1);
        if *steps == 0 {
            return false;
        }
        let Some((token, rest)) = tokens.split_first() else { return text.is_empty() };
        match token {
            Token::Star => (0..=text.len()).any(|skip| self.match_tokens(rest, text.get(skip..).unwrap_or_default(), steps)),
            Token::Group { kind, options } => self.match_group(*kind, options, rest, text, steps),
            single => match text.split_first() {
                None => false,
                Some((c, others)) => self.match_char(single, *c) && self.match_tokens(rest, others, steps),
            },
        }
    }

    fn match_char(&self, token: &Token, c: char) -> bool {
        let fold = |c: char| if self.options.nocase { c.to_lowercase().next().unwrap_or(c) } else { c };
        match token {
            Token::Char(wanted) => fold(*wanted) == c,
            Token::AnyChar => true,
            Token::Class { negated, ranges } => ranges.iter().any(|(low, high)| (fold(*low)..=fold(*high)).contains(&c)) != *negated,
            Token::Star | Token::Group { .. } => false,
        }
    }

    fn match_group(&self, kind: char, options: &[Vec<Token>], rest: &[Token], text: &[char], steps: &mut usize) -> bool {
        let after = |skip: usize, steps: &mut usize| self.match_tokens(rest, text.get(skip..).unwrap_or_default(), steps);
        if kind == '!' {
            return (0..=text.len()).any(|end| {
                let head = text.get(..end).unwrap_or_default();
                !options.iter().any(|option| self.match_tokens(option, head, steps)) && after(end, steps)
            });
        }
        if matches!(kind, '?' | '*') && after(0, steps) {
            return true;
        }
        (0..=text.len()).any(|end| {
            let head = text.get(..end).unwrap_or_default();
            let once = options.iter().any(|option| self.match_tokens(option, head, steps));
            once && (after(end, steps)
                || (end > 0
                    && matches!(kind, '*' | '+')
                    && self.match_group(kind, options, rest, text.get(end..).unwrap_or_default(), steps)))
        })
    }
}

fn starts_with_dot(tokens: &[Token]) -> bool {
    match tokens.first() {
        Some(Token::Char('.')) => true,
        Some(Token::Group { kind, options }) => *kind != '!' && options.iter().any(|option| starts_with_dot(option)),
        _ => false,
    }
}

/// `.` and `..` are only matched literally.
fn is_dots(part: &[char], tokens: &[Token]) -> bool {
    matches!(part, ['.'] | ['.', '.']) && !tokens.iter().all(|token| matches!(token, Token::Char(_)))
}

fn segments(pattern: &str) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    for part in pattern.split('/') {
        if part == "**" {
            if !matches!(out.last(), Some(Segment::Any)) {
                out.push(Segment::Any);
            }
        } else {
            let chars: Vec<char> = part.chars().collect();
            out.push(Segment::One(tokens(&chars)));
        }
    }
    out
}

fn tokens(chars: &[char]) -> Vec<Token> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let rest = chars.get(at + 1..).unwrap_or_default();
        if matches!(c, '?' | '*' | '+' | '@' | '!')
            && rest.first() == Some(&'(')
            && let Some((options, length)) = group(rest)
        {
            out.push(Token::Group { kind: *c, options });
            at += 1 + length;
            continue;
        }
        match c {
            '*' => {
                if !matches!(out.last(), Some(Token::Star)) {
                    out.push(Token::Star);
                }
            }
            '?' => out.push(Token::AnyChar),
            '\\' => {
                if let Some(next) = rest.first() {
                    out.push(Token::Char(*next));
                    at += 1;
                }
            }
            '[' => match class(rest) {
                Some((token, length)) => {
                    out.push(token);
                    at += length;
                }
                None => out.push(Token::Char('[')),
            },
            c => out.push(Token::Char(*c)),
        }
        at += 1;
    }
    out
}

/// Reads `(a|b)`; the length includes both parentheses.
fn group(chars: &[char]) -> Option<(Vec<Vec<Token>>, usize)> {
    let mut depth = 0_usize;
    let mut starts = vec![1];
    for (at, c) in chars.iter().enumerate() {
        match c {
            '(' => depth += 1,
            '|' if depth == 1 => starts.push(at + 1),
            ')' => {
                depth -= 1;
                if depth == 0 {
                    let ends = starts.iter().skip(1).map(|start| start - 1).chain([at]);
                    let options = starts.iter().zip(ends).map(|(start, end)| tokens(chars.get(*start..end).unwrap_or_default()));
                    return Some((options.collect(), at + 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// Reads a character class after its `[`; the length includes the `]`.
fn class(chars: &[char]) -> Option<(Token, usize)> {
    let negated = matches!(chars.first(), Some('!' | '^'));
    let start = usize::from(negated);
    let mut ranges = Vec::new();
    let mut at = start;
    while let Some(c) = chars.get(at) {
        if *c == ']' && at > start {
            return Some((Token::Class { negated, ranges }, at + 1));
        }
        let (low, mut next) = match (c, chars.get(at + 1)) {
            ('\\', Some(escaped)) => (*escaped, at + 2),
            _ => (*c, at + 1),
        };
        let mut high = low;
        if chars.get(next) == Some(&'-')
            && let Some(end) = chars.get(next + 1).filter(|end| **end != ']')
        {
            high = *end;
            next += 2;
        }
        ranges.push((low, high));
        at = next;
    }
    None
}

/// Expands `{a,b}` and `{1..3}`.
fn expand_braces(pattern: &str, out: &mut Vec<String>) {
    if out.len() >= MAX_ALTERNATIVES {
        return;
    }
    let chars: Vec<char> = pattern.chars().collect();
    let text = |range: std::ops::Range<usize>| chars.get(range).unwrap_or_default().iter().collect::<String>();
    let mut open = 0;
    while let Some(start) = chars.iter().skip(open).position(|c| *c == '{').map(|at| at + open) {
        if start.checked_sub(1).and_then(|before| chars.get(before)).is_some_and(|c| matches!(c, '\\' | '$')) {
            open = start + 1;
            continue;
        }
        let mut depth = 0_usize;
        let mut commas = vec![start];
        let mut end = None;
        for (at, c) in chars.iter().enumerate().skip(start) {
            match c {
                '{' => depth += 1,
                ',' if depth == 1 => commas.push(at),
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        end = Some(at);
                        break;
                    }
                }
                _ => {}
            }
        }
        let Some(end) = end else { break };
        let (head, tail) = (text(0..start), text(end + 1..chars.len()));
        let inner = text(start + 1..end);
        let options: Vec<String> = if commas.len() > 1 {
            commas.push(end);
            commas.windows(2).map(|pair| text(pair.first().map_or(0, |at| at + 1)..pair.last().copied().unwrap_or(0))).collect()
        } else if let Some((low, high)) =
            inner.split_once("..").and_then(|(low, high)| Some((low.parse::<i64>().ok()?, high.parse::<i64>().ok()?)))
        {
            let (from, to) = (low.min(high), low.max(high));
            let mut all: Vec<String> = (from..=to.min(from.saturating_add(1000))).map(|n| n.to_string()).collect();
            if low > high {
                all.reverse();
            }
            all
        } else {
            open = start + 1;
            continue;
        };
        for option in options {
            expand_braces(&format!("{head}{option}{tail}"), out);
        }
        return;
    }
    out.push(pattern.to_owned());
}

/// Whether the text has glob characters (the npm package `is-glob`, strict).
pub(crate) fn is_glob(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b'!') {
        return true;
    }
    let closes = |open: u8, close: u8| {
        bytes
            .iter()
            .enumerate()
            .any(|(at, b)| *b == open && bytes.get(at + 1) != Some(&close) && bytes.iter().skip(at + 1).any(|b| *b == close))
    };
    let extended = bytes.windows(2).any(|pair| matches!(pair, [b'@' | b'?' | b'!' | b'+' | b'*', b'('])) && bytes.contains(&b')');
    let question = bytes.windows(2).any(|pair| matches!(pair, [b']' | b'.' | b'+' | b')', b'?']));
    let piped = bytes.iter().position(|b| *b == b'(').is_some_and(|at| {
        let rest = bytes.get(at..).unwrap_or_default();
        rest.contains(&b'|') && rest.contains(&b')')
    });
    bytes.contains(&b'*') || extended || question || closes(b'[', b']') || closes(b'{', b'}') || piped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_paths() {
        let plain = GlobOptions::default();
        for (pattern, path, want) in [
            ("svc/*.yaml", "svc/a.yaml", true),
            ("svc/*.yaml", "svc/d/a.yaml", false),
            ("**/catalog-info.yaml", "catalog-info.yaml", true),
            ("**/catalog-info.yaml", "a/.b/catalog-info.yaml", false),
            ("a/**", "a/b/c", true),
            ("a/**", "a", false),
            ("{a,b}/x", "b/x", true),
            ("[!a]x", "bx", true),
            ("@(a|b).y", "b.y", true),
            ("!(a).y", "c.y", true),
            ("*", ".x", false),
            (".*", ".x", true),
            ("!a", "b", true),
        ] {
            assert_eq!(Glob::new(pattern, plain).matches(path), want, "{pattern} {path}");
        }
        assert!(is_glob("a/*.yaml") && is_glob("a{b,c}") && !is_glob("a b.yaml"));
    }
}

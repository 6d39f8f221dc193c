//! Brace expansion as npm `brace-expansion` does it, Bash's oddities included.

const MAX_RESULTS: usize = 100_000;
const MAX_LENGTH: usize = 4_000_000;
const MAX_DEPTH: usize = 200;
const MAX_REWRITES: usize = 1_000;
const MAX_STEPS: i64 = 20_000_000;
const CALL_STEPS: i64 = 16;

// Escaped characters travel as private ones.
const SLASH: char = '\u{f0000}';
const OPEN: char = '\u{f0001}';
const CLOSE: char = '\u{f0002}';
const COMMA: char = '\u{f0003}';
const PERIOD: char = '\u{f0004}';

/// All texts a pattern stands for.
pub(super) fn expand(pattern: &str) -> Vec<String> {
    // Only if a `{` has a `}` after it on the same line.
    let candidate = pattern
        .split(['\n', '\r', '\u{2028}', '\u{2029}'])
        .any(|line| line.find('{').is_some_and(|at| line.get(at..).is_some_and(|rest| rest.contains('}'))));
    if !candidate {
        return vec![pattern.to_owned()];
    }
    let pattern = match pattern.strip_prefix("{}") {
        Some(rest) => format!("\\{{\\}}{rest}"),
        None => pattern.to_owned(),
    };
    let escaped = pattern
        .replace("\\\\", &SLASH.to_string())
        .replace("\\{", &OPEN.to_string())
        .replace("\\}", &CLOSE.to_string())
        .replace("\\,", &COMMA.to_string())
        .replace("\\.", &PERIOD.to_string());
    let mut expansion = Expansion { steps: MAX_STEPS };
    let out = expansion.run(escaped, 0, true);
    out.into_iter().map(|text| text.chars().map(plain).collect()).collect()
}

fn plain(c: char) -> char {
    match c {
        SLASH => '\\',
        OPEN => '{',
        CLOSE => '}',
        COMMA => ',',
        PERIOD => '.',
        c => c,
    }
}

/// Offsets of the first outermost balanced pair of braces.
fn balanced(text: &str) -> Option<(usize, usize)> {
    let (mut open, mut best): (Vec<usize>, Option<(usize, usize)>) = (Vec::new(), None);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open.push(at),
            b'}' => match open.as_slice() {
                [] => {}
                [only] => return Some((*only, at)),
                _ => {
                    if let Some(begin) = open.pop()
                        && best.is_none_or(|(left, _)| begin < left)
                    {
                        best = Some((begin, at));
                    }
                }
            },
            _ => {}
        }
    }
    best.filter(|_| !open.is_empty())
}

struct Expansion {
    steps: i64,
}

impl Expansion {
    fn combine(&mut self, prefixes: &[String], middle: &str, values: &[String], drop_empty: bool) -> Vec<String> {
        let mut out = Vec::new();
        let mut length = 0;
        'all: for prefix in prefixes {
            for value in values {
                if drop_empty && prefix.is_empty() && middle.is_empty() && value.is_empty() {
                    continue;
                }
                let size = prefix.len() + middle.len() + value.len();
                if out.len() >= MAX_RESULTS || length + size > MAX_LENGTH {
                    break 'all;
                }
                length += size;
                out.push(format!("{prefix}{middle}{value}"));
            }
        }
        self.steps -= i64::try_from(out.len()).unwrap_or(i64::MAX);
        out
    }

    fn run(&mut self, mut text: String, depth: usize, top: bool) -> Vec<String> {
        self.steps -= CALL_STEPS;
        if depth > MAX_DEPTH {
            return vec![text];
        }
        let nothing = [String::new()];
        let mut done = vec![String::new()];
        let (mut rewrites, mut top, mut drop_empty, mut first) = (0, top, false, true);
        loop {
            self.steps -= i64::try_from(text.len()).unwrap_or(i64::MAX);
            let pair = if self.steps < 0 { None } else { balanced(&text) };
            let Some((open, close)) = pair else { return self.combine(&done, &text, &nothing, drop_empty) };
            let before = text.get(..open).unwrap_or_default().to_owned();
            let body = text.get(open + 1..close).unwrap_or_default().to_owned();
            let after = text.get(close + 1..).unwrap_or_default().to_owned();
            let drops = |drop_empty: bool| drop_empty && after.is_empty();
            if before.ends_with('$') {
                done = self.combine(&done, &format!("{before}{{{body}}}"), &nothing, drops(drop_empty));
                first = false;
            } else {
                let range = sequence(&body);
                if range.is_none() && !body.contains(',') {
                    if rewrites < MAX_REWRITES && comma_set_follows(&after) {
                        rewrites += 1;
                        text = format!("{before}{{{body}{CLOSE}{after}");
                        top = true;
                        continue;
                    }
                    return self.combine(&done, &text, &nothing, drop_empty);
                }
                if first {
                    drop_empty = top && range.is_none();
                    first = false;
                }
                let values = match range {
                    Some(values) => values,
                    None => self.members(&body, depth),
                };
                if self.steps < 0 {
                    return self.combine(&done, &text, &nothing, drop_empty);
                }
                done = self.combine(&done, &before, &values, drops(drop_empty));
            }
            if after.is_empty() {
                return done;
            }
            text = after;
        }
    }

    fn members(&mut self, body: &str, depth: usize) -> Vec<String> {
        let mut parts = comma_parts(body);
        if let [only] = parts.as_slice() {
            // x{{a,b}}y is x{a}y x{b}y
            parts = self.run(only.clone(), depth + 1, false).into_iter().map(|part| format!("{{{part}}}")).collect();
            if parts.len() == 1 {
                return parts;
            }
        }
        let mut out = Vec::new();
        for part in parts {
            out.extend(self.run(part, depth + 1, false));
            if out.len() > MAX_RESULTS || self.steps < 0 {
                break;
            }
        }
        out
    }
}

/// Splits at commas outside inner braces.
fn comma_parts(body: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut rest = body;
    loop {
        let pair = balanced(rest);
        let plain = pair.map_or(rest, |(open, _)| rest.get(..open).unwrap_or_default());
        for (index, piece) in plain.split(',').enumerate() {
            if index > 0 {
                parts.push(String::new());
            }
            if let Some(last) = parts.last_mut() {
                last.push_str(piece);
            }
        }
        let Some((open, close)) = pair else { return parts };
        if let Some(last) = parts.last_mut() {
            last.push_str(rest.get(open..=close).unwrap_or_default());
        }
        rest = rest.get(close + 1..).unwrap_or_default();
        if rest.is_empty() {
            return parts;
        }
    }
}

/// Whether a comma that no other comma follows has a `}` behind it on its line.
fn comma_set_follows(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let mut closes = false;
    for (at, c) in chars.iter().enumerate().rev() {
        match c {
            '}' => closes = true,
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => closes = false,
            ',' if closes && chars.get(at + 1) != Some(&',') => return true,
            _ => {}
        }
    }
    false
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The values of `1..5`, `a..e` and `1..9..2`.
fn sequence(body: &str) -> Option<Vec<String>> {
    let parts: Vec<&str> = body.split("..").collect();
    let (from, to, step) = match parts.as_slice() {
        [from, to] => (*from, *to, None),
        [from, to, step] if is_integer(step) => (*from, *to, Some(*step)),
        _ => return None,
    };
    let letter =
        |text: &str| Some(text.chars().next()?).filter(|c| text.len() == 1 && c.is_ascii_alphabetic()).map(|c| f64::from(u32::from(c)));
    let letters = letter(from).is_some() && letter(to).is_some();
    let integers = is_integer(from) && is_integer(to);
    if !letters && !integers {
        return None;
    }
    let number = |text: &str| if letters { letter(text) } else { text.parse::<f64>().ok() };
    let (start, end) = (number(from)?, number(to)?);
    let mut step = step.and_then(|step| step.parse::<f64>().ok()).map_or(1.0, |step| step.abs().max(1.0));
    if end < start {
        step = -step;
    }
    let padded = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        digits.first() == Some(&b'0') && digits.len() > 1
    };
    let pad = parts.iter().any(|part| padded(part));
    let width = from.len().max(to.len());
    let (mut out, mut value, mut length) = (Vec::new(), start, 0);
    while out.len() < MAX_RESULTS && length < MAX_LENGTH && if step > 0.0 { value <= end } else { value >= end } {
        #[allow(clippy::cast_possible_truncation)]
        let text = match (letters, pad) {
            (true, _) => {
                u32::try_from(value as i64).ok().and_then(char::from_u32).filter(|c| *c != '\\').map_or_else(String::new, String::from)
            }
            (false, true) if value < 0.0 => format!("-{:0>1$}", -value as i64, width.saturating_sub(1)),
            (false, true) => format!("{:0>1$}", value as i64, width),
            (false, false) => (value as i64).to_string(),
        };
        length += text.len();
        out.push(text);
        value += step;
    }
    Some(out)
}

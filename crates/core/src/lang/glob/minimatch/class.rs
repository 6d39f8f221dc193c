//! Character classes of a portion, as regular expression source.

/// What a class became.
pub(super) struct Class {
    /// Regular expression source.
    pub(super) source: String,
    /// Set if the class is just one literal character.
    pub(super) literal: Option<char>,
    /// Characters of the glob it takes.
    pub(super) consumed: usize,
}

const POSIX: [(&str, &str, bool); 14] = [
    ("[:alnum:]", "\\p{L}\\p{Nl}\\p{Nd}", false),
    ("[:alpha:]", "\\p{L}\\p{Nl}", false),
    ("[:ascii:]", "\\x00-\\x7f", false),
    ("[:blank:]", "\\p{Zs}\\t", false),
    ("[:cntrl:]", "\\p{Cc}", false),
    ("[:digit:]", "\\p{Nd}", false),
    ("[:graph:]", "\\p{Z}\\p{C}", true),
    ("[:lower:]", "\\p{Ll}", false),
    ("[:print:]", "\\p{C}", true),
    ("[:punct:]", "\\p{P}", false),
    ("[:space:]", "\\p{Z}\\t\\r\\n\\x0b\\x0c", false),
    ("[:upper:]", "\\p{Lu}", false),
    ("[:word:]", "\\p{L}\\p{Nl}\\p{Nd}\\p{Pc}", false),
    ("[:xdigit:]", "A-Fa-f0-9", false),
];

/// What can never match poisons the whole portion.
fn never(glob: &[char], at: usize) -> Class {
    Class { source: "$.".to_owned(), literal: None, consumed: glob.len() - at }
}

fn starts_with(glob: &[char], at: usize, text: &str) -> bool {
    glob.get(at..).is_some_and(|rest| rest.len() >= text.chars().count() && text.chars().zip(rest).all(|(a, b)| a == *b))
}

/// Escapes for inside a class: upstream's, and what only Rust gives a meaning.
fn escape(c: char) -> String {
    if matches!(c, '[' | ']' | '\\' | '-' | '&' | '~') { format!("\\{c}") } else { c.to_string() }
}

/// The class that starts at `at`, or `None` if it never closes.
pub(super) fn parse(glob: &[char], at: usize) -> Option<Class> {
    let (mut ranges, mut negatives): (Vec<(String, Option<char>)>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut i = at + 1;
    let (mut started, mut escaping) = (false, false);
    let mut low: Option<char> = None;
    let negate = matches!(glob.get(i), Some('!' | '^'));
    i += usize::from(negate);
    let mut end = None;
    while let Some(&c) = glob.get(i) {
        if c == ']' && started && !escaping {
            end = Some(i + 1);
            break;
        }
        started = true;
        if c == '\\' && !escaping {
            escaping = true;
            i += 1;
            continue;
        }
        if c == '['
            && !escaping
            && let Some((name, source, negative)) = POSIX.iter().find(|(name, ..)| starts_with(glob, i, name))
        {
            if low.is_some() {
                return Some(never(glob, at));
            }
            i += name.len();
            if *negative {
                negatives.push(source);
            } else {
                ranges.push(((*source).to_owned(), None));
            }
            continue;
        }
        escaping = false;
        if let Some(low) = low.take() {
            match c.cmp(&low) {
                std::cmp::Ordering::Greater => ranges.push((format!("{}-{}", escape(low), escape(c)), None)),
                std::cmp::Ordering::Equal => ranges.push((escape(c), Some(c))),
                std::cmp::Ordering::Less => {}
            }
            i += 1;
        } else if starts_with(glob, i + 1, "-]") {
            ranges.push((format!("{}\\-", escape(c)), None));
            i += 2;
        } else if starts_with(glob, i + 1, "-") {
            low = Some(c);
            i += 2;
        } else {
            ranges.push((escape(c), Some(c)));
            i += 1;
        }
    }
    let end = end?;
    if ranges.is_empty() && negatives.is_empty() {
        return Some(never(glob, at));
    }
    if let ([(_, Some(c))], true, false) = (ranges.as_slice(), negatives.is_empty(), negate)
        && !matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
    {
        return Some(Class { source: super::extglob::escape(*c), literal: Some(*c), consumed: end - at });
    }
    let joined: String = ranges.iter().map(|(range, _)| range.as_str()).collect();
    let positive = format!("[{}{joined}]", if negate { "^" } else { "" });
    let negative = format!("[{}{}]", if negate { "" } else { "^" }, negatives.concat());
    let source = match (ranges.is_empty(), negatives.is_empty()) {
        (false, false) => format!("({positive}|{negative})"),
        (false, true) => positive,
        _ => negative,
    };
    Some(Class { source, literal: None, consumed: end - at })
}

//! `%YAML` and `%TAG`, and the names of tags.

use super::schema::PREFIX;

/// Directives in force (`doc/directives.js`).
#[derive(Debug, Clone)]
pub(super) struct Directives {
    /// A `%YAML` line was seen.
    explicit: bool,
    /// YAML 1.1.
    old: bool,
    tags: Vec<(String, String)>,
    /// The next directive starts afresh.
    reset: bool,
}

fn default_tags() -> Vec<(String, String)> {
    vec![("!!".to_owned(), PREFIX.to_owned())]
}

impl Directives {
    pub(super) fn new() -> Self {
        Self { explicit: false, old: false, tags: default_tags(), reset: false }
    }

    /// The directives of one document; those for the next are prepared.
    pub(super) fn at_document(&mut self) -> Self {
        let current = self.clone();
        if self.old {
            self.reset = true;
        } else {
            *self = Self::new();
        }
        current
    }

    pub(super) fn is_old(&self) -> bool {
        self.explicit && self.old
    }

    /// Reads a directive line; what is wrong with it.
    pub(super) fn add(&mut self, line: &str) -> Option<String> {
        if self.reset {
            *self = Self { old: true, ..Self::new() };
        }
        let mut parts = line.trim().split([' ', '\t']).filter(|part| !part.is_empty());
        let name = parts.next().unwrap_or_default();
        let parts: Vec<&str> = parts.collect();
        match name {
            "%TAG" => {
                if let [handle, prefix, ..] = parts.as_slice() {
                    self.tags.retain(|(known, _)| known != handle);
                    self.tags.push(((*handle).to_owned(), (*prefix).to_owned()));
                }
                (parts.len() != 2).then(|| "%TAG directive should contain exactly two parts".to_owned())
            }
            "%YAML" => {
                self.explicit = true;
                let [version] = parts.as_slice() else {
                    return Some("%YAML directive should contain exactly one part".to_owned());
                };
                match *version {
                    "1.1" => self.old = true,
                    "1.2" => self.old = false,
                    // A well-formed version that is not known is only warned of.
                    other if is_version(other) => {}
                    other => return Some(format!("Unsupported YAML version {other}")),
                }
                None
            }
            _ => None,
        }
    }

    /// The full name of a tag, and what is wrong with it.
    pub(super) fn tag_name(&self, source: &str) -> (Option<String>, Option<String>) {
        if source == "!" {
            return (Some(source.to_owned()), None);
        }
        if let Some(rest) = source.strip_prefix("!<") {
            let mut verbatim = rest.chars();
            verbatim.next_back();
            let verbatim = verbatim.as_str();
            if verbatim == "!" || verbatim == "!!" {
                return (None, Some(format!("Verbatim tags aren't resolved, so {source} is invalid.")));
            }
            let problem = (!source.ends_with('>')).then(|| "Verbatim tags must end with a >".to_owned());
            return (Some(verbatim.to_owned()), problem);
        }
        let (handle, suffix) = source.split_at(source.rfind('!').map_or(0, |at| at + 1));
        let problem = suffix.is_empty().then(|| format!("The {source} tag has no suffix"));
        if let Some((_, prefix)) = self.tags.iter().find(|(known, prefix)| known == handle && !prefix.is_empty()) {
            return match decode(suffix) {
                Some(suffix) => (Some(format!("{prefix}{suffix}")), problem),
                None => (None, Some("URIError: URI malformed".to_owned())),
            };
        }
        if handle == "!" {
            return (Some(source.to_owned()), problem);
        }
        (None, Some(format!("Could not resolve tag: {source}")))
    }

    /// A tag as it is written with these directives.
    pub(super) fn tag_text(&self, tag: &str) -> String {
        for (handle, prefix) in &self.tags {
            if let Some(rest) = tag.strip_prefix(prefix.as_str()) {
                return format!("{handle}{}", escape(rest));
            }
        }
        if tag.starts_with('!') { tag.to_owned() } else { format!("!<{tag}>") }
    }
}

fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| digits(major) && digits(minor))
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '!' | ',' | '[' | ']' | '{' | '}' => out.push_str(&format!("%{:02X}", character as u32)),
            other => out.push(other),
        }
    }
    out
}

/// `decodeURIComponent`.
fn decode(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok())?;
            out.push(u8::from_str_radix(hex, 16).ok()?);
            rest = tail.get(2..)?;
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(out).ok()
}

//! Hides secrets in what the log shows.

use serde_json::Value;

/// What stands for a secret.
pub(super) const HIDDEN: &str = "***";

/// The texts that must not show, the longest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Redactions {
    texts: Vec<String>,
}

impl Redactions {
    /// Texts of one character are no secrets.
    pub(super) fn new<'a>(secrets: impl Iterator<Item = &'a Value>) -> Self {
        let mut redactions = Self::default();
        redactions.add(secrets.filter_map(Value::as_str).map(str::to_owned));
        redactions
    }

    /// Hides more texts.
    pub(super) fn add(&mut self, secrets: impl IntoIterator<Item = String>) {
        let length = |text: &str| text.encode_utf16().count();
        let trimmed = secrets.into_iter().map(|text| crate::lang::javascript::trim(&text).to_owned());
        self.texts.extend(trimmed.filter(|text| length(text) > 1 && text != HIDDEN));
        self.texts.sort_by(|a, b| length(b).cmp(&length(a)).then_with(|| a.cmp(b)));
        self.texts.dedup();
    }

    /// The text with each secret hidden; secrets that overlap become one.
    pub(super) fn apply(&self, text: &str) -> String {
        if self.texts.is_empty() {
            return text.to_owned();
        }
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for (at, _) in text.char_indices() {
            let rest = text.get(at..).unwrap_or_default();
            let Some(secret) = self.texts.iter().find(|secret| rest.starts_with(secret.as_str())) else { continue };
            let end = at + secret.len();
            match ranges.last_mut() {
                Some((_, last)) if at < *last => *last = end.max(*last),
                _ => ranges.push((at, end)),
            }
        }
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for (start, end) in ranges {
            out.push_str(text.get(from..start).unwrap_or_default());
            out.push_str(HIDDEN);
            from = end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }

    /// The input of an action as the log shows it; none when it is not JSON any more.
    pub(super) fn shown(&self, action: &str, input: Value) -> Option<Value> {
        if self.texts.is_empty() {
            return Some(input);
        }
        let head = " in dry-run mode with inputs (secrets redacted): ";
        let line = format!("Running {action}{head}{}", crate::lang::javascript::stringify_spaced(&input, "  "));
        let line = self.apply(&line);
        if !line.starts_with("Running ") || !line.contains(head) {
            return None;
        }
        let mark = "(secrets redacted): ";
        let json = line.find(mark).and_then(|at| line.get(at + mark.len()..))?;
        serde_json::from_str(json).ok()
    }
}

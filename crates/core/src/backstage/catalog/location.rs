//! Location references: `type:target`, and where relative targets lead.

use std::fmt;

use super::integration::ScmIntegrations;
use super::refusal::{Refusal, Stage};
use crate::lang::javascript::trim;

/// `backstage.io/managed-by-location`: where the entity was read.
pub const ANNOTATION_LOCATION: &str = "backstage.io/managed-by-location";
/// `backstage.io/managed-by-origin-location`: the registered location it comes from.
pub const ANNOTATION_ORIGIN_LOCATION: &str = "backstage.io/managed-by-origin-location";
/// `backstage.io/source-location`: the sources of what the entity describes.
pub const ANNOTATION_SOURCE_LOCATION: &str = "backstage.io/source-location";
/// `backstage.io/view-url`.
pub const ANNOTATION_VIEW_URL: &str = "backstage.io/view-url";
/// `backstage.io/edit-url`.
pub const ANNOTATION_EDIT_URL: &str = "backstage.io/edit-url";

/// A typed location.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LocationRef {
    /// `url`, `file` or a custom type.
    pub kind: String,
    /// What the type makes of it.
    pub target: String,
}

impl LocationRef {
    /// Reads `type:target` (upstream `parseLocationRef`).
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let fail = |message: String| Err(Refusal::new(Stage::Location, "TypeError", message));
        let form = || format!("Unable to parse location ref '{text}', expected '<type>:<target>', e.g. 'url:https://host/path'");
        let Some((kind, target)) = text.split_once(':') else { return fail(form()) };
        let (kind, target) = (trim(kind), trim(target));
        if kind.is_empty() || target.is_empty() {
            return fail(form());
        }
        if kind == "http" || kind == "https" {
            return fail(format!("Invalid location ref '{text}', please prefix it with 'url:', e.g. 'url:{text}'"));
        }
        if is_script_url(target) {
            return fail(format!("Invalid location ref '{text}', target is a javascript: URL"));
        }
        Ok(Self { kind: kind.to_owned(), target: target.to_owned() })
    }

    /// Writes `type:target`, refusing what may not be written (upstream `stringifyLocationRef`).
    pub fn stringify(&self) -> Result<String, Refusal> {
        let fail = |message: String| Err(Refusal::new(Stage::Location, "TypeError", message));
        if self.kind.is_empty() {
            return fail("Unable to stringify location ref, empty type".to_owned());
        }
        if self.target.is_empty() {
            return fail("Unable to stringify location ref, empty target".to_owned());
        }
        if is_script_url(&self.target) {
            return fail(format!("Invalid location ref '{self}', target is a javascript: URL"));
        }
        Ok(self.to_string())
    }

    /// Where a Location's target leads, seen from this location (upstream `toAbsoluteUrl`).
    pub fn resolve(&self, integrations: &ScmIntegrations, kind: &str, target: &str) -> String {
        if self.kind != kind {
            return target.to_owned();
        }
        match kind {
            "file" if target.starts_with('.') => normalize_path(&format!("{}/{target}", dirname(&self.target))),
            "url" => integrations.resolve_url(target, &self.target).unwrap_or_else(|_| target.to_owned()),
            _ => target.to_owned(),
        }
    }
}

impl fmt::Display for LocationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.target)
    }
}

/// Whether a browser would run the target as a script, however it is disguised.
pub fn is_script_url(target: &str) -> bool {
    let mut rest = target.trim_start_matches(|c: char| c <= ' ').chars().peekable();
    for wanted in "javascript:".chars() {
        match rest.next() {
            Some(c) if c.to_ascii_lowercase() == wanted => {}
            // The regular expression of upstream is case-insensitive without Unicode folding.
            _ => return false,
        }
        while rest.next_if(|c| matches!(c, '\r' | '\n' | '\t')).is_some() {}
    }
    true
}

/// `path.posix.dirname`.
pub(crate) fn dirname(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rfind('/') {
        None if path.starts_with('/') => "/",
        None => ".",
        Some(0) => "/",
        Some(at) => trimmed.get(..at).map_or("/", |dir| if dir.trim_end_matches('/').is_empty() { "/" } else { dir }),
    }
}

/// `path.posix.normalize`.
pub(crate) fn normalize_path(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => {
                    parts.pop();
                }
                _ if absolute => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let mut out = parts.join("/");
    if out.is_empty() && !absolute {
        out.push('.');
    }
    if path.ends_with('/') && (!parts.is_empty() || !absolute) {
        out.push('/');
    }
    if absolute { format!("/{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(normalize_path("/a/./b/../c"), "/a/c");
        assert_eq!(normalize_path("a/../../b/"), "../b/");
        assert_eq!(dirname("/srv/x.yaml"), "/srv");
        assert_eq!(dirname("x"), ".");
        assert!(is_script_url(" \u{1}java\nscript\t:alert(1)"));
        assert!(!is_script_url("https://javascript:1"));
    }
}

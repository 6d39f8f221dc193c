//! The parts of a git hosting URL (the npm package `git-url-parse`).

use std::borrow::Cow;

use url::Url;

/// What `git-url-parse` reads out of a URL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct GitUrl {
    /// The normalised URL.
    pub(crate) href: String,
    /// The host name without port.
    pub(crate) resource: String,
    /// User, organisation or group path.
    pub(crate) owner: String,
    /// Repository.
    pub(crate) name: String,
    /// `owner/name` as the host spells it.
    pub(crate) full_name: String,
    /// Branch, tag or commit.
    pub(crate) reference: String,
    /// `blob`, `tree`, `raw`, `src`, `edit` …
    pub(crate) filepath_type: String,
    /// The path inside the repository, decoded once.
    pub(crate) filepath: String,
}

/// `decodeURIComponent`; `None` where it throws.
pub(crate) fn decode_component(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let hex = text.get(at + 1..at + 3)?;
            out.push(u8::from_str_radix(hex, 16).ok().filter(|_| hex.bytes().all(|b| b.is_ascii_hexdigit()))?);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

impl GitUrl {
    /// Reads a URL; `None` where upstream throws.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let shorthand = text.split_once('/').is_some_and(|(owner, name)| {
            (1..=39).contains(&owner.len())
                && owner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && (1..=100).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        });
        let full;
        let text = if shorthand {
            full = format!("https://github.com/{text}");
            full.as_str()
        } else {
            text
        };
        if text.trim().is_empty() || text.len() > 2048 {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let path = url.path().to_owned();
        let href = url.as_str();
        let resource = url.host_str().unwrap_or_default().to_owned();
        let mut git = Self { href: href.strip_suffix('/').unwrap_or(href).to_owned(), resource, ..Self::default() };
        let whole = if path.is_empty() { git.href.as_str() } else { path.as_str() };
        let whole = whole.strip_prefix('/').unwrap_or(whole);
        let whole = whole.strip_suffix('/').unwrap_or(whole);
        let whole = decode_component(whole.strip_suffix(".git").unwrap_or(whole))?.into_owned();
        let parts: Vec<&str> = whole.split('/').collect();
        let user = decode_component(url.username())?.into_owned();
        match source(&git.resource) {
            "visualstudio.com" | "dev.azure.com" | "azure.com" => git.azure(&whole, &parts, &user, &url),
            _ => git.common(&parts, user),
        }
        if git.full_name.is_empty() {
            git.full_name = git.owner.clone();
            if !git.name.is_empty() {
                if !git.full_name.is_empty() {
                    git.full_name.push('/');
                }
                git.full_name.push_str(&git.name);
            }
        }
        if let Some(rest) = git.owner.strip_prefix("scm/") {
            git.owner = rest.to_owned();
            git.full_name = format!("{}/{}", git.owner, git.name);
        }
        git.bitbucket_server(&path, &url);
        Some(git)
    }

    fn common(&mut self, parts: &[&str], user: String) {
        let find = |word: &str| parts.iter().skip(2).position(|part| *part == word).map(|at| at + 2);
        let mut name_at = parts.len().saturating_sub(1);
        self.owner = user;
        self.name = parts.join("/");
        if parts.len() >= 2 {
            let both = find("blob").zip(find("tree")).map(|(blob, tree)| blob.min(tree));
            let marker = find("-")
                .or(both)
                .or_else(|| ["blob", "issues", "tree", "commit", "src", "raw", "edit"].iter().find_map(|word| find(word)));
            name_at = marker.map_or(name_at, |at| at - 1);
            self.owner = parts.get(..name_at).unwrap_or_default().join("/");
            self.name = parts.get(name_at).copied().unwrap_or_default().to_owned();
        }
        let offset = if parts.get(name_at + 1) == Some(&"-") { name_at + 1 } else { name_at };
        if parts.len() > offset + 2
            && let Some(kind) = parts.get(offset + 1).filter(|kind| ["raw", "src", "blob", "tree", "edit"].contains(kind))
        {
            self.filepath_type = (*kind).to_owned();
            self.reference = parts.get(offset + 2).copied().unwrap_or_default().to_owned();
            self.filepath = parts.get(offset + 3..).unwrap_or_default().join("/");
        }
    }

    fn azure(&mut self, whole: &str, parts: &[&str], user: &str, url: &Url) {
        self.owner = user.to_owned();
        self.name = whole.to_owned();
        let part = |at: usize| parts.get(at).copied().unwrap_or_default().to_owned();
        let ssh = matches!(self.resource.as_str(), "vs-ssh.visualstudio.com" | "ssh.dev.azure.com");
        match (ssh, parts.len()) {
            (true, 4) => {
                (self.owner, self.name) = (part(2), part(3));
                if self.resource.starts_with("vs-ssh") {
                    self.full_name = format!("{}/{}", part(2), part(3));
                }
            }
            (true, _) => {}
            (false, 2) if self.resource.ends_with("visualstudio.com") => {
                (self.owner, self.name, self.full_name) = (part(1), part(1), format!("_git/{}", part(1)));
            }
            (false, 3) if parts.first() == Some(&"DefaultCollection") => {
                (self.owner, self.name, self.full_name) = (part(2), part(2), format!("DefaultCollection/_git/{}", part(2)));
            }
            (false, 3) => (self.owner, self.name, self.full_name) = (part(0), part(2), format!("{}/_git/{}", part(0), part(2))),
            (false, 4) => (self.owner, self.name, self.full_name) = (part(1), part(3), format!("{}/{}/_git/{}", part(0), part(1), part(3))),
            (false, 5) => (self.owner, self.name, self.full_name) = (part(1), part(4), format!("_git/{}", part(4))),
            _ => {}
        }
        if !ssh {
            let query = |name: &str| url.query_pairs().filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned());
            self.filepath = query("path").map(|path| path.trim_start_matches('/').to_owned()).unwrap_or_default();
            self.reference =
                query("version").map(|version| version.strip_prefix("GB").map(str::to_owned).unwrap_or(version)).unwrap_or_default();
        }
    }

    fn bitbucket_server(&mut self, path: &str, url: &Url) {
        let Some((kind, rest)) = ["projects/", "users/"]
            .iter()
            .filter_map(|kind| Some((path.find(kind)?, *kind)))
            .min()
            .and_then(|(at, kind)| Some((kind, path.get(at + kind.len()..)?)))
        else {
            return;
        };
        let Some((project, rest)) = rest.split_once("/repos/") else { return };
        let (name, tail) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        self.owner = if kind == "users/" { format!("~{project}") } else { project.to_owned() };
        self.name = name.to_owned();
        let parts: Vec<&str> = tail.split('/').collect();
        if let Some(kind) = parts.get(1).filter(|kind| ["raw", "browse"].contains(kind)) {
            self.filepath_type = (*kind).to_owned();
            self.filepath = parts.get(2..).unwrap_or_default().join("/");
        }
        self.full_name = format!("{}/{}", self.owner, self.name);
        self.reference = url.query_pairs().filter(|(key, _)| key == "at").last().map(|(_, value)| value.into_owned()).unwrap_or_default();
    }

    /// Whether the path inside the repository has `.` or `..` segments, however often they are encoded.
    pub(crate) fn traverses(&self) -> bool {
        let mut decoded = self.filepath.clone();
        // Each round shortens the text, so this ends.
        while let Some(next) = decode_component(&decoded) {
            if next == decoded {
                break;
            }
            decoded = next.into_owned();
        }
        decoded.split('/').any(|segment| segment == "." || segment == "..")
    }
}

/// The host without its first label, if it has three or more.
fn source(resource: &str) -> &str {
    if resource.split('.').count() > 2 { resource.split_once('.').map_or(resource, |(_, rest)| rest) } else { resource }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_common_hosts() {
        let git = GitUrl::parse("https://github.com/acme/platform/blob/main/a/b.yaml").unwrap();
        assert_eq!(
            (git.owner.as_str(), git.name.as_str(), git.reference.as_str(), git.filepath.as_str()),
            ("acme", "platform", "main", "a/b.yaml")
        );
        let git = GitUrl::parse("https://gitlab.com/g/s/r/-/blob/main/x.yaml").unwrap();
        assert_eq!((git.owner.as_str(), git.name.as_str(), git.filepath.as_str()), ("g/s", "r", "x.yaml"));
        assert!(GitUrl::parse("https://github.com/a/b/blob/main/%252e%252e/x").unwrap().traverses());
    }
}

//! Source hosts and how their URLs resolve and become edit links (upstream `@backstage/integration`).

use std::borrow::Cow;

use url::Url;

use super::git_url::GitUrl;

/// A kind of source host, in upstream's order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostKind {
    /// Amazon S3.
    AwsS3,
    /// Azure blob storage.
    AzureBlobStorage,
    /// Azure DevOps.
    Azure,
    /// bitbucket.org.
    BitbucketCloud,
    /// A Bitbucket server.
    BitbucketServer,
    /// Gerrit.
    Gerrit,
    /// GitHub, also Enterprise.
    Github,
    /// GitLab, also self-managed.
    Gitlab,
    /// Gitea.
    Gitea,
    /// Google cloud storage.
    GoogleGcs,
    /// Harness.
    Harness,
}

impl HostKind {
    /// Upstream's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AwsS3 => "awsS3",
            Self::AzureBlobStorage => "azureBlobStorage",
            Self::Azure => "azure",
            Self::BitbucketCloud => "bitbucketCloud",
            Self::BitbucketServer => "bitbucketServer",
            Self::Gerrit => "gerrit",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Gitea => "gitea",
            Self::GoogleGcs => "googleGcs",
            Self::Harness => "harness",
        }
    }
}

/// The configured source hosts (upstream `ScmIntegrations`).
#[derive(Debug, Clone)]
pub struct ScmIntegrations {
    hosts: Vec<(HostKind, String)>,
}

impl Default for ScmIntegrations {
    /// What a server without `integrations:` in its configuration knows.
    fn default() -> Self {
        let hosts = [
            (HostKind::AwsS3, "amazonaws.com"),
            (HostKind::AzureBlobStorage, "blob.core.windows.net"),
            (HostKind::Azure, "dev.azure.com"),
            (HostKind::BitbucketCloud, "bitbucket.org"),
            (HostKind::Github, "github.com"),
            (HostKind::Gitlab, "gitlab.com"),
            (HostKind::GoogleGcs, "storage.cloud.google.com"),
        ];
        Self { hosts: hosts.iter().map(|(kind, host)| (*kind, (*host).to_owned())).collect() }
    }
}

impl ScmIntegrations {
    /// The same hosts and one more.
    #[must_use]
    pub fn with(mut self, kind: HostKind, host: impl Into<String>) -> Self {
        self.hosts.push((kind, host.into()));
        self.hosts.sort_by_key(|(kind, _)| *kind);
        self
    }

    /// The kind of the host (with port), if known.
    pub fn by_host(&self, host: &str) -> Option<HostKind> {
        self.hosts.iter().find(|(_, known)| known == host).map(|(kind, _)| *kind)
    }

    /// The kind of the URL's host, if the URL is one and the host is known.
    pub fn by_url(&self, url: &str) -> Option<HostKind> {
        self.by_host(&host_of(&Url::parse(url).ok()?))
    }

    /// Resolves a relative or absolute URL against the URL of a file; the error is upstream's message.
    pub fn resolve_url(&self, url: &str, base: &str) -> Result<String, String> {
        match self.by_url(base) {
            Some(HostKind::Github) => default_resolve(url, base).map(|url| replace_github_type(&url, "tree").into_owned()),
            Some(HostKind::Azure) => azure_resolve(url, base),
            _ => default_resolve(url, base),
        }
    }

    /// Where a person edits the file; `None` for unknown hosts.
    pub fn edit_url(&self, url: &str) -> Option<String> {
        Some(match self.by_url(url)? {
            HostKind::Github => replace_github_type(url, "edit").into_owned(),
            HostKind::Gitlab => replace_gitlab_type(url, "edit").into_owned(),
            HostKind::BitbucketCloud => {
                let reference = GitUrl::parse(url)?.reference;
                let mut edit = Url::parse(url).ok()?;
                set_query_pairs(&mut edit, &[("mode", "edit"), ("at", &reference)]);
                edit.into()
            }
            _ => url.to_owned(),
        })
    }
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

const INVALID_URL: &str = "TypeError: Invalid URL";

fn default_resolve(url: &str, base: &str) -> Result<String, String> {
    if Url::parse(url).is_ok() {
        return Ok(url.to_owned());
    }
    let invalid = || INVALID_URL.to_owned();
    let mut updated = if url.starts_with('/') {
        let git = GitUrl::parse(base).ok_or_else(|| "Error: URL parsing failed.".to_owned())?;
        if git.traverses() {
            return Err("Error: Invalid SCM URL: path traversal is not allowed in the URL".to_owned());
        }
        let mut updated = Url::parse(&git.href).map_err(|_| invalid())?;
        let path = updated.path().to_owned();
        let keep = path.len().saturating_sub(crate::lang::javascript::utf16_len(&git.filepath));
        let root = path.get(..keep).unwrap_or_default().trim_end_matches('/');
        updated.set_path(&format!("{root}{url}"));
        updated
    } else {
        Url::parse(base).and_then(|base| base.join(url)).map_err(|_| invalid())?
    };
    let base = Url::parse(base).map_err(|_| invalid())?;
    updated.set_query(base.query().filter(|query| !query.is_empty()));
    Ok(updated.into())
}

/// `//host/owner/repo/(blob|tree|edit)/` with another type.
fn replace_github_type<'a>(url: &'a str, kind: &str) -> Cow<'a, str> {
    let mut from = 0;
    while let Some(at) = url.get(from..).and_then(|rest| rest.find("//")).map(|at| at + from) {
        let mut end = at + 2;
        let mut matched = true;
        for segment in 0..4 {
            let rest = url.get(end..).unwrap_or_default();
            match rest.split_once('/') {
                Some((word, _)) if !word.is_empty() && segment < 3 => end += word.len() + 1,
                Some((word, _)) if segment == 3 && ["blob", "tree", "edit"].contains(&word) => {
                    let head = url.get(..end).unwrap_or_default();
                    let tail = url.get(end + word.len()..).unwrap_or_default();
                    return Cow::Owned(format!("{head}{kind}{tail}"));
                }
                _ => {
                    matched = false;
                    break;
                }
            }
        }
        debug_assert!(!matched);
        from = at + 1;
    }
    Cow::Borrowed(url)
}

fn replace_gitlab_type<'a>(url: &'a str, kind: &str) -> Cow<'a, str> {
    let found = ["blob", "tree", "edit"].iter().filter_map(|word| Some((url.find(&format!("/-/{word}/"))?, word.len()))).min();
    match found {
        None => Cow::Borrowed(url),
        Some((at, length)) => {
            Cow::Owned(format!("{}/-/{kind}{}", url.get(..at).unwrap_or_default(), url.get(at + 3 + length..).unwrap_or_default()))
        }
    }
}

/// `searchParams.set` for each pair.
fn set_query_pairs(url: &mut Url, pairs: &[(&str, &str)]) {
    let mut all: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    for (key, value) in pairs {
        let mut first = true;
        all.retain_mut(|(known, old)| {
            if known != key {
                return true;
            }
            if first {
                *old = (*value).to_owned();
            }
            std::mem::take(&mut first)
        });
        if first {
            all.push(((*key).to_owned(), (*value).to_owned()));
        }
    }
    url.query_pairs_mut().clear().extend_pairs(all);
}

/// Azure DevOps keeps the path in the query.
fn azure_resolve(url: &str, base: &str) -> Result<String, String> {
    if Url::parse(url).is_ok() {
        return Ok(url.to_owned());
    }
    let base_url = Url::parse(base).map_err(|_| INVALID_URL.to_owned())?;
    let inside = || -> Option<String> {
        let parts: Vec<&str> = base_url.path().split('/').collect();
        (2..=4).find(|at| parts.get(*at) == Some(&"_git"))?;
        let query = |name: &str| base_url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        if query("version").is_some_and(|version| !version.is_empty() && !version.starts_with("GB") && !version.starts_with("GT")) {
            return None;
        }
        let mock = Url::parse(&format!("https://a.com{}", query("path").unwrap_or_default())).ok()?;
        let path = mock.join(url).ok()?.path().to_owned();
        let mut updated = base_url.clone();
        set_query_pairs(&mut updated, &[("path", &path)]);
        Some(updated.into())
    };
    match inside() {
        Some(url) => Ok(url),
        None => base_url.join(url).map(Into::into).map_err(|_| INVALID_URL.to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn resolves_like_the_hosts() {
        let scm = ScmIntegrations::default();
        let github = "https://github.com/o/r/blob/main/d/c.yaml";
        for (url, base, want) in [
            ("./x.yaml", github, "https://github.com/o/r/tree/main/d/x.yaml"),
            ("/x", github, "https://github.com/o/r/tree/main/x"),
            ("x", "https://gitlab.com/g/r/-/blob/main/c.yaml", "https://gitlab.com/g/r/-/blob/main/x"),
            ("./x", "https://dev.azure.com/o/p/_git/r?path=/d/c.yaml", "https://dev.azure.com/o/p/_git/r?path=%2Fd%2Fx"),
            ("https://a.b/c", github, "https://a.b/c"),
        ] {
            assert_eq!(scm.resolve_url(url, base).unwrap(), want);
        }
        assert_eq!(scm.edit_url(github).unwrap(), "https://github.com/o/r/edit/main/d/c.yaml");
        assert_eq!(scm.edit_url("https://x.y/z"), None);
    }
}

//! Repository URLs as the repository picker writes them (upstream `parseRepoUrl`).

use serde_json::{Map, Value};
use url::Url;

use crate::backstage::catalog::integration::{HostKind, ScmIntegrations};

/// The parts of a repository URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoUrl {
    /// Host with port.
    pub host: String,
    /// Which kind of host it is.
    pub kind: HostKind,
    /// `owner`.
    pub owner: Option<String>,
    /// `repo`.
    pub repo: Option<String>,
    /// `organization`.
    pub organization: Option<String>,
    /// `workspace`.
    pub workspace: Option<String>,
    /// `project`.
    pub project: Option<String>,
}

impl RepoUrl {
    /// Reads a URL; the error is the server's message.
    pub fn parse(text: &str, integrations: &ScmIntegrations) -> Result<Self, String> {
        let url = Url::parse(&format!("https://{text}"))
            .map_err(|_| format!("Invalid repo URL passed to publisher, got {text}, TypeError: Invalid URL"))?;
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        };
        let kind = integrations
            .by_host(&host)
            .ok_or_else(|| format!("No matching integration configuration for host {host}, please check your integrations config"))?;
        let given = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let trimmed = |name: &str| given(name).map(|value| value.trim_matches('/').to_owned());
        let project = trimmed("project");
        let required: &[&str] = match kind {
            HostKind::BitbucketCloud => &["workspace", "project", "repo"],
            HostKind::BitbucketServer | HostKind::Azure => &["project", "repo"],
            HostKind::Gitlab if project.as_deref().is_some_and(|project| !project.is_empty()) => &[],
            HostKind::Gitlab => &["owner", "repo"],
            HostKind::Gitea | HostKind::Gerrit => &["repo"],
            _ => &["repo", "owner"],
        };
        if let Some(missing) = required.iter().find(|name| given(name).is_none_or(|value| value.is_empty())) {
            return Err(format!("Invalid repo URL passed to publisher: {url}, missing {missing}"));
        }
        let parts = [trimmed("owner"), trimmed("repo"), trimmed("organization"), trimmed("workspace")];
        let [owner, repo, organization, workspace] = parts;
        Ok(Self { host, kind, owner, repo, organization, workspace, project })
    }

    /// The parts that are there, as upstream's object.
    pub fn to_json(&self) -> Value {
        let mut out = Map::new();
        out.insert("host".to_owned(), Value::String(self.host.clone()));
        let parts = [
            ("owner", &self.owner),
            ("repo", &self.repo),
            ("organization", &self.organization),
            ("workspace", &self.workspace),
            ("project", &self.project),
        ];
        for (name, part) in parts {
            if let Some(part) = part {
                out.insert(name.to_owned(), Value::String(part.clone()));
            }
        }
        Value::Object(out)
    }

    /// `owner/repo`, as the filter `projectSlug` prints it.
    pub fn slug(&self) -> String {
        let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "undefined".to_owned());
        format!("{}/{}", part(&self.owner), part(&self.repo))
    }
}

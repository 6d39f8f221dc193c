//! Actions of the server's modules, as far as they have a dry run of their own.

use serde_json::{Value, json};

use super::Call;
use crate::backstage::catalog::integration::{HostKind, ScmIntegrations};
use crate::backstage::scaffolder::dry_run::workspace::Entry;
use crate::backstage::scaffolder::repo_url::RepoUrl;
use crate::{Error, Result};

/// The repository of a call that carries a token; no other credentials are at hand.
fn github(call: &Call<'_>) -> Result<RepoUrl> {
    let url = RepoUrl::parse(call.text("repoUrl").unwrap_or_default(), &ScmIntegrations::default()).map_err(Error::upstream)?;
    let (owner, repo) = (url.owner.as_deref().unwrap_or_default(), url.repo.as_deref().unwrap_or_default());
    if owner.is_empty() {
        return Err(Error::upstream(format!("No owner provided for host: {}, and repo {repo}", url.host)));
    }
    if url.kind != HostKind::Github {
        return Err(Error::upstream(format!("No integration for host {}", url.host)));
    }
    if call.text("token").is_none_or(str::is_empty) {
        let message = format!("No token available for host: {}, with owner {owner}, and repo {repo}", url.host);
        return Err(Error::upstream(message));
    }
    Ok(url)
}

pub(super) fn github_issue(call: &mut Call<'_>) -> Result<()> {
    let url = github(call)?;
    let (owner, repo) = (url.owner.unwrap_or_default(), url.repo.unwrap_or_default());
    call.put("issueUrl", format!("https://github.com/{owner}/{repo}/issues/42"));
    call.put("issueNumber", 42);
    Ok(())
}

pub(super) fn github_webhook(call: &mut Call<'_>) -> Result<()> {
    github(call).map(|_| ())
}

pub(super) fn github_pull_request(call: &mut Call<'_>) -> Result<()> {
    github(call)?;
    if let Some(source) = call.text("sourcePath").filter(|source| !source.is_empty()) {
        let source = call.workspace.child("", source)?;
        if matches!(call.workspace.get(&source), Some(Entry::File(_))) {
            return Err(Error::upstream("The `cwd` option must be a path to a directory"));
        }
    }
    call.put("targetBranchName", call.text("branchName").unwrap_or_default());
    call.put("remoteUrl", call.text("repoUrl").unwrap_or_default());
    call.put("pullRequestNumber", 43);
    Ok(())
}

/// GitLab's names of access levels.
const ACCESS_LEVELS: [(&str, u32); 8] = [
    ("no_access", 0),
    ("minimal_access", 5),
    ("guest", 10),
    ("planner", 15),
    ("reporter", 20),
    ("developer", 30),
    ("maintainer", 40),
    ("owner", 50),
];

pub(super) fn gitlab_access(call: &mut Call<'_>) -> Result<()> {
    let input = call.input;
    let filled = |key: &str| input.get(key).filter(|ids| ids.as_array().is_some_and(|ids| !ids.is_empty()));
    let (users, groups) = (filled("userIds"), filled("groupIds"));
    if users.is_none() && groups.is_none() {
        return Err(Error::upstream("At least one of userIds or groupIds must be provided and non-empty"));
    }
    let level = match input.get("accessLevel") {
        None => json!(30),
        Some(Value::String(name)) => {
            let known = ACCESS_LEVELS.iter().find(|(known, _)| *known == name.to_lowercase());
            known.map(|(_, level)| json!(level)).ok_or_else(|| Error::upstream(format!("Invalid access level: \"{name}\"")))?
        }
        Some(level) => level.clone(),
    };
    for (name, ids) in [("userIds", users), ("groupIds", groups)] {
        if let Some(ids) = ids {
            call.put(name, ids.clone());
        }
    }
    call.put("path", input.get("path").cloned().unwrap_or_default());
    if call.text("action").unwrap_or("add") == "add" {
        call.put("accessLevel", level);
    }
    Ok(())
}

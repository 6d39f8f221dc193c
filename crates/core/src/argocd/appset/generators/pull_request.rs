//! The pull request generator.

use super::{
    ParamSets, flag, items,
    scm_provider::pattern,
    text, texts,
    transform::{Asked, Generation},
    values,
};
use crate::{
    Value,
    argocd::appset::{
        inventory::PullRequest,
        needs::Need,
        params::{string_list, strings},
        slug::branch_slug,
        stop::Stop,
    },
    lang::gofmt::{Text, regexp::Regexp},
};

/// `PullRequestGenerator.GenerateParams`
pub(super) fn generate(generation: &Generation<'_>, asked: &Asked<'_>) -> ParamSets {
    let generator = asked.generator;
    if !generation.inventory.settings.scm_providers_enabled.unwrap_or(true) {
        return Err("failed to select pull request service provider: scm providers are disabled".into());
    }
    let Some((provider, repo, labels)) = wanted(generator) else {
        return Err("failed to select pull request service provider: no Pull Request provider implementation configured".into());
    };
    let listing = |stop: Stop| stop.context("error listing repos");
    let entry = generation.inventory.pull_requests.iter().find(|entry| entry.provider == provider && entry.repo == repo);
    let filters: Vec<Filter> = items(generator, "filters").iter().map(Filter::compile).collect::<Result<_, _>>().map_err(listing)?;
    let entry = entry.ok_or_else(|| Stop::Needs(vec![need(asked, provider, &repo)]))?;
    if entry.not_found {
        if flag(generator, "continueOnRepoNotFoundError") {
            return Ok(Vec::new());
        }
        return Err(Stop::Error(format!("error listing repos: error listing pull requests for {repo}: 404 Not Found")));
    }
    if let Some(error) = entry.error.as_ref().filter(|error| !error.is_empty()) {
        return Err(Stop::Error(format!("error listing repos: {error}")));
    }
    let labelled = |pull: &&PullRequest| labels.iter().all(|label| pull.labels.iter().flatten().any(|known| known == label));
    let mut sets = Vec::new();
    for pull in entry.pulls.iter().filter(labelled) {
        if !filters.is_empty() && !filters.iter().any(|filter| filter.matches(pull)) {
            continue;
        }
        let short = |len: usize| pull.head_sha.get(..len).unwrap_or(&pull.head_sha).to_owned();
        let params = strings([
            ("number", pull.number.to_string()),
            ("title", pull.title.clone()),
            ("branch", pull.branch.clone()),
            ("branch_slug", branch_slug(&pull.branch)),
            ("target_branch", pull.target_branch.clone()),
            ("target_branch_slug", branch_slug(&pull.target_branch)),
            ("head_sha", pull.head_sha.clone()),
            ("head_short_sha", short(8)),
            ("head_short_sha_7", short(7)),
            ("author", pull.author.clone()),
        ]);
        if generation.engine.go {
            params.set(Text::from("labels"), string_list(pull.labels.as_deref()));
        }
        values::append(&generation.engine, generator, &params).map_err(|stop| stop.context("failed to append templated values"))?;
        sets.push(params);
    }
    Ok(sets)
}

/// The provider, the repository's name in the inventory, and the labels that the provider asks for.
fn wanted(generator: &Value) -> Option<(&'static str, String, Vec<String>)> {
    const PROVIDERS: [(&str, &[&str]); 6] = [
        ("github", &["owner", "repo"]),
        ("gitlab", &["project"]),
        ("gitea", &["owner", "repo"]),
        ("bitbucketServer", &["project", "repo"]),
        ("bitbucket", &["owner", "repo"]),
        ("azuredevops", &["organization", "project", "repo"]),
    ];
    PROVIDERS.iter().find_map(|(provider, members)| {
        let config = generator.get(*provider)?;
        let name: Vec<&str> = members.iter().map(|member| text(config, member)).collect();
        Some((*provider, name.join("/"), texts(config, "labels").unwrap_or_default()))
    })
}

fn need(asked: &Asked<'_>, provider: &str, repo: &str) -> Need {
    let command = match provider {
        "github" => format!("gh pr list --repo {repo} --json number,title,headRefName,baseRefName,headRefOid,labels,author"),
        "gitlab" => format!("glab mr list --repo {repo} --output json"),
        "gitea" => format!("tea pulls ls --repo {repo} --output json"),
        "azuredevops" => format!("az repos pr list --repository {} --output json", repo.rsplit('/').next().unwrap_or(repo)),
        "bitbucket" => format!("curl https://api.bitbucket.org/2.0/repositories/{repo}/pullrequests"),
        _ => {
            let (project, name) = repo.split_once('/').unwrap_or((repo, ""));
            format!("curl $BITBUCKET/rest/api/1.0/projects/{project}/repos/{name}/pull-requests")
        }
    };
    let entry = serde_json::json!({"provider": provider, "repo": repo, "pulls": []});
    Need { kind: "pullRequests".into(), entry, command, path: asked.path.to_owned() }
}

#[derive(Debug)]
struct Filter {
    branch: Option<Regexp>,
    target: Option<Regexp>,
    title: Option<Regexp>,
}

impl Filter {
    fn compile(filter: &Value) -> Result<Self, Stop> {
        Ok(Self {
            branch: pattern(filter, "branchMatch")?,
            target: pattern(filter, "targetBranchMatch")?,
            title: pattern(filter, "titleMatch")?,
        })
    }

    fn matches(&self, pull: &PullRequest) -> bool {
        self.branch.as_ref().is_none_or(|regexp| regexp.is_match(&pull.branch))
            && self.target.as_ref().is_none_or(|regexp| regexp.is_match(&pull.target_branch))
            && self.title.as_ref().is_none_or(|regexp| regexp.is_match(&pull.title))
    }
}

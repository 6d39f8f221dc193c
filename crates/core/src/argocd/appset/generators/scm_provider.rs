//! The SCM provider generator.

use super::{
    ParamSets, flag, items, text, texts,
    transform::{Asked, Generation},
    values,
};
use crate::{
    Value,
    argocd::appset::{
        inventory::{ScmOrganization, ScmRepository},
        needs::Need,
        params::strings,
        stop::Stop,
    },
    lang::{
        gofmt::{Text, Value as GoValue, regexp::Regexp},
        gotemplate::sanitize_name,
    },
};

/// The providers in the order in which upstream looks for them, with the member that names the organization.
const PROVIDERS: [(&str, &str); 7] = [
    ("github", "organization"),
    ("gitlab", "group"),
    ("gitea", "owner"),
    ("bitbucketServer", "project"),
    ("azureDevOps", "organization"),
    ("bitbucket", "owner"),
    ("awsCodeCommit", "region"),
];

/// A repository at one of its branches.
#[derive(Debug, Clone)]
struct Found<'i> {
    repository: &'i ScmRepository,
    url: String,
    branch: String,
    sha: String,
}

/// `SCMProviderGenerator.GenerateParams`
pub(super) fn generate(generation: &Generation<'_>, asked: &Asked<'_>) -> ParamSets {
    let generator = asked.generator;
    if !generation.inventory.settings.scm_providers_enabled.unwrap_or(true) {
        return Err("scm providers are disabled".into());
    }
    let provider = PROVIDERS.iter().find_map(|(provider, member)| Some((*provider, *member, generator.get(*provider)?)));
    let Some((provider, member, config)) = provider else { return Err("no SCM provider implementation configured".into()) };
    let organization = text(config, member);
    let listing = |stop: Stop| stop.context("error listing repos");
    let filters = Filter::compile(items(generator, "filters")).map_err(listing)?;
    let known = generation.inventory.scm.iter().find(|entry| entry.provider == provider && entry.organization == organization);
    let entry = known.ok_or_else(|| Stop::Needs(vec![need(asked, provider, organization)]))?;
    let found = list(entry, &filters, text(generator, "cloneProtocol"), flag(config, "allBranches")).map_err(listing)?;
    let mut sets = Vec::with_capacity(found.len());
    for found in found {
        let short = |len: usize| found.sha.get(..len).unwrap_or(&found.sha).to_owned();
        let params = strings([
            ("organization", organization.to_owned()),
            ("repository", found.repository.repository.clone()),
            ("url", found.url.clone()),
            ("branch", found.branch.clone()),
            ("sha", found.sha.clone()),
            ("short_sha", short(8)),
            ("short_sha_7", short(7)),
            ("labels", found.repository.labels.as_deref().unwrap_or_default().join(",")),
            ("branchNormalized", sanitize_name(&found.branch)),
        ]);
        let id = found.repository.repository_id.as_ref().map_or(GoValue::Nil, GoValue::from_json);
        params.set(Text::from("repository_id"), id);
        values::append(&generation.engine, generator, &params).map_err(|stop| stop.context("failed to append templated values"))?;
        sets.push(params);
    }
    Ok(sets)
}

fn need(asked: &Asked<'_>, provider: &str, organization: &str) -> Need {
    let command = match provider {
        "github" => format!("gh repo list {organization} --limit 1000 --json name,defaultBranchRef,repositoryTopics,url,sshUrl"),
        "gitlab" => format!("glab api groups/{}/projects --paginate", organization.replace('/', "%2F")),
        "gitea" => format!("tea repos ls --owner {organization} --output json"),
        "azureDevOps" => format!("az repos list --organization https://dev.azure.com/{organization} --output json"),
        "awsCodeCommit" => format!("aws codecommit list-repositories --region {organization}"),
        "bitbucket" => format!("curl https://api.bitbucket.org/2.0/repositories/{organization}"),
        _ => format!("curl $BITBUCKET/rest/api/1.0/projects/{organization}/repos"),
    };
    let entry = serde_json::json!({"provider": provider, "organization": organization, "repositories": []});
    Need { kind: "scm".into(), entry, command, path: asked.path.to_owned() }
}

/// `ListRepos`: filters on repositories, then branches, then filters on branches.
fn list<'i>(entry: &'i ScmOrganization, filters: &[Filter], protocol: &str, all_branches: bool) -> Result<Vec<Found<'i>>, Stop> {
    if let Some(error) = entry.error.as_ref().filter(|error| !error.is_empty()) {
        return Err(Stop::Error(error.clone()));
    }
    let mut repositories = Vec::new();
    for repository in &entry.repositories {
        let mut url = repository.url.clone().unwrap_or_default();
        if !repository.urls.is_empty() {
            let wanted = if protocol.is_empty() { "ssh" } else { protocol };
            let known = repository.urls.get(wanted);
            url = known.cloned().ok_or_else(|| Stop::Error(format!("unknown clone protocol for {} {protocol}", entry.provider)))?;
        }
        repositories.push(Found { repository, url, branch: repository.branch.clone(), sha: repository.sha.clone() });
    }
    let of = |kind: FilterKind| filters.iter().filter(move |filter| filter.kind == kind);
    if of(FilterKind::Repository).next().is_some() {
        repositories.retain(|found| of(FilterKind::Repository).any(|filter| filter.matches(found)));
    }
    let mut branches = Vec::new();
    for found in repositories {
        if !all_branches || found.repository.branches.is_empty() {
            branches.push(found);
            continue;
        }
        for branch in &found.repository.branches {
            branches.push(Found { branch: branch.name.clone(), sha: branch.sha.clone(), ..found.clone() });
        }
    }
    if of(FilterKind::Branch).next().is_some() {
        branches.retain(|found| of(FilterKind::Branch).any(|filter| filter.matches(found)));
    }
    Ok(branches)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FilterKind {
    Undefined,
    Repository,
    Branch,
}

#[derive(Debug)]
struct Filter {
    kind: FilterKind,
    repository: Option<Regexp>,
    label: Option<Regexp>,
    branch: Option<Regexp>,
    exist: Vec<String>,
    absent: Vec<String>,
}

/// A pattern of a filter, compiled.
pub(super) fn pattern(filter: &Value, member: &str) -> Result<Option<Regexp>, Stop> {
    let Some(source) = filter.get(member).and_then(Value::as_str) else { return Ok(None) };
    let mut name = member.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let compiled = Regexp::compile(source);
    compiled.map(Some).map_err(|error| Stop::Error(format!("error compiling {name} regexp {source:?}: {}", error.message)))
}

impl Filter {
    fn compile(filters: &[Value]) -> Result<Vec<Self>, Stop> {
        filters
            .iter()
            .map(|filter| {
                let (repository, label) = (pattern(filter, "repositoryMatch")?, pattern(filter, "labelMatch")?);
                let branch = pattern(filter, "branchMatch")?;
                let (exist, absent) = (texts(filter, "pathsExist"), texts(filter, "pathsDoNotExist"));
                let kind = if exist.is_some() || absent.is_some() || branch.is_some() {
                    FilterKind::Branch
                } else if repository.is_some() || label.is_some() {
                    FilterKind::Repository
                } else {
                    FilterKind::Undefined
                };
                Ok(Self { kind, repository, label, branch, exist: exist.unwrap_or_default(), absent: absent.unwrap_or_default() })
            })
            .collect()
    }

    fn matches(&self, found: &Found<'_>) -> bool {
        let labels = found.repository.labels.as_deref().unwrap_or_default();
        self.repository.as_ref().is_none_or(|regexp| regexp.is_match(&found.repository.repository))
            && self.branch.as_ref().is_none_or(|regexp| regexp.is_match(&found.branch))
            && self.label.as_ref().is_none_or(|regexp| labels.iter().any(|label| regexp.is_match(label)))
            && self.exist.iter().all(|path| has_path(found, path))
            && !self.absent.iter().any(|path| has_path(found, path))
    }
}

fn has_path(found: &Found<'_>, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let of_branch = found.repository.branches.iter().rfind(|branch| branch.name == found.branch && branch.paths.is_some());
    let paths = of_branch.and_then(|branch| branch.paths.as_ref()).unwrap_or(&found.repository.paths);
    paths.iter().any(|known| known == path || known.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
}

//! The inventory: what the generators would fetch, as data.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Map, Value};

/// What upstream would find out from clusters, repositories and services. Everything is optional; lists are
/// searched in order.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Inventory {
    /// Flags and settings of the installation.
    pub settings: Settings,
    /// Names of the AppProjects that exist; absent: every project exists.
    pub projects: Option<Vec<String>>,
    /// Cluster secrets; the implicit in-cluster is not listed. Absent: not known.
    pub clusters: Option<Vec<Cluster>>,
    /// Git trees.
    pub git: Vec<Tree>,
    /// OCI artifacts.
    pub oci: Vec<Tree>,
    /// Repositories of SCM providers.
    pub scm: Vec<ScmOrganization>,
    /// Pull requests.
    pub pull_requests: Vec<PullRequests>,
    /// Answers of plugins.
    pub plugins: Vec<Plugin>,
    /// ConfigMaps in Argo CD's namespace.
    pub config_maps: Vec<ConfigMap>,
    /// Cluster decision resources, such as PlacementDecisions, whole.
    pub decision_resources: Vec<Value>,
}

/// Flags and settings of the installation.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Argo CD's namespace; default `argocd`.
    pub argocd_namespace: Option<String>,
    /// `--enable-new-git-file-globbing`
    pub new_git_file_globbing: bool,
    /// The repo-server's `--include-hidden-directories`.
    pub include_hidden_directories: bool,
    /// `cluster.inClusterEnabled`; default true.
    pub in_cluster_enabled: Option<bool>,
    /// The controller's `--policy`: empty, `sync`, `create-only`, `create-update` or `create-delete`.
    pub policy: String,
    /// `--enable-policy-override`; default: true when the policy is empty.
    pub enable_policy_override: Option<bool>,
    /// `--enable-progressive-syncs`
    pub progressive_syncs: bool,
    /// `--preserved-annotations`
    pub preserved_annotations: Vec<String>,
    /// `--preserved-labels`
    pub preserved_labels: Vec<String>,
    /// `--enable-scm-providers`; default true.
    pub scm_providers_enabled: Option<bool>,
}

impl Settings {
    /// Argo CD's namespace.
    pub fn namespace(&self) -> &str {
        self.argocd_namespace.as_deref().filter(|namespace| !namespace.is_empty()).unwrap_or("argocd")
    }

    /// Whether the cluster that Argo CD runs in may be used.
    pub fn in_cluster(&self) -> bool {
        self.in_cluster_enabled.unwrap_or(true)
    }
}

/// A cluster secret, decoded.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Cluster {
    /// The cluster's name.
    pub name: String,
    /// Its API server's URL.
    pub server: String,
    /// The project that it is scoped to.
    pub project: Option<String>,
    /// The secret's labels; `argocd.argoproj.io/secret-type: cluster` is implied.
    pub labels: BTreeMap<String, String>,
    /// The secret's annotations.
    pub annotations: BTreeMap<String, String>,
}

/// A revision of a repository or an artifact.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Tree {
    /// The repository's URL, as the generator writes it.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// The revision as the generator writes it; absent: any.
    pub revision: Option<String>,
    /// Texts by path.
    pub files: BTreeMap<String, String>,
    /// Directories whose files nobody reads.
    pub directories: Vec<String>,
    /// What upstream says instead of the tree.
    pub error: Option<String>,
}

/// The repositories of an organization.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ScmOrganization {
    /// `github`, `gitlab`, `gitea`, `bitbucketServer`, `azureDevOps`, `bitbucket` or `awsCodeCommit`.
    pub provider: String,
    /// The organization; GitLab: group, Gitea and Bitbucket: owner, Bitbucket Server: project, CodeCommit: region.
    pub organization: String,
    /// Its repositories.
    pub repositories: Vec<ScmRepository>,
    /// What upstream says instead.
    pub error: Option<String>,
}

/// A repository of an organization.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ScmRepository {
    /// Its name.
    pub repository: String,
    /// Its id at the provider.
    pub repository_id: Option<Value>,
    /// Its URL, whatever the protocol.
    pub url: Option<String>,
    /// Its URLs by protocol.
    pub urls: BTreeMap<String, String>,
    /// Its default branch.
    pub branch: String,
    /// The commit at the head of that branch.
    pub sha: String,
    /// Labels or topics.
    pub labels: Option<Vec<String>>,
    /// Paths that exist in it.
    pub paths: Vec<String>,
    /// Its branches, for `allBranches`.
    pub branches: Vec<ScmBranch>,
}

/// A branch of a repository.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ScmBranch {
    /// Its name.
    pub name: String,
    /// The commit at its head.
    pub sha: String,
    /// Paths that exist in it; absent: the repository's.
    pub paths: Option<Vec<String>>,
}

/// The open pull requests of a repository.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PullRequests {
    /// `github`, `gitlab`, `gitea`, `bitbucketServer`, `bitbucket` or `azuredevops`.
    pub provider: String,
    /// `owner/repo`; GitLab: project; Bitbucket Server: `project/repo`; Azure DevOps: `organization/project/repo`.
    pub repo: String,
    /// The pull requests.
    pub pulls: Vec<PullRequest>,
    /// The repository does not exist.
    pub not_found: bool,
    /// What upstream says instead.
    pub error: Option<String>,
}

/// A pull request.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PullRequest {
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its branch.
    pub branch: String,
    /// The branch that it would be merged into.
    pub target_branch: String,
    /// The commit at its head.
    #[serde(rename = "headSHA")]
    pub head_sha: String,
    /// Its labels.
    pub labels: Option<Vec<String>>,
    /// Who opened it.
    pub author: String,
}

/// A plugin's answer.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Plugin {
    /// The ConfigMap that names the plugin.
    pub config_map: String,
    /// The input that it answers; absent: any.
    pub input: Option<Map<String, Value>>,
    /// The parameter sets.
    pub output: Vec<Map<String, Value>>,
    /// What upstream says instead.
    pub error: Option<String>,
}

/// A ConfigMap.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigMap {
    /// Its name.
    pub name: String,
    /// Its data.
    pub data: BTreeMap<String, String>,
}

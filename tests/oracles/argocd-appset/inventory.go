package main

// The inventory: what the world holds, as the wire describes it.

type Inventory struct {
	Settings          Settings         `json:"settings,omitempty"`
	Projects          *[]string        `json:"projects,omitempty"`
	Clusters          []Cluster        `json:"clusters,omitempty"`
	Git               []Tree           `json:"git,omitempty"`
	OCI               []Tree           `json:"oci,omitempty"`
	SCM               []SCM            `json:"scm,omitempty"`
	PullRequests      []PRs            `json:"pullRequests,omitempty"`
	Plugins           []Plugin         `json:"plugins,omitempty"`
	ConfigMaps        []ConfigMap      `json:"configMaps,omitempty"`
	DecisionResources []map[string]any `json:"decisionResources,omitempty"`
}

type Settings struct {
	ArgoCDNamespace          string   `json:"argocdNamespace,omitempty"`
	NewGitFileGlobbing       bool     `json:"newGitFileGlobbing,omitempty"`
	IncludeHiddenDirectories bool     `json:"includeHiddenDirectories,omitempty"`
	InClusterEnabled         *bool    `json:"inClusterEnabled,omitempty"`
	Policy                   string   `json:"policy,omitempty"`
	EnablePolicyOverride     *bool    `json:"enablePolicyOverride,omitempty"`
	ProgressiveSyncs         bool     `json:"progressiveSyncs,omitempty"`
	PreservedAnnotations     []string `json:"preservedAnnotations,omitempty"`
	PreservedLabels          []string `json:"preservedLabels,omitempty"`
	ScmProvidersEnabled      *bool    `json:"scmProvidersEnabled,omitempty"`
}

type Cluster struct {
	Name        string            `json:"name"`
	Server      string            `json:"server"`
	Project     *string           `json:"project,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type Tree struct {
	RepoURL     string            `json:"repoURL"`
	Revision    *string           `json:"revision,omitempty"`
	Files       map[string]string `json:"files,omitempty"`
	Directories []string          `json:"directories,omitempty"`
	Error       string            `json:"error,omitempty"`
}

type SCMRepo struct {
	Repository   string            `json:"repository"`
	RepositoryID any               `json:"repositoryId,omitempty"`
	URL          string            `json:"url,omitempty"`
	URLs         map[string]string `json:"urls,omitempty"`
	Branch       string            `json:"branch"`
	SHA          string            `json:"sha"`
	Labels       []string          `json:"labels,omitempty"`
	Paths        []string          `json:"paths,omitempty"`
	Branches     []SCMBranch       `json:"branches,omitempty"`
}

type SCMBranch struct {
	Name  string   `json:"name"`
	SHA   string   `json:"sha"`
	Paths []string `json:"paths,omitempty"`
}

type SCM struct {
	Provider     string    `json:"provider"`
	Organization string    `json:"organization"`
	Repositories []SCMRepo `json:"repositories,omitempty"`
	Error        string    `json:"error,omitempty"`
}

type PR struct {
	Number       int64    `json:"number"`
	Title        string   `json:"title,omitempty"`
	Branch       string   `json:"branch,omitempty"`
	TargetBranch string   `json:"targetBranch,omitempty"`
	HeadSHA      string   `json:"headSHA,omitempty"`
	Labels       []string `json:"labels,omitempty"`
	Author       string   `json:"author,omitempty"`
}

type PRs struct {
	Provider string `json:"provider"`
	Repo     string `json:"repo"`
	Pulls    []PR   `json:"pulls,omitempty"`
	NotFound bool   `json:"notFound,omitempty"`
	Error    string `json:"error,omitempty"`
}

type Plugin struct {
	ConfigMap string           `json:"configMap"`
	Input     *map[string]any  `json:"input,omitempty"`
	Output    []map[string]any `json:"output,omitempty"`
	Error     string           `json:"error,omitempty"`
}

type ConfigMap struct {
	Name string            `json:"name"`
	Data map[string]string `json:"data,omitempty"`
}

func (s Settings) ns() string {
	if s.ArgoCDNamespace == "" {
		return "argocd"
	}
	return s.ArgoCDNamespace
}

func boolOr(p *bool, d bool) bool {
	if p == nil {
		return d
	}
	return *p
}

// ---- git: the real repo-server service on throw-away local repositories ----

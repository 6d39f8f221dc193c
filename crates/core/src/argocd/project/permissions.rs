//! The questions that syncing and comparing ask a project.

use super::pattern::Pattern;
use super::repo_url::normalize_git_url;
use super::spec::{AppProject, ClusterResourceRestrictionItem, GroupKind};
use crate::lang::glob::{MatchStyle, match_string_in_list, path_match};

/// A cluster as the destination resolves to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cluster {
    /// The API server's URL.
    pub server: String,
    /// The name in the cluster's secret.
    pub name: String,
}

#[derive(Debug, Clone)]
struct Destination {
    server: Pattern,
    name: Pattern,
    namespace: Pattern,
}

impl Destination {
    /// Whether the entry allows or denies a destination, or has nothing to say.
    fn verdict(&self, cluster: &Cluster, namespace: &str) -> Option<bool> {
        let name = !cluster.name.is_empty() && self.name.matches(&cluster.name);
        let server = !cluster.server.is_empty() && self.server.matches(&cluster.server);
        let in_namespace = self.namespace.matches(namespace);
        let cluster_denied = (!name && self.name.is_deny()) || (!server && self.server.is_deny());
        match (server || name, in_namespace) {
            (true, true) => Some(true),
            (false, true) if cluster_denied => Some(false),
            (_, false) if self.namespace.is_deny() && server => Some(false),
            _ => None,
        }
    }
}

impl GroupKind {
    fn matches(&self, group: &str, kind: &str) -> bool {
        kind_matches(&self.kind, kind) && kind_matches(&self.group, group)
    }
}

impl ClusterResourceRestrictionItem {
    fn matches(&self, group: &str, kind: &str, name: &str) -> bool {
        kind_matches(&self.kind, kind) && kind_matches(&self.group, group) && (self.name.is_empty() || kind_matches(&self.name, name))
    }
}

/// A project's lists, compiled once.
#[derive(Debug, Clone)]
pub struct Permissions<'a> {
    project: &'a AppProject,
    sources: Vec<Pattern>,
    destinations: Vec<Destination>,
}

impl<'a> Permissions<'a> {
    /// Compiles the globs; one that does not compile matches nothing.
    pub fn new(project: &'a AppProject) -> Self {
        let source = |pattern: &String| {
            let normalized = match pattern.strip_prefix('!') {
                Some(rest) => format!("!{}", normalize_git_url(rest)),
                None => normalize_git_url(pattern),
            };
            Pattern::compile(&normalized, &['/'])
        };
        let spec = &project.spec;
        let destinations = spec.destinations.iter().map(|item| Destination {
            server: Pattern::compile(&item.server, &[]),
            name: Pattern::compile(&item.name, &[]),
            namespace: Pattern::compile(&item.namespace, &[]),
        });
        Self { project, sources: spec.source_repos.iter().map(source).collect(), destinations: destinations.collect() }
    }

    /// Why a source is allowed or not, in plain words.
    pub fn source_reason(&self, repo_url: &str) -> String {
        let value = normalize_git_url(repo_url);
        let patterns = || self.sources.iter().zip(&self.project.spec.source_repos);
        if let Some((_, denied)) = patterns().find(|(pattern, _)| pattern.is_deny() && !pattern.matches(&value)) {
            return format!("sourceRepos denies it by {denied}");
        }
        match patterns().find(|(pattern, _)| pattern.matches(&value)) {
            Some((pattern, allowed)) if pattern.is_deny() => {
                format!("sourceRepos denies {} only, which allows the rest", allowed.trim_start_matches('!'))
            }
            Some((_, allowed)) => format!("sourceRepos allows it by {allowed}"),
            None => format!("no entry of sourceRepos matches {value:?}"),
        }
    }

    /// Why a kind is allowed or not, in plain words.
    pub fn group_kind_reason(&self, group: &str, kind: &str, name: &str, namespaced: bool) -> String {
        let spec = &self.project.spec;
        let of = |group: &str, kind: &str| format!("{{group: {group:?}, kind: {kind:?}}}");
        if namespaced {
            let hit = |list: &[GroupKind]| list.iter().find(|item| item.matches(group, kind)).map(|item| of(&item.group, &item.kind));
            if let Some(denied) = hit(&spec.namespace_resource_blacklist) {
                return format!("namespaceResourceBlacklist has {denied}");
            }
            return match &spec.namespace_resource_whitelist {
                None => "the project has no namespaceResourceWhitelist, which allows every namespaced kind".to_owned(),
                Some(list) => hit(list).map_or_else(
                    || "namespaceResourceWhitelist does not have it".to_owned(),
                    |allowed| format!("namespaceResourceWhitelist has {allowed}"),
                ),
            };
        }
        let hit = |list: &[ClusterResourceRestrictionItem]| {
            list.iter().find(|item| item.matches(group, kind, name)).map(|item| of(&item.group, &item.kind))
        };
        match (hit(&spec.cluster_resource_blacklist), hit(&spec.cluster_resource_whitelist)) {
            (Some(denied), _) => format!("clusterResourceBlacklist has {denied}"),
            (None, Some(allowed)) => format!("clusterResourceWhitelist has {allowed}"),
            (None, None) => "clusterResourceWhitelist does not have it".to_owned(),
        }
    }

    /// Why a destination is allowed or not, in plain words.
    pub fn destination_reason(&self, cluster: &Cluster, namespace: &str, project_clusters: &[Cluster]) -> String {
        let mut allowed = None;
        for (index, item) in self.destinations.iter().enumerate() {
            match item.verdict(cluster, namespace) {
                Some(true) => allowed = allowed.or(Some(index)),
                Some(false) => return format!("destinations[{index}] denies it"),
                None => {}
            }
        }
        match allowed {
            None => "no entry of destinations matches".to_owned(),
            Some(_) if !self.destination(cluster, namespace, project_clusters) => {
                "the project permits only clusters of its own, and this is none".to_owned()
            }
            Some(index) => format!("destinations[{index}] allows it"),
        }
    }

    /// The project behind it.
    pub fn project(&self) -> &AppProject {
        self.project
    }

    /// `IsSourcePermitted`: one positive match is enough, one deny pattern that is hit refuses; a
    /// deny pattern that is not hit counts as a match.
    pub fn source(&self, repo_url: &str) -> bool {
        let value = normalize_git_url(repo_url);
        let mut any = false;
        for pattern in &self.sources {
            if pattern.matches(&value) {
                any = true;
            } else if pattern.is_deny() {
                return false;
            }
        }
        any
    }

    /// `IsDestinationPermitted`; `project_clusters` are those whose secret names the project.
    pub fn destination(&self, cluster: &Cluster, namespace: &str, project_clusters: &[Cluster]) -> bool {
        self.destination_matched(cluster, namespace)
            && (!self.project.spec.permit_only_project_scoped_clusters
                || project_clusters.iter().any(|own| own.name == cluster.name || own.server == cluster.server))
    }

    fn destination_matched(&self, cluster: &Cluster, namespace: &str) -> bool {
        let mut any = false;
        for item in &self.destinations {
            match item.verdict(cluster, namespace) {
                Some(true) => any = true,
                Some(false) => return false,
                None => {}
            }
        }
        any
    }

    /// `IsGroupKindNamePermitted`: the four kind lists.
    pub fn group_kind_name(&self, group: &str, kind: &str, name: &str, namespaced: bool) -> bool {
        let spec = &self.project.spec;
        if namespaced {
            let hit = |list: &[GroupKind]| list.iter().any(|item| item.matches(group, kind));
            return spec.namespace_resource_whitelist.as_deref().is_none_or(hit) && !hit(&spec.namespace_resource_blacklist);
        }
        let hit = |list: &[ClusterResourceRestrictionItem]| list.iter().any(|item| item.matches(group, kind, name));
        hit(&spec.cluster_resource_whitelist) && !hit(&spec.cluster_resource_blacklist)
    }

    /// `IsResourcePermitted`: the kind lists, and the destination when the object has a namespace.
    pub fn resource(
        &self,
        (group, kind): (&str, &str),
        name: &str,
        namespace: &str,
        cluster: &Cluster,
        project_clusters: &[Cluster],
    ) -> bool {
        self.group_kind_name(group, kind, name, !namespace.is_empty())
            && (namespace.is_empty() || self.destination(cluster, namespace, project_clusters))
    }

    /// `IsAppNamespacePermitted`.
    pub fn source_namespace(&self, namespace: &str, controller_namespace: &str) -> bool {
        namespace.is_empty()
            || namespace == controller_namespace
            || match_string_in_list(&self.project.spec.source_namespaces, namespace, MatchStyle::Regexp)
    }
}

fn kind_matches(pattern: &str, value: &str) -> bool {
    pattern == "*" && !value.contains('/') || path_match(pattern, value).unwrap_or(false)
}

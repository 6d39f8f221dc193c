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
            let name = !cluster.name.is_empty() && item.name.matches(&cluster.name);
            let server = !cluster.server.is_empty() && item.server.matches(&cluster.server);
            let in_namespace = item.namespace.matches(namespace);
            let cluster_denied = (!name && item.name.is_deny()) || (!server && item.server.is_deny());
            match (server || name, in_namespace) {
                (true, true) => any = true,
                (false, true) if cluster_denied => return false,
                (_, false) if item.namespace.is_deny() && server => return false,
                _ => {}
            }
        }
        any
    }

    /// `IsGroupKindNamePermitted`: the four kind lists.
    pub fn group_kind_name(&self, group: &str, kind: &str, name: &str, namespaced: bool) -> bool {
        let spec = &self.project.spec;
        if namespaced {
            let hit = |list: &[GroupKind]| list.iter().any(|item| kind_matches(&item.kind, kind) && kind_matches(&item.group, group));
            return spec.namespace_resource_whitelist.as_deref().is_none_or(hit) && !hit(&spec.namespace_resource_blacklist);
        }
        let hit = |list: &[ClusterResourceRestrictionItem]| {
            list.iter().any(|item| {
                kind_matches(&item.kind, kind)
                    && kind_matches(&item.group, group)
                    && (item.name.is_empty() || kind_matches(&item.name, name))
            })
        };
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

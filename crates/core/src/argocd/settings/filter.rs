//! Which kinds and objects Argo CD watches (`ResourcesFilter`).

use super::{ConfigMapData, read};
use crate::Result;
use crate::argocd::glob::matches;
use crate::kube::selector;

/// One entry of `resource.exclusions`, `resource.inclusions` or `resource.selectors`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilteredResource {
    /// Globs over groups; none matches all.
    pub api_groups: Vec<String>,
    /// Kinds or `*`; none matches all.
    pub kinds: Vec<String>,
    /// Globs over cluster URLs; none matches all.
    pub clusters: Vec<String>,
    /// A label selector, in `resource.selectors`.
    pub selector: String,
}

impl FilteredResource {
    fn applies(&self, group: &str, kind: &str, cluster: &str) -> bool {
        (self.api_groups.is_empty() || self.api_groups.iter().any(|pattern| matches(pattern, group)))
            && (self.kinds.is_empty() || self.kinds.iter().any(|one| one == "*" || one == kind))
            && self.applies_to_cluster(cluster)
    }

    fn applies_to_cluster(&self, cluster: &str) -> bool {
        self.clusters.is_empty() || self.clusters.iter().any(|pattern| matches(pattern, cluster))
    }
}

/// The three lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourcesFilter {
    /// `resource.exclusions`.
    pub exclusions: Vec<FilteredResource>,
    /// `resource.inclusions`.
    pub inclusions: Vec<FilteredResource>,
    /// `resource.selectors`.
    pub selectors: Vec<FilteredResource>,
}

impl ResourcesFilter {
    /// Reads the three lists (`GetResourcesFilter`).
    pub fn read(data: &ConfigMapData) -> Result<Self> {
        let list = |key: &str| data.get(key).map_or(Ok(Vec::new()), |text| entries(text, key));
        let filter = Self {
            exclusions: list("resource.exclusions")?,
            inclusions: list("resource.inclusions")?,
            selectors: list("resource.selectors")?,
        };
        for one in &filter.selectors {
            selector::parse(&one.selector)?;
        }
        Ok(filter)
    }

    /// Whether a kind is left out altogether (`IsExcludedResource`).
    pub fn excludes(&self, group: &str, kind: &str, cluster: &str) -> bool {
        let compiled_in = matches!(group, "events.k8s.io" | "metrics.k8s.io")
            || (group.is_empty() && kind == "Event")
            || (group == "coordination.k8s.io" && kind == "Lease");
        if compiled_in || self.exclusions.iter().any(|one| one.applies(group, kind, cluster)) {
            return true;
        }
        if self.inclusions.iter().any(|one| one.applies(group, kind, cluster)) {
            return false;
        }
        self.inclusions.iter().any(|one| one.applies_to_cluster(cluster))
    }

    /// The label selector that narrows what of a kind is watched; empty when nothing does.
    pub fn label_selector(&self, group: &str, kind: &str, cluster: &str) -> String {
        let matching = self.selectors.iter().filter(|one| !one.selector.trim().is_empty() && one.applies(group, kind, cluster));
        matching.map(|one| one.selector.trim()).collect::<Vec<_>>().join(",")
    }
}

fn entries(text: &str, key: &str) -> Result<Vec<FilteredResource>> {
    let list = read::yaml(text)?;
    read::items(&list, key)?
        .iter()
        .map(|item| {
            let mut one = FilteredResource::default();
            for (name, value) in read::members(item, key)?.into_iter().flatten() {
                match name.to_ascii_lowercase().as_str() {
                    "apigroups" => one.api_groups = read::strings(value, name)?,
                    "kinds" => one.kinds = read::strings(value, name)?,
                    "clusters" => one.clusters = read::strings(value, name)?,
                    "selector" => one.selector = read::string(value, name)?.unwrap_or_default(),
                    _ => {}
                }
            }
            Ok(one)
        })
        .collect()
}

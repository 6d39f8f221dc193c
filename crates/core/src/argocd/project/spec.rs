//! The AppProject document, as far as decisions read it.

use serde::{Deserialize, Deserializer};

use crate::argocd::window::SyncWindow;
use crate::{Error, Result, Value};

/// Go's decoder leaves a field alone when the text says null.
pub(crate) fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> std::result::Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// The same for lists, whose null items are zero values.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> std::result::Result<Vec<T>, D::Error> {
    let items = Option::<Vec<Option<T>>>::deserialize(from)?.unwrap_or_default();
    Ok(items.into_iter().map(Option::unwrap_or_default).collect())
}

fn optional_list<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Vec<GroupKind>>, D::Error> {
    let items = Option::<Vec<Option<GroupKind>>>::deserialize(from)?;
    Ok(items.map(|items| items.into_iter().map(Option::unwrap_or_default).collect()))
}

/// `v1alpha1.AppProject`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppProject {
    /// `metadata.name`.
    pub name: String,
    /// `spec`.
    pub spec: AppProjectSpec,
}

impl AppProject {
    /// Reads the document; a field of the wrong type is refused, an unknown one passed over.
    pub fn from_value(document: &Value) -> Result<Self> {
        super::shape::check(document)?;
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Metadata {
            #[serde(deserialize_with = "nullable")]
            name: String,
        }
        #[derive(Deserialize)]
        struct Document {
            #[serde(default, deserialize_with = "nullable")]
            metadata: Metadata,
            #[serde(default, deserialize_with = "nullable")]
            spec: AppProjectSpec,
        }
        let Document { metadata, spec } =
            Document::deserialize(document).map_err(|error| Error::invalid(format!("cannot read the AppProject: {error}")))?;
        Ok(Self { name: metadata.name, spec })
    }

    /// The project that allows everything, as the API server creates `default`.
    pub fn permissive(name: &str) -> Self {
        let any = || "*".to_owned();
        Self {
            name: name.to_owned(),
            spec: AppProjectSpec {
                source_repos: vec![any()],
                destinations: vec![ApplicationDestination { server: any(), namespace: any(), name: String::new() }],
                cluster_resource_whitelist: vec![ClusterResourceRestrictionItem { group: any(), kind: any(), name: String::new() }],
                ..AppProjectSpec::default()
            },
        }
    }
}

/// `v1alpha1.AppProjectSpec`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AppProjectSpec {
    /// Globs of repository URLs; `!` denies.
    #[serde(deserialize_with = "list")]
    pub source_repos: Vec<String>,
    /// Globs of clusters and namespaces; `!` denies.
    #[serde(deserialize_with = "list")]
    pub destinations: Vec<ApplicationDestination>,
    /// Whether and how objects that belong to no Application are watched.
    pub orphaned_resources: Option<OrphanedResources>,
    /// Roles with their policies and groups.
    #[serde(deserialize_with = "list")]
    pub roles: Vec<ProjectRole>,
    /// Cluster-scoped kinds that are allowed; none means none.
    #[serde(deserialize_with = "list")]
    pub cluster_resource_whitelist: Vec<ClusterResourceRestrictionItem>,
    /// Cluster-scoped kinds that are refused.
    #[serde(deserialize_with = "list")]
    pub cluster_resource_blacklist: Vec<ClusterResourceRestrictionItem>,
    /// Namespaced kinds that are allowed; absent means all, empty means none.
    #[serde(deserialize_with = "optional_list")]
    pub namespace_resource_whitelist: Option<Vec<GroupKind>>,
    /// Namespaced kinds that are refused.
    #[serde(deserialize_with = "list")]
    pub namespace_resource_blacklist: Vec<GroupKind>,
    /// Namespaces that Applications may live in: globs, or `/regular expressions/`.
    #[serde(deserialize_with = "list")]
    pub source_namespaces: Vec<String>,
    /// Only clusters that belong to the project.
    #[serde(deserialize_with = "nullable")]
    pub permit_only_project_scoped_clusters: bool,
    /// Which account syncs where.
    #[serde(deserialize_with = "list")]
    pub destination_service_accounts: Vec<ApplicationDestinationServiceAccount>,
    /// When syncing is allowed.
    #[serde(deserialize_with = "nullable")]
    pub sync_windows: Vec<Option<SyncWindow>>,
}

/// `v1alpha1.ApplicationDestination`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ApplicationDestination {
    /// The cluster's URL.
    #[serde(deserialize_with = "nullable")]
    pub server: String,
    /// The cluster's name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// The namespace.
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
}

/// `metav1.GroupKind`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct GroupKind {
    /// A `filepath.Match` pattern; empty is the core group.
    #[serde(deserialize_with = "nullable")]
    pub group: String,
    /// A `filepath.Match` pattern.
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
}

/// `v1alpha1.ClusterResourceRestrictionItem`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ClusterResourceRestrictionItem {
    /// A `filepath.Match` pattern; empty is the core group.
    #[serde(deserialize_with = "nullable")]
    pub group: String,
    /// A `filepath.Match` pattern.
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    /// A `filepath.Match` pattern; empty is any name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
}

/// `v1alpha1.ApplicationDestinationServiceAccount`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApplicationDestinationServiceAccount {
    /// A glob of cluster URLs.
    #[serde(deserialize_with = "nullable")]
    pub server: String,
    /// A glob of namespaces.
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
    /// `name` or `namespace:name`.
    #[serde(deserialize_with = "nullable")]
    pub default_service_account: String,
}

/// `v1alpha1.ProjectRole`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ProjectRole {
    /// The role's name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// Casbin policy lines.
    #[serde(deserialize_with = "list")]
    pub policies: Vec<String>,
    /// OIDC groups bound to the role.
    #[serde(deserialize_with = "list")]
    pub groups: Vec<String>,
}

/// `OrphanedResourcesMonitorSettings`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OrphanedResources {
    /// A condition on the Application; absent is no.
    #[serde(deserialize_with = "nullable")]
    pub warn: bool,
    /// What may lie about.
    #[serde(deserialize_with = "list")]
    pub ignore: Vec<OrphanedResourceKey>,
}

/// Globs over group (the empty one is core's), kind and name (empty: any).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OrphanedResourceKey {
    /// The group.
    #[serde(deserialize_with = "nullable")]
    pub group: String,
    /// The kind.
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    /// The name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
}

//! What upstream checks about an Application: permissions, sources, destination.

use std::collections::BTreeMap;

use super::{
    codec::{self, Keys, argocd_type},
    destination::{DestinationCluster, destination_cluster},
};
use crate::{
    Error, Result, Value,
    argocd::{
        appset::Inventory,
        project::{AppProject, Cluster, Permissions},
    },
};

/// An `ApplicationCondition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// `InvalidSpecError`
    pub kind: &'static str,
    /// Upstream's message; where it ends with a printed Go struct, what stands before it.
    pub message: String,
    /// Whether the message was cut so.
    pub is_prefix: bool,
}

/// A source that others refer to as `$name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefSource {
    /// Its repository.
    pub repo_url: String,
    /// Its revision.
    pub target_revision: String,
    /// Its chart.
    pub chart: String,
}

/// The answers of upstream's functions, each on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// `ValidatePermissions`
    pub conditions: Vec<Condition>,
    /// `ValidateManagedByURL`
    pub managed_by_url: Vec<Condition>,
    /// `GetRefSources`
    pub ref_sources: Result<BTreeMap<String, RefSource>, String>,
    /// `GetDestinationCluster`
    pub destination: Result<DestinationCluster, String>,
    /// `HasMultipleSources`
    pub multiple_sources: bool,
    /// `ExplicitType` of the first source.
    pub source_type: Result<Option<&'static str>, String>,
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn invalid(message: impl Into<String>) -> Condition {
    Condition { kind: "InvalidSpecError", message: message.into(), is_prefix: false }
}

/// Validates an Application against a project and the clusters of an inventory.
///
/// # Errors
/// When a document cannot be decoded.
pub fn validate(application: &Value, project: &Value, inventory: &Inventory) -> Result<Validation> {
    let application = codec::decode(application, argocd_type("Application"), Keys::Exact).map_err(Error::upstream)?;
    let project = AppProject::from_value(project)?;
    let empty = Value::Object(crate::Map::new());
    let spec = application.get("spec").unwrap_or(&empty);
    let destination = destination_cluster(spec.get("destination").unwrap_or(&empty), inventory);
    Ok(Validation {
        conditions: permissions(spec, &project, &destination, inventory),
        managed_by_url: managed_by_url(&application),
        ref_sources: ref_sources(spec),
        destination,
        multiple_sources: has_multiple_sources(spec),
        source_type: explicit_type(&source(spec)),
    })
}

fn sources(spec: &Value) -> &[Value] {
    spec.get("sources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// `HasMultipleSources`
pub(crate) fn has_multiple_sources(spec: &Value) -> bool {
    spec.get("sourceHydrator").is_none() && !sources(spec).is_empty()
}

fn sync_source(hydrator: &Value) -> Value {
    let empty = Value::Object(crate::Map::new());
    let (sync, dry) = (hydrator.get("syncSource").unwrap_or(&empty), hydrator.get("drySource").unwrap_or(&empty));
    let repo = if text(sync, "repoURL").is_empty() { text(dry, "repoURL") } else { text(sync, "repoURL") };
    serde_json::json!({"repoURL": repo, "path": text(sync, "path"), "targetRevision": text(sync, "targetBranch")})
}

/// `GetSource`
fn source(spec: &Value) -> Value {
    if let Some(hydrator) = spec.get("sourceHydrator") {
        return sync_source(hydrator);
    }
    let first = sources(spec).first().or_else(|| spec.get("source"));
    first.cloned().unwrap_or_else(|| Value::Object(crate::Map::new()))
}

fn source_conditions(source: &Value, multiple: bool) -> Option<Condition> {
    let missing = |keys: &[&str]| text(source, "repoURL").is_empty() || keys.iter().all(|key| text(source, key).is_empty());
    if multiple && missing(&["path", "chart", "ref"]) {
        let message = "spec.source.repoURL and either source.path, source.chart, or source.ref are required for source";
        return Some(Condition { is_prefix: true, ..invalid(message) });
    }
    if !multiple && missing(&["path", "chart"]) {
        return Some(invalid("spec.source.repoURL and either spec.source.path or spec.source.chart are required"));
    }
    if !text(source, "chart").is_empty() && text(source, "targetRevision").is_empty() {
        return Some(invalid("spec.source.targetRevision is required if the manifest source is a helm chart"));
    }
    None
}

fn hydrator_conditions(hydrator: &Value) -> Vec<Condition> {
    let at = |pointer: &str| hydrator.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let mut found = Vec::new();
    if at("/drySource/repoURL").is_empty() {
        found.push(invalid("spec.sourceHydrator.drySource.repoURL is required"));
    }
    if at("/syncSource/targetBranch").is_empty() {
        found.push(invalid("spec.sourceHydrator.syncSource.targetBranch is required"));
    }
    if hydrator.get("hydrateTo").is_some() && at("/hydrateTo/targetBranch").is_empty() {
        found.push(invalid("when spec.sourceHydrator.hydrateTo is set, spec.sourceHydrator.hydrateTo.targetBranch is required"));
    }
    found
}

/// `ValidatePermissions`
fn permissions(
    spec: &Value,
    project: &AppProject,
    destination: &Result<DestinationCluster, String>,
    inventory: &Inventory,
) -> Vec<Condition> {
    let permissions = Permissions::new(project);
    let mut found = Vec::new();
    let not_permitted = |what: &str, repo: &str| invalid(format!("{what} repo {repo} is not permitted in project '{}'", project.name));
    if let Some(hydrator) = spec.get("sourceHydrator") {
        let conditions = hydrator_conditions(hydrator);
        if !conditions.is_empty() {
            return conditions;
        }
        let dry = hydrator.pointer("/drySource/repoURL").and_then(Value::as_str).unwrap_or_default();
        if !permissions.source(dry) {
            found.push(not_permitted("application", dry));
        }
        let sync = sync_source(hydrator);
        let sync = text(&sync, "repoURL");
        if sync != dry && !permissions.source(sync) {
            found.push(not_permitted("sync source", sync));
        }
    } else {
        let multiple = has_multiple_sources(spec);
        let single = [source(spec)];
        for source in if multiple { sources(spec) } else { &single } {
            if let Some(condition) = source_conditions(source, multiple) {
                found.push(condition);
                return found;
            }
            if !permissions.source(text(source, "repoURL")) {
                found.push(not_permitted("application", text(source, "repoURL")));
            }
        }
    }
    let cluster = match destination {
        Ok(cluster) => cluster,
        Err(message) => {
            found.push(invalid(message.as_str()));
            return found;
        }
    };
    let namespace = spec.pointer("/destination/namespace").and_then(Value::as_str).unwrap_or_default();
    let own: Vec<Cluster> = inventory
        .clusters
        .iter()
        .flatten()
        .filter(|cluster| cluster.project.as_deref() == Some(project.name.as_str()))
        .map(|cluster| Cluster { server: cluster.server.trim_end_matches('/').to_owned(), name: cluster.name.clone() })
        .collect();
    let target = Cluster { server: cluster.server.clone(), name: cluster.name.clone() };
    if !permissions.destination(&target, namespace, &own) {
        let by_name = !spec.pointer("/destination/name").and_then(Value::as_str).unwrap_or_default().is_empty();
        let server = if by_name { &cluster.name } else { &cluster.server };
        found.push(invalid(format!(
            "application destination server '{server}' and namespace '{namespace}' do not match any of the allowed destinations in project '{}'",
            project.name
        )));
    }
    found
}

/// `ValidateManagedByURL`
fn managed_by_url(application: &Value) -> Vec<Condition> {
    let url = application.pointer("/metadata/annotations/argocd.argoproj.io~1managed-by-url").and_then(Value::as_str).unwrap_or_default();
    if url.is_empty() {
        return Vec::new();
    }
    match crate::lang::gotemplate::url_scheme(url) {
        Err(error) => vec![invalid(format!("invalid managed-by URL: failed to parse URL: parse {url:?}: {error}"))],
        Ok(scheme) if scheme != "http" && scheme != "https" => {
            vec![invalid("invalid managed-by URL: URL must include http or https protocol")]
        }
        Ok(_) => Vec::new(),
    }
}

/// `GetRefSources`
fn ref_sources(spec: &Value) -> Result<BTreeMap<String, RefSource>, String> {
    let named = || sources(spec).iter().filter(|source| !text(source, "ref").is_empty());
    let mut found = BTreeMap::new();
    for source in named() {
        let name = text(source, "ref");
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            return Err(format!("sources.ref {name} cannot contain any special characters except '_' and '-'"));
        }
        let target = RefSource {
            repo_url: text(source, "repoURL").to_owned(),
            target_revision: text(source, "targetRevision").to_owned(),
            chart: text(source, "chart").to_owned(),
        };
        if found.insert(format!("${name}"), target).is_some() {
            return Err("invalid sources: multiple sources had the same `ref` key".into());
        }
    }
    Ok(found)
}

/// `ExplicitType`
fn explicit_type(source: &Value) -> Result<Option<&'static str>, String> {
    let kinds = [("kustomize", "Kustomize"), ("helm", "Helm"), ("directory", "Directory"), ("plugin", "Plugin")];
    let present: Vec<&'static str> = kinds.iter().filter(|(key, _)| source.get(*key).is_some()).map(|(_, name)| *name).collect();
    match present.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        several => Err(format!("multiple application sources defined: {}", several.join(","))),
    }
}

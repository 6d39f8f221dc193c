//! What every lint looks at.

use std::collections::{BTreeMap, BTreeSet};

use crate::platform::application::{Application, Origin};
use crate::platform::model::Platform;
use crate::platform::snapshot::Snapshot;
use crate::platform::tree::{Class, Object};
use crate::{Location, Value};

/// The platform, and what lints ask of it again and again.
pub(super) struct Context<'p> {
    /// The platform.
    pub platform: &'p Platform<'p>,
    /// The cluster.
    pub snapshot: &'p Snapshot<'p>,
    /// Desired objects outside templates and charts, once each.
    pub subjects: Vec<Subject<'p>>,
    /// Every kustomization.
    kustomizations: Vec<Value>,
    /// Images that some kustomization sets.
    pub kustomized_images: BTreeSet<String>,
}

/// A desired object and where it stands.
pub(super) struct Subject<'p> {
    /// The object.
    pub value: &'p Value,
    /// The object of a file; `None` when a renderer made it.
    pub object: Option<&'p Object<'p>>,
    /// The Applications that deploy it.
    pub applications: Vec<&'p Application>,
}

impl<'p> Context<'p> {
    pub(super) fn new(platform: &'p Platform<'p>, snapshot: &'p Snapshot<'p>) -> Self {
        let mut by_file: BTreeMap<&str, Vec<&Application>> = BTreeMap::new();
        let mut rendered: BTreeMap<(&str, &str, &str), Subject<'p>> = BTreeMap::new();
        for application in &platform.applications.items {
            for target in application.targets.iter().flatten() {
                match &target.file {
                    Some(file) => {
                        let all = by_file.entry(file.as_str()).or_default();
                        if all.last().is_none_or(|last| !std::ptr::eq(*last, application)) {
                            all.push(application);
                        }
                    }
                    // The same chart or kustomization rendered several times is judged once a place.
                    None => rendered
                        .entry((text(&target.object, "/kind"), text(&target.object, "/metadata/name"), source_path(application)))
                        .or_insert_with(|| Subject { value: &target.object, object: None, applications: Vec::new() })
                        .applications
                        .push(application),
                }
            }
        }
        let of_file = |object: &'p Object<'p>| Subject {
            value: object.value(),
            object: Some(object),
            applications: by_file.get(object.file.path.as_str()).cloned().unwrap_or_default(),
        };
        let subjects = platform.tree.objects.iter().map(of_file).chain(rendered.into_values()).collect();
        let kustomizations = kustomizations(platform);
        let kustomized_images = kustomized_images(&kustomizations);
        Self { platform, snapshot, subjects, kustomizations, kustomized_images }
    }

    /// The subjects of an API group and kind.
    pub(super) fn of_kind(&self, group: &'static str, kind: &'static str) -> impl Iterator<Item = &Subject<'p>> {
        self.subjects.iter().filter(move |subject| crate::platform::tree::is(subject.value, group, kind))
    }

    /// Whether a snapshot of the cluster is given.
    pub(super) fn has_snapshot(&self) -> bool {
        !self.snapshot.objects.is_empty()
    }

    /// The object of the file that declares an Application.
    pub(super) fn declared(&self, application: &Application) -> Option<&'p Object<'p>> {
        let at = application.location.as_ref()?;
        let file = self.platform.tree.path(&at.file)?;
        self.platform
            .tree
            .in_file(file)
            .find(|object| text(object.value(), "/kind") == "Application" && text(object.value(), "/metadata/name") == application.name)
    }

    /// Whether a kustomization changes an object of a file before it is deployed: one that names it in a patch, and stands
    /// beside or above what it draws in.
    pub(super) fn is_patched(&self, object: &Object<'_>) -> bool {
        let (kind, name) = (text(object.value(), "/kind"), object.meta("name"));
        self.kustomizations.iter().any(|value| {
            let all = ["patches", "patchesJson6902"].into_iter().filter_map(|key| value.get(key)?.as_array()).flatten();
            let named = |patch: &Value| {
                let target = |key: &str| text(patch, &format!("/target/{key}"));
                let inline = text(patch, "/patch");
                (target("kind") == kind && matches!(target("name"), "" | ".*") || target("name") == name && target("kind") == kind)
                    || (inline.contains(kind) && inline.contains(name))
            };
            let merges = value.get("patchesStrategicMerge").and_then(Value::as_array);
            all.into_iter().any(named) || merges.into_iter().flatten().any(|patch| patch.as_str().is_some_and(|text| text.contains(name)))
        })
    }

    /// Where what makes an Application is written.
    pub(super) fn place_of_origin(&self, application: &Application) -> Option<Location> {
        let Origin::ApplicationSet(set) = &application.origin else { return application.location.clone() };
        self.platform.applications.sets.iter().find(|one| one.name == *set).and_then(|set| set.location.clone())
    }

    /// Whether an Application deploys to production, and by which name.
    pub(super) fn production<'a>(&self, application: &'a Application) -> Option<&'a str> {
        let environment = application.value.pointer("/metadata/labels").and_then(Value::as_object).and_then(|labels| {
            let is_environment = |key: &str| matches!(key.rsplit('/').next().unwrap_or(key), "environment" | "env");
            labels.iter().find(|(key, _)| is_environment(key)).and_then(|(_, value)| value.as_str())
        });
        [application.destination.namespace.as_str(), application.destination.cluster.as_str(), application.project.as_str()]
            .into_iter()
            .chain(environment)
            .find(|name| !name.is_empty() && self.platform.config.is_production(name))
    }
}

impl Subject<'_> {
    /// The place of a pointer; of the Application when a renderer made the object.
    pub(super) fn location(&self, pointer: &str) -> Option<Location> {
        match self.object {
            Some(object) => object.location(pointer),
            None => self.applications.first().and_then(|application| application.location.clone()),
        }
    }

    /// `Kind name`, as messages call it.
    pub(super) fn title(&self) -> String {
        let name = match text(self.value, "/metadata/name") {
            "" => text(self.value, "/metadata/generateName"),
            name => name,
        };
        format!("{} {name}", text(self.value, "/kind"))
    }

    /// The namespace it goes to, as far as it can be told.
    pub(super) fn namespace(&self) -> &str {
        match text(self.value, "/metadata/namespace") {
            "" => self.applications.first().map_or("", |application| application.destination.namespace.as_str()),
            namespace => namespace,
        }
    }

    /// Whether two objects may meet in one namespace: deployed by the same Application, or beside one another in files.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        let shared = |a: &Application| other.applications.iter().any(|b| std::ptr::eq(a, *b));
        if !self.applications.is_empty() && !other.applications.is_empty() {
            return self.applications.iter().any(|application| shared(application));
        }
        let dir = |subject: &Self| subject.object.map(|object| object.file.path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned());
        dir(self).is_some() && dir(self) == dir(other) && self.namespace() == other.namespace()
    }
}

/// The text at a pointer, or nothing.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn source_path(application: &Application) -> &str {
    application.sources.first().map_or("", |source| source.path.as_str())
}

fn kustomizations(platform: &Platform<'_>) -> Vec<Value> {
    let files =
        platform.tree.classes.iter().filter(|(_, class)| **class == Class::Kustomize).filter_map(|(path, _)| platform.tree.text(path));
    files.flat_map(|file| crate::yaml::kubernetes::documents(file).unwrap_or_default()).collect()
}

fn kustomized_images(kustomizations: &[Value]) -> BTreeSet<String> {
    let images = kustomizations.iter().filter_map(|value| value.get("images")?.as_array()).flatten();
    images.map(|image| text(image, "/name").to_owned()).collect()
}

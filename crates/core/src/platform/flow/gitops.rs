//! Stage 4: the manifests in the GitOps tree, and the Applications that come of them.

use std::collections::BTreeSet;

use super::journey::Journey;
use super::product::CREATE;
use super::{Finding, Need};
use crate::argocd::project::{AppProject, Cluster, Permissions};
use crate::platform::File;
use crate::platform::application::{Application, sources};
use crate::platform::model::Platform;
use crate::yaml::{self, Dialect};
use crate::{Result, Value};

pub(super) fn place(journey: &mut Journey<'_>) -> Result<Finding> {
    let created = create_input(journey).cloned();
    let dir = manifests(journey, created.as_ref());
    let mut found = read(journey, &dir);
    if !found.problems.is_empty() {
        return Ok(found);
    }
    let mut files: Vec<File> = journey.platform.tree.files.to_vec();
    files.extend(journey.product.iter().map(|file| journey.shown(file)));
    let mut config = journey.platform.config.clone();
    config.repositories.insert(journey.repository.clone(), journey.name.clone());
    for target in targets(&journey.platform) {
        let place = format!("{target}/{}", journey.name);
        found.product.push(format!("{dir}/ is placed at {place}/"));
        let prefix = format!("{dir}/");
        let inside = journey.product.iter().filter_map(|file| Some((file.path.strip_prefix(&prefix)?, file)));
        files.extend(inside.map(|(rest, file)| File { path: format!("{place}/{rest}"), text: file.text.clone() }));
    }
    if let Some(input) = &created {
        files.push(File { path: format!("{}/.argocd/{CREATE}.yaml", journey.name), text: resources(journey, input) });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let after = Platform::with(config.clone(), &files, &journey.request.rendered)?;
    let before: BTreeSet<&str> = journey.platform.applications.items.iter().map(|app| app.name.as_str()).collect();
    let new: Vec<&Application> = after.applications.items.iter().filter(|app| !before.contains(app.name.as_str())).collect();
    let mut names = Vec::new();
    let mut needs = Vec::new();
    for application in &new {
        names.push(application.name.clone());
        found.product.push(format!(
            "create {} → {} {}, {}",
            application.name, application.destination.cluster, application.destination.namespace, application.sync_policy
        ));
        permitted(journey, &after, application, &mut found);
        let tool = sources(&application.value).find_map(|source| after.repositories.source_type(source).tool());
        if let (Err(_), Some(tool)) = (&application.targets, tool) {
            needs.push(Need { application: application.name.clone(), tool: tool.to_owned(), dir: dir.clone() });
        }
    }
    if new.is_empty() {
        let what = "no ApplicationSet, no app-of-apps and no step of the template makes an Application of it";
        found.problems.push(journey.problem(&journey.template_file(), "/spec/steps", what));
    }
    if found.problems.is_empty() {
        found.summary = format!("{} would be created, permitted by project and destination", names.join(", "));
    } else if found.summary.is_empty() {
        found.summary = "the new Application is not permitted".into();
    }
    drop(new);
    drop(after);
    journey.created = names;
    journey.needs = needs;
    journey.after = Some((files, config));
    Ok(found)
}

fn create_input<'j>(journey: &'j Journey<'_>) -> Option<&'j Value> {
    journey.steps.iter().find(|step| step.action == CREATE)?.input.as_ref()
}

/// The directory of the manifests: as the template's step says, else the one that holds them.
fn manifests(journey: &Journey<'_>, created: Option<&Value>) -> String {
    if let Some(path) = created.and_then(|input| input.get("path")).and_then(Value::as_str) {
        return path.trim_matches(['.', '/']).to_owned();
    }
    let holds = |name: &&str| journey.product.iter().any(|file| file.path.starts_with(&format!("{name}/")));
    ["k8s", "deploy", "manifests", "kubernetes", "chart"].into_iter().find(holds).unwrap_or("k8s").to_owned()
}

/// Reads the manifests as Kubernetes would.
fn read(journey: &Journey<'_>, dir: &str) -> Finding {
    let mut found = Finding::default();
    let prefix = format!("{dir}/");
    let inside: Vec<&File> = journey.product.iter().filter(|file| file.path.starts_with(&prefix) && is_manifest(&file.path)).collect();
    if inside.is_empty() {
        found.summary = format!("{dir}/ holds no manifest");
        found.problems.push(journey.problem(&journey.template_file(), "/spec/steps", found.summary.clone()));
    }
    for file in inside {
        let shown = journey.shown(file);
        match yaml::parse(&file.text, Dialect::Kubernetes) {
            Err(error) => {
                let mut problem = journey.problem(&shown, "", error.message);
                if let Some(at) = error.location {
                    problem.location = crate::Location { file: shown.path.clone(), ..*at };
                }
                found.problems.push(problem);
            }
            Ok(documents) => {
                for document in documents {
                    let value = document.value();
                    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                    let kustomize = text("/apiVersion").starts_with("kustomize.config.k8s.io/");
                    for (pointer, missing) in [("/apiVersion", "apiVersion"), ("/kind", "kind"), ("/metadata/name", "metadata.name")] {
                        if text(pointer).is_empty() && !kustomize && text("/metadata/generateName").is_empty() {
                            found.problems.push(journey.problem(&shown, pointer, format!("the manifest has no {missing}")));
                        }
                    }
                    if !kustomize {
                        found.product.push(format!("{} {} ({})", text("/kind"), text("/metadata/name"), file.path));
                    }
                }
            }
        }
    }
    if !found.problems.is_empty() && found.summary.is_empty() {
        found.summary = "the manifests cannot be read".into();
    }
    found
}

fn is_manifest(path: &str) -> bool {
    matches!(path.rsplit('.').next(), Some("yaml" | "yml" | "json"))
}

/// Directories of the platform below which ApplicationSets look for services: `apps/services` for `apps/services/*`.
fn targets(platform: &Platform<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for set in platform.tree.of_kind("argoproj.io", "ApplicationSet") {
        let generators = set.value().pointer("/spec/generators").and_then(Value::as_array);
        for git in generators.into_iter().flatten().filter_map(|generator| generator.get("git")) {
            let url = git.get("repoURL").and_then(Value::as_str).unwrap_or_default();
            let Some(root) = platform.config.repositories.iter().find(|(known, _)| same(known, url)).map(|(_, dir)| dir) else { continue };
            let directories = git.get("directories").and_then(Value::as_array);
            for path in directories.into_iter().flatten().filter(|entry| entry.get("exclude") != Some(&Value::Bool(true))) {
                if let Some(base) = path.get("path").and_then(Value::as_str).and_then(|path| path.strip_suffix("/*")) {
                    found.insert(format!("{}/{base}", root.trim_end_matches('/')).trim_start_matches("./").to_owned());
                }
            }
        }
    }
    found
}

fn same(a: &str, b: &str) -> bool {
    crate::platform::repository::normalize(a) == crate::platform::repository::normalize(b)
}

/// The AppProject and the Application that the action creates, as its backend builds them.
fn resources(journey: &Journey<'_>, input: &Value) -> String {
    let text = |key: &str| input.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("appName").unwrap_or(&journey.name);
    let namespace = text("namespace").unwrap_or(name);
    let project = text("projectName").unwrap_or(name);
    let server = "https://kubernetes.default.svc";
    let project_object = serde_json::json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": project},
        "spec": {
            "destinations": [{"name": "local", "namespace": namespace, "server": server}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            "sourceRepos": [journey.repository],
        },
    });
    let application = serde_json::json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": name,
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
            "labels": {"backstage-name": text("labelValue").unwrap_or(name)},
        },
        "spec": {
            "project": project,
            "source": {"repoURL": journey.repository, "path": text("path").unwrap_or("."), "targetRevision": "HEAD"},
            "destination": {"server": server, "namespace": namespace},
            "syncPolicy": {"automated": {"allowEmpty": true, "prune": true, "selfHeal": true}, "syncOptions": ["CreateNamespace=true"]},
        },
    });
    format!("{}---\n{}", yaml::emit(&project_object), yaml::emit(&application))
}

/// Whether the project lets the Application be: source, destination, every kind.
fn permitted(journey: &Journey<'_>, after: &Platform<'_>, application: &Application, found: &mut Finding) {
    let template = journey.template_file();
    let Some(project) = after.applications.projects.get(&application.project) else {
        // The project called default is there from the start and permits everything.
        if application.project != "default" {
            let message = format!("{}: there is no project {}", application.name, application.project);
            found.problems.push(journey.problem(&template, "/spec/steps", message));
        }
        return;
    };
    let project = match AppProject::from_value(project) {
        Ok(project) => project,
        Err(error) => {
            found.problems.push(journey.problem(&template, "/spec/steps", format!("project {}: {}", application.project, error.message)));
            return;
        }
    };
    let permissions = Permissions::new(&project);
    let cluster = Cluster { server: application.destination.cluster.clone(), name: String::new() };
    let mut refuse = |what: String, why: String| {
        let message = format!("{}: project {} does not permit {what}: {why}", application.name, application.project);
        found.problems.push(journey.problem(&template, "/spec/steps", message));
    };
    for source in &application.sources {
        if !permissions.source(&source.repo_url) {
            refuse(format!("the repository {}", source.repo_url), permissions.source_reason(&source.repo_url));
        }
    }
    let namespace = &application.destination.namespace;
    if !permissions.destination(&cluster, namespace, &[]) {
        refuse(format!("the destination {} {namespace}", cluster.server), permissions.destination_reason(&cluster, namespace, &[]));
    }
    let scopes = after.snapshot().scopes();
    for target in application.targets.iter().flatten() {
        let text = |pointer: &str| target.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let group = text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
        let (kind, name) = (text("/kind"), text("/metadata/name"));
        let namespaced = scopes.namespaced(group, kind).unwrap_or(true);
        if !permissions.group_kind_name(group, kind, name, namespaced) {
            refuse(format!("{kind} {name}"), permissions.group_kind_reason(group, kind, name, namespaced));
        }
    }
}

//! The operation `application.expand`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Diagnostic, Result, Value,
    argocd::{
        application::{
            directory::{self, Directory},
            expand::{self, Manifests, Problem, Renderer, SourceRef},
        },
        appset::{Inventory, Need, Tree},
    },
    wire::Op,
};

/// An Application and the trees that its sources point at.
#[derive(Debug, Deserialize, JsonSchema)]
struct ExpandRequest {
    /// The root Application.
    application: Value,
    /// The inventory, of which `git` is read.
    #[serde(default)]
    inventory: Inventory,
    /// What renderers made of sources.
    #[serde(default)]
    rendered: Vec<Rendered>,
}

/// What a renderer made of the sources of one Application.
#[derive(Debug, Deserialize, JsonSchema)]
struct Rendered {
    /// The Application's name.
    application: String,
    /// The objects.
    objects: Vec<Value>,
}

/// The Applications that an Application brings along.
#[derive(Debug, Serialize, JsonSchema)]
struct Expanded {
    /// The Applications, the root first, each before those that it brings along.
    applications: Vec<NodeView>,
    /// The trees that the inventory lacks.
    needs: Vec<Need>,
    /// Cycles, missing paths, sources that need a renderer.
    diagnostics: Vec<Diagnostic>,
}

/// One Application.
#[derive(Debug, Serialize, JsonSchema)]
struct NodeView {
    /// `namespace/name`, or the name alone.
    name: String,
    /// Who brings it along.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// How many Applications stand above it.
    depth: usize,
    /// Its sources.
    sources: Vec<SourceView>,
    /// The document.
    application: Value,
}

/// A source.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SourceView {
    /// JSON pointer of the source in the Application.
    path: String,
    /// Its repository.
    #[serde(rename = "repoURL")]
    repo_url: String,
    /// The directory or chart in it.
    directory: String,
    /// The revision.
    revision: String,
    /// What renders it: `directory`, `helm`, `kustomize`, `plugin` or `jsonnet`.
    renderer: &'static str,
}

/// What the sources gave on the way.
#[derive(Debug, Default)]
struct Found {
    needs: Vec<Need>,
    diagnostics: Vec<Diagnostic>,
}

impl Found {
    fn tree<'i>(&mut self, inventory: &'i Inventory, source: &SourceRef) -> Option<&'i Tree> {
        let (url, revision) = (source.repo_url.as_str(), source.revision.as_str());
        let tree = inventory.git.iter().find(|tree| tree.repo_url == url && tree.revision.as_deref().is_none_or(|known| known == revision));
        if tree.is_none() && !self.needs.iter().any(|need| need.entry.get("repoURL").and_then(Value::as_str) == Some(url)) {
            let at = if revision.is_empty() { "HEAD" } else { revision };
            self.needs.push(Need {
                kind: "git".into(),
                entry: json!({"repoURL": url, "revision": revision, "files": {}}),
                command: format!("git clone {url} tree && git -C tree ls-tree -r --name-only {at}"),
                path: source.path.clone(),
            });
        }
        tree
    }

    fn needs_renderer(&mut self, name: &str, source: &SourceRef, renderer: Renderer) {
        let message = format!("{name}: {} of {} needs {}", source.directory, source.repo_url, renderer.name());
        self.diagnostics.push(Diagnostic::info("argocd-application-needs-renderer", source.path.clone(), message));
    }

    /// The objects of a source; an empty list where something is in the way, which is noted.
    fn objects(&mut self, inventory: &Inventory, application: &Value, source: &SourceRef) -> Result<Vec<Value>> {
        let name = expand::qualified_name(application);
        if source.renderer != Renderer::Directory {
            self.needs_renderer(&name, source, source.renderer);
            return Ok(Vec::new());
        }
        let Some(tree) = self.tree(inventory, source) else { return Ok(Vec::new()) };
        let mut written = application.pointer(&source.path).cloned().unwrap_or_default();
        if let Value::Object(members) = &mut written {
            members.insert("path".into(), source.directory.as_str().into());
        }
        Ok(match directory::read(tree, &written)? {
            Directory::Objects(objects) => objects,
            Directory::Needs(renderer) => {
                self.needs_renderer(&name, source, renderer);
                Vec::new()
            }
            Directory::Missing => {
                let message = format!("{name}: {} is not in {}: app path does not exist", source.directory, source.repo_url);
                self.diagnostics.push(Diagnostic::error("argocd-application-missing-path", source.path.clone(), message));
                Vec::new()
            }
        })
    }
}

fn expand(request: ExpandRequest) -> Result<Expanded> {
    let mut found = Found::default();
    let mut failed = None;
    let expansion = expand::expand(&request.application, |application, source| {
        let name = application.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        if let Some(rendered) = request.rendered.iter().find(|rendered| rendered.application == name) {
            return Some(Manifests { objects: rendered.objects.clone() });
        }
        match found.objects(&request.inventory, application, source) {
            Ok(objects) => Some(Manifests { objects }),
            Err(error) => {
                failed.get_or_insert(error);
                Some(Manifests::default())
            }
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    for problem in expansion.problems {
        found.diagnostics.push(match problem {
            Problem::Cycle { names } => Diagnostic::error(
                "argocd-application-cycle",
                "",
                format!("the Applications bring along one another: {}", names.join(" → ")),
            ),
            Problem::TooDeep { name } => {
                Diagnostic::warning("argocd-application-too-deep", "", format!("what {name} brings along is not followed"))
            }
            Problem::Missing { name, source } => {
                Diagnostic::error("argocd-application-missing-path", source.path, format!("{name}: its manifests are not known"))
            }
        });
    }
    let view = |node: expand::Node| NodeView {
        sources: expand::sources(&node.application).into_iter().map(source_view).collect(),
        name: node.name,
        parent: node.parent,
        depth: node.depth,
        application: node.application,
    };
    Ok(Expanded { applications: expansion.nodes.into_iter().map(view).collect(), needs: found.needs, diagnostics: found.diagnostics })
}

fn source_view(source: SourceRef) -> SourceView {
    SourceView {
        path: source.path,
        repo_url: source.repo_url,
        directory: source.directory,
        revision: source.revision,
        renderer: source.renderer.name(),
    }
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new(
        "application.expand",
        "Follows an app of apps: which Applications an Application brings along, cycles and missing paths included",
        expand,
    )]
}

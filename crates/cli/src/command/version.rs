//! `--version` names the upstream releases that are modelled.

use lofting::pins::pins;

/// The crate's own version.
pub(crate) const SHORT: &str = env!("CARGO_PKG_VERSION");

/// The version with one line for each upstream.
pub(crate) fn long() -> String {
    let text = |path: &str| pins().pointer(path).and_then(lofting::Value::as_str).unwrap_or("?").to_owned();
    let packages = pins().pointer("/backstage/packages").and_then(lofting::Value::as_object);
    let backstage = |name: &str| packages.and_then(|p| p.get(name)).and_then(lofting::Value::as_str).unwrap_or("?").to_owned();
    format!(
        "{SHORT}\nArgo CD {} (gitops-engine {})\nArgo Rollouts {}\nKubernetes types {}\nBackstage catalog-model {}, catalog-backend {}, scaffolder-backend {}",
        text("/argocd/release"),
        text("/argocd/gitopsEngine"),
        text("/rollouts/release"),
        text("/kubernetes/release"),
        backstage("@backstage/catalog-model"),
        backstage("@backstage/plugin-catalog-backend"),
        backstage("@backstage/plugin-scaffolder-backend"),
    )
}

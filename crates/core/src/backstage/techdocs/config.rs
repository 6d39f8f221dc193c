//! `mkdocs.yml`: where the pages lie, and what Backstage removes before the build (techdocs-node 2.0.0).

use serde_json::Value;

use crate::text::{Diagnostic, pointer};

/// Keys that stay.
const KEYS: &[&str] = &[
    "site_name",
    "site_url",
    "site_description",
    "site_author",
    "repo_url",
    "repo_name",
    "edit_uri",
    "edit_uri_template",
    "docs_dir",
    "site_dir",
    "nav",
    "exclude_docs",
    "not_in_nav",
    "theme",
    "plugins",
    "markdown_extensions",
    "extra",
    "extra_css",
    "use_directory_urls",
    "strict",
    "dev_addr",
    "watch",
    "copyright",
    "remote_branch",
    "remote_name",
    "validation",
    "google_analytics",
];
const PLUGINS: &[&str] = &["techdocs-core", "search", "material/search", "redirects", "group", "material/group"];
const THEME_KEYS: &[&str] = &["name", "font", "icon", "logo", "favicon", "language", "direction", "palette", "features"];

/// Checks the configuration; answers the folder of the pages if it is a sound one.
pub(super) fn check(config: &Value, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let mut removed = |path: String, what: String| {
        findings.push(Diagnostic::warning("backstage-techdocs-removed", path, format!("{what} is removed before the build")));
    };
    for key in config.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| !KEYS.contains(&key.as_str())) {
        removed(pointer::join("", key), key.clone());
    }
    for key in config.get("theme").and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key) {
        if !THEME_KEYS.contains(&key.as_str()) {
            removed(pointer::join("/theme", key), format!("theme.{key}"));
        }
    }
    for (path, name) in names(config, "plugins") {
        if !PLUGINS.contains(&name.as_str()) {
            removed(path, format!("The plugin {name}"));
        }
    }
    for (path, name) in names(config, "markdown_extensions") {
        if name.contains(':') && name != "pymdownx.snippets" {
            removed(path, format!("The extension {name}"));
        }
    }
    if config.get("site_name").is_none_or(|name| name.as_str().is_none_or(str::is_empty)) {
        findings.push(Diagnostic::error("backstage-techdocs-config", "/site_name", "MkDocs needs a site_name"));
    }
    let docs_dir = match config.get("docs_dir") {
        None | Some(Value::Null) => "docs",
        Some(Value::String(folder)) => folder.as_str(),
        Some(_) => {
            findings.push(Diagnostic::error("backstage-techdocs-config", "/docs_dir", "docs_dir must be a text"));
            return None;
        }
    };
    let inside = normalize(docs_dir);
    if inside.is_none() {
        let message = "docs_dir configuration value in mkdocs can't be an absolute directory or start with ../ for security reasons";
        findings.push(Diagnostic::error("backstage-techdocs-docs-dir", "/docs_dir", message));
    }
    inside
}

/// The names in a list of texts and mappings, or of a mapping.
fn names(config: &Value, key: &str) -> Vec<(String, String)> {
    let base = format!("/{key}");
    match config.get(key) {
        Some(Value::Object(members)) => members.keys().map(|name| (pointer::join(&base, name), name.clone())).collect(),
        Some(Value::Array(items)) => {
            let name = |item: &Value| match item {
                Value::String(name) => Some(name.clone()),
                Value::Object(members) => members.keys().next().cloned(),
                _ => None,
            };
            items.iter().enumerate().filter_map(|(at, item)| Some((format!("{base}/{at}"), name(item)?))).collect()
        }
        _ => Vec::new(),
    }
}

/// A relative path without dots; none when it leads out.
pub(super) fn normalize(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

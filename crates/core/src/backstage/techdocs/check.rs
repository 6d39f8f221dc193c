//! What a documentation folder lacks.

use serde_json::Value;

use super::{CONFIGS, config, pages};
use crate::text::{Diagnostic, LineIndex};
use crate::yaml::{
    self,
    backstage::{Root, roots},
};

/// A file of the folder: its path, and its text if it has one.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Path from the root of the repository.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// Checks the documentation in a folder (`""` for the root).
pub fn check(files: &[Page<'_>], folder: &str) -> Vec<Diagnostic> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{}/", folder.trim_end_matches('/')) };
    let inside: Vec<Page<'_>> =
        files.iter().filter_map(|file| Some(Page { path: file.path.strip_prefix(prefix.as_str())?, text: file.text })).collect();
    let found: Vec<&Page<'_>> = CONFIGS.iter().filter_map(|name| inside.iter().find(|file| file.path == *name)).collect();
    let Some(file) = found.first() else {
        let mut findings = Vec::new();
        pages::check(&Value::Null, "docs", &inside, &prefix, &mut findings);
        return findings;
    };
    let place = format!("{prefix}{}", file.path);
    let mut findings = Vec::new();
    if found.len() > 1 {
        let message = format!("{} is read, {} is not", CONFIGS[0], CONFIGS[1]);
        findings.push(Diagnostic::warning("backstage-techdocs-config", "", message));
    }
    let document = match document(file.text) {
        Ok(document) => document,
        Err(mut finding) => {
            finding.location = finding.location.map(|location| crate::Location { file: place.clone(), ..location });
            return vec![*finding];
        }
    };
    let docs_dir = config::check(document.value(), &mut findings);
    if let Some(docs_dir) = docs_dir {
        pages::check(document.value(), &docs_dir, &inside, &prefix, &mut findings);
    }
    let index = LineIndex::new(file.text);
    for finding in findings.iter_mut().filter(|finding| finding.location.is_none()) {
        let span = document.locate(&finding.path).unwrap_or_else(|| document.span());
        finding.location = Some(index.location(file.text, &place, span));
    }
    findings
}

fn document(text: &str) -> Result<yaml::Document, Box<Diagnostic>> {
    let wrong = |message: String, location: Option<Box<crate::Location>>| {
        let mut finding = Diagnostic::error("backstage-techdocs-config", "", message);
        finding.location = location.map(|location| *location);
        Box::new(finding)
    };
    let roots = roots(text, true).map_err(|error| wrong(error.message, error.location))?;
    match roots.into_iter().next() {
        Some(Root::Entity(document)) => Ok(document),
        Some(Root::Broken(error) | Root::Fatal(error) | Root::Circular(error)) => Err(wrong(error.message, error.location)),
        _ => Err(wrong("The configuration is not a mapping".to_owned(), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, check};

    #[test]
    fn finds_what_is_wrong() {
        let config = "site_name: x\nnav:\n  - Home: index.md\n  - Gone: gone.md\nplugins: [techdocs-core, kroki]\nhooks: [a.py]\n";
        let files = [
            Page { path: "d/mkdocs.yml", text: config },
            Page { path: "d/docs/index.md", text: "[a](other.md) [b](nowhere.md)" },
            Page { path: "d/docs/lost.md", text: "" },
        ];
        let codes: Vec<&str> = check(&files, "d").iter().map(|finding| finding.code).collect();
        for code in ["nav", "removed", "unreachable", "link"] {
            assert!(codes.contains(&format!("backstage-techdocs-{code}").as_str()), "{code}: {codes:?}");
        }
        let escape = [Page { path: "mkdocs.yml", text: "site_name: x\ndocs_dir: ../docs\n" }];
        assert_eq!(check(&escape, "").iter().map(|finding| finding.code).collect::<Vec<_>>(), ["backstage-techdocs-docs-dir"]);
    }
}

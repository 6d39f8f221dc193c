//! `lofting apps`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use lofting::Value;
use serde_json::json;

use super::appset::{Facts, diagnostics, lacking};
use crate::cli::Format;
use crate::documents::{self, list, text};
use crate::exit::{Exit, Outcome};
use crate::output::{self, BOLD, DIM, styled};

/// Follow an app of apps: which Applications an Application brings along, with cycles, missing paths, and sources that need a
/// renderer.
#[derive(Debug, Args)]
pub(crate) struct AppsCommand {
    /// The root Application; FILE#NAME picks one of several
    file: PathBuf,
    #[command(flatten)]
    facts: Facts,
    /// What a renderer made of an Application's sources
    #[arg(long, value_name = "APPLICATION=PATH")]
    rendered: Vec<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl AppsCommand {
    pub(crate) fn run(self) -> Outcome {
        let application = documents::one(&self.file, "Application")?;
        let mut rendered = Vec::new();
        for entry in &self.rendered {
            let (name, path) =
                entry.split_once('=').ok_or_else(|| crate::exit::Failure::Usage(format!("--rendered {entry}: wanted APPLICATION=PATH")))?;
            rendered.push(json!({"application": name, "objects": documents::objects(&[PathBuf::from(path)])?}));
        }
        let request = json!({"application": application, "rendered": rendered});
        let answer = self.facts.read(&self.file)?.ask("application.expand", &request)?;
        let found = match output::data(self.output, &answer) {
            Some(data) => {
                output::text(&data)?;
                list(&answer, "/diagnostics").iter().any(|finding| text(finding, "/severity") != "info")
            }
            None => {
                let mut found = false;
                output::people(self.output, || {
                    tree(&answer)?;
                    diagnostics(&answer).map(|any| found = any)
                })?;
                found
            }
        };
        Ok(if lacking(&answer) { Exit::Failed } else { Exit::of(found) })
    }
}

fn tree(answer: &Value) -> std::io::Result<()> {
    let mut waves: BTreeMap<&str, &str> = BTreeMap::new();
    for node in list(answer, "/applications") {
        let depth = node.get("depth").and_then(Value::as_u64).and_then(|depth| usize::try_from(depth).ok()).unwrap_or_default();
        let application = node.get("application").unwrap_or(&Value::Null);
        let sources: Vec<String> = list(node, "/sources")
            .iter()
            .map(|source| format!("{} ({}, {})", text(source, "/directory"), text(source, "/repoURL"), text(source, "/renderer")))
            .collect();
        let wave = application
            .pointer("/metadata/annotations")
            .and_then(|annotations| annotations.get("argocd.argoproj.io/sync-wave"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        if depth > 0 && !wave.is_empty() {
            waves.insert(text(node, "/name"), wave);
        }
        let wave = if wave.is_empty() { String::new() } else { format!("  wave {wave}") };
        let name = styled(BOLD, text(node, "/name"));
        output::line(&format!("{}{name}{wave}  {}", "  ".repeat(depth), styled(DIM, sources.join(", "))))?;
    }
    if waves.values().any(|wave| waves.values().any(|other| other != wave)) {
        let remark = "the waves order the Application objects only: unless Argo CD is given a health check for Applications, a later wave does not wait for what an earlier child deploys";
        output::line(&styled(DIM, remark))?;
    }
    Ok(())
}

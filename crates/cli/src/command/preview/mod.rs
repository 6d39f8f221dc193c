//! `lofting preview`: the main job.

mod html;
mod human;
mod markdown;
mod portal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use lofting::Severity;
use lofting::platform::File;
use lofting::platform::preview::{self, Preview, Request, Skipped};

use crate::cli::{Format, Global};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output;
use crate::progress::Progress;
pub(super) use crate::report::count;

/// See everything a platform repository would make Backstage, Argo CD and Argo Rollouts do.
#[derive(Debug, Args)]
pub(crate) struct PreviewCommand {
    /// The platform's directory
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Drawing::Human)]
    output: Drawing,
    /// Rendered manifests, one APPLICATION.yaml each, besides those that lofting.yaml names
    #[arg(long, value_name = "DIR")]
    rendered: Option<PathBuf>,
    /// The instant that sync windows are judged at (RFC 3339)
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Findings shown in full
    #[arg(long, value_name = "N", default_value_t = 20)]
    findings: usize,
}

/// How to write the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Drawing {
    /// For people at a terminal
    Human,
    /// The wire answer
    Json,
    /// The wire answer as YAML
    Yaml,
    /// For a pull-request comment
    Md,
    /// One page that needs no network
    Html,
}

impl PreviewCommand {
    pub(crate) fn run(self, global: &Global) -> Outcome {
        if self.dir.exists() && !self.dir.is_dir() {
            return Err(Failure::Usage(format!("{}: preview wants a directory", self.dir.display())));
        }
        let progress = Progress::start(global, "reading files");
        let (files, skipped) = read(&self.dir)?;
        if files.is_empty() {
            return Err(nothing(&self.dir, &skipped));
        }
        progress.say("drawing the picture");
        let mut request = Request { files, skipped, rendered: Default::default(), at: self.at.clone() };
        if let Some(dir) = &self.rendered {
            request.rendered = rendered(dir)?;
        }
        let answer = preview::preview(&request)?;
        progress.end();
        self.write(&request, &answer)?;
        Ok(Exit::of(answer.has_findings()))
    }

    fn write(&self, request: &Request, answer: &Preview) -> Result<(), Failure> {
        let data = |format| output::data(format, &serde_json::to_value(answer).unwrap_or_default()).unwrap_or_default();
        let text = match self.output {
            Drawing::Human => human::render(&self.dir, request, answer, self.findings),
            Drawing::Md => markdown::render(answer),
            Drawing::Html => html::render(&self.dir, request, answer)?,
            Drawing::Json => data(Format::Json),
            Drawing::Yaml => data(Format::Yaml),
        };
        output::text(&text)?;
        Ok(())
    }
}

/// What a renderer made, by the names of Applications.
pub(super) fn rendered(dir: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let files = input::tree(dir)?.into_iter();
    Ok(files.filter_map(|file| Some((file.path.strip_suffix(".yaml")?.to_owned(), file.text.ok()?))).collect())
}

/// The texts of a directory, and what was left out.
pub(super) fn read(dir: &Path) -> Result<(Vec<File>, Vec<Skipped>), Failure> {
    let (mut files, mut skipped) = (Vec::new(), Vec::new());
    for file in input::tree(dir)? {
        match file.text {
            Ok(text) => files.push(File { path: file.path, text }),
            Err(reason) => skipped.push(Skipped { path: file.path, reason }),
        }
    }
    Ok((files, skipped))
}

/// Why there is nothing to draw.
fn nothing(dir: &Path, skipped: &[Skipped]) -> Failure {
    let dir = dir.display();
    Failure::Usage(match skipped {
        [] => format!("{dir}: there is no file here that is not ignored"),
        [first, ..] => {
            format!("{dir}: no file here can be read: {} left out, such as {} ({})", count(skipped.len(), "file"), first.path, first.reason)
        }
    })
}

/// Findings by severity, for headings.
pub(super) fn tally(answer: &Preview) -> String {
    let of = |severity| answer.diagnostics.iter().filter(|finding| finding.severity == severity).count();
    let parts = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning"), (of(Severity::Info), "remark")];
    let parts: Vec<String> = parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| count(*number, word)).collect();
    if parts.is_empty() { "nothing found".into() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every item that the platform was asked for has its line in the text.
    #[test]
    fn the_text_shows_every_item() -> Result<(), Failure> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
        let (files, skipped) = read(&dir)?;
        let request = Request { files, skipped, rendered: BTreeMap::new(), at: None };
        let answer = preview::preview(&request)?;
        let text = anstream::adapter::strip_str(&human::render(&dir, &request, &answer, 100)).to_string();
        let rows = [
            ("reconciliation loop", "at the next refresh: nothing, because its sync is manual"),
            ("drift detection", "/spec/replicas: live 5, Git 3; set in the cluster by kubectl-scale"),
            ("GitOps directory structure", "skeleton"),
            ("app-of-apps", "    order-service OutOfSync"),
            ("ApplicationSets", "ApplicationSet all-services generates"),
            ("sync waves", "next sync, Sync wave -1: "),
            ("sync hooks", "next sync, PreSync wave 0: hook Job/db-migrate"),
            ("progressive delivery", "setWeight: 10                  10 %       1      10"),
            ("blue-green", "notification-service-preview shows the new one with 1 of its pods"),
            ("software catalog", "3 API, 4 Component, 1 Domain"),
            ("API contracts", "order-api openapi"),
            ("links", "order-service: Runbook https://runbooks.acme.example/order-service"),
            ("software templates", "gives remoteUrl, repoContentsUrl, entityRef, links"),
            ("custom plugin", "650a37b at 2026-11-26T16:21:39Z, 1 deployment"),
            ("TechDocs", "component:default/order-service builds Order service, 4 pages"),
            ("wiring", "did you mean notification-service?"),
            ("status card", "Status cards"),
            ("self-service flow", "lofting flow templates/dotnet/template.yaml --values templates/dotnet/answers/database.yaml"),
            ("common mistakes", "platform-component-incomplete"),
            ("adoption metrics", "75 %  service Components wired to an Application"),
        ];
        let missing: Vec<&str> = rows.iter().filter(|(_, line)| !text.contains(line)).map(|(row, _)| *row).collect();
        assert!(missing.is_empty(), "not shown: {}\n{text}", missing.join(", "));
        Ok(())
    }
}

//! `lofting preview`: the main job.

mod html;
mod human;
mod markdown;

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
            for file in input::tree(dir)? {
                if let (Some(name), Ok(text)) = (file.path.strip_suffix(".yaml"), file.text) {
                    request.rendered.insert(name.to_owned(), text);
                }
            }
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

fn read(dir: &Path) -> Result<(Vec<File>, Vec<Skipped>), Failure> {
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

//! `lofting flow`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use lofting::platform::File;
use lofting::platform::config;
use lofting::platform::flow::{self, Flow, Need, Request, Stage, Verdict};

use super::{preview, status};
use crate::exit::{Exit, Failure, Outcome};
use crate::html::{self, PageFormat, cell, escape};
use crate::input;
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

/// Play the self-service flow: from a filled-in form to the first deployment.
#[derive(Debug, Args)]
pub(crate) struct FlowCommand {
    /// The template's file
    template: PathBuf,
    /// What the form gives
    #[arg(long, value_name = "FILE")]
    values: PathBuf,
    /// The platform's directory; without it, the nearest above the template that has lofting.yaml or .git
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Rendered manifests of the new Applications, one APPLICATION.yaml each; else kustomize or kubectl renders them, if it is there
    #[arg(long, value_name = "DIR")]
    rendered: Option<PathBuf>,
    /// Who runs the template, such as user:default/jane
    #[arg(long, value_name = "REF")]
    user: Option<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = PageFormat::Human)]
    output: PageFormat,
    /// Everything that each stage made, not the summary alone
    #[arg(long)]
    show: bool,
}

impl FlowCommand {
    pub(crate) fn run(self) -> Outcome {
        let root = self.root()?;
        let absolute = |path: &Path| std::fs::canonicalize(path).map_err(|error| Failure::Io(path.display().to_string(), error));
        let (top, template) = (absolute(&root)?, absolute(&self.template)?);
        let inside = template
            .strip_prefix(&top)
            .map_err(|_| Failure::Usage(format!("{} is not below {}", self.template.display(), root.display())))?;
        let inside = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        let (files, _) = preview::read(&root)?;
        let rendered = self.rendered.as_deref().map(preview::rendered).transpose()?.unwrap_or_default();
        let values = File { path: self.values.display().to_string(), text: input::text(&self.values)? };
        let mut request = Request { files, template: inside, values, rendered, user: self.user.clone() };
        let mut answer = flow::flow(&request)?;
        // The core does not render: the real tool does, and the flow is played again with what it made.
        let made = render(&answer);
        if !made.is_empty() {
            request.rendered.extend(made);
            answer = flow::flow(&request)?;
        }
        let text = match self.output.data(&serde_json::to_value(&answer).unwrap_or_default()) {
            Some(text) => text,
            None if self.output == PageFormat::Html => html::page(&format!("{} with {}", answer.name, answer.template), &page(&answer)),
            None if self.output == PageFormat::Md => markdown(&answer),
            None => human(&answer, self.show),
        };
        output::text(&text)?;
        Ok(Exit::of(!answer.passed()))
    }

    fn root(&self) -> Result<PathBuf, Failure> {
        if let Some(dir) = &self.dir {
            return Ok(dir.clone());
        }
        let start = std::fs::canonicalize(&self.template).map_err(|error| Failure::Io(self.template.display().to_string(), error))?;
        let found = start.ancestors().skip(1).find(|dir| dir.join(config::NAME).is_file() || dir.join(".git").exists());
        found
            .map(Path::to_owned)
            .ok_or_else(|| Failure::Usage("--dir names the platform's directory: no lofting.yaml is above the template".into()))
    }
}

/// What kustomize, or the one inside kubectl, makes of the sources that need it.
fn render(answer: &Flow) -> BTreeMap<String, String> {
    let mut made = BTreeMap::new();
    let mut by_dir: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for need in answer.needs.iter().filter(|need| need.tool == "kustomize") {
        let text = by_dir.entry(need.dir.as_str()).or_insert_with(|| kustomize(answer, need));
        if let Some(text) = text {
            made.insert(need.application.clone(), text.clone());
        }
    }
    made
}

fn kustomize(answer: &Flow, need: &Need) -> Option<String> {
    let dir = std::env::temp_dir().join(format!("lofting-flow-{}", std::process::id()));
    let prefix = format!("{}/", need.dir);
    for file in answer.files.iter().filter(|file| file.path.starts_with(&prefix)) {
        let path = dir.join(&file.path);
        std::fs::create_dir_all(path.parent()?).ok()?;
        std::fs::write(&path, &file.text).ok()?;
    }
    let source = dir.join(&need.dir);
    let tools: [(&str, &[&str]); 2] = [("kustomize", &["build"]), ("kubectl", &["kustomize"])];
    let output = tools
        .iter()
        .find_map(|(tool, arguments)| Command::new(tool).args(*arguments).arg(&source).output().ok().map(|output| (tool, output)));
    let _ = std::fs::remove_dir_all(&dir);
    let (tool, output) = output?;
    if !output.status.success() {
        output::note("warning", &format!("{tool}: {}", String::from_utf8_lossy(&output.stderr).trim()));
        return None;
    }
    String::from_utf8(output.stdout).ok()
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::Skipped => "skipped",
        Verdict::Unknown => "unknown",
    }
}

fn human(answer: &Flow, show: bool) -> String {
    let mut out = format!("{} {}\n", styled(BOLD, &answer.name), styled(DIM, format!("with {}", answer.template)));
    for stage in &answer.stages {
        let style = match stage.verdict {
            Verdict::Passed => GOOD,
            Verdict::Failed => BAD,
            Verdict::Skipped | Verdict::Unknown => WARN,
        };
        let verdict = styled(style, format!("{:7}", word(stage.verdict)));
        let _ = writeln!(out, "{} {verdict} {:9} {}", stage.number, stage.name, styled(BOLD, stage.title));
        let _ = writeln!(out, "  {}", stage.summary);
        if show {
            for line in &stage.product {
                let _ = writeln!(out, "    {}", styled(DIM, line));
            }
        }
        for problem in &stage.problems {
            let _ = writeln!(out, "  {}", place(problem));
        }
    }
    out
}

fn place(problem: &flow::Problem) -> String {
    let at = &problem.location;
    format!("{}:{}:{}: {}", at.file, at.line, at.column, problem.message)
}

fn markdown(answer: &Flow) -> String {
    let mut out = format!("## {} with {}\n\n| stage | verdict | |\n|---|---|---|\n", answer.name, answer.template);
    for stage in &answer.stages {
        let _ = writeln!(out, "| {}. {} | **{}** | {} |", stage.number, stage.title, word(stage.verdict), cell(&stage.summary));
    }
    for stage in answer.stages.iter().filter(|stage| !stage.problems.is_empty()) {
        let _ = write!(out, "\n### {}\n\n", stage.title);
        for problem in &stage.problems {
            let _ = writeln!(out, "- {}", cell(&place(problem)));
        }
    }
    out
}

fn page(answer: &Flow) -> String {
    let mut out: String = answer.stages.iter().map(section).collect();
    if let Some(card) = &answer.card {
        let _ = write!(out, "<h2>The card in the portal</h2>\n{}", status::page(card));
    }
    out
}

fn section(stage: &Stage) -> String {
    let mut out = format!(
        "<section><h2>{}. {} {}</h2>\n<p>{}</p>\n",
        stage.number,
        escape(stage.title),
        html::verdict(word(stage.verdict)),
        escape(&stage.summary)
    );
    let list = |lines: &mut dyn Iterator<Item = String>| lines.map(|line| format!("<li>{}</li>\n", escape(&line))).collect::<String>();
    if !stage.problems.is_empty() {
        let _ = write!(out, "<ul class=\"bad\">\n{}</ul>\n", list(&mut stage.problems.iter().map(place)));
    }
    if !stage.product.is_empty() {
        let _ =
            write!(out, "<details><summary>What it made</summary>\n<ul>\n{}</ul>\n</details>\n", list(&mut stage.product.iter().cloned()));
    }
    out + "</section>\n"
}

//! `lofting lint`.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use lofting::Diagnostic;
use lofting::platform::File;
use lofting::platform::lints::{self, Report, Request};
use serde_json::{Value, json};
use similar::TextDiff;

use super::preview;
use crate::cli::Global;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BAD, BOLD, DIM, GOOD, styled};
use crate::progress::Progress;
use crate::report::{self, CheckFormat, Findings, Sources, count};

/// Where the baseline is, unless it is named.
const BASELINE: &str = ".lofting-baseline.json";

/// Find the common mistakes of a platform repository.
#[derive(Debug, Args)]
pub(crate) struct LintCommand {
    /// The platform's directory
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = CheckFormat::Human)]
    output: CheckFormat,
    /// Rendered manifests, one APPLICATION.yaml each, besides those that lofting.yaml names
    #[arg(long, value_name = "DIR")]
    rendered: Option<PathBuf>,
    /// Findings that are known and not reported; .lofting-baseline.json in DIR is read when it is there
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write everything found into the baseline, and report nothing
    #[arg(long)]
    write_baseline: bool,
    /// Show what the safe fixes change; write it when confirmed
    #[arg(long)]
    fix: bool,
    /// With --fix: write without asking
    #[arg(long, requires = "fix")]
    yes: bool,
    /// Only these codes
    #[arg(long, value_name = "CODE")]
    only: Vec<String>,
}

impl LintCommand {
    pub(crate) fn run(self, global: &Global) -> Outcome {
        if self.dir.is_file() {
            return Err(Failure::Usage(format!("{}: lint wants a directory", self.dir.display())));
        }
        let progress = Progress::start(global, "reading files");
        let (files, skipped) = preview::read(&self.dir)?;
        if files.is_empty() {
            return Err(Failure::Usage(format!("{}: no file here can be read as text ({} left out)", self.dir.display(), skipped.len())));
        }
        progress.say("looking for mistakes");
        let rendered = self.rendered.as_deref().map(preview::rendered).transpose()?.unwrap_or_default();
        let baseline = if self.write_baseline { Vec::new() } else { self.known()? };
        let request = Request { files, rendered, baseline };
        let mut found = lints::report(&request)?;
        progress.end();
        self.retain(&mut found)?;
        if self.write_baseline {
            return self.write(&found);
        }
        if self.fix {
            return self.mend(&request.files, &found);
        }
        self.show(&request.files, &found)?;
        Ok(Exit::of(found.has_findings()))
    }

    fn retain(&self, found: &mut Report) -> Result<(), Failure> {
        let rules = lofting::wire::rules();
        if let Some(code) = self.only.iter().find(|code| !rules.iter().any(|rule| rule.code == code.as_str())) {
            return Err(Failure::Usage(format!("--only {code}: there is no such code; `lofting rule` lists them")));
        }
        if !self.only.is_empty() {
            found.diagnostics.retain(|finding| self.only.iter().any(|code| code == finding.diagnostic.code));
        }
        Ok(())
    }

    /// The file of the baseline: as named, else the one in the directory.
    fn baseline_file(&self) -> PathBuf {
        self.baseline.clone().unwrap_or_else(|| self.dir.join(BASELINE))
    }

    fn known(&self) -> Result<Vec<String>, Failure> {
        let path = self.baseline_file();
        if self.baseline.is_none() && !path.is_file() {
            return Ok(Vec::new());
        }
        let bad = |why: String| Failure::Usage(format!("{}: {why}; --write-baseline writes it anew", path.display()));
        let value: Value = serde_json::from_str(&input::text(&path)?).map_err(|error| bad(format!("no baseline: {error}")))?;
        if value.get("version") != Some(&json!(1)) {
            return Err(bad("a baseline of another version".into()));
        }
        let rows = value.get("findings").and_then(Value::as_array).ok_or_else(|| bad("no list of findings".into()))?;
        Ok(rows.iter().filter_map(|row| row.get("fingerprint").and_then(Value::as_str)).map(str::to_owned).collect())
    }

    fn write(&self, found: &Report) -> Outcome {
        let rows: Vec<Value> = found
            .diagnostics
            .iter()
            .map(|one| {
                let file = one.diagnostic.location.as_ref().map(|at| at.file.as_str());
                json!({"fingerprint": one.fingerprint, "code": one.diagnostic.code, "file": file, "message": one.diagnostic.message})
            })
            .collect();
        let path = self.baseline_file();
        let text = serde_json::to_string_pretty(&json!({"version": 1, "findings": rows})).unwrap_or_default() + "\n";
        std::fs::write(&path, text).map_err(|error| Failure::Io(path.display().to_string(), error))?;
        output::line(&format!("{}: {} known from now on", path.display(), count(rows.len(), "finding")))?;
        Ok(Exit::Clean)
    }

    fn mend(&self, files: &[File], found: &Report) -> Outcome {
        let chosen: Vec<_> = found.diagnostics.iter().filter_map(|one| one.fix.as_ref().map(|fix| (one, fix))).collect();
        let mended = lints::mend(files, &chosen.iter().map(|(_, fix)| *fix).collect::<Vec<_>>());
        let new: BTreeMap<&str, &str> = mended.files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
        let pairs = files.iter().filter_map(|file| Some((file, *new.get(file.path.as_str())?)));
        let changed: Vec<(&File, &str)> = pairs.filter(|(file, text)| file.text != *text).collect();
        if changed.is_empty() {
            output::line(&format!("nothing here can be mended safely ({})", count(found.diagnostics.len(), "finding")))?;
            return Ok(Exit::of(found.has_findings()));
        }
        for (file, text) in &changed {
            output::text(&diff(&file.path, &file.text, text))?;
        }
        for (at, (one, fix)) in chosen.iter().enumerate() {
            let wait = if mended.waiting.contains(&at) { " (at the next run: another fix changes the same lines)" } else { "" };
            output::note("fix", &format!("{}: {}{wait}", one.diagnostic.code, fix.title));
        }
        if !self.yes && !confirmed(changed.len())? {
            output::note("note", "nothing is written; --fix --yes writes it");
            return Ok(Exit::Findings);
        }
        for (file, text) in &changed {
            let path = self.dir.join(&file.path);
            std::fs::write(&path, text).map_err(|error| Failure::Io(path.display().to_string(), error))?;
        }
        output::note("note", &format!("{} written", count(changed.len(), "file")));
        Ok(Exit::of(found.diagnostics.len() > chosen.len() - mended.waiting.len()))
    }

    fn show(&self, files: &[File], found: &Report) -> Result<(), Failure> {
        if let Some(text) = report::data(self.output, &serde_json::to_value(found).unwrap_or_default()) {
            return Ok(output::text(&text)?);
        }
        // Services want paths from where the command runs.
        let names: Vec<String> = files.iter().map(|file| self.below(&file.path)).collect();
        let mut findings: Vec<Diagnostic> = found.diagnostics.iter().map(|one| one.diagnostic.clone()).collect();
        for at in findings.iter_mut().filter_map(|finding| finding.location.as_mut()) {
            at.file = self.below(&at.file);
        }
        if let Some(text) = (Findings { verb: "lint", files: &names, findings: &findings }).report(self.output) {
            return Ok(output::text(&text)?);
        }
        let sources: Sources<'_> = names.iter().map(String::as_str).zip(files.iter().map(|file| file.text.as_str())).collect();
        for (finding, one) in findings.iter().zip(&found.diagnostics) {
            output::line(&report::render(finding, &sources))?;
            if let Some(fix) = &one.fix {
                output::line(&styled(DIM, format!("   = fix: --fix can {}", fix.title)))?;
            }
        }
        output::line(&styled(BOLD, report::summary(&[(files.len(), "file")], &findings)))?;
        for (number, what) in [
            (found.suppressed.len(), "allowed by comments"),
            (found.baselined, "known to the baseline"),
            (found.stale.len(), "of the baseline are gone: --write-baseline forgets them"),
        ] {
            if number > 0 {
                output::line(&styled(DIM, format!("{} {what}", count(number, "finding"))))?;
            }
        }
        if !findings.is_empty() {
            output::line(&styled(DIM, "`lofting rule CODE` explains a code; `# lofting: allow CODE reason` allows a finding"))?;
        }
        Ok(())
    }

    /// A path of the platform from where the command runs.
    fn below(&self, path: &str) -> String {
        if self.dir == Path::new(".") { path.to_owned() } else { self.dir.join(path).display().to_string() }
    }
}

/// A unified diff in colours.
fn diff(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let text = diff.unified_diff().context_radius(2).header(&format!("a/{path}"), &format!("b/{path}")).to_string();
    let paint = |line: &str| match line.bytes().next() {
        Some(b'+') => styled(GOOD, line),
        Some(b'-') => styled(BAD, line),
        Some(b'@') => styled(DIM, line),
        _ => line.to_owned(),
    };
    text.lines().map(|line| paint(line) + "\n").collect()
}

/// Asks at a terminal; elsewhere nobody can answer.
fn confirmed(files: usize) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(false);
    }
    eprint!("write {}? [y/N] ", count(files, "file"));
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

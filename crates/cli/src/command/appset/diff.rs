//! `lofting appset diff`.

use std::path::{Path, PathBuf};

use clap::Args;
use lofting::Value;
use serde_json::json;

use super::facts::{Known, lacking};
use super::{Facts, diagnostics, git, mine, wanting};
use crate::cli::Format;
use crate::documents::{self, brief, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

/// What applying an edit would do. Exits with 1 when an Application would be deleted and --allow-delete is not given.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The ApplicationSet as it is to be; FILE#NAME picks one of several
    file: PathBuf,
    /// The ApplicationSet as it was
    #[arg(long, value_name = "FILE", conflicts_with = "since")]
    before: Option<PathBuf>,
    /// The revision to compare with: the set's file and the repositories that are checked out as they were then
    #[arg(long, value_name = "REVISION")]
    since: Option<String>,
    /// The inventory as it was, if it changed: a cluster added, a directory removed
    #[arg(long, value_name = "FILE")]
    before_inventory: Option<PathBuf>,
    /// The live Applications, if there is no --before or they differ from it
    #[arg(long, value_name = "PATH")]
    current: Vec<PathBuf>,
    /// Do not exit with 1 when Applications would be deleted
    #[arg(long)]
    allow_delete: bool,
    #[command(flatten)]
    facts: Facts,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl Diff {
    pub(super) fn run(self) -> Outcome {
        let after = documents::one(&self.file, "ApplicationSet")?;
        let mut request = json!({"after": after});
        let mut known = self.facts.read(&self.file)?;
        if let Some((before, mut then)) = self.earlier(&after)? {
            // The trees that the set asked for then must be known before the two are compared.
            let answer = then.ask("appset.generate", &json!({"applicationSet": before}))?;
            if lacking(&answer) {
                return Ok(Exit::Failed);
            }
            request["before"] = before;
            request["beforeInventory"] = then.inventory;
        }
        if !self.current.is_empty() {
            let mut current = documents::objects(&self.current)?;
            current.retain(|object| documents::kind(object) == "Application" && mine(object, &request["after"]));
            request["current"] = Value::Array(current);
        }
        let answer = known.ask("appset.diff", &request)?;
        match output::data(self.output, &answer) {
            Some(data) => output::text(&data)?,
            None => output::people(self.output, || drawn(&answer))?,
        }
        if lacking(&answer) {
            return Ok(Exit::Failed);
        }
        let deletes = !list(&answer, "/delete").is_empty();
        if deletes && !self.allow_delete {
            output::note("refused", "Applications would be deleted; --allow-delete accepts that");
        }
        let failed = !matches!(text(&answer, "/outcome"), "applied" | "deleted");
        Ok(Exit::of(failed || (deletes && !self.allow_delete)))
    }

    /// The set and the facts as they were, if something is said about that.
    fn earlier(&self, after: &Value) -> Result<Option<(Value, Known)>, Failure> {
        if self.before.is_none() && self.before_inventory.is_none() && self.since.is_none() {
            return Ok(None);
        }
        let inventory = self.before_inventory.as_deref().or(self.facts.inventory.as_deref());
        let known = self.facts.read_as(inventory, &self.file)?;
        if let Some(revision) = &self.since {
            return Ok(Some((self.set_at(revision, after)?, known.at(revision))));
        }
        let before = match &self.before {
            Some(path) => documents::one(path, "ApplicationSet")?,
            None => after.clone(),
        };
        Ok(Some((before, known)))
    }

    /// The set of the same name in the file as it was.
    fn set_at(&self, revision: &str, after: &Value) -> Result<Value, Failure> {
        let written = self.file.display().to_string();
        let file = match written.rsplit_once('#') {
            Some((file, _)) if !self.file.exists() => Path::new(file),
            _ => self.file.as_path(),
        };
        let label = format!("{} at {revision}", file.display());
        let objects = documents::read(&git::file_at(file, revision)?, &label)?;
        let same = |object: &Value| documents::kind(object) == "ApplicationSet" && name(object) == name(after);
        let found = objects.into_iter().find(same);
        found.ok_or_else(|| Failure::Usage(format!("{label}: there is no ApplicationSet {}", name(after))))
    }
}

fn reasons(answer: &Value, name: &str) -> std::io::Result<()> {
    let reasons = answer.get("reasons").and_then(|reasons| reasons.get(name)).and_then(Value::as_array);
    for reason in reasons.into_iter().flatten().filter_map(Value::as_str) {
        output::line(&styled(DIM, format!("    {reason}")))?;
    }
    Ok(())
}

fn drawn(answer: &Value) -> std::io::Result<()> {
    if let Some(wanting) = wanting(answer) {
        return output::line(&styled(BAD, format!("nothing can be said without {wanting}")));
    }
    for application in list(answer, "/create") {
        output::line(&format!("{} {}", styled(GOOD, "+ create"), name(application)))?;
    }
    for application in list(answer, "/update") {
        output::line(&format!("{} {}", styled(WARN, "~ update"), name(application)))?;
        for change in
            answer.get("changes").and_then(|changes| changes.get(name(application))).and_then(Value::as_array).into_iter().flatten()
        {
            let side = |key: &str| change.get(key).map_or_else(|| "(absent)".to_owned(), brief);
            output::line(&format!("    {}: {} → {}", text(change, "/path"), side("before"), side("after")))?;
        }
        reasons(answer, name(application))?;
    }
    for deletion in list(answer, "/delete") {
        let cascades = list(deletion, "/finalizers")
            .iter()
            .filter_map(Value::as_str)
            .any(|one| one.starts_with("resources-finalizer.argocd.argoproj.io"));
        let what = if cascades { styled(BAD, "with everything it deployed") } else { "what it deployed stays".to_owned() };
        output::line(&format!("{} {}: {what}", styled(BAD, "- delete"), styled(BAD, text(deletion, "/name"))))?;
    }
    for kept in list(answer, "/kept").iter().filter_map(Value::as_str) {
        output::line(&styled(DIM, format!("= keep   {kept}")))?;
        reasons(answer, kept)?;
    }
    for released in list(answer, "/released").iter().filter_map(Value::as_str) {
        output::line(&format!("{} {released}: loses its owner and stays", styled(WARN, "~ release")))?;
    }
    let error = text(answer, "/error");
    if !error.is_empty() {
        output::line(&format!("{} {error}", styled(BAD, "the controller stops:")))?;
    }
    for condition in
        list(answer, "/conditions").iter().filter(|one| text(one, "/type") == "ErrorOccurred" && text(one, "/status") == "True")
    {
        output::line(&format!("{} {}", styled(BAD, text(condition, "/reason")), text(condition, "/message")))?;
    }
    // What is deleted is said above.
    let mut rest = answer.clone();
    if let Some(findings) = rest.get_mut("diagnostics").and_then(Value::as_array_mut) {
        findings.retain(|finding| !text(finding, "/code").starts_with("argocd-appset-deletes-"));
    }
    diagnostics(&rest)?;
    let count = |key: &str| list(answer, key).len();
    output::line(&styled(
        BOLD,
        format!(
            "{} to create, {} to update, {} to delete, {} unchanged",
            count("/create"),
            count("/update"),
            count("/delete"),
            count("/kept")
        ),
    ))
}

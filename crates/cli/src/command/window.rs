//! `lofting window`.

use std::path::PathBuf;

use clap::Args;
use lofting::Value;
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, list, text};
use crate::exit::{Exit, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, styled};

/// Judge the sync windows of an AppProject for an Application at an instant. Exits with 1 when it may not sync.
#[derive(Debug, Args)]
pub(crate) struct WindowCommand {
    /// The AppProject with its spec.syncWindows; FILE#NAME picks one of several
    file: PathBuf,
    /// The Application
    #[arg(long, value_name = "FILE")]
    app: PathBuf,
    /// The instant (RFC 3339); default now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// A person asks, not the controller
    #[arg(long)]
    manual: bool,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl WindowCommand {
    pub(crate) fn run(self) -> Outcome {
        let project = documents::one(&self.file, "AppProject")?;
        let application = documents::one(&self.app, "Application")?;
        let at = documents::instant(self.at.as_deref())?;
        let windows = list(&project, "/spec/syncWindows");
        let answer =
            documents::call("window.at", json!({"windows": windows, "application": application, "at": at, "manual": self.manual}))?;
        match output::data(self.output, &answer) {
            Some(data) => output::text(&data)?,
            None => output::people(self.output, || human(windows, &answer, &at, documents::name(&application)))?,
        }
        Ok(Exit::of(answer.get("canSync") != Some(&Value::Bool(true))))
    }
}

fn human(windows: &[Value], answer: &Value, at: &str, name: &str) -> std::io::Result<()> {
    let may = answer.get("canSync") == Some(&Value::Bool(true));
    let verdict = if may { styled(GOOD, "may sync") } else { styled(BAD, "may not sync") };
    output::line(&format!("{} {verdict} at {at}", styled(BOLD, name)))?;
    let holds = |key: &str, index: usize| list(answer, key).iter().any(|entry| entry.as_u64() == u64::try_from(index).ok());
    for (index, window) in windows.iter().enumerate() {
        let zone = text(window, "/timeZone");
        let manual = if window.get("manualSync") == Some(&Value::Bool(true)) { ", manual syncs allowed" } else { "" };
        let row = format!(
            "{} {} for {}{}{manual}",
            text(window, "/kind"),
            text(window, "/schedule"),
            text(window, "/duration"),
            if zone.is_empty() { String::new() } else { format!(" in {zone}") }
        );
        let state = match (holds("/matching", index), holds("/active", index), holds("/inactiveAllows", index)) {
            (false, ..) => styled(DIM, "concerns other applications"),
            (true, true, _) => styled(BOLD, "open now"),
            (true, false, true) => "closed now, and while no allow window is open nothing syncs".to_owned(),
            (true, false, false) => "closed now".to_owned(),
        };
        output::line(&format!("  {row}: {state}"))?;
    }
    if windows.is_empty() {
        output::line("  the project has no sync windows")?;
    }
    for (key, word) in [("next", "the answer changes next at"), ("error", "error:")] {
        if let Some(value) = answer.get(key).and_then(Value::as_str) {
            output::line(&format!("  {word} {value}"))?;
        }
    }
    Ok(())
}

//! `lofting rollout status`.

use std::path::PathBuf;

use clap::Args;
use lofting::Value;
use serde_json::json;

use crate::cli::Format;
use crate::documents::{self, kind, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Rollouts and their ReplicaSets, as a cluster has them; - is stdin
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Only the Rollout of this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What time it is there (RFC 3339); default now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl Status {
    pub(crate) fn run(self) -> Outcome {
        let objects = documents::search(&self.paths)?;
        let now = documents::instant(self.at.as_deref())?;
        let namespace = |object: &Value| match text(object, "/metadata/namespace") {
            "" => "default".to_owned(),
            namespace => namespace.to_owned(),
        };
        let wanted = |object: &&Value| kind(object) == "Rollout" && self.name.as_deref().is_none_or(|wanted| wanted == name(object));
        let mut answers = Vec::new();
        for rollout in objects.iter().filter(wanted) {
            let near = |object: &&Value| kind(object) == "ReplicaSet" && namespace(object) == namespace(rollout);
            let sets: Vec<&Value> = objects.iter().filter(near).collect();
            let answer = documents::call("rollout.status", json!({"rollout": rollout, "world": {"replicaSets": sets}, "now": now}))?;
            answers.push((name(rollout).to_owned(), answer));
        }
        if answers.is_empty() {
            return Err(Failure::Usage(match &self.name {
                Some(name) => format!("there is no Rollout {name} here"),
                None => "there is no Rollout here".into(),
            }));
        }
        let value: Value = answers.iter().map(|(name, answer)| json!({"rollout": name, "status": answer})).collect();
        match output::data(self.output, &value) {
            Some(data) => output::text(&data)?,
            None => {
                for (name, answer) in &answers {
                    human(name, answer)?;
                }
            }
        }
        Ok(Exit::of(answers.iter().any(|(_, answer)| text(answer, "/phase") != "Healthy")))
    }
}

fn number(answer: &Value, pointer: &str) -> i64 {
    answer.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

fn human(name: &str, answer: &Value) -> std::io::Result<()> {
    let phase = text(answer, "/phase");
    let style = match phase {
        "Healthy" => GOOD,
        "Degraded" => BAD,
        "Paused" => WARN,
        _ => anstyle::Style::new(),
    };
    let message = text(answer, "/message");
    output::line(format!("{}: {} {message}", styled(BOLD, name), styled(style, phase)).trim_end())?;
    if let Some(wanted) = answer.get("setWeight").and_then(Value::as_i64) {
        let (actual, full) = (number(answer, "/actualWeight"), number(answer, "/maxTrafficWeight"));
        output::line(&format!("  weight    {actual} of {full} (the steps ask for {wanted})"))?;
    }
    let count = |key: &str| number(answer, &format!("/replicas/{key}"));
    output::line(&format!(
        "  pods      {} wanted, {} there, {} updated, {} ready, {} available",
        count("desired"),
        count("current"),
        count("updated"),
        count("ready"),
        count("available")
    ))?;
    for set in list(answer, "/replicaSets") {
        let size = number(set, "/desired");
        if size == 0 && number(set, "/current") == 0 && text(set, "/role") == "old" {
            continue;
        }
        let (ready, role) = (number(set, "/ready"), text(set, "/role"));
        let images: Vec<&str> = list(set, "/images").iter().filter_map(Value::as_str).collect();
        let until = text(set, "/scaleDownAt");
        let until = if until.is_empty() { String::new() } else { format!(", until {until}") };
        output::line(&format!(
            "  {role:<9} {} (revision {}): {ready} of {size} ready{until}  {}",
            text(set, "/name"),
            text(set, "/revision"),
            styled(DIM, images.join(" "))
        ))?;
    }
    for reason in list(answer, "/reasons") {
        output::line(&format!("  {} {}", styled(DIM, format!("{:<9}", text(reason, "/about"))), text(reason, "/message")))?;
    }
    Ok(())
}

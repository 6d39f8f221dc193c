//! A plan for people.

use lofting::Value;

use super::{key, readable};
use crate::documents::{list, text};
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, styled};

/// Writes the order, the course, what held it, and how it ends.
pub(super) fn show(answer: &Value) -> std::io::Result<()> {
    for phase in list(answer, "/phases") {
        output::line(&styled(BOLD, text(phase, "/phase")))?;
        for wave in list(phase, "/waves") {
            let tasks = list(wave, "/tasks");
            output::line(&format!("  wave {}", wave.get("wave").map(ToString::to_string).unwrap_or_default()))?;
            for task in tasks {
                let flag = |name: &str| task.get(name) == Some(&Value::Bool(true));
                let verb = match (flag("prune"), flag("hook")) {
                    (true, _) => styled(BAD, "prune"),
                    (_, true) => styled(WARN, "hook "),
                    _ => styled(GOOD, "apply"),
                };
                output::line(&format!("    {verb} {}", key(task)))?;
            }
        }
    }
    output::line(&styled(BOLD, "Course"))?;
    let mut said = String::new();
    for pass in list(answer, "/passes") {
        let done: Vec<String> = list(pass, "/actions")
            .iter()
            .filter(|action| action.get("dryRun") != Some(&Value::Bool(true)) || !text(action, "/error").is_empty())
            .map(|action| {
                let error = text(action, "/error");
                let error = if error.is_empty() { String::new() } else { format!(" {}", styled(BAD, format!("fails: {error}"))) };
                format!("{} {}{error}", text(action, "/verb"), key(action))
            })
            .collect();
        let row = format!("{} {}", text(pass, "/phase"), text(pass, "/message"));
        if done.is_empty() && row == said {
            continue;
        }
        output::line(&format!("  {}  {}", styled(DIM, text(pass, "/at")), row.trim()))?;
        for action in done {
            output::line(&format!("    {action}"))?;
        }
        said = row;
    }
    for result in list(answer, "/final/resources").iter().filter(|result| text(result, "/status") == "PruneSkipped") {
        output::line(&format!("{} {}: {}", styled(WARN, "not pruned:"), key(result), text(result, "/message")))?;
    }
    if !list(answer, "/holds").is_empty() {
        output::line(&styled(BOLD, "Critical path"))?;
    }
    for hold in list(answer, "/holds") {
        let on: Vec<String> = list(hold, "/on").iter().filter_map(Value::as_str).map(readable).collect();
        let step = hold.get("wave").map(|wave| format!(" {} wave {wave}", text(hold, "/phase"))).unwrap_or_default();
        let end = match text(hold, "/until") {
            "" => ", without end".to_owned(),
            until => format!(" to {until}"),
        };
        let what = match text(hold, "/reason") {
            "health" => "health of ",
            "hook" => "completion of hook ",
            "deletion" => "deletion of ",
            "confirmation" => "approval to prune ",
            "window" => "the sync window",
            "retry" => "the next attempt",
            other => other,
        };
        output::line(&format!("  {}{step} from {}{end}: {what}{}", styled(WARN, "waits:"), text(hold, "/since"), on.join(", ")))?;
    }
    remarks(answer)?;
    let phase = text(answer, "/final/phase");
    let style = if phase == "Succeeded" { GOOD } else { BAD };
    output::line(&format!("{} {}", styled(style, if phase.is_empty() { "not started" } else { phase }), text(answer, "/final/message")))
}

/// Why it would never finish, and what was found on the way.
fn remarks(answer: &Value) -> std::io::Result<()> {
    for stuck in list(answer, "/stuck") {
        let task = readable(text(stuck, "/task"));
        output::line(&format!(
            "{} {task}{}{}",
            styled(BAD, "would never finish:"),
            if task.is_empty() { "" } else { ": " },
            text(stuck, "/why")
        ))?;
    }
    for finding in list(answer, "/diagnostics") {
        output::line(&format!(
            "{}: {}",
            styled(WARN, format!("{}[{}]", text(finding, "/severity"), text(finding, "/code"))),
            text(finding, "/message")
        ))?;
        let help = text(finding, "/help");
        if !help.is_empty() {
            output::line(&styled(DIM, format!("    {help}")))?;
        }
    }
    Ok(())
}

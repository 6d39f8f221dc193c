//! `debug:log`.

use serde_json::Value;

use super::Call;
use crate::backstage::scaffolder::dry_run::workspace::{Entry, join};
use crate::lang::javascript::{stringify_spaced, truthy};

/// The input, the message, and the files if they are wanted.
pub(super) fn log(call: &mut Call<'_>) {
    call.say(stringify_spaced(call.input, "  "));
    if let Some(message) = call.text("message").filter(|message| !message.is_empty()) {
        call.say(message);
    }
    let Some(wanted) = call.input.get("listWorkspace").filter(|wanted| truthy(wanted)) else { return };
    let with_contents = wanted == &Value::String("with-contents".to_owned());
    let mut lines = vec!["Workspace:".to_owned()];
    list(call, "", with_contents, &mut lines);
    call.say(lines.join("\n"));
}

/// Files folder by folder, in the order of names.
fn list(call: &Call<'_>, folder: &str, with_contents: bool, lines: &mut Vec<String>) {
    for (name, is_folder) in call.workspace.list(folder) {
        let path = join(folder, &name);
        if is_folder {
            list(call, &path, with_contents, lines);
        } else if with_contents {
            let text = match call.workspace.get(&path) {
                Some(Entry::File(content)) => String::from_utf8_lossy(&content.bytes).into_owned(),
                _ => String::new(),
            };
            lines.push(format!(" - {path}:\n\n  {text}"));
        } else {
            lines.push(format!("  - {path}"));
        }
    }
}

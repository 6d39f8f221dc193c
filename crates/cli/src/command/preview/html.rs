//! The picture as one page that needs nothing else.

use std::collections::BTreeMap;
use std::io::BufWriter;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use lofting::platform::preview::{FlowInput, Preview, Request};
use lofting::{Diagnostic, Location, Value, wire};
use serde::Serialize;
use serde_json::json;

use crate::exit::Failure;

/// Made by `make web` from `crates/cli/web/src`.
const PAGE: &str = include_str!("../../../web/dist/page.html");
/// Where the answer goes.
const SLOT: &str = "<script type=\"text/plain\" id=\"data\"></script>";
/// Lines shown before and after the marked one.
const AROUND: usize = 2;
/// Longer lines are cut.
const WIDTH: usize = 400;
/// Flows that are played for one page.
const FLOWS: usize = 12;
/// What stands for a masked value, as in Argo CD.
const MASK: &str = "++++++++";

/// What the page reads.
#[derive(Serialize)]
struct Data<'a> {
    title: String,
    version: String,
    preview: &'a Preview,
    /// By `file:line`.
    excerpts: BTreeMap<String, Excerpt>,
    /// Templates played with the answers beside them.
    flows: Vec<Flow>,
}

/// One template with one file of answers.
#[derive(Serialize)]
struct Flow {
    answers: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Lines of a source.
#[derive(Serialize)]
struct Excerpt {
    /// Number of the first.
    first: usize,
    lines: Vec<String>,
}

pub(super) fn render(dir: &Path, request: &Request, answer: &Preview) -> Result<String, Failure> {
    let name = std::fs::canonicalize(dir).ok().and_then(|dir| Some(dir.file_name()?.to_string_lossy().into_owned()));
    let data = Data {
        title: name.unwrap_or_else(|| "platform".into()),
        version: crate::command::version::long(),
        excerpts: excerpts(request, &answer.diagnostics),
        flows: flows(request, &answer.flows),
        preview: answer,
    };
    // The encoder clears its window at every write, and JSON comes in small pieces.
    let mut deflated = BufWriter::with_capacity(1 << 16, DeflateEncoder::new(Vec::new(), Compression::default()));
    serde_json::to_writer(&mut deflated, &data).map_err(|error| Failure::Io("the page".into(), error.into()))?;
    let deflated = deflated.into_inner().map_err(|error| Failure::Io("the page".into(), error.into_error()))?;
    let text = STANDARD.encode(deflated.finish()?);
    let filled = SLOT.replace("></", &format!(">{text}</"));
    Ok(PAGE.replacen(SLOT, &filled, 1))
}

/// Plays the flows that the answer names: each template with each file of answers beside it.
fn flows(request: &Request, offered: &[FlowInput]) -> Vec<Flow> {
    let named = offered.iter().flat_map(|one| one.answers.iter().map(move |answers| (one.file.as_str(), answers.as_str())));
    let named: Vec<(&str, &str)> = named.take(FLOWS).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let file = |path: &str, text: &str| json!({"path": path, "text": text});
    let files: Vec<Value> = request.files.iter().map(|one| file(&one.path, &one.text)).collect();
    let play = |(template, path): (&str, &str)| {
        let text = request.files.iter().find(|one| one.path == path).map_or("", |one| one.text.as_str());
        let input = json!({"files": files, "template": template, "values": file(path, text), "rendered": request.rendered});
        match wire::call("platform.flow", input) {
            Ok(flow) => Flow { answers: path.to_owned(), flow: Some(flow), error: None },
            Err(error) => Flow { answers: path.to_owned(), flow: None, error: Some(error.message) },
        }
    };
    named.into_iter().map(play).collect()
}

fn excerpts(request: &Request, findings: &[Diagnostic]) -> BTreeMap<String, Excerpt> {
    let texts: BTreeMap<&str, &str> = request.files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    let mut lines: BTreeMap<&str, (Vec<&str>, bool)> = BTreeMap::new();
    let mut all = BTreeMap::new();
    for (finding, at) in findings.iter().filter_map(|finding| Some((finding, finding.location.as_ref()?))) {
        let Some(text) = texts.get(at.file.as_str()) else { continue };
        let (lines, secret) = lines.entry(at.file.as_str()).or_insert_with(|| (text.lines().collect(), holds_secret(text)));
        let mask = *secret || finding.code.contains("secret");
        all.entry(format!("{}:{}", at.file, at.line)).or_insert_with(|| excerpt(lines, at, mask));
    }
    all
}

fn excerpt(lines: &[&str], at: &Location, mask: bool) -> Excerpt {
    let from = at.line.saturating_sub(1 + AROUND).min(lines.len());
    let to = (at.line + AROUND).min(lines.len());
    let show = |line: &&str| {
        let line = if mask { masked(line) } else { (*line).to_owned() };
        line.char_indices().nth(WIDTH).map_or_else(|| line.clone(), |(end, _)| format!("{}…", line.get(..end).unwrap_or_default()))
    };
    Excerpt { first: from + 1, lines: lines.get(from..to).unwrap_or_default().iter().map(show).collect() }
}

/// Whether a document of the file is a Secret.
fn holds_secret(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches(['-', ' ', '{', '"']);
        line.strip_prefix("kind").is_some_and(|rest| rest.trim_start_matches(['"', ':', ' ', '\'']).starts_with("Secret"))
    })
}

/// Members of a Secret's manifest that are no secret.
const OPEN: [&str; 7] = ["apiVersion", "kind", "name", "namespace", "type", "key", "immutable"];

/// A line of a Secret's manifest without its value.
fn masked(line: &str) -> String {
    let body = line.trim_start();
    let indent = line.get(..line.len() - body.len()).unwrap_or_default();
    if body.is_empty() || body.starts_with('#') && !body.contains(':') {
        return line.to_owned();
    }
    match body.split_once(':') {
        Some((key, value)) if value.trim().is_empty() || OPEN.contains(&key.trim_start_matches(['-', ' ']).trim_matches(['"', '\''])) => {
            line.to_owned()
        }
        Some((key, _)) => format!("{indent}{key}: {MASK}"),
        // A line of a block scalar.
        None => format!("{indent}{MASK}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_its_slot_once() {
        assert_eq!(PAGE.matches(SLOT).count(), 1);
    }

    #[test]
    fn a_secret_s_values_are_masked_in_excerpts() {
        let text = "kind: Secret\nmetadata:\n  name: a\nstringData:\n  password: hunter2\n  more: |\n    hunter3\n";
        assert!(holds_secret(text) && holds_secret("  kind: \"Secret\"") && !holds_secret("kind: ConfigMap"));
        let at = Location { file: "a.yaml".into(), line: 5, column: 3, end: None };
        let lines: Vec<&str> = text.lines().collect();
        let shown = excerpt(&lines, &at, holds_secret(text)).lines.join("\n");
        assert_eq!(shown, "  name: a\nstringData:\n  password: ++++++++\n  more: ++++++++\n    ++++++++");
    }

    #[test]
    fn a_flow_that_cannot_be_played_says_why() {
        let request = Request { files: Vec::new(), skipped: Vec::new(), rendered: BTreeMap::new(), at: None };
        assert!(flows(&request, &[]).is_empty());
        let offer = |file: &str, answers: &[&str]| FlowInput {
            template: "template:default/t".into(),
            file: file.into(),
            answers: answers.iter().map(|one| (*one).to_owned()).collect(),
        };
        let flows = flows(&request, &[offer("t.yaml", &["a.yaml", "b.yaml"]), offer("u.yaml", &[])]);
        assert_eq!(flows.len(), 2);
        assert!(flows.iter().all(|one| one.flow.is_none() && one.error.is_some()));
    }

    #[test]
    fn an_excerpt_stays_within_its_file() {
        let at = Location { file: "a.yaml".into(), line: 9, column: 1, end: None };
        assert!(excerpt(&["a", "b"], &at, false).lines.is_empty());
    }
}

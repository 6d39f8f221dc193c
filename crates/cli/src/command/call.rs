//! `lofting call`: the wire, from a shell.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use clap::Args;
use lofting::wire;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::exit::{Exit, Failure, Outcome};
use crate::input;

/// Answer one operation: JSON in, JSON out.
#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The operation, as `lofting ops` lists them; with --jsonl each line names its own
    #[arg(required_unless_present = "jsonl")]
    op: Option<String>,
    /// The request: a file, or - for stdin
    #[arg(default_value = "-")]
    input: String,
    /// One {"id","op","input"} a line in, one {"id","ok"|"error"} a line out
    #[arg(long, conflicts_with = "op")]
    jsonl: bool,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default, borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    op: std::borrow::Cow<'a, str>,
    #[serde(default, borrow)]
    input: Option<&'a RawValue>,
}

impl Call {
    pub(crate) fn run(self) -> Outcome {
        if self.jsonl {
            let stdin = std::io::stdin().lock();
            stream(BufReader::with_capacity(1 << 16, stdin))?;
            return Ok(Exit::Clean);
        }
        let op = self.op.unwrap_or_default();
        let mut text = String::new();
        if self.input == "-" {
            std::io::stdin().read_to_string(&mut text).map_err(|e| Failure::Io("stdin".into(), e))?;
        } else {
            text = input::text(self.input.as_ref())?;
        }
        let answer = wire::call_json(&op, &text);
        crate::output::line(&answer)?;
        Ok(if answer.starts_with("{\"error\"") { Exit::Failed } else { Exit::Clean })
    }
}

/// Answers line by line: constant memory, and a bad line does not stop the rest.
fn stream(mut lines: impl BufRead) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(|e| Failure::Io("stdin".into(), e))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        answer(&line, &mut out)?;
        // A caller who waits for each answer must not wait for a full buffer.
        if lines.fill_buf().map_or(true, |rest| rest.is_empty()) {
            out.flush()?;
        }
    }
    Ok(out.flush()?)
}

fn answer(line: &[u8], out: &mut impl Write) -> Result<(), Failure> {
    match serde_json::from_slice::<Line<'_>>(line) {
        Ok(request) => {
            let answer = wire::call_json(&request.op, request.input.map_or("null", RawValue::get));
            let id = request.id.map_or("null", RawValue::get);
            let answer = one_line(&answer);
            let members = answer.strip_prefix('{').unwrap_or(&answer);
            writeln!(out, "{{\"id\":{id},{members}")?;
        }
        Err(error) => {
            let refusal = lofting::Error::invalid(format!("this line is no {{\"id\", \"op\", \"input\"}}: {error}"));
            writeln!(out, "{{\"id\":null,\"error\":{}}}", serde_json::to_string(&refusal).unwrap_or_default())?;
        }
    }
    Ok(())
}

/// Some readers take these three for line ends; JSON may write them as escapes.
fn one_line(answer: &str) -> std::borrow::Cow<'_, str> {
    if answer.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        answer.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029").into()
    } else {
        answer.into()
    }
}

//! Results on stdout, everything else on stderr.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};
use lofting::Value;

use crate::cli::Format;
use crate::exit::Failure;
use crate::report;

/// Bold red, for errors.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Yellow, for warnings.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// Green, for what is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Dimmed, for what matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Bold, for headings and names.
pub(crate) const BOLD: Style = Style::new().bold();

/// A text in a style.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// One line of the result.
pub(crate) fn line(text: &str) -> std::io::Result<()> {
    writeln!(anstream::stdout().lock(), "{text}")
}

/// A result that is text already.
pub(crate) fn text(text: &str) -> std::io::Result<()> {
    write!(anstream::stdout().lock(), "{text}")
}

/// A result as raw bytes.
pub(crate) fn bytes(bytes: &[u8]) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(bytes)
}

/// What is written for people; in a pull-request comment between fences, as its columns matter.
pub(crate) fn people(format: Format, write: impl FnOnce() -> std::io::Result<()>) -> std::io::Result<()> {
    if format != Format::Md {
        return write();
    }
    line("```text")?;
    write()?;
    line("```")
}

/// A wire answer as JSON or YAML; `None` for the formats a verb writes itself.
pub(crate) fn data(format: Format, answer: &Value) -> Option<String> {
    match format {
        Format::Json => Some(serde_json::to_string_pretty(answer).unwrap_or_default() + "\n"),
        Format::Yaml => Some(lofting::yaml::emit(answer)),
        Format::Human | Format::Md => None,
    }
}

static QUIET: AtomicBool = AtomicBool::new(false);

/// From here on nothing but errors is said on stderr.
pub(crate) fn quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// A remark on stderr.
pub(crate) fn note(kind: &str, message: &str) {
    if kind != "error" && QUIET.load(Ordering::Relaxed) {
        return;
    }
    let style = if kind == "error" { BAD } else { WARN };
    let _ = writeln!(anstream::stderr().lock(), "{}: {message}", styled(style, kind));
}

/// Why the command could not be done, with the line if it is about one that can be read again.
pub(crate) fn failure(failure: &Failure) {
    let Some(at) = failure.location() else { return note("error", &failure.to_string()) };
    match std::fs::read_to_string(&at.file) {
        Ok(text) => {
            let _ = writeln!(anstream::stderr().lock(), "{}", report::refusal(&failure.to_string(), at, &text));
        }
        Err(_) => note("error", &format!("{}:{}:{}: {failure}", at.file, at.line, at.column)),
    }
}

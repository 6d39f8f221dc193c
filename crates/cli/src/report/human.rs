//! Findings with source excerpts, for people.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use lofting::{Diagnostic, Location, Severity};

use super::Sources;

/// One finding as the terminal shows it: title, excerpt with a caret, advice.
pub(crate) fn render(diagnostic: &Diagnostic, sources: &Sources<'_>) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let place = diagnostic.location.as_ref();
    let mut group = match place.and_then(|at| sources.get(at.file.as_str()).map(|text| (at, *text))) {
        Some((at, text)) => {
            let (window, first, span) = excerpt(text, at);
            title.element(Snippet::source(window).line_start(first).path(at.file.as_str()).annotation(AnnotationKind::Primary.span(span)))
        }
        None => title.element(Level::NOTE.message(place.map_or_else(
            || format!("at {}", if diagnostic.path.is_empty() { "the document" } else { &diagnostic.path }),
            |at| format!("at {}:{}:{}", at.file, at.line, at.column),
        ))),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// A refusal as the terminal shows it.
pub(crate) fn refusal(message: &str, at: &Location, text: &str) -> String {
    let (window, first, span) = excerpt(text, at);
    let snippet = Snippet::source(window).line_start(first).path(at.file.as_str()).annotation(AnnotationKind::Primary.span(span));
    Renderer::styled().render(&[Level::ERROR.primary_title(message).element(snippet)])
}

/// At most a few lines around the place, so that a huge file is never copied.
fn excerpt<'t>(text: &'t str, at: &Location) -> (&'t str, usize, std::ops::Range<usize>) {
    let mut start = 0;
    for _ in 1..at.line {
        match text.get(start..).and_then(|rest| rest.find('\n')) {
            Some(end) => start += end + 1,
            None => break,
        }
    }
    let rest = text.get(start..).unwrap_or_default();
    let window = rest.split_inclusive('\n').take(1).next().unwrap_or_default().trim_end_matches(['\n', '\r']);
    let offset = |column: usize| window.char_indices().nth(column.saturating_sub(1)).map_or(window.len(), |(at, _)| at);
    let from = offset(at.column);
    let to = match at.end {
        Some(end) if end.line == at.line => offset(end.column).max(from),
        _ => window.len(),
    };
    (window, at.line, from..to.max((from + 1).min(window.len())))
}

//! Small pages without scripts: a status card, a flow, metrics.

use clap::ValueEnum;

use crate::cli::Format;

/// How to write an answer that has a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    /// For people at a terminal
    Human,
    /// The wire answer
    Json,
    /// The wire answer as YAML
    Yaml,
    /// For a pull-request comment
    Md,
    /// A page of its own, which needs no network
    Html,
}

impl PageFormat {
    /// The wire answer as data; `None` for the formats that a verb writes itself.
    pub(crate) fn data(self, answer: &lofting::Value) -> Option<String> {
        match self {
            Self::Json => crate::output::data(Format::Json, answer),
            Self::Yaml => crate::output::data(Format::Yaml, answer),
            Self::Human | Self::Md | Self::Html => None,
        }
    }
}

/// Colours that are readable on paper, by day and by night.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--dim:#5a6675;--paper:#fff;--line:#d5dbe3;--good:#176b3a;--bad:#a11a1a;--warn:#8a5300}\
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf0;--dim:#a3afbd;--paper:#12171e;--line:#38424e;--good:#6fd39a;--bad:#ff9c9c;--warn:#f2c14e}}\
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line)}\
td.number,th.number{text-align:right;white-space:nowrap}.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}\
.good,.bad,.warn{font-weight:600}figure{margin:1rem 0;background:#fff;padding:.5rem;border:1px solid var(--line)}figure svg{max-width:100%;height:auto}\
figcaption{color:#333;font-size:.9rem}code{font-size:.9em}ul{padding-left:1.2rem}@media print{details{display:block}}";

/// A page that stands alone.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style></head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n",
        title = escape(title)
    )
}

/// Text that means nothing to HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A word in the colour of what it says.
pub(crate) fn verdict(word: &str) -> String {
    let class = match word {
        "Synced" | "Healthy" | "Succeeded" | "passed" | "wired" => "good",
        "OutOfSync" | "Progressing" | "Suspended" | "Paused" | "Running" | "Missing" | "Unknown" | "skipped" | "unknown" => "warn",
        _ => "bad",
    };
    format!("<span class=\"{class}\">{}</span>", escape(word))
}

/// A cell of a Markdown table.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}

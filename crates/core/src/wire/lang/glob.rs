//! Operations of `glob`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lang::glob::doublestar_files::doublestar_files;
use crate::lang::glob::minimatch::Minimatch;
use crate::lang::glob::{self, MatchStyle, gobwas};
use crate::wire::Op;
use crate::{Error, Result};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("lang.glob", "match a text against a glob, or against a list of entries", matches),
        Op::new("lang.glob.files", "list the files of a work tree that a git file pattern selects", files),
        Op::new("lang.glob.minimatch", "match a path as npm minimatch does", minimatch),
    ]
}

/// How a pattern or a list entry is read.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum GlobStyle {
    /// gobwas/glob, with the separators given.
    #[default]
    Gobwas,
    /// The entry itself.
    Exact,
    /// A glob without separators.
    Glob,
    /// `/x/` is a regular expression, anything else a glob.
    Regexp,
    /// Go's `path.Match`.
    Path,
    /// `doublestar.Match`.
    Doublestar,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GlobRequest {
    /// The pattern.
    #[serde(default)]
    pattern: String,
    /// The text to match.
    text: String,
    /// The dialect; `gobwas` by default.
    #[serde(default)]
    style: GlobStyle,
    /// Characters that `*` and `?` stop at, for `gobwas`.
    #[serde(default)]
    separators: String,
    /// Entries instead of one pattern, for `exact`, `glob` and `regexp`.
    list: Option<Vec<String>>,
}

/// Whether it matches.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Matches {
    /// Whether the text matches.
    matches: bool,
}

fn matches(request: GlobRequest) -> Result<Matches> {
    let GlobRequest { pattern, text, style, separators, list } = request;
    let in_list = |style| match &list {
        Some(list) => glob::match_string_in_list(list, &text, style),
        None => glob::match_string_in_list(&[&pattern], &text, style),
    };
    let matches = match style {
        GlobStyle::Gobwas => gobwas::Glob::compile(&pattern, &separators.chars().collect::<Vec<_>>())?.matches(&text),
        GlobStyle::Exact => in_list(MatchStyle::Exact),
        GlobStyle::Glob => in_list(MatchStyle::Glob),
        GlobStyle::Regexp => in_list(MatchStyle::Regexp),
        GlobStyle::Path => glob::path_match(&pattern, &text)?,
        GlobStyle::Doublestar => glob::doublestar(&pattern, &text)?,
    };
    Ok(Matches { matches })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FilesRequest {
    /// The path of a git files generator.
    pattern: String,
    /// Paths of the work tree's files, relative to its root.
    files: Vec<String>,
    /// `pathspec` (default) or `doublestar-files` (new globbing).
    style: Option<String>,
}

/// What the pattern selects.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Files {
    /// Paths sorted by bytes.
    files: Vec<String>,
}

fn files(request: FilesRequest) -> Result<Files> {
    let files = match request.style.as_deref() {
        None | Some("pathspec") => {
            let all: Vec<&str> = request.files.iter().map(String::as_str).collect();
            let mut files: Vec<String> = glob::pathspec(&request.pattern, &all)?.into_iter().map(str::to_owned).collect();
            files.sort_unstable();
            files
        }
        Some("doublestar-files") => doublestar_files(&request.pattern, &request.files)?,
        Some(other) => return Err(Error::invalid(format!("there is no style {other:?}; use pathspec or doublestar-files"))),
    };
    Ok(Files { files })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MinimatchRequest {
    /// The pattern.
    pattern: String,
    /// The path to match.
    text: String,
}

fn minimatch(request: MinimatchRequest) -> Result<Matches> {
    Ok(Matches { matches: Minimatch::compile(&request.pattern)?.matches(&request.text) })
}

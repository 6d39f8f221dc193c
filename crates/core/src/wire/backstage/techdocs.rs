//! Operations of `techdocs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalog::File;
use crate::backstage::techdocs::{self, Page};
use crate::wire::Op;
use crate::{Diagnostic, Result};

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new("techdocs.check", "Check a documentation folder before MkDocs builds it", check)]
}

/// A documentation folder.
#[derive(Debug, Deserialize, JsonSchema)]
struct CheckRequest {
    /// The files of the repository. The texts of files that are no pages may be empty.
    files: Vec<File>,
    /// The folder that has `mkdocs.yml`; the root if absent.
    #[serde(default)]
    folder: String,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
struct CheckAnswer {
    /// The findings.
    diagnostics: Vec<Diagnostic>,
}

fn check(request: CheckRequest) -> Result<CheckAnswer> {
    let pages: Vec<Page<'_>> = request.files.iter().map(|file| Page { path: &file.path, text: &file.text }).collect();
    Ok(CheckAnswer { diagnostics: techdocs::check(&pages, &request.folder) })
}

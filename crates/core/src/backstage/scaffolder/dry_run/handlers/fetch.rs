//! `fetch:plain` and `fetch:plain:file`.

use url::Url;

use super::Call;
use crate::backstage::scaffolder::dry_run::workspace::Content;
use crate::{Error, Result};

/// The path in the template's folder that a URL names. What lies elsewhere cannot be fetched here.
pub(super) fn source(call: &Call<'_>) -> Result<String> {
    let url = call.text("url").unwrap_or(".");
    if Url::parse(url).is_ok() {
        return Err(Error::upstream(format!("{url} lies outside the template's folder and cannot be read in a dry run")));
    }
    call.content.child("", &format!("{}{url}", call.folder))
}

pub(super) fn plain(call: &mut Call<'_>) -> Result<()> {
    call.say("Fetching plain content from remote URL");
    let target = call.workspace.child("", call.text("targetPath").unwrap_or("./"))?;
    let source = source(call)?;
    call.workspace.copy_from(call.content, &source, &target)
}

/// The folder of the target must be there.
pub(super) fn plain_file(call: &mut Call<'_>) -> Result<()> {
    call.say("Fetching plain content from remote URL");
    let target = call.workspace.child("", call.text("targetPath").unwrap_or_default())?;
    let source = source(call)?;
    let bytes = call.content.read(&source)?;
    let mode = call.content.mode(&source);
    call.workspace.write_in_place(&target, Content { bytes, mode })
}

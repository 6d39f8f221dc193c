//! The platform's directory, as the commands that judge one take it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use lofting::platform::File;

use super::preview;
use crate::exit::Failure;

/// Where the platform is, and what a renderer made of it.
#[derive(Debug, Args)]
pub(crate) struct PlatformDir {
    /// The platform's directory
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Rendered manifests, one APPLICATION.yaml each, besides those that lofting.yaml names
    #[arg(long, value_name = "DIR")]
    pub(crate) rendered: Option<PathBuf>,
}

impl PlatformDir {
    /// The texts below the directory, and the rendered manifests by Application; `command` wants them.
    pub(crate) fn read(&self, command: &str) -> Result<(Vec<File>, BTreeMap<String, String>), Failure> {
        if self.dir.is_file() {
            return Err(Failure::Usage(format!("{}: {command} wants the platform's directory", self.dir.display())));
        }
        let (files, _) = preview::read(&self.dir)?;
        Ok((files, self.rendered()?))
    }

    /// What `--rendered` holds.
    pub(crate) fn rendered(&self) -> Result<BTreeMap<String, String>, Failure> {
        Ok(self.rendered.as_deref().map(preview::rendered).transpose()?.unwrap_or_default())
    }
}

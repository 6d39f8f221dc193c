//! `lofting man DIR`.

use std::path::Path;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::exit::{Exit, Failure, Outcome};

/// Writes `lofting.1` and one page a verb.
pub(crate) fn write(dir: &Path) -> Outcome {
    let name = dir.display().to_string();
    std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(Cli::command(), dir)).map_err(|e| Failure::Io(name, e))?;
    Ok(Exit::Clean)
}

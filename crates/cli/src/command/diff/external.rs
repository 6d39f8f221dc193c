//! `KUBECTL_EXTERNAL_DIFF`: the user's own program, as kubectl and `argocd app diff` call it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::lines;
use super::model::Group;
use crate::exit::{Exit, Failure, Outcome};

/// The variable.
pub(super) const VARIABLE: &str = "KUBECTL_EXTERNAL_DIFF";

/// Two directories with a file for each resource that differs, removed afterwards.
struct Directories {
    root: PathBuf,
}

impl Drop for Directories {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// Runs the program on `LIVE` and `MERGED` directories; its exit code 1 means differences, more means it failed.
pub(super) fn run(program: &str, groups: &[Group]) -> Outcome {
    let mut words = program.split_whitespace();
    let Some(command) = words.next() else { return Err(Failure::Usage(format!("{VARIABLE} is blank"))) };
    let directories = Directories { root: private()? };
    let (live, merged) = (directories.root.join("LIVE"), directories.root.join("MERGED"));
    for directory in [&live, &merged] {
        std::fs::create_dir(directory).map_err(|error| Failure::Io(directory.display().to_string(), error))?;
    }
    for (group, row) in groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row))).filter(|(_, row)| row.differs()) {
        let parts = [&group.name, &row.group, &row.kind, &row.namespace, &row.name];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
        let name = parts.join(".").replace(['/', ':', '\\'], "_");
        for (directory, object) in [(&live, &row.before), (&merged, &row.after)] {
            write(&directory.join(&name), &lines::text(object))?;
        }
    }
    let status = Command::new(command)
        .args(words)
        .args([&live, &merged])
        .status()
        .map_err(|error| Failure::Io(format!("{VARIABLE}={program}"), error))?;
    match status.code() {
        Some(0 | 1) => Ok(Exit::of(groups.iter().any(Group::differs))),
        _ => Err(Failure::Usage(format!("{VARIABLE}={program}: {status}"))),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::Io(path.display().to_string(), error))
}

/// A new directory that only this user can read.
fn private() -> Result<PathBuf, Failure> {
    let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let path = std::env::temp_dir().join(format!("lofting-diff-{}-{stamp}", std::process::id()));
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(&path).map_err(|error| Failure::Io(path.display().to_string(), error))?;
    Ok(path)
}

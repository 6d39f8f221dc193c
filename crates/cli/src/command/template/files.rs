//! The files of a template's repository, with what Git keeps of them besides their bytes.

use std::path::{Component, Path};

use lofting::backstage::scaffolder::dry_run::{Mode, SourceFile};

use crate::exit::Failure;
use crate::input;

/// Every file below a directory, links as such, relative to it.
pub(super) fn read(dir: &Path) -> Result<Vec<SourceFile>, Failure> {
    let mut files = Vec::new();
    for file in input::tree(dir)? {
        let at = dir.join(&file.path);
        let failed = |error| Failure::Io(at.display().to_string(), error);
        let kind = std::fs::symlink_metadata(&at).map_err(failed)?;
        if kind.is_symlink() {
            let target = std::fs::read_link(&at).map_err(failed)?;
            files.push(SourceFile { path: file.path, bytes: target.to_string_lossy().into_owned().into_bytes(), mode: Mode::Link });
            continue;
        }
        let mode = if is_executable(&kind) { Mode::Executable } else { Mode::Regular };
        let bytes = match file.text {
            Ok(text) => text.into_bytes(),
            Err(_) => std::fs::read(&at).map_err(failed)?,
        };
        files.push(SourceFile { path: file.path, bytes, mode });
    }
    Ok(files)
}

/// Writes the files; nothing outside the directory, and nothing over what is there.
pub(super) fn write(dir: &Path, files: &[SourceFile]) -> Result<(), Failure> {
    if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::Usage(format!("{}: is not empty; nothing was written", dir.display())));
    }
    for file in files {
        let relative = Path::new(&file.path);
        if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(Failure::Usage(format!("{}: leads out of the directory", file.path)));
        }
        let path = dir.join(relative);
        let failed = |error| Failure::Io(path.display().to_string(), error);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        place(file, &path).map_err(failed)?;
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(kind: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    kind.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn place(file: &SourceFile, path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if file.mode == Mode::Link {
        return std::os::unix::fs::symlink(String::from_utf8_lossy(&file.bytes).as_ref(), path);
    }
    std::fs::write(path, &file.bytes)?;
    if file.mode == Mode::Executable {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// A link becomes a file that holds its target, as Git writes it there.
#[cfg(not(unix))]
fn place(file: &SourceFile, path: &Path) -> std::io::Result<()> {
    std::fs::write(path, &file.bytes)
}

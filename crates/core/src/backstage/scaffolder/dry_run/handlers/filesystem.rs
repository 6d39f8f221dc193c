//! `fs:delete`, `fs:rename` and `fs:readdir`.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::Call;
use crate::backstage::scaffolder::dry_run::copy_patterns::select_files;
use crate::backstage::scaffolder::dry_run::workspace::{Entry, join};
use crate::{Error, Result};

fn items<'a>(call: &Call<'a>, key: &str) -> &'a [Value] {
    call.input.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Removes files; folders stay, be they empty.
pub(super) fn delete(call: &mut Call<'_>) -> Result<()> {
    for pattern in items(call, "files") {
        let pattern = call.workspace.child("", pattern.as_str().unwrap_or_default())?;
        for file in select_files(call.workspace, &pattern) {
            call.workspace.remove(&file);
            call.say(format!("File {} deleted successfully", call.workspace.full_path(&file)));
        }
    }
    Ok(())
}

pub(super) fn rename(call: &mut Call<'_>) -> Result<()> {
    for file in items(call, "files") {
        let text = |key: &str| file.get(key).and_then(Value::as_str).filter(|path| !path.is_empty());
        let (Some(from), Some(to)) = (text("from"), text("to")) else {
            return Err(Error::upstream("each file must have a from and to property"));
        };
        let (from, to) = (call.workspace.child("", from)?, call.workspace.child("", to)?);
        call.workspace.rename(&from, &to, file.get("overwrite") == Some(&Value::Bool(true)))?;
        let (from, to) = (call.workspace.full_path(&from), call.workspace.full_path(&to));
        call.say(format!("File {from} renamed to {to} successfully"));
    }
    Ok(())
}

/// Lists folders, with `recursive` level by level.
pub(super) fn list(call: &mut Call<'_>) -> Result<()> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in items(call, "paths") {
        let path = call.workspace.child("", path.as_str().unwrap_or_default())?;
        match call.workspace.get(&path) {
            Some(Entry::Folder) => {}
            Some(Entry::File(_)) => return Err(Error::upstream(format!("ENOTDIR: not a directory, scandir '{path}'"))),
            None => return call.workspace.missing("scandir", &path),
        }
        let mut open = VecDeque::from([path]);
        while let Some(folder) = open.pop_front() {
            for (name, is_folder) in call.workspace.list(&folder) {
                let path = join(&folder, &name);
                let element = json!({ "name": name, "path": path, "fullPath": call.workspace.full_path(&path) });
                if is_folder {
                    folders.push(element);
                    if call.flag("recursive") {
                        open.push_back(path);
                    }
                } else {
                    files.push(element);
                }
            }
        }
    }
    call.put("files", files);
    call.put("folders", folders);
    Ok(())
}

//! Go's `path`; `filepath` is the same on Linux.

use super::super::{
    convert::text,
    function::{Function, Ty, fixed},
};
use crate::lang::gofmt::Value;

/// Paths.
pub(super) fn functions() -> Vec<Function> {
    let mut table = Vec::new();
    for name in ["base", "osBase"] {
        table.push(fixed(name, &[Ty::Str], |_, args| Ok(Value::text(base(text(args, 0))))));
    }
    for name in ["dir", "osDir"] {
        table.push(fixed(name, &[Ty::Str], |_, args| Ok(Value::text(dir(text(args, 0))))));
    }
    for name in ["clean", "osClean"] {
        table.push(fixed(name, &[Ty::Str], |_, args| Ok(Value::text(clean(text(args, 0))))));
    }
    for name in ["ext", "osExt"] {
        table.push(fixed(name, &[Ty::Str], |_, args| Ok(Value::text(ext(text(args, 0))))));
    }
    for name in ["isAbs", "osIsAbs"] {
        table.push(fixed(name, &[Ty::Str], |_, args| Ok(Value::Bool(text(args, 0).starts_with(b"/")))));
    }
    table
}

fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|b| *b != b'/').map_or(0, |at| at + 1);
    let trimmed = path.get(..end).unwrap_or_default();
    if trimmed.is_empty() {
        return b"/";
    }
    trimmed.rsplit(|b| *b == b'/').next().unwrap_or(trimmed)
}

fn dir(path: &[u8]) -> Vec<u8> {
    let end = path.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
    clean(path.get(..end).unwrap_or_default())
}

fn ext(path: &[u8]) -> &[u8] {
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or(path);
    name.iter().rposition(|b| *b == b'.').and_then(|at| name.get(at..)).unwrap_or_default()
}

/// `path.Clean`
fn clean(path: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        return b".".to_vec();
    }
    let rooted = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

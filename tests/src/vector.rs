//! Vector files: JSON lines of `{"id", "op", "input", "expect"}`.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A recorded question with upstream's answer.
#[derive(Debug, Deserialize)]
pub struct Vector {
    /// Unique in its file.
    pub id: String,
    /// The operation.
    pub op: String,
    /// Its request, as text.
    pub input: Box<RawValue>,
    /// What the answer must contain, or `{"error": true}`.
    pub expect: Value,
    /// Members of the answer that are compared whole.
    #[serde(default)]
    pub exact: Vec<String>,
    /// Members the answer must not have.
    #[serde(default)]
    pub absent: Vec<String>,
}

/// The vectors of one file, and the ids of those that our JSON reader cannot hold (half surrogate pairs, numbers beyond a double,
/// more levels than it follows): each of these must be listed as a divergence.
pub fn read(path: &Path) -> Result<(Vec<Vector>, Vec<String>), String> {
    let file = std::fs::File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (mut vectors, mut unreadable) = (Vec::new(), Vec::new());
    for (at, line) in std::io::BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|e| e.to_string())?;
        if line.trim().is_empty() || !line.contains("\"expect\"") {
            continue;
        }
        match serde_json::from_str(&line) {
            Ok(vector) => vectors.push(vector),
            Err(error) => match id(&line) {
                Some(id) => unreadable.push(id.to_owned()),
                None => return Err(format!("{}:{}: {error}", path.display(), at + 1)),
            },
        }
    }
    Ok((vectors, unreadable))
}

/// The id of a line that is no JSON to us.
fn id(line: &str) -> Option<&str> {
    let rest = line.split_once("\"id\"")?.1.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    rest.split_once('"').map(|(id, _)| id)
}

/// Every vector file below a directory, in order.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "bench") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|ext| ext == "jsonl") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

//! Refuses a change when a Backstage catalog would refuse one of its entities.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lofting::backstage::catalog::check::{self, SourceFile};

fn main() -> ExitCode {
    let Some(dir) = std::env::args_os().nth(1) else {
        eprintln!("usage: catalog-gate DIRECTORY");
        return ExitCode::from(2);
    };
    match gate(Path::new(&dir)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&dir).display());
            ExitCode::from(2)
        }
    }
}

/// Whether every entity below the directory is accepted.
fn gate(dir: &Path) -> std::io::Result<bool> {
    let mut files = Vec::new();
    read(dir, dir, &mut files)?;
    let (entities, assets): (Vec<_>, Vec<_>) =
        files.iter().map(|(path, text)| SourceFile { path, text }).partition(|file| is_entity(file.text));
    let mut accepted = 0;
    let mut refused = 0;
    for verdict in check::check(&entities, &assets, check::BASE_URL) {
        match verdict.outcome {
            Ok(_) => accepted += 1,
            Err(_) => refused += 1,
        }
        for finding in &verdict.diagnostics {
            let place = finding.location.as_ref().map(|at| format!("{}:{}:{}: ", at.file, at.line, at.column)).unwrap_or_default();
            println!("{place}{} [{}]", finding.message, finding.code);
        }
    }
    if refused > 0 {
        println!("{accepted} entities are accepted, {refused} are refused");
    } else {
        println!("{accepted} entities are accepted");
    }
    Ok(refused == 0)
}

fn is_entity(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("apiVersion:") && line.contains("backstage.io/"))
}

/// Every YAML file, by its path below the root.
fn read(root: &Path, dir: &Path, files: &mut Vec<(String, String)>) -> std::io::Result<()> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(root, &path, files)?;
        } else if path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml") {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            files.push((name, std::fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

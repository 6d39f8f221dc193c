//! Runs the built command and shows what a user would see.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run gave.
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    /// As a snapshot: the command, both streams, the exit code.
    pub fn shown(&self, arguments: &[&str]) -> String {
        let mut text = format!("$ lofting {}\n{}", arguments.join(" "), self.out);
        if !self.err.is_empty() {
            text.push_str(&format!("--- stderr\n{}", self.err));
        }
        let code = self.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
        text + &format!("--- exit {code}\n")
    }
}

/// The repository's root, where the runs start.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// A fresh directory for a test.
pub fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("a directory can be made");
    dir
}

/// The command, with an environment that says nothing about colours.
pub fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lofting"));
    command.args(arguments).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    command
}

/// Runs to the end.
pub fn finish(mut command: Command, stdin: &[u8]) -> Run {
    let mut child = command.spawn().expect("the command starts");
    let mut pipe = child.stdin.take().expect("stdin is piped");
    let bytes = stdin.to_vec();
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().expect("the command ends");
    writer.join().expect("stdin is written");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs in the repository's root.
pub fn lofting(arguments: &[&str], stdin: &str) -> Run {
    finish(command(&root(), arguments), stdin.as_bytes())
}

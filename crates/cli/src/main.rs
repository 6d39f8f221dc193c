//! The `lofting` command: files in, answers out. All decisions are made in the core.

mod cli;
mod command;
mod documents;
mod entities;
mod exit;
mod html;
mod input;
mod output;
mod progress;
mod report;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit::Exit;

/// Documents are many small values; this allocator takes a quarter off most work.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Evaluators recurse as deep as the documents they read; a roomy stack keeps their own limits in charge.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let cli = Cli::parse();
    cli.global.color.apply();
    if cli.global.quiet {
        output::quiet();
    }
    let run = std::thread::Builder::new().name("lofting".into()).stack_size(STACK).spawn(move || command::run(cli));
    let exit = match run.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(exit))) => exit,
        Ok(Ok(Err(failure))) => {
            if !failure.is_closed_pipe() {
                output::failure(&failure);
            }
            Exit::Failed
        }
        Ok(Err(_)) => {
            output::note("error", "this is a bug in lofting: please report the command and its input");
            Exit::Failed
        }
        Err(error) => {
            output::note("error", &format!("no thread can be started: {error}"));
            Exit::Failed
        }
    };
    exit.into()
}

//! One file a verb.

pub(crate) mod call;
pub(crate) mod catalog;
pub(crate) mod health;
pub(crate) mod man;
pub(crate) mod ops;
pub(crate) mod preview;
pub(crate) mod rule;
pub(crate) mod version;

use clap::CommandFactory;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Outcome};

/// Runs the verb.
pub(crate) fn run(cli: Cli) -> Outcome {
    match cli.command {
        Command::Preview(preview) => preview.run(&cli.global),
        Command::Catalog(catalog) => catalog.run(),
        Command::Health(health) => health.run(),
        Command::Call(call) => call.run(),
        Command::Ops(ops) => ops.run(),
        Command::Rule(rule) => rule.run(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "lofting", &mut script);
            crate::output::bytes(&script)?;
            Ok(Exit::Clean)
        }
        Command::Man { dir } => man::write(&dir),
    }
}

//! One file a verb.

pub(crate) mod adoption;
pub(crate) mod analysis;
pub(crate) mod apps;
pub(crate) mod appset;
pub(crate) mod call;
pub(crate) mod catalog;
pub(crate) mod diff;
pub(crate) mod flow;
pub(crate) mod health;
pub(crate) mod lint;
pub(crate) mod man;
pub(crate) mod ops;
pub(crate) mod plan;
mod platform;
pub(crate) mod preview;
pub(crate) mod project;
pub(crate) mod rollout;
pub(crate) mod rule;
pub(crate) mod status;
pub(crate) mod techdocs;
pub(crate) mod template;
pub(crate) mod version;
pub(crate) mod window;
pub(crate) mod wire;

use clap::CommandFactory;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Outcome};

/// Runs the verb.
pub(crate) fn run(cli: Cli) -> Outcome {
    match cli.command {
        Command::Preview(preview) => preview.run(&cli.global),
        Command::Lint(lint) => lint.run(&cli.global),
        Command::Flow(flow) => flow.run(),
        Command::Status(status) => status.run(),
        Command::Wire(wire) => wire.run(),
        Command::Adoption(adoption) => adoption.run(),
        Command::Catalog(catalog) => catalog.run(),
        Command::Diff(diff) => diff.run(),
        Command::Explain(explain) => explain.run(),
        Command::Plan(plan) => plan.run(),
        Command::Window(window) => window.run(),
        Command::Project(project) => project.run(),
        Command::Apps(apps) => apps.run(),
        Command::Appset(appset) => appset.run(),
        Command::Rollout(rollout) => rollout.run(&cli.global),
        Command::Analysis(analysis) => analysis.run(),
        Command::Template(template) => template.run(),
        Command::Techdocs(techdocs) => techdocs.run(),
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

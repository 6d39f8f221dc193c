//! The command line's grammar.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::command;

/// What a GitOps platform will decide, offline: Backstage, Argo CD and Argo Rollouts.
#[derive(Debug, Parser)]
#[command(name = "lofting", version = command::version::SHORT, long_version = command::version::long(), max_term_width = 100)]
#[command(after_help = "Exit codes: 0 clean, 1 findings or differences, 2 the command could not be done.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options every verb understands.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Colours: auto looks at the terminal and at NO_COLOR
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    pub(crate) color: Color,
    /// No progress, no notes on stderr
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Sets the choice for everything printed from here on.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// How to write the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people at a terminal
    Human,
    /// The wire answer
    Json,
    /// The wire answer as YAML
    Yaml,
    /// For a pull-request comment
    Md,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See everything a platform repository would do
    Preview(command::preview::PreviewCommand),
    /// Find the common mistakes of a platform repository
    Lint(command::lint::LintCommand),
    /// Play the self-service flow from a form to the first deployment
    Flow(command::flow::FlowCommand),
    /// Show what the portal's Argo CD card says of an entity
    Status(command::status::StatusCommand),
    /// Wire Components, Applications and workloads; what does a change reach?
    Wire(command::wire::WireCommand),
    /// Measure what the platform is used for
    Adoption(command::adoption::AdoptionCommand),
    /// What a Backstage catalog would make of entity files
    Catalog(command::catalog::CatalogCommand),
    Diff(command::diff::DiffCommand),
    Explain(command::diff::ExplainCommand),
    /// Play a sync through: order, waits, results
    Plan(command::plan::PlanCommand),
    /// Judge sync windows at an instant
    Window(command::window::WindowCommand),
    /// Check an AppProject, or ask what it permits
    Project(command::project::ProjectCommand),
    /// Which Applications an app of apps brings along
    Apps(command::apps::AppsCommand),
    /// What an ApplicationSet generates, changes and deletes
    Appset(command::appset::AppsetCommand),
    /// Check Rollouts, or play one through
    Rollout(command::rollout::RolloutCommand),
    /// Judge measurements as an analysis would
    Analysis(command::analysis::AnalysisCommand),
    /// Check, render and dry-run software templates; find drift
    Template(command::template::TemplateCommand),
    /// Check documentation before TechDocs builds it
    Techdocs(command::techdocs::TechdocsCommand),
    Health(command::health::HealthCommand),
    /// Answer one operation: JSON in, JSON out
    Call(command::call::Call),
    /// List the operations, or print one's JSON Schema
    Ops(command::ops::Ops),
    /// Explain a diagnostic code
    Rule(command::rule::Rule),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write man pages
    Man {
        /// The directory to write them to
        dir: PathBuf,
    },
}

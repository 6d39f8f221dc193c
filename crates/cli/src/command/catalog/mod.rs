//! `lofting catalog`.

mod check;
mod graph;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::Format;
use crate::exit::Outcome;

/// What a Backstage catalog would make of entity files.
#[derive(Debug, Args)]
pub(crate) struct CatalogCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check entity files as registration would
    Check(check::Check),
    /// Find entities as the catalog's API does, in the accepted entities with their relations
    Query(graph::Query),
    /// Draw the relations of entities
    Graph(graph::Graph),
    /// What another revision of the files changes: entities, owners, relations
    Diff {
        /// Files or a directory as they were
        before: PathBuf,
        /// Files or a directory as they are to be
        after: PathBuf,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
}

impl CatalogCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Check(check) => check.run(),
            Action::Query(query) => query.run(),
            Action::Graph(graph) => graph.run(),
            Action::Diff { before, after, output } => graph::diff(&before, &after, output),
        }
    }
}

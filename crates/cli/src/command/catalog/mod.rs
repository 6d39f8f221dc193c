//! `lofting catalog`.

mod check;
mod diff;
mod graph;

use clap::{Args, Subcommand};

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
    Diff(diff::Diff),
    /// Count what is owned, described, documented, and by whom
    Coverage(diff::Cover),
}

impl CatalogCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::Check(check) => check.run(),
            Action::Query(query) => query.run(),
            Action::Graph(graph) => graph.run(),
            Action::Diff(diff) => diff.run(),
            Action::Coverage(cover) => cover.run(),
        }
    }
}

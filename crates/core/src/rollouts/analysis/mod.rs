//! AnalysisRuns: from templates and arguments to a verdict.

pub(crate) mod arguments;
pub(crate) mod assess;
pub(crate) mod build;
pub(crate) mod evaluate;
pub(crate) mod reconcile;
pub(crate) mod replay;
pub(crate) mod resolve;
pub mod series;
pub(crate) mod tasks;
pub(crate) mod validate;

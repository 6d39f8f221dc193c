//! The scaffolder: software templates as the server renders, validates and runs them.

pub mod actions;
pub mod check;
pub mod drift;
pub mod dry_run;
pub mod parameters;
pub mod pickers;
pub mod render;
pub mod repo_url;
pub mod templating;

pub use render::{Mode, Rendered};
pub use templating::{TemplateHost, is_truthy};

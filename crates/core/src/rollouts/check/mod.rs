//! Whether a rollout is valid: upstream's rules, with their field paths and messages.

pub(crate) mod names;

//! The three systems together.

//! The `lofting` command.

fn main() {}

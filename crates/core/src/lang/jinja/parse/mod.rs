//! Text to syntax tree.

mod code;
mod expression;
mod plain;
mod resolve;
mod scan;
mod statement;
mod token;

pub(super) use resolve::resolve;
pub(super) use statement::parse;
pub(super) use token::is_reserved;

//! Sprig 3.3.0's generic map, without what Argo CD removes.

mod crypto;
mod date;
mod decimal;
mod defaults;
mod dict;
mod encoding;
mod list;
mod numeric;
mod password;
mod path;
mod random;
mod reflect;
mod regex;
mod semver;
mod strings;
pub(super) mod url;
mod words;

use super::function::{Fault, Function};
use crate::lang::gofmt::json::JsonError;

/// All of Sprig's functions.
pub(super) fn functions() -> Vec<Function> {
    let mut table = Vec::with_capacity(220);
    table.extend(crypto::functions());
    table.extend(date::functions());
    table.extend(defaults::functions());
    table.extend(dict::functions());
    table.extend(encoding::functions());
    table.extend(list::functions());
    table.extend(numeric::functions());
    table.extend(path::functions());
    table.extend(random::functions());
    table.extend(reflect::functions());
    table.extend(regex::functions());
    table.extend(semver::functions());
    table.extend(strings::functions());
    table.extend(url::functions());
    table
}

/// The text that `encoding/json` wrote, or its error as upstream's.
pub(super) fn json_text(result: Result<Vec<u8>, JsonError>) -> Result<Vec<u8>, Fault> {
    result.map_err(|error| match error {
        JsonError::Unsupported(message) => Fault::Call(message),
        JsonError::TooLarge => crate::lang::gofmt::TooLarge.into(),
    })
}

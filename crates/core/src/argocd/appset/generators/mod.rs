//! The generators: what each makes of the inventory.

mod clusters;
mod duck_type;
mod list;
mod matrix;
mod merge;
mod origin;
mod plugin;
mod pull_request;
mod repo_paths;
mod scm_provider;
mod transform;
mod values;

pub(super) use origin::{Origin, Row};
pub(super) use transform::{Entry, Generation, Outer, transform};

use super::{params::Params, stop::Stop};

/// What a generator gives.
type ParamSets = Result<Vec<Params>, Stop>;

/// What a generator of generators gives.
type MetRows = Result<origin::Rows, Stop>;

/// `ErrEmptyAppSetGenerator`
const EMPTY: &str = "ApplicationSet is empty";

/// A text member of a decoded generator.
fn text<'v>(value: &'v crate::Value, name: &str) -> &'v str {
    value.get(name).and_then(crate::Value::as_str).unwrap_or_default()
}

/// A boolean member of a decoded generator.
fn flag(value: &crate::Value, name: &str) -> bool {
    value.get(name).and_then(crate::Value::as_bool).unwrap_or_default()
}

/// A list of texts of a decoded generator; nothing when it is nil.
fn texts(value: &crate::Value, name: &str) -> Option<Vec<String>> {
    let items = value.get(name)?.as_array()?;
    Some(items.iter().filter_map(|item| item.as_str().map(ToOwned::to_owned)).collect())
}

/// A list of structs of a decoded generator.
fn items<'v>(value: &'v crate::Value, name: &str) -> &'v [crate::Value] {
    value.get(name).and_then(crate::Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

//! The table of operations: JSON in, JSON out.
//!
//! Each entry is a typed request, a typed response and a pure function. The
//! bindings, their type stubs, `lofting ops` and the committed schemas all come
//! from this table.

mod handle;
mod op;

#[cfg(feature = "argocd")]
mod argocd;
#[cfg(feature = "backstage")]
mod backstage;
mod lang;
#[cfg(feature = "platform")]
mod platform;
#[cfg(feature = "rollouts")]
mod rollouts;
mod rules;

use std::sync::OnceLock;

use crate::{Error, Result, Value};

pub use handle::{Handle, Kind, Method, kinds};
pub use op::Op;
pub use rules::rules;

/// Every operation of the enabled rooms, sorted by name.
pub fn ops() -> &'static [Op] {
    static OPS: OnceLock<Vec<Op>> = OnceLock::new();
    OPS.get_or_init(|| {
        let mut ops = lang::ops();
        #[cfg(feature = "argocd")]
        ops.extend(argocd::ops());
        #[cfg(feature = "backstage")]
        ops.extend(backstage::ops());
        #[cfg(feature = "rollouts")]
        ops.extend(rollouts::ops());
        #[cfg(feature = "platform")]
        ops.extend(platform::ops());
        ops.sort_by_key(Op::name);
        ops
    })
}

/// The operation of that name.
pub fn find(name: &str) -> Option<&'static Op> {
    let ops = ops();
    ops.binary_search_by_key(&name, |op| op.name()).ok().and_then(|at| ops.get(at))
}

/// Answers one request.
pub fn call(name: &str, input: Value) -> Result<Value> {
    find(name).ok_or_else(|| unknown(name))?.call(input)
}

/// Answers one request given and answered as JSON text: `{"ok": …}` or `{"error": …}`.
///
/// A bug in a room is caught here and answered as the error `internal`.
pub fn call_json(name: &str, input: &str) -> String {
    op::answered(name, || find(name).ok_or_else(|| unknown(name)).and_then(|op| op.call_json(input)))
}

fn unknown(name: &str) -> Error {
    let near = ops().iter().map(|op| (strsim::damerau_levenshtein(op.name(), name), op.name())).min();
    let hint = near
        .filter(|(distance, _)| *distance <= 3 && distance * 4 <= name.len())
        .map(|(_, near)| format!("; did you mean {near}?"))
        .unwrap_or_default();
    Error::new("unknownOperation", format!("there is no operation {name:?}{hint}"))
}

//! The wire as two functions: one answers at once, one off the main thread.
//!
//! No logic and no types live here: the package's functions are generated from the table of operations.

use lofting::wire;
use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Result, Task};
use napi_derive::napi;

/// Documents are many small values; this allocator takes a quarter off most work.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers `{"ok": …}` or `{"error": …}` as JSON text.
#[napi]
pub fn call(op: String, input: String) -> String {
    wire::call_json(&op, &input)
}

/// One request on the thread pool.
#[derive(Debug)]
pub struct Call {
    op: String,
    input: String,
}

impl Task for Call {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        Ok(wire::call_json(&self.op, &self.input))
    }

    fn resolve(&mut self, _env: Env, output: String) -> Result<String> {
        Ok(output)
    }
}

/// The same off the main thread.
#[napi]
pub fn call_async(op: String, input: String) -> AsyncTask<Call> {
    AsyncTask::new(Call { op, input })
}

/// The operations as JSON text: `[{"op", "help"}]`.
#[napi]
pub fn ops() -> Vec<Vec<String>> {
    wire::ops().iter().map(|op| vec![op.name().to_owned(), op.help().to_owned()]).collect()
}

/// The upstream releases modelled, as JSON text.
#[napi]
pub fn pins() -> String {
    lofting::pins::TEXT.to_owned()
}

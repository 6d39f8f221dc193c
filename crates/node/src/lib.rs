//! The wire as functions, one that answers at once and one off the main thread, and handles that keep parsed state.
//!
//! No logic and no types live here: the package's functions are generated from the table of operations.

use std::sync::Arc;

use lofting::wire;
use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Error, Result, Task};
use napi_derive::napi;

/// Documents are many small values; this allocator takes a quarter off most work.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers `{"ok": …}` or `{"error": …}` as JSON text.
#[napi]
pub fn call(op: String, input: String) -> String {
    wire::call_json(&op, &input)
}

/// One request on the thread pool: to the wire, or to a handle.
#[derive(Debug)]
pub struct Call {
    handle: Option<Arc<wire::Handle>>,
    op: String,
    input: String,
}

impl Task for Call {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        Ok(match &self.handle {
            Some(handle) => handle.call_json(&self.op, &self.input),
            None => wire::call_json(&self.op, &self.input),
        })
    }

    fn resolve(&mut self, _env: Env, output: String) -> Result<String> {
        Ok(output)
    }
}

/// The same off the main thread.
#[napi]
pub fn call_async(op: String, input: String) -> AsyncTask<Call> {
    AsyncTask::new(Call { handle: None, op, input })
}

/// Kept state of a kind.
#[derive(Debug)]
#[napi]
pub struct Handle {
    inner: Arc<wire::Handle>,
}

/// A refusal goes as the text `{"error": …}`.
fn open(kind: &str, input: &str) -> Result<Handle> {
    wire::Handle::open_json(kind, input).map(|handle| Handle { inner: Arc::new(handle) }).map_err(Error::from_reason)
}

#[napi]
impl Handle {
    /// Throws an error whose message is the text `{"error": …}` when it cannot be opened.
    #[napi(constructor)]
    pub fn new(kind: String, input: String) -> Result<Self> {
        open(&kind, &input)
    }

    /// Answers `{"ok": …}` or `{"error": …}` as JSON text.
    #[napi]
    pub fn call(&self, op: String, input: String) -> String {
        self.inner.call_json(&op, &input)
    }

    /// The same off the main thread.
    #[napi]
    pub fn call_async(&self, op: String, input: String) -> AsyncTask<Call> {
        AsyncTask::new(Call { handle: Some(Arc::clone(&self.inner)), op, input })
    }

    /// Frees what is kept.
    #[napi]
    pub fn close(&self) {
        self.inner.close();
    }

    /// Whether it has been closed.
    #[napi(getter)]
    pub fn closed(&self) -> bool {
        self.inner.is_closed()
    }
}

/// A handle that is being opened on the thread pool.
#[derive(Debug)]
pub struct Opening {
    kind: String,
    input: String,
}

impl Task for Opening {
    type Output = Handle;
    type JsValue = Handle;

    fn compute(&mut self) -> Result<Handle> {
        open(&self.kind, &self.input)
    }

    fn resolve(&mut self, _env: Env, output: Handle) -> Result<Handle> {
        Ok(output)
    }
}

/// Opens a handle off the main thread.
#[napi]
pub fn open_async(kind: String, input: String) -> AsyncTask<Opening> {
    AsyncTask::new(Opening { kind, input })
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

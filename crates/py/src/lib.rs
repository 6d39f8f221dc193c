//! `lofting._lofting`: the wire as one function, and handles that keep parsed state.
//!
//! No logic and no types live here: the functions of the package are generated from the table of operations.

use lofting::wire;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Documents are many small values; this allocator takes a quarter off most work.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Below this many bytes of input the lock is kept: releasing it would cost more than the work.
const RELEASE_ABOVE: usize = 4096;

/// Answers `{"ok": …}` or `{"error": …}` as JSON text.
#[pyfunction]
fn call(py: Python<'_>, op: &str, input: &str) -> String {
    if input.len() < RELEASE_ABOVE { wire::call_json(op, input) } else { py.detach(|| wire::call_json(op, input)) }
}

/// Kept state of a kind. The lock is always released: a short question may have a long answer.
#[pyclass(frozen, module = "lofting._lofting")]
struct Handle(wire::Handle);

#[pymethods]
impl Handle {
    /// Raises `ValueError` with the text `{"error": …}` when it cannot be opened.
    #[new]
    fn new(py: Python<'_>, kind: &str, input: &str) -> PyResult<Self> {
        py.detach(|| wire::Handle::open_json(kind, input)).map(Self).map_err(PyValueError::new_err)
    }

    fn call(&self, py: Python<'_>, op: &str, input: &str) -> String {
        py.detach(|| self.0.call_json(op, input))
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }

    #[getter]
    fn closed(&self) -> bool {
        self.0.is_closed()
    }
}

/// The operations: name and help.
#[pyfunction]
fn ops() -> Vec<(&'static str, &'static str)> {
    wire::ops().iter().map(|op| (op.name(), op.help())).collect()
}

/// The upstream releases modelled, as JSON text.
#[pyfunction]
fn pins() -> &'static str {
    lofting::pins::TEXT
}

#[pymodule]
fn _lofting(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Handle>()?;
    module.add_function(wrap_pyfunction!(call, module)?)?;
    module.add_function(wrap_pyfunction!(ops, module)?)?;
    module.add_function(wrap_pyfunction!(pins, module)?)
}

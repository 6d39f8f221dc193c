//! Bounds that keep every interpreter finite.

/// What one compilation and one evaluation may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nesting of the source text and of calls.
    pub depth: usize,
    /// Evaluation steps; the unit is the language's own instruction.
    pub steps: u64,
    /// Bytes of text, or values, that may be produced.
    pub output: usize,
}

impl Default for Limits {
    /// High enough for real use: what upstream can do in its own time limits.
    fn default() -> Self {
        Self { depth: 200, steps: 20_000_000, output: 64 << 20 }
    }
}

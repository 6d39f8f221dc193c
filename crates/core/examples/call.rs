//! `lofting call --jsonl` without the command line: quick to build for one room.
//!
//! `cargo build -p lofting --no-default-features --features wire,rollouts --example call`

use std::io::{BufRead, Write};

use lofting::wire;
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut request: Value = serde_json::from_str(&line).unwrap_or_default();
        let (id, op, input) = (request["id"].take(), request["op"].take(), request["input"].take());
        let run = std::panic::AssertUnwindSafe(|| wire::call(op.as_str().unwrap_or_default(), input));
        let answer = match std::panic::catch_unwind(run) {
            Ok(Ok(ok)) => json!({"id": id, "ok": ok}),
            Ok(Err(error)) => json!({"id": id, "error": error}),
            Err(_) => json!({"id": id, "error": {"code": "internal", "message": "panic"}}),
        };
        writeln!(out, "{answer}")?;
    }
    out.flush()
}

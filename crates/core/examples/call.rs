//! `lofting call --jsonl` without the command line: quick to build for one room.
//!
//! `cargo build -p lofting --no-default-features --features wire,rollouts --example call`

use std::io::{BufRead, Write};

use lofting::wire;
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for request in std::io::stdin().lock().lines() {
        let request = request?;
        let mut request: Value = serde_json::from_str(&request).unwrap_or_default();
        let (id, op, input) = (request["id"].take(), request["op"].take(), request["input"].take());
        let run = std::panic::AssertUnwindSafe(|| wire::call(op.as_str().unwrap_or_default(), input));
        let answer = match std::panic::catch_unwind(run) {
            Ok(Ok(ok)) => json!({"id": id, "ok": ok}),
            Ok(Err(error)) => json!({"id": id, "error": error}),
            Err(_) => json!({"id": id, "error": {"code": "internal", "message": "panic"}}),
        };
        // Readers that split at every Unicode line break must not see one inside a line.
        let line = answer.to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029").replace('\u{85}', "\\u0085");
        writeln!(out, "{line}")?;
    }
    out.flush()
}

//! `grow FILE COUNT`: the named comparison with that many resources, for the peer.
#![allow(clippy::expect_used, clippy::print_stdout, missing_docs)]

use lofting_benches::grown;
use serde_json::{Value, json};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (file, count) = (arguments.next().expect("a file"), arguments.next().and_then(|text| text.parse().ok()).expect("a count"));
    let named: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("the file")).expect("JSON");
    let name = format!("compare-app-{count}");
    println!("{}", json!({"id": name, "name": name, "op": "app.compare", "input": grown(&named["input"], count)}));
}

//! `grow FILE COUNT`: the named comparison with that many resources, for the peer. `grow FILE COUNT answer`: what we answer to it.
//! `grow FILE COUNT memory`: how long it takes, and the most memory that the process had before and in the end.
#![allow(clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::time::Instant;

use lofting::{Value, wire};
use lofting_benches::grown;
use serde_json::json;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (file, count) = (arguments.next().expect("a file"), arguments.next().and_then(|text| text.parse().ok()).expect("a count"));
    let mut named: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("the file")).expect("JSON");
    let name = format!("compare-app-{count}");
    let input = grown(&named["input"], count);
    match arguments.next().as_deref() {
        None => println!("{}", json!({"id": name, "name": name, "op": "app.compare", "input": input})),
        Some("answer") => println!("{}", wire::call("app.compare", input).expect("an answer")),
        Some("memory") => {
            named.take();
            let before = most_memory();
            let start = Instant::now();
            let answer = wire::call("app.compare", input).expect("an answer");
            let took = start.elapsed();
            let resources = answer["resources"].as_array().map_or(0, Vec::len);
            println!("{resources} resources: {took:.2?}, {before} MiB with the input alone, {} MiB in the end", most_memory());
        }
        Some(other) => println!("{other}: answer or memory"),
    }
}

/// `VmHWM` of this process in MiB, as Linux counts it.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default() / 1024
}

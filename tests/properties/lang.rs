//! The small languages never panic, end, and hold what they promise, on any bytes; `fuzz/` looks further.

use std::time::{Duration, Instant};

use lofting::wire;
use lofting_tests::languages::TARGETS;
use proptest::prelude::*;
use serde_json::json;

/// Pieces that the languages are made of, so that drawn texts get past the lexers.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "${{",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    ".",
    "..",
    "a",
    "b",
    ".a",
    "$x",
    " ",
    "\n",
    ": ",
    "- ",
    "\"",
    "'",
    "0",
    "1",
    "2.5",
    "1e9",
    "*",
    "?",
    "**",
    "/",
    "\\",
    "if",
    "end",
    "range",
    "for",
    "in",
    "not",
    "and",
    "==",
    "!=",
    "<",
    ">",
    ",",
    "@",
    "#",
    "&x",
    "*x",
    "<<",
    "!!str",
    "true",
    "null",
    "~",
    "%",
    "-",
    "+",
    "\0",
    "{\"a\":",
    "[1,2]",
    "1h",
    "Mi",
    "return",
    "function",
    "do",
    "obj",
    "\u{e9}",
    "\u{1f600}",
    "\t",
];

fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof![4 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => ".{0,4}"], 0..24)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn texts_of_their_pieces(text in texts()) {
        for (_, body) in TARGETS {
            body(text.as_bytes());
        }
    }

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        for (_, body) in TARGETS {
            body(&bytes);
        }
    }
}

#[test]
fn what_would_take_too_long_is_refused_as_a_limit() {
    for (op, input) in [
        ("lang.glob.minimatch", json!({"pattern": "{1..5000}*[a]", "text": "a"})),
        ("lang.quantity", json!({"text": "1234567890123456789e130000"})),
        ("lang.jq", json!({"expr": "[repeat(.)]", "input": {"a": 1}})),
    ] {
        let begun = Instant::now();
        let refused = wire::call(op, input.clone()).unwrap_err();
        assert_eq!(refused.code, "limit", "{op} {input}: {}", refused.message);
        assert!(begun.elapsed() < Duration::from_secs(20), "{op} {input}");
    }
}

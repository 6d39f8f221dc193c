//! See `yaml-kubernetes` in `tests/src/languages.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(body) = lofting_tests::languages::target("yaml-kubernetes") {
        body(data);
    }
});

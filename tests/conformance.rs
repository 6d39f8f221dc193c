//! One named test a vector file and operation: our answer against upstream's.
//!
//! `tests/vectors/` always runs; the larger corpus runs when `LOFTING_CORPUS` names it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use lofting_tests::vector::{self, Vector};
use lofting_tests::{divergences, judge, root};
use serde_json::Value;

/// Disagreements printed for one test.
const SHOWN: usize = 3;

type Known = Arc<BTreeMap<String, String>>;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let known = match divergences::read() {
        Ok(known) => Arc::new(known),
        Err(problem) => {
            trials.push(Trial::test("divergences.yaml can be read", move || Err(problem.into())));
            Known::default()
        }
    };
    let committed = root().join("tests/vectors");
    for file in vector::files(&committed) {
        trials.extend(of_file("vectors", &committed, file, &known));
    }
    match std::env::var_os("LOFTING_CORPUS").map(PathBuf::from) {
        Some(corpus) if corpus.is_dir() => {
            for file in vector::files(&corpus) {
                trials.extend(of_file("corpus", &corpus, file, &known));
            }
        }
        Some(corpus) => {
            let problem = format!("LOFTING_CORPUS names {}, which is no directory", corpus.display());
            trials.push(Trial::test("corpus", move || Err(problem.into())));
        }
        None => trials.push(Trial::test("corpus (LOFTING_CORPUS is not set)", || Ok(())).with_ignored_flag(true)),
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The operations of a file are known only after reading it; reading is cheap next to answering.
fn of_file(kind: &str, base: &Path, file: PathBuf, known: &Known) -> Vec<Trial> {
    let name = file.strip_prefix(base).unwrap_or(&file).display().to_string();
    let ops: BTreeSet<String> = match vector::read(&file) {
        Ok((vectors, unreadable)) => {
            let unlisted: Vec<String> = unreadable.into_iter().filter(|id| !known.contains_key(id)).collect();
            if !unlisted.is_empty() {
                return vec![Trial::test(format!("{kind}/{name} can be read"), move || Err(format!("not listed: {unlisted:?}").into()))];
            }
            vectors.into_iter().map(|vector| vector.op).collect()
        }
        Err(problem) => return vec![Trial::test(format!("{kind}/{name}"), move || Err(problem.into()))],
    };
    ops.into_iter()
        .map(|op| {
            let (file, known) = (file.clone(), Arc::clone(known));
            Trial::test(format!("{kind}/{name} {op}"), move || run(&file, &op, &known))
        })
        .collect()
}

fn run(file: &Path, op: &str, known: &BTreeMap<String, String>) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let mut total = 0_usize;
    for vector in vector::read(file)?.0.iter().filter(|vector| vector.op == op) {
        total += 1;
        let answer: Value = serde_json::from_str(&lofting::wire::call_json(&vector.op, vector.input.get())).unwrap_or_default();
        match (judge::judge(vector, &answer), known.get(&vector.id)) {
            (Some(at), None) => wrong.push(describe(vector, &at, &answer)),
            (None, Some(reason)) => wrong.push(format!("{}: listed as a divergence ({reason}) but it agrees now", vector.id)),
            _ => {}
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let shown: Vec<_> = wrong.iter().take(SHOWN).cloned().collect();
    Err(format!("{} of {total} disagree\n{}", wrong.len(), shown.join("\n")).into())
}

fn describe(vector: &Vector, at: &str, answer: &Value) -> String {
    let pointer = at.split(' ').next().unwrap_or_default().trim_end_matches(':');
    let part = |value: &Value| cut(&value.pointer(pointer).unwrap_or(value).to_string());
    let got = answer.get("ok").or_else(|| answer.get("error")).unwrap_or(answer);
    format!("{}: {at}\n  upstream {}\n  lofting  {}", vector.id, part(&vector.expect), part(got))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

//! `lofting health test`: the test files of operators' vendors, judged as Argo CD's own tests judge them.

use std::collections::BTreeMap;
use std::path::Path;

use lofting::Value;
use lofting::argocd::health::{self, Assessed, Customization, Customizations};
use lofting::yaml;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BAD, GOOD, styled};

const TESTS: &str = "health_test.yaml";
const SCRIPT: &str = "health.lua";

/// One object with the health that it should have.
struct Case {
    /// `GROUP/KIND`, or whatever the directory is called.
    suite: String,
    /// The object's file.
    input: String,
    problem: Option<String>,
}

/// The files below a directory.
struct Files {
    texts: BTreeMap<String, Result<String, String>>,
}

impl Files {
    fn text(&self, path: &str) -> Result<&str, String> {
        match self.texts.get(path) {
            None => Err(format!("{path}: there is no such file")),
            Some(Ok(text)) => Ok(text),
            Some(Err(why)) => Err(format!("{path}: {why}")),
        }
    }

    /// The directories that hold a script or tests.
    fn bases(&self) -> Vec<&str> {
        let mut bases: Vec<&str> = self.texts.keys().filter_map(|path| base_of(path, TESTS).or_else(|| base_of(path, SCRIPT))).collect();
        bases.sort_unstable();
        bases.dedup();
        bases
    }
}

fn base_of<'p>(path: &'p str, file: &str) -> Option<&'p str> {
    let base = path.strip_suffix(file)?;
    if base.is_empty() { Some("") } else { base.strip_suffix('/') }
}

fn join(base: &str, file: &str) -> String {
    if base.is_empty() { file.to_owned() } else { format!("{base}/{file}") }
}

/// `GROUP/KIND` of a directory as a key of customisations; `_` stands for anything.
fn key(base: &str) -> Option<String> {
    let mut parts = base.rsplit('/');
    let (kind, group) = (parts.next()?, parts.next()?);
    Some(format!("{group}/{kind}").replace('_', "*"))
}

pub(super) fn run(dir: &Path, junit: Option<&Path>) -> Outcome {
    let files = Files { texts: input::tree(dir)?.into_iter().map(|file| (file.path, file.text)).collect() };
    let bases = files.bases();
    let mut scripts = Customizations::default();
    for base in &bases {
        if let (Some(key), Ok(script)) = (key(base), files.text(&join(base, SCRIPT))) {
            scripts.insert(key, Customization { script: script.to_owned(), open_libs: true });
        }
    }
    let cases: Vec<Case> = bases.iter().flat_map(|base| suite(&files, base, &scripts)).collect();
    if cases.is_empty() {
        return Err(Failure::Usage(format!("{}: there is no {TESTS} below", dir.display())));
    }
    for Case { suite, input, problem } in &cases {
        match problem {
            None => output::line(&format!("{} {}", styled(GOOD, "ok"), join(suite, input)))?,
            Some(problem) => output::line(&format!("{} {}\n   {problem}", styled(BAD, "FAILED"), join(suite, input)))?,
        }
    }
    let failed = cases.iter().filter(|case| case.problem.is_some()).count();
    output::line(&format!("{} passed, {failed} failed", cases.len() - failed))?;
    if let Some(path) = junit {
        std::fs::write(path, report(&cases)).map_err(|error| Failure::Io(path.display().to_string(), error))?;
    }
    Ok(Exit::of(failed > 0))
}

/// The cases of one directory; one that cannot be read is a case that fails.
fn suite(files: &Files, base: &str, scripts: &Customizations) -> Vec<Case> {
    let broken = |file: &str, why: String| vec![Case { suite: base.to_owned(), input: file.to_owned(), problem: Some(why) }];
    let plan = match files.text(&join(base, TESTS)) {
        Ok(text) => text,
        Err(why) => return broken(TESTS, why),
    };
    let plan = match yaml::kubernetes::unmarshal(plan) {
        Ok(plan) => plan,
        Err(error) => return broken(TESTS, error.to_string()),
    };
    let Some(tests) = member(&plan, "tests").and_then(Value::as_array) else {
        return broken(TESTS, "it has no list `tests`".to_owned());
    };
    let own = files.text(&join(base, SCRIPT)).ok();
    let case = |test: &Value| {
        let input = member(test, "inputPath").and_then(Value::as_str).unwrap_or_default();
        let problem = if input.is_empty() {
            Some("it has no inputPath".to_owned())
        } else {
            match files.text(&join(base, input)) {
                Err(why) => Some(why),
                Ok(object) => judge(object, own, base, scripts, member(test, "healthStatus").filter(|status| !status.is_null())),
            }
        };
        Case { suite: base.to_owned(), input: if input.is_empty() { TESTS } else { input }.to_owned(), problem }
    };
    tests.iter().map(case).collect()
}

/// A member as Go's decoder finds it: by its name, else by its name in any case.
fn member<'v>(value: &'v Value, wanted: &str) -> Option<&'v Value> {
    let members = value.as_object()?;
    members.get(wanted).or_else(|| members.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value))
}

/// None when the object gets the health that the test wants.
fn judge(object: &str, own: Option<&str>, base: &str, scripts: &Customizations, wanted: Option<&Value>) -> Option<String> {
    let object = match yaml::kubernetes::unmarshal(object) {
        Ok(object) => object,
        Err(error) => return Some(error.to_string()),
    };
    let text = |pointer: &str| object.get(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = text("kind");
    let named = text("apiVersion").rsplit_once('/').map_or_else(|| kind.to_owned(), |(group, _)| format!("{group}/{kind}"));
    // a directory that is not called as its objects are judges them all the same
    let alone = match own.filter(|_| scripts.find(&named).is_none()) {
        Some(script) => {
            let mut alone = Customizations::default();
            alone.insert("*", Customization { script: script.to_owned(), open_libs: true });
            Some(alone)
        }
        None => None,
    };
    let got = match health::judge(&object, alone.as_ref().unwrap_or(scripts)) {
        Ok(got) => said(got),
        Err(why) => format!("an error: {why}"),
    };
    let wanted = wanted.map_or_else(
        || words("", "", ""),
        |status| {
            let text = |key: &str| member(status, key).and_then(Value::as_str).unwrap_or_default();
            words(text("status"), text("message"), text("deletionMessage"))
        },
    );
    let elsewhere =
        if key(base).is_some_and(|key| key != named && scripts.has(&named)) { format!(", judged by {named}") } else { String::new() };
    (got != wanted).then(|| format!("wanted {wanted}\n   got    {got}{elsewhere}"))
}

fn said(got: Option<Assessed>) -> String {
    got.map_or_else(|| words("", "", ""), |got| words(&got.health.status, &got.health.message, &got.deletion_message))
}

fn words(status: &str, message: &str, deletion: &str) -> String {
    let mut text = if status.is_empty() { "no health".to_owned() } else { status.to_owned() };
    if !message.is_empty() {
        text.push_str(&format!(": {message}"));
    }
    if !deletion.is_empty() {
        text.push_str(&format!(", while it is deleted: {deletion}"));
    }
    text
}

fn report(cases: &[Case]) -> String {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for Case { suite, input, problem } in cases {
        let mut status = if problem.is_some() { TestCaseStatus::non_success(NonSuccessKind::Failure) } else { TestCaseStatus::success() };
        if let Some(problem) = problem {
            status.set_message(problem.lines().next().unwrap_or_default());
            status.set_description(problem.as_str());
        }
        let mut case = TestCase::new(input.as_str(), status);
        case.set_classname(suite.as_str());
        suites.entry(suite).or_insert_with(|| TestSuite::new(suite.as_str())).add_test_case(case);
    }
    let mut report = Report::new("lofting health test");
    report.add_test_suites(suites.into_values());
    report.to_string().map(|text| text + "\n").unwrap_or_default()
}

//! `lofting health`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lofting::Value;
use lofting::argocd::health::{self, Customization, Customizations, Health};
use lofting::yaml;

use crate::cli::Format;
use crate::documents;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BAD, GOOD, WARN, styled};

/// Judge the health of live objects as Argo CD does.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct HealthCommand {
    #[command(subcommand)]
    action: Option<Action>,
    /// Files or directories with live objects, as `kubectl get -o yaml` prints them; - is stdin
    #[arg(default_value = "-")]
    paths: Vec<PathBuf>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run the health_test.yaml files below a directory: GROUP/KIND/{health.lua,health_test.yaml,testdata/}
    Test {
        /// The directory
        dir: PathBuf,
        /// Write a JUnit report here
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
    },
}

impl HealthCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Some(Action::Test { dir, junit }) => test(&dir, junit.as_deref()),
            None => assess(&self.paths, self.output),
        }
    }
}

fn assess(paths: &[PathBuf], format: Format) -> Outcome {
    let rows: Vec<_> = documents::search(paths)?.iter().map(|object| (describe(object), health::assess(object))).collect();
    let bad = |health: &Option<Health>| {
        health.as_ref().is_some_and(|health| matches!(health.status.as_str(), "Degraded" | "Unknown" | "Missing"))
    };
    let found = rows.iter().any(|(_, health)| bad(health));
    let value: Value = rows.iter().map(|(key, health)| serde_json::json!({"resource": key, "health": health})).collect();
    match output::data(format, &value) {
        Some(text) => output::text(&text)?,
        None => {
            for (key, health) in &rows {
                let text = match health {
                    None => styled(output::DIM, "no health"),
                    Some(health) => {
                        let style = if bad(&Some(health.clone())) {
                            BAD
                        } else if health.status == "Healthy" {
                            GOOD
                        } else {
                            WARN
                        };
                        format!("{} {}", styled(style, &health.status), health.message)
                    }
                };
                output::line(&format!("{key}: {}", text.trim_end()))?;
            }
        }
    }
    Ok(Exit::of(found))
}

fn describe(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let parts = [text("/kind"), text("/metadata/namespace"), text("/metadata/name")];
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/")
}

struct Case {
    name: String,
    problem: Option<String>,
}

fn test(dir: &std::path::Path, junit: Option<&std::path::Path>) -> Outcome {
    let files = input::tree(dir)?;
    let text = |path: &str| files.iter().find(|file| file.path == path).and_then(|file| file.text.as_deref().ok());
    let mut cases = Vec::new();
    for file in files.iter().filter(|file| file.path.rsplit('/').next() == Some("health_test.yaml")) {
        let base = file.path.rsplit_once('/').map_or("", |(base, _)| base);
        let at = |name: &str| if base.is_empty() { name.to_owned() } else { format!("{base}/{name}") };
        let plan = text(&file.path).ok_or_else(|| Failure::Usage(format!("{}: cannot be read", file.path)))?;
        let plan = yaml::kubernetes::unmarshal(plan).map_err(|error| crate::input::named(error, &file.path))?;
        let script = text(&at("health.lua")).unwrap_or_default();
        for case in plan.get("tests").and_then(Value::as_array).into_iter().flatten() {
            let input = case.get("inputPath").and_then(Value::as_str).unwrap_or_default();
            let name = format!("{base}: {input}");
            let problem = match text(&at(input)) {
                None => Some(format!("{} is not there", at(input))),
                Some(object) => one(object, script, case),
            };
            cases.push(Case { name, problem });
        }
    }
    for case in &cases {
        match &case.problem {
            None => output::line(&format!("{} {}", styled(GOOD, "ok"), case.name))?,
            Some(problem) => output::line(&format!("{} {}\n   {problem}", styled(BAD, "FAILED"), case.name))?,
        }
    }
    let failed = cases.iter().filter(|case| case.problem.is_some()).count();
    output::line(&format!("{} passed, {failed} failed", cases.len() - failed))?;
    if let Some(path) = junit {
        std::fs::write(path, report(&cases)).map_err(|error| Failure::Io(path.display().to_string(), error))?;
    }
    if cases.is_empty() {
        return Err(Failure::Usage(format!("{}: there is no health_test.yaml below", dir.display())));
    }
    Ok(Exit::of(failed > 0))
}

/// `None` when the object gets the health that the test wants.
fn one(object: &str, script: &str, case: &Value) -> Option<String> {
    let object = match yaml::kubernetes::unmarshal(object) {
        Ok(object) => object,
        Err(error) => return Some(error.message),
    };
    let mut customizations = Customizations::default();
    if !script.is_empty() {
        customizations.insert("*", Customization { script: script.to_owned(), open_libs: true });
    }
    let want = |key: &str| case.pointer(&format!("/healthStatus/{key}")).and_then(Value::as_str).unwrap_or_default();
    let got = health::assess_with(&object, &customizations);
    let (status, message) = got.map_or_else(Default::default, |health| (health.status, health.message));
    (status != want("status") || message != want("message"))
        .then(|| format!("wanted {} {:?}, got {status} {message:?}", want("status"), want("message")))
}

fn report(cases: &[Case]) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let failed = cases.iter().filter(|case| case.problem.is_some()).count();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"health\" tests=\"{}\" failures=\"{failed}\">\n",
        cases.len()
    );
    for case in cases {
        let body = case.problem.as_ref().map(|problem| format!("<failure message=\"{}\"/>", escape(problem))).unwrap_or_default();
        xml.push_str(&format!("  <testcase classname=\"health\" name=\"{}\">{body}</testcase>\n", escape(&case.name)));
    }
    xml + "</testsuite>\n"
}

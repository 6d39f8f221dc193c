//! `lofting rollout`.

mod chart;
mod check;
mod svg;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use lofting::Value;
use lofting::rollouts::simulate::simulate;
use lofting::rollouts::simulate::state::Trace;

use crate::cli::{Format, Global};
use crate::documents::{self, kind, name};
use crate::exit::{Exit, Failure, Outcome};
use crate::output;

/// Check Rollouts, or play one through.
#[derive(Debug, Args)]
pub(crate) struct RolloutCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Validate Rollouts and what they refer to, as the controller does, and lint them
    Check {
        /// Files or directories; - is stdin
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How to write the answer
        #[arg(short, long, value_enum, default_value_t = Format::Human)]
        output: Format,
    },
    /// Play an update through: weights and pods over time; exits with 1 when it does not end Healthy
    Simulate(Simulate),
}

#[derive(Debug, Args)]
struct Simulate {
    /// The Rollout, with the objects it refers to; a single file's neighbours are looked at too
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// What happens: events, pods, answers to measurements
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Further scenarios, whose figures are shown side by side
    #[arg(long, value_name = "FILE")]
    vary: Vec<PathBuf>,
    /// Do not look at the files beside a single file
    #[arg(long)]
    alone: bool,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Drawing::Human)]
    output: Drawing,
}

/// How to write a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Drawing {
    /// Drawn in the terminal
    Human,
    /// The wire answer
    Json,
    /// The wire answer as YAML
    Yaml,
    /// A picture
    Svg,
    /// A page with the picture and the states
    Html,
}

/// Kinds that a scenario can hold.
const OBJECTS: &[&str] = &["Service", "Ingress", "VirtualService", "DestinationRule", "AnalysisTemplate", "ClusterAnalysisTemplate"];

impl RolloutCommand {
    pub(crate) fn run(self, global: &Global) -> Outcome {
        match self.action {
            Action::Check { paths, output } => check::run(&paths, output),
            Action::Simulate(simulate) => simulate.run(global),
        }
    }
}

impl Simulate {
    fn run(self, global: &Global) -> Outcome {
        let mut found = documents::objects(&self.paths)?;
        let rollouts: Vec<usize> = found.iter().enumerate().filter(|(_, object)| kind(object) == "Rollout").map(|(at, _)| at).collect();
        let at = match rollouts.as_slice() {
            [at] => *at,
            [] => return Err(Failure::Usage("there is no Rollout here".into())),
            several => return Err(Failure::Usage(format!("there are {} Rollouts here; pass one", several.len()))),
        };
        let rollout = found.remove(at);
        found.retain(|object| OBJECTS.contains(&kind(object)));
        if let ([single], false) = (self.paths.as_slice(), self.alone) {
            neighbours(single, &rollout, &mut found, global)?;
        }
        let mut traces = Vec::new();
        for path in self.scenario.iter().chain(&self.vary) {
            let label = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let scenario = documents::document(path)?;
            traces
                .push((label, play(&rollout, scenario, &found).map_err(|error| crate::input::named(error, &path.display().to_string()))?));
        }
        if traces.is_empty() {
            return Err(Failure::Usage(
                "pass --scenario FILE: what happens, such as `events: [{at: 0s, do: setImage, image: \"app:v2\"}]`".into(),
            ));
        }
        self.write(&rollout, &traces)?;
        Ok(Exit::of(traces.iter().any(|(_, trace)| trace.summary.phase != "Healthy")))
    }

    fn write(&self, rollout: &Value, traces: &[(String, Trace)]) -> Result<(), Failure> {
        let value = || match traces {
            [(_, trace)] => serde_json::to_value(trace).unwrap_or_default(),
            several => Value::Object(
                several.iter().map(|(label, trace)| (label.clone(), serde_json::to_value(trace).unwrap_or_default())).collect(),
            ),
        };
        let text = match self.output {
            Drawing::Json => output::data(Format::Json, &value()).unwrap_or_default(),
            Drawing::Yaml => output::data(Format::Yaml, &value()).unwrap_or_default(),
            Drawing::Human => chart::draw(name(rollout), traces),
            Drawing::Svg => svg::picture(name(rollout), traces),
            Drawing::Html => svg::page(name(rollout), traces),
        };
        Ok(output::text(&text)?)
    }
}

/// Plays one scenario, with the objects that it does not have itself.
fn play(rollout: &Value, mut scenario: Value, found: &[Value]) -> lofting::Result<Trace> {
    if scenario.is_null() {
        scenario = serde_json::json!({});
    }
    if let Some(members) = scenario.as_object_mut() {
        let own = members.entry("objects").or_insert(Value::Null);
        if own.is_null() {
            *own = Value::Array(Vec::new());
        }
        if let Some(own) = own.as_array_mut() {
            let has = |own: &[Value], object: &Value| own.iter().any(|one| kind(one) == kind(object) && name(one) == name(object));
            for object in found {
                if !has(own, object) {
                    own.push(object.clone());
                }
            }
        }
    }
    simulate(rollout, &scenario)
}

/// Objects in the files beside the Rollout's that it names.
fn neighbours(single: &Path, rollout: &Value, found: &mut Vec<Value>, global: &Global) -> Result<(), Failure> {
    let Some(dir) = single.parent().filter(|_| single.is_file()) else { return Ok(()) };
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let mut names = Vec::new();
    texts(rollout.get("spec").unwrap_or(&Value::Null), &mut names);
    let entries = std::fs::read_dir(dir).map_err(|error| Failure::Io(dir.display().to_string(), error))?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file() && path != single).collect();
    files.sort();
    for path in files.iter().filter(|path| documents::is_data(&path.display().to_string())) {
        // A neighbour that cannot be read is not what was asked about.
        let Ok(objects) = documents::objects(std::slice::from_ref(path)) else { continue };
        for object in objects.into_iter().filter(|object| OBJECTS.contains(&kind(object)) && names.contains(&name(object).to_owned())) {
            if !found.iter().any(|one| kind(one) == kind(&object) && name(one) == name(&object)) {
                if !global.quiet {
                    output::note("note", &format!("with {}/{} of {}", kind(&object), name(&object), path.display()));
                }
                found.push(object);
            }
        }
    }
    Ok(())
}

/// Every text in a value.
fn texts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(members) => members.values().for_each(|member| texts(member, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Seconds as `1h02m03s`.
fn clock(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest:02}s"),
        _ => format!("{hours}h{minutes:02}m{rest:02}s"),
    }
}

/// The share of the traffic that the new version has, of 100: Argo Rollouts' word for a canary, the active Service's for blue-green.
fn weight(entry: &lofting::rollouts::simulate::state::Entry) -> i32 {
    match &entry.blue_green {
        Some(strategy) if strategy.active == entry.current => 100,
        Some(_) => 0,
        None if entry.current == entry.stable => 100,
        None => entry.actual_weight.unwrap_or(0),
    }
}

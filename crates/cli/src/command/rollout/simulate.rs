//! `lofting rollout simulate`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use lofting::Value;
use lofting::rollouts::simulate::faults::{BadMetric, Crash, Faults};
use lofting::rollouts::simulate::play;
use lofting::rollouts::simulate::state::Trace;
use serde_json::json;

use super::{chart, svg};
use crate::cli::{Format, Global};
use crate::documents::{self, kind, name};
use crate::exit::{Exit, Failure, Outcome};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// The Rollout, with the objects it refers to; a single file's neighbours are looked at too
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// What happens: events, pods, answers to measurements
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Versions to show side by side: another scenario, or one member set differently, such as rollout.spec.replicas=20 or
    /// scenario.pods.readyAfter=2m
    #[arg(long, value_name = "FILE|PATH=VALUE")]
    vary: Vec<String>,
    /// At the start the first container gets this image (an image of its own making when there is no scenario)
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Pods of the new version crash when the update reaches step K (from 0); N of them stay ready
    #[arg(long, value_name = "K[:N]")]
    crash_at_step: Vec<String>,
    /// Measurements of a metric are bad from T on: Failed, or VALUE judged by its conditions; `*` is every metric
    #[arg(long, value_name = "METRIC@T[=VALUE]")]
    bad_metric: Vec<String>,
    /// A user aborts the update at T
    #[arg(long, value_name = "T")]
    abort_at: Vec<String>,
    /// An autoscaler sets spec.replicas to N at T
    #[arg(long, value_name = "T=N")]
    scale_at: Vec<String>,
    /// Requests a second, for the number of requests that the new version answers
    #[arg(long, value_name = "RATE")]
    rate: Option<f64>,
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
const OBJECTS: &[&str] = &[
    "Service",
    "Ingress",
    "VirtualService",
    "DestinationRule",
    "AnalysisTemplate",
    "ClusterAnalysisTemplate",
    "TrafficSplit",
    "TraefikService",
    "ApisixRoute",
    "Mapping",
    "VirtualRouter",
    "VirtualNode",
];

/// Whether a scenario takes it: of workloads only the one that the Rollout's template is from.
fn belongs(object: &Value, rollout: &Value) -> bool {
    let reference = &rollout["spec"]["workloadRef"];
    OBJECTS.contains(&kind(object)) || reference["kind"] == kind(object) && reference["name"] == name(object)
}

impl Simulate {
    pub(crate) fn run(self, global: &Global) -> Outcome {
        let mut found = documents::search(&self.paths)?;
        let rollouts: Vec<usize> = found.iter().enumerate().filter(|(_, object)| kind(object) == "Rollout").map(|(at, _)| at).collect();
        let at = match rollouts.as_slice() {
            [at] => *at,
            [] => return Err(Failure::Usage("there is no Rollout here".into())),
            several => return Err(Failure::Usage(format!("there are {} Rollouts here; pass one", several.len()))),
        };
        let rollout = found.remove(at);
        found.retain(|object| belongs(object, &rollout));
        if let ([single], false) = (self.paths.as_slice(), self.alone) {
            neighbours(single, &rollout, &mut found, global)?;
        }
        let faults = self.faults()?;
        let mut traces = Vec::new();
        for version in self.versions(&rollout)? {
            let scenario = with_objects(version.scenario, &found);
            let played = play(&version.rollout, &scenario, &faults).map_err(|error| crate::input::named(error, &version.label))?;
            traces.push((version.label, played.trace));
        }
        self.write(&rollout, &traces)?;
        Ok(Exit::of(traces.iter().any(|(_, trace)| trace.summary.phase != "Healthy")))
    }

    /// What is played: the scenario, and a version of it for each `--vary`.
    fn versions(&self, rollout: &Value) -> Result<Vec<Version>, Failure> {
        let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let base = match &self.scenario {
            Some(path) => {
                Version { label: stem(path), rollout: rollout.clone(), scenario: self.eventful(documents::document(path)?, false)? }
            }
            None => Version { label: "update".into(), rollout: rollout.clone(), scenario: self.eventful(Value::Null, true)? },
        };
        let mut versions = Vec::new();
        for vary in &self.vary {
            versions.push(match vary.split_once('=').filter(|(path, _)| path.starts_with("rollout.") || path.starts_with("scenario.")) {
                Some((path, value)) => {
                    let value = lofting::yaml::kubernetes::unmarshal(value).unwrap_or_else(|_| value.into());
                    let mut both = json!({"rollout": base.rollout, "scenario": base.scenario});
                    set(&mut both, path, value)?;
                    Version { label: vary.clone(), rollout: both["rollout"].take(), scenario: both["scenario"].take() }
                }
                None => {
                    let path = Path::new(vary);
                    let scenario = self.eventful(documents::document(path)?, false)?;
                    Version { label: stem(path), rollout: rollout.clone(), scenario }
                }
            });
        }
        // Scenarios given with `--vary` alone are compared with one another, not with a scenario of our making.
        let alone = self.scenario.is_none() && self.vary.iter().any(|vary| !vary.contains('='));
        if !alone {
            versions.insert(0, base);
        }
        Ok(versions)
    }

    /// The scenario with the events of the options.
    fn eventful(&self, mut scenario: Value, update: bool) -> Result<Value, Failure> {
        if scenario.is_null() {
            scenario = json!({});
        }
        let mut events = Vec::new();
        if let Some(image) = self.image.as_deref().or(update.then_some("lofting.example/next:version")) {
            events.push(json!({"at": "0s", "do": "setImage", "image": image}));
        }
        events.extend(self.abort_at.iter().map(|at| json!({"at": at, "do": "abort"})));
        for given in &self.scale_at {
            let (at, replicas) = given.split_once('=').ok_or_else(|| Failure::Usage(format!("--scale-at {given}: wanted T=N")))?;
            let replicas: i32 = replicas.parse().map_err(|_| Failure::Usage(format!("--scale-at {given}: {replicas} is no number")))?;
            events.push(json!({"at": at, "do": "scale", "replicas": replicas}));
        }
        let Some(members) = scenario.as_object_mut() else { return Err(Failure::Usage("a scenario is a mapping".into())) };
        let own = members.entry("events").or_insert(Value::Null);
        match own {
            Value::Array(own) => own.extend(events),
            Value::Null => *own = Value::Array(events),
            _ => {}
        }
        Ok(scenario)
    }

    fn faults(&self) -> Result<Faults, Failure> {
        let mut faults = Faults::default();
        for given in &self.crash_at_step {
            let (step, ready) = given.split_once(':').unwrap_or((given, "0"));
            let wrong = |_| Failure::Usage(format!("--crash-at-step {given}: wanted a step, or STEP:PODS"));
            faults.crash.push(Crash { step: step.parse().map_err(wrong)?, ready: ready.parse().map_err(wrong)? });
        }
        for given in &self.bad_metric {
            let (metric, rest) =
                given.split_once('@').ok_or_else(|| Failure::Usage(format!("--bad-metric {given}: wanted METRIC@T, such as errors@5m")))?;
            let (at, value) = rest.split_once('=').map_or((rest, None), |(at, value)| (at, Some(value)));
            let value = value
                .map(|value| serde_json::from_str(value).map_err(|error| Failure::Usage(format!("--bad-metric {given}: no JSON: {error}"))))
                .transpose()?;
            faults.metric.push(BadMetric { at: at.into(), metric: (metric != "*").then(|| metric.into()), value });
        }
        Ok(faults)
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
            Drawing::Human => chart::draw(name(rollout), traces, self.rate),
            Drawing::Svg => svg::picture(name(rollout), traces),
            Drawing::Html => svg::page(name(rollout), traces, self.rate),
        };
        Ok(output::text(&text)?)
    }
}

/// A Rollout and a scenario, under a name.
struct Version {
    label: String,
    rollout: Value,
    scenario: Value,
}

/// Sets the member at a path of dots, making the mappings on the way.
fn set(value: &mut Value, path: &str, to: Value) -> Result<(), Failure> {
    let mut at = value;
    for key in path.split('.') {
        let index = key.parse::<usize>().ok();
        at = match (at, index) {
            (Value::Array(items), Some(index)) => {
                items.get_mut(index).ok_or_else(|| Failure::Usage(format!("--vary {path}: there is no item {index}")))?
            }
            (slot @ (Value::Null | Value::Object(_)), _) => {
                if slot.is_null() {
                    *slot = json!({});
                }
                &mut slot[key]
            }
            _ => return Err(Failure::Usage(format!("--vary {path}: {key} lies in something that has no members"))),
        };
    }
    *at = to;
    Ok(())
}

/// The scenario with the objects that it does not have itself.
fn with_objects(mut scenario: Value, found: &[Value]) -> Value {
    if let Some(members) = scenario.as_object_mut() {
        let own = members.entry("objects").or_insert(Value::Null);
        if own.is_null() {
            *own = Value::Array(Vec::new());
        }
        if let Some(own) = own.as_array_mut() {
            let missing = |own: &[Value], object: &Value| !own.iter().any(|one| kind(one) == kind(object) && name(one) == name(object));
            for object in found {
                if missing(own, object) {
                    own.push(object.clone());
                }
            }
        }
    }
    scenario
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
        for object in objects.into_iter().filter(|object| belongs(object, rollout) && names.contains(&name(object).to_owned())) {
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

//! The self-service flow, offline: from a filled-in form to the status card of the first deployment, stage by stage.
//!
//! Each stage says what it made and its verdict; a stage that needs a failed one is `skipped`.

mod catalog;
mod deploy;
mod extras;
mod form;
mod gitops;
mod journey;
mod product;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::File;
use super::status::Card;
use crate::{Error, Location, Result};

use journey::Journey;

/// Request of `platform.flow`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Every text of the platform's directory.
    pub files: Vec<File>,
    /// The template's file, among `files`.
    pub template: String,
    /// What the form gives: a file, so that problems have a place.
    pub values: File,
    /// Application name to what a renderer made of its source; besides the files below `rendered`.
    #[serde(default)]
    pub rendered: BTreeMap<String, String>,
    /// Who runs the template.
    pub user: Option<String>,
}

/// Response of `platform.flow`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// Canonical reference of the template.
    pub template: String,
    /// The new repository's name.
    pub name: String,
    /// The nine stages.
    pub stages: Vec<Stage>,
    /// The files of the new repository.
    pub files: Vec<File>,
    /// Applications that would be created.
    pub applications: Vec<String>,
    /// Sources that a renderer must render first.
    pub needs: Vec<Need>,
    /// The status card after the first sync.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
}

/// One stage.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// From 1.
    pub number: usize,
    /// `form`, `dryRun`, `catalog`, `gitops`, `sync`, `rollout`, `card`, `techdocs`, `extras`.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// On one line.
    pub summary: String,
    /// What it made.
    pub product: Vec<String>,
    /// What is wrong, with its place.
    pub problems: Vec<Problem>,
}

/// How a stage went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All is well.
    Passed,
    /// Something is wrong.
    Failed,
    /// It needs a stage that failed, was skipped or is not known.
    Skipped,
    /// It cannot be told here.
    Unknown,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// What.
    pub message: String,
    /// Where; files of the new repository begin with its name.
    pub location: Location,
}

/// A directory that a tool must render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Need {
    /// The Application.
    pub application: String,
    /// `kustomize`, `helm` …
    pub tool: String,
    /// The directory of its source in the new repository.
    pub dir: String,
}

/// The stages: name, title, and those that must have passed before.
const STAGES: [(&str, &str, &[usize]); 9] = [
    ("form", "The form is filled in correctly", &[]),
    ("dryRun", "The template writes the repository", &[1]),
    ("catalog", "The catalog takes the new entity", &[2]),
    ("gitops", "Argo CD gets a new Application", &[2]),
    ("sync", "The first sync goes through", &[4]),
    ("rollout", "The Rollout is sound", &[4]),
    ("card", "The portal shows it deployed", &[3, 5]),
    ("techdocs", "The documentation builds", &[2]),
    ("extras", "Dashboard, claims and pipeline are there", &[2]),
];

/// What a stage found.
#[derive(Debug, Default)]
pub(super) struct Finding {
    summary: String,
    product: Vec<String>,
    problems: Vec<Problem>,
    unknown: bool,
}

impl Finding {
    fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), ..Self::default() }
    }

    fn failed(summary: impl Into<String>, problems: Vec<Problem>) -> Self {
        Self { summary: summary.into(), problems, ..Self::default() }
    }

    fn unknown(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), unknown: true, ..Self::default() }
    }
}

/// Plays the flow.
///
/// # Errors
/// When the template is not among the files, or the configuration cannot be read.
pub fn flow(request: &Request) -> Result<Flow> {
    let mut journey = Journey::begin(request)?;
    let mut stages: Vec<Stage> = Vec::new();
    for (at, (name, title, needs)) in STAGES.iter().enumerate() {
        let missing = needs.iter().filter_map(|need| stages.get(need - 1)).find(|stage| stage.verdict != Verdict::Passed);
        let (verdict, found) = match missing {
            Some(stage) => (Verdict::Skipped, Finding::new(format!("needs stage {}, {}", stage.number, stage.name))),
            None => {
                let found = run(at + 1, &mut journey)?;
                let verdict = match (&found.problems.is_empty(), found.unknown) {
                    (false, _) => Verdict::Failed,
                    (true, true) => Verdict::Unknown,
                    (true, false) => Verdict::Passed,
                };
                (verdict, found)
            }
        };
        stages.push(Stage {
            number: at + 1,
            name,
            title,
            verdict,
            summary: found.summary,
            product: found.product,
            problems: found.problems,
        });
    }
    Ok(journey.end(stages))
}

fn run(stage: usize, journey: &mut Journey<'_>) -> Result<Finding> {
    match stage {
        1 => form::check(journey),
        2 => product::write(journey),
        3 => catalog::check(journey),
        4 => gitops::place(journey),
        5 => deploy::sync(journey),
        6 => deploy::rollout(journey),
        7 => deploy::card(journey),
        8 => Ok(extras::techdocs(journey)),
        9 => Ok(extras::extras(journey)),
        _ => Err(Error::new("internal", "there are nine stages")),
    }
}

impl Flow {
    /// Whether every stage passed.
    pub fn passed(&self) -> bool {
        self.stages.iter().all(|stage| stage.verdict == Verdict::Passed)
    }
}

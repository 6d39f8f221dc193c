//! Operations of `platform`.

use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Op};
use crate::Result;
use crate::platform::adoption::{self, Adoption};
use crate::platform::flow::{self, Flow};
use crate::platform::lints::{self, Report};
use crate::platform::preview::{self, Preview, Request};
use crate::platform::radius::{self, Wiring};
use crate::platform::status::{self, Card, Cards};

fn adopted(request: adoption::Request) -> Result<Adoption> {
    adoption::adoption(&request)
}

fn flowed(request: flow::Request) -> Result<Flow> {
    flow::flow(&request)
}

fn linted(request: lints::Request) -> Result<Report> {
    lints::report(&request)
}

fn previewed(request: preview::Request) -> Result<Preview> {
    preview::preview(&request)
}

fn stated(request: status::Request) -> Result<Card> {
    status::status(&request)
}

fn wired(request: radius::Request) -> Result<Wiring> {
    radius::wiring(&request)
}

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("platform.adoption", "Measure what a platform is used for, from files and the snapshot", adopted),
        Op::new("platform.flow", "Play the self-service flow from a filled-in form to the first deployment", flowed),
        Op::new("platform.lint", "Find the common mistakes of a platform, with fixes where they are safe", linted),
        Op::new(
            "platform.preview",
            "Draw a platform repository as one picture: catalog, templates, Applications, Rollouts, wiring, findings",
            previewed,
        ),
        Op::new("platform.status", "Show the Argo CD status card of an entity as the portal would", stated),
        Op::new("platform.wire", "Wire Components, Applications, workloads and repositories, and tell what a change reaches", wired),
    ]
}

/// The handle `platform`: a repository that is read once.
pub(super) fn kind() -> Kind {
    Kind::new("platform", "A platform repository, read and judged once for many questions", open)
        .with("platform.lint", |kept: &Kept, asked: Baseline| kept.lint(&asked.baseline))
        .with("platform.preview", |kept: &Kept, _: Nothing| kept.preview())
        .with("platform.status", |kept: &Kept, asked: OfEntity| kept.card(&asked.entity))
}

/// Which findings are known.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Baseline {
    /// Fingerprints of findings that are known and not reported.
    #[serde(default)]
    baseline: Vec<String>,
}

/// Whose card is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OfEntity {
    /// The entity: a reference, or the name of a Component.
    entity: String,
}

/// No question but the operation itself.
#[derive(Debug, Deserialize, JsonSchema)]
struct Nothing {}

/// The picture, shared with the handle that keeps it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
struct Drawn(#[serde(serialize_with = "whole")] Arc<Preview>);

fn whole<S: serde::Serializer>(preview: &Arc<Preview>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    preview.serialize(serializer)
}

struct Kept {
    request: Request,
    drawn: OnceLock<Result<Drawn>>,
    report: OnceLock<Result<Report>>,
    cards: OnceLock<Result<Cards>>,
}

impl Kept {
    /// The picture, drawn when it is first asked for.
    fn preview(&self) -> Result<Drawn> {
        self.drawn.get_or_init(|| preview::preview(&self.request).map(|preview| Drawn(Arc::new(preview)))).clone()
    }

    /// The findings that a baseline does not know; everything is judged when it is first asked for.
    fn lint(&self, baseline: &[String]) -> Result<Report> {
        let Request { files, rendered, .. } = &self.request;
        Ok(self.report.get_or_init(|| Report::read(files, rendered)).clone()?.against(baseline, files))
    }

    /// An entity's card; all of them are made when the first is asked for.
    fn card(&self, entity: &str) -> Result<Card> {
        let Request { files, rendered, .. } = &self.request;
        match self.cards.get_or_init(|| Cards::read(files, rendered)) {
            Ok(cards) => cards.get(entity).cloned(),
            Err(error) => Err(error.clone()),
        }
    }
}

fn open(request: Request) -> Result<Kept> {
    Ok(Kept { request, drawn: OnceLock::new(), report: OnceLock::new(), cards: OnceLock::new() })
}

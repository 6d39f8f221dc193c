//! Operations of `platform`.

use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Op};
use crate::Result;
use crate::platform::preview::{self, Preview, Request};

fn preview(request: Request) -> Result<Preview> {
    preview::preview(&request)
}

pub(super) fn ops() -> Vec<Op> {
    vec![Op::new(
        "platform.preview",
        "Draw a platform repository as one picture: catalog, templates, Applications, Rollouts, wiring, findings",
        preview,
    )]
}

/// The handle `platform`: a repository that is read once.
pub(super) fn kind() -> Kind {
    Kind::new("platform", "A platform repository, read and judged once for many questions", open)
        .with("platform.preview", |kept: &Kept, _: Nothing| kept.preview())
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
}

impl Kept {
    /// The picture, drawn when it is first asked for.
    fn preview(&self) -> Result<Drawn> {
        self.drawn.get_or_init(|| preview::preview(&self.request).map(|preview| Drawn(Arc::new(preview)))).clone()
    }
}

fn open(request: Request) -> Result<Kept> {
    Ok(Kept { request, drawn: OnceLock::new() })
}

//! Operations of `platform`.

use super::Op;
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

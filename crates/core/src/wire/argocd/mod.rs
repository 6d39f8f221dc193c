//! Operations of Argo CD's room.

mod app;
mod application;
mod application_view;
mod appset;
mod autosync;
mod delete;
mod diff;
mod expand;
mod health;
mod project;
mod sync;
mod tracking;
mod window;

use super::Op;

pub(super) fn ops() -> Vec<Op> {
    let mut ops = Vec::new();
    ops.extend(app::ops());
    ops.extend(application::ops());
    ops.extend(appset::ops());
    ops.extend(autosync::ops());
    ops.extend(delete::ops());
    ops.extend(diff::ops());
    ops.extend(expand::ops());
    ops.extend(health::ops());
    ops.extend(project::ops());
    ops.extend(sync::ops());
    ops.extend(tracking::ops());
    ops.extend(window::ops());
    ops
}

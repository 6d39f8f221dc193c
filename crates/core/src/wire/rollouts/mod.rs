//! Operations of Argo Rollouts' room.

mod analysis;
mod experiment;
mod reconcile;
mod rollout;
mod simulate;
mod status;
mod traffic;

use super::Op;

pub(super) fn ops() -> Vec<Op> {
    let mut ops = Vec::new();
    ops.extend(analysis::ops());
    ops.extend(experiment::ops());
    ops.extend(reconcile::ops());
    ops.extend(rollout::ops());
    ops.extend(simulate::ops());
    ops.extend(status::ops());
    ops.extend(traffic::ops());
    ops
}

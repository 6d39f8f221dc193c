//! `argoproj.io/Rollout`.

use super::node::{Judged, Node, fail, say, tell};
use crate::Value;
use crate::argocd::health::script::INVALID;
use crate::argocd::health::status::{Health, HealthCode, HealthCode::*};

/// `tonumber`: a number, a string that reads as one, else nil.
fn to_number(node: Node<'_>) -> Option<f64> {
    node.operand()
}

/// The node, or a default for nil.
fn or_default<'v>(node: Node<'v>, default: &'v Value) -> Node<'v> {
    if node.is_nil() { Node::new(default) } else { node }
}

pub(super) fn rollout(o: Node<'_>) -> Judged {
    if !generation_observed(o)? || !workload_generation_observed(o)? {
        return say(Progressing, "Waiting for rollout spec update to be observed");
    }
    let status = o.get(89, "status")?;
    let phase = status.get(89, "phase")?;
    if !phase.is_nil() {
        return by_phase(status, phase);
    }
    for condition in status.get(100, "conditions")?.each(100)? {
        let kind = condition.get(101, "type")?;
        let reason = condition.get(106, "reason")?;
        let stopped = kind.is("Progressing") && (reason.is("RolloutAborted") || reason.is("ProgressDeadlineExceeded"));
        if kind.is("InvalidSpec") || stopped {
            return tell(Degraded, condition.get(103, "message")?);
        }
    }
    if paused(o, status)? {
        return say(Suspended, "Rollout is paused");
    }
    let current = status.get(123, "currentPodHash")?;
    if current.is_nil() {
        return say(Progressing, "Waiting for rollout to finish: status has not been reconciled.");
    }
    by_replicas(o, status, current)
}

/// Newer controllers write the phase; `Paused` is Argo CD's Suspended, the others are the same words.
fn by_phase(status: Node<'_>, phase: Node<'_>) -> Judged {
    let message = status.get(96, "message")?;
    if phase.is("Paused") {
        return tell(Suspended, message);
    }
    match phase.text().and_then(HealthCode::parse) {
        Some(code) => tell(code, message),
        None if phase.text().is_some() && matches!(message.kind(), "nil" | "string") => say(Unknown, INVALID),
        None => Ok(Some(Health { status: String::new(), message: String::new(), failed: false }.into())),
    }
}

fn generation_observed(o: Node<'_>) -> Result<bool, String> {
    let status = o.get(58, "status")?;
    if status.is_nil() {
        return Ok(false);
    }
    let Some(observed) = to_number(status.get(61, "observedGeneration")?) else { return Ok(true) };
    let generation = o.path(62, &["metadata", "generation"])?;
    // Controllers before 1.0 wrote a hash here, which reads as a large number or none.
    let Some(generation) = generation.number() else {
        return fail(62, format!("attempt to compare {} with number", generation.kind()));
    };
    Ok(observed >= generation)
}

#[allow(clippy::float_cmp, reason = "Lua compares numbers exactly")]
fn workload_generation_observed(o: Node<'_>) -> Result<bool, String> {
    let annotations = o.path(72, &["metadata", "annotations"]);
    if o.path(72, &["spec", "workloadRef"])?.is_nil() || annotations.as_ref().is_ok_and(|node| node.is_nil()) {
        return Ok(true);
    }
    let generation = to_number(annotations?.get(76, "rollout.argoproj.io/workload-generation")?);
    Ok(generation == to_number(o.path(77, &["status", "workloadObservedGeneration"])?))
}

fn paused(o: Node<'_>, status: Node<'_>) -> Result<bool, String> {
    let conditions = status.get(44, "pauseConditions")?;
    if !conditions.is_nil() {
        if conditions.kind() != "table" {
            return fail(44, format!("bad argument #1 to getn (table expected, got {})", conditions.kind()));
        }
        if conditions.len(44)? > 0 {
            return Ok(true);
        }
    }
    Ok(o.path(48, &["spec", "paused"])?.truthy())
}

fn by_replicas(o: Node<'_>, status: Node<'_>, current: Node<'_>) -> Judged {
    let (zero, one) = (Value::from(0), Value::from(1));
    let desired = or_default(o.path(3, &["spec", "replicas"])?, &one);
    let updated = or_default(status.get(5, "updatedReplicas")?, &zero);
    let available = or_default(status.get(6, "availableReplicas")?, &zero);
    if updated.less(8, desired)? {
        return say(Progressing, "Waiting for roll out to finish: More replicas need to be updated");
    }
    if available.less(13, updated)? {
        return say(Progressing, "Waiting for roll out to finish: updated replicas are still becoming available");
    }
    let stable = stable_replica_set(status)?;
    let settled = stable.is_some_and(|stable| stable.same(current));
    let unnamed = stable.is_some_and(|stable| stable.is("")) || stable.is_none();
    if !o.path(137, &["spec", "strategy", "blueGreen"])?.is_nil() {
        let blue_green = status.get(138, "blueGreen")?;
        if blue_green.is_nil() || !blue_green.get(138, "activeSelector")?.same(current) {
            return say(Progressing, "active service cutover pending");
        }
        if !unnamed && !settled {
            return say(Progressing, "waiting for analysis to complete");
        }
    } else if !o.path(150, &["spec", "strategy", "canary"])?.is_nil() {
        // Lua turns `a > b` into `b < a`.
        if updated.less(151, or_default(status.get(4, "replicas")?, &zero))? {
            return say(Progressing, "Waiting for roll out to finish: old replicas are pending termination");
        }
        if unnamed || !settled {
            return say(Progressing, "Waiting for rollout to finish steps");
        }
    }
    say(Healthy, "")
}

/// The stable hash, where old controllers wrote it too; `None` stands for the empty text.
fn stable_replica_set(status: Node<'_>) -> Result<Option<Node<'_>>, String> {
    let stable = status.get(24, "stableRS")?;
    if !stable.is_nil() {
        return Ok(Some(stable));
    }
    let canary = status.get(27, "canary")?;
    if canary.is_nil() { Ok(None) } else { Ok(Some(canary.get(28, "stableRS")?)) }
}

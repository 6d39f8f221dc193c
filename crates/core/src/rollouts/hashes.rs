//! Hashes that tell one pod template, or one list of steps, from another.

use super::spec::{Rollout, go_json, to_wire};
use crate::{Result, Value};

/// apimachinery's alphabet without vowels and look-alikes.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// 32-bit FNV-1a.
fn fnv1a(parts: &[&[u8]]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.iter());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// `SafeEncodeString` of the decimal sum.
fn encode(sum: u32) -> String {
    let letter = |byte: u8| ALPHABET.get(usize::from(byte) % ALPHABET.len()).map_or('b', |letter| char::from(*letter));
    sum.to_string().bytes().map(letter).collect()
}

/// What `json.Marshal` writes for a pod template.
pub(crate) fn pod_template_json(template: &Value) -> Result<String> {
    Ok(go_json(&to_wire("PodTemplateSpec", template)?))
}

/// `ComputePodTemplateHash` of a template's text.
pub(crate) fn hash_pod_template(json: &str, collisions: Option<i32>) -> String {
    let mut tail = [0; 8];
    let Some(count) = collisions else { return encode(fnv1a(&[json.as_bytes()])) };
    let (low, _) = tail.split_at_mut(4);
    low.copy_from_slice(&(count as u32).to_le_bytes());
    encode(fnv1a(&[json.as_bytes(), &tail]))
}

/// The pod template hash a rollout wants.
pub(crate) fn pod_template(rollout: &Rollout) -> Result<String> {
    Ok(hash_pod_template(&pod_template_json(&rollout.spec.template)?, rollout.status.collision_count))
}

/// What `json.Marshal` writes for the canary steps; none for blue-green.
pub(crate) fn steps_json(rollout: &Rollout) -> Result<Option<String>> {
    if rollout.blue_green().is_some() || rollout.canary().is_none() {
        return Ok(None);
    }
    Ok(Some(go_json(&to_wire("[]CanaryStep", &rollout.spec.steps_document)?)))
}

/// `ComputeStepHash`; empty for blue-green.
pub(crate) fn steps(rollout: &Rollout) -> Result<String> {
    Ok(steps_json(rollout)?.map_or_else(String::new, |json| encode(fnv1a(&[json.as_bytes()]))))
}

/// `PodTemplateOrStepsChanged`, given the hashes that are wanted.
pub(crate) fn changed(rollout: &Rollout, pod_template: &str, steps: &str) -> bool {
    let status = &rollout.status;
    status.current_step_hash.is_empty()
        || status.current_step_hash != steps
        || !status.current_pod_hash.is_empty() && status.current_pod_hash != pod_template
}

//! The Gateway API, Envoy Gateway and Airlock Microgateway: policies by ancestor, routes by parent.

use super::Table;
use super::node::Part::{Text, Value};
use super::node::{Judged, Node, Part, concat, fail, say, tell};
use super::rules::{list, or, tell_part};
use crate::argocd::health::status::HealthCode::*;

pub(super) const TABLE: Table = &[
    ("gateway.envoyproxy.io", "Backend", envoy_backend),
    ("gateway.envoyproxy.io", "BackendTrafficPolicy", |o| envoy_policy(o, "BackendTrafficPolicy")),
    ("gateway.envoyproxy.io", "ClientTrafficPolicy", |o| envoy_policy(o, "ClientTrafficPolicy")),
    ("gateway.envoyproxy.io", "EnvoyExtensionPolicy", |o| envoy_policy(o, "EnvoyExtensionPolicy")),
    ("gateway.envoyproxy.io", "EnvoyPatchPolicy", |o| envoy_policy(o, "EnvoyPatchPolicy")),
    ("gateway.envoyproxy.io", "SecurityPolicy", |o| envoy_policy(o, "SecurityPolicy")),
    ("gateway.networking.k8s.io", "BackendTLSPolicy", |o| ancestors(o, "BackendTLSPolicy", &BACKEND_TLS)),
    ("gateway.networking.k8s.io", "GRPCRoute", |o| route(o, "GRPCRoute")),
    ("gateway.networking.k8s.io", "Gateway", gateway),
    ("gateway.networking.k8s.io", "GatewayClass", gateway_class),
    ("gateway.networking.k8s.io", "HTTPRoute", |o| route(o, "HTTPRoute")),
    ("gateway.networking.k8s.io", "ListenerSet", listener_set),
    ("gateway.networking.k8s.io", "TLSRoute", tls_route),
];

fn envoy_backend(o: Node<'_>) -> Judged {
    let list = list(o, 4)?;
    if !list.is_nil() {
        for condition in list.each(5)? {
            if !condition.get(6, "type")?.is("Accepted") {
                continue;
            }
            let observed = condition.get(7, "observedGeneration")?;
            if !observed.is_nil() && !observed.same(o.path(7, &["metadata", "generation"])?) {
                return say(Progressing, "Waiting for Backend status to be updated");
            }
            let code = if condition.get(12, "status")?.is("True") { Healthy } else { Degraded };
            return tell(code, condition.get(14, "message")?);
        }
    }
    say(Progressing, "Waiting for Backend status")
}

/// Whether a parent or ancestor speaks of the newest generation. Lines: the object's generation, the length, the loop, a condition, the comparison.
fn observed(o: Node<'_>, owner: Node<'_>, lines: [u32; 5], lenient: bool) -> Result<bool, String> {
    let metadata = o.get(lines[0], "metadata")?;
    if lenient && metadata.is_nil() {
        return Ok(true);
    }
    let generation = metadata.get(lines[0], "generation")?;
    if generation.is_nil() {
        return Ok(true);
    }
    let conditions = owner.get(lines[1], "conditions")?;
    if conditions.is_nil() || conditions.len(lines[1])? == 0 {
        return Ok(false);
    }
    for condition in conditions.each(lines[2])? {
        let seen = condition.get(lines[3], "observedGeneration")?;
        if !seen.is_nil() && !seen.same(generation) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Among the parents or ancestors there is one with conditions that are up to date.
fn any_observed(o: Node<'_>, owners: Node<'_>, lines: [u32; 2], of: [u32; 5]) -> Result<bool, String> {
    for owner in owners.each(lines[0])? {
        let conditions = owner.get(lines[1], "conditions")?;
        if !conditions.is_nil() && conditions.len(lines[1])? > 0 && observed(o, owner, of, false)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn envoy_policy(o: Node<'_>, name: &str) -> Judged {
    const OBSERVED: [u32; 5] = [5, 9, 13, 14, 15];
    let waiting = say(Progressing, format!("Waiting for {name} status"));
    let status = o.get(24, "status")?;
    let ancestors = if status.is_nil() { Node::NIL } else { status.get(25, "ancestors")? };
    if ancestors.is_nil() {
        return waiting;
    }
    for ancestor in ancestors.each(26)? {
        let conditions = ancestor.get(27, "conditions")?;
        if conditions.is_nil() || !observed(o, ancestor, OBSERVED, false)? {
            continue;
        }
        for condition in conditions.each(33)? {
            if condition.get(34, "type")?.is("Accepted") && condition.get(34, "status")?.is("False") {
                return tell(Degraded, condition.get(36, "message")?);
            }
        }
    }
    if any_observed(o, ancestors, [46, 47], OBSERVED)? {
        return say(Healthy, format!("{name} is healthy"));
    }
    waiting
}

/// The lines of a check by ancestor.
struct Lines {
    status: u32,
    generation: u32,
    loops: [u32; 2],
    observed: u32,
    outdated: u32,
    judging: [u32; 2],
    accepted: [u32; 2],
    refs: [u32; 2],
    /// Where an ancestor that was never accepted counts, and a condition must say what generation it saw.
    strict: Option<u32>,
}

const BACKEND_TLS: Lines = Lines {
    status: 6,
    generation: 7,
    loops: [8, 9],
    observed: 10,
    outdated: 12,
    judging: [20, 21],
    accepted: [22, 25],
    refs: [33, 36],
    strict: None,
};

const AIRLOCK: Lines = Lines {
    status: 11,
    generation: 12,
    loops: [13, 14],
    observed: 15,
    outdated: 16,
    judging: [23, 25],
    accepted: [26, 30],
    refs: [38, 41],
    strict: Some(48),
};

/// `ref.name or ""` of a parent or ancestor.
fn name_of<'v>(owner: Node<'v>, line: u32, key: &str) -> Result<Part<'v>, String> {
    Ok(or(owner.path(line, &[key, "name"])?, ""))
}

fn ancestors(o: Node<'_>, name: &str, lines: &Lines) -> Judged {
    let mut verdict = say(Progressing, format!("Waiting for {name} status"));
    let status = o.get(lines.status, "status")?;
    let ancestors = if status.is_nil() { Node::NIL } else { status.get(lines.status, "ancestors")? };
    if ancestors.is_nil() {
        return verdict;
    }
    let generation = o.path(lines.generation, &["metadata", "generation"])?;
    if !generation.is_nil() {
        for ancestor in ancestors.each(lines.loops[0])? {
            for condition in ancestor.get(lines.loops[1], "conditions")?.each(lines.loops[1])? {
                let seen = condition.get(lines.observed, "observedGeneration")?;
                if (lines.strict.is_some() || !seen.is_nil()) && !seen.same(generation) {
                    let ancestor = name_of(ancestor, lines.outdated, "ancestorRef")?;
                    let parts = [Text("Waiting for Ancestor "), ancestor, Text(" to update "), Text(name), Text(" status")];
                    return say(Progressing, concat(lines.outdated, &parts)?);
                }
            }
        }
    }
    for ancestor in ancestors.each(lines.judging[0])? {
        let mut accepted = false;
        for condition in ancestor.get(lines.judging[1], "conditions")?.each(lines.judging[1])? {
            let kind = condition.get(lines.accepted[0], "type")?;
            let line = match kind.text() {
                Some("Accepted") => lines.accepted[1],
                Some("ResolvedRefs") => lines.refs[1],
                _ => continue,
            };
            if !condition.get(line, "status")?.is("True") {
                let ancestor = name_of(ancestor, line, "ancestorRef")?;
                let message = Value(condition.get(line, "message")?);
                return say(Degraded, concat(line, &[Text("Ancestor "), ancestor, Text(": "), message])?);
            }
            if kind.is("Accepted") {
                accepted = true;
                verdict = say(Healthy, format!("{name} is healthy"));
            }
        }
        if let Some(line) = lines.strict.filter(|_| !accepted) {
            let parts = [Text("Ancestor "), name_of(ancestor, line, "ancestorRef")?, Text(": "), Text(name), Text(" is not accepted")];
            verdict = say(Degraded, concat(line, &parts)?);
        }
    }
    verdict
}

/// Any kind of Airlock Microgateway: only its policies have a status that counts.
pub(super) fn microgateway(o: Node<'_>) -> Judged {
    let kind = o.get(7, "kind")?;
    let Some(name) = kind.text().filter(|kind| kind.ends_with("Policy")) else {
        return say(Healthy, concat(8, &[Value(kind), Text(" is healthy")])?);
    };
    ancestors(o, name, &AIRLOCK)
}

/// What the first condition of that type with status False says.
fn refused<'v>(conditions: Node<'v>, kind: &str, otherwise: &'v str) -> Result<Option<Part<'v>>, String> {
    for condition in conditions.each(4)? {
        if condition.get(5, "type")?.is(kind) && condition.get(5, "status")?.is("False") {
            return Ok(Some(or(condition.get(6, "message")?, otherwise)));
        }
    }
    Ok(None)
}

const NO_REFS: &str = "Failed condition: ResolvedRefs";
const NOT_ACCEPTED: &str = "Failed condition: Accepted";

/// What the first condition says that something is not yet programmed.
fn unprogrammed<'v>(conditions: Node<'v>, lines: [u32; 2], otherwise: &'v str) -> Result<Option<Part<'v>>, String> {
    for condition in conditions.each(lines[0])? {
        if condition.get(lines[1], "type")?.is("Programmed") && !condition.get(lines[1], "status")?.is("True") {
            return Ok(Some(or(condition.get(lines[1], "message")?, otherwise)));
        }
    }
    Ok(None)
}

fn route(o: Node<'_>, name: &str) -> Judged {
    const OBSERVED: [u32; 5] = [15, 20, 25, 26, 27];
    let waiting = say(Progressing, format!("Waiting for {name} status"));
    let status = o.get(36, "status")?;
    let parents = if status.is_nil() { Node::NIL } else { status.get(37, "parents")? };
    if parents.is_nil() {
        return waiting;
    }
    for parent in parents.each(38)? {
        let conditions = parent.get(39, "conditions")?;
        if conditions.is_nil() || !observed(o, parent, OBSERVED, false)? {
            continue;
        }
        let refs = refused(conditions, "ResolvedRefs", NO_REFS)?;
        let accepted = refused(conditions, "Accepted", NOT_ACCEPTED)?;
        let (line, code, message) = match (refs, accepted) {
            (Some(message), _) => (50, Degraded, message),
            (None, Some(message)) => (56, Degraded, message),
            (None, None) => match unprogrammed(conditions, [63, 64], "Route is still being programmed")? {
                Some(message) => (73, Progressing, message),
                None => continue,
            },
        };
        return say(code, concat(line, &[Text("Parent "), name_of(parent, line, "parentRef")?, Text(": "), message])?);
    }
    if any_observed(o, parents, [82, 83], OBSERVED)? {
        return say(Healthy, format!("{name} is healthy"));
    }
    waiting
}

fn gateway(o: Node<'_>) -> Judged {
    let status = o.get(12, "status")?;
    if status.is_nil() {
        return say(Progressing, "Waiting for Gateway status");
    }
    let conditions = status.get(13, "conditions")?;
    if !conditions.is_nil() {
        let refs = refused(conditions, "ResolvedRefs", NO_REFS)?;
        let accepted = refused(conditions, "Accepted", NOT_ACCEPTED)?;
        if let Some(message) = refs.or(accepted) {
            return tell_part(Degraded, message);
        }
        if let Some(message) = unprogrammed(conditions, [32, 33], "Gateway is still being programmed")? {
            return tell_part(Progressing, message);
        }
    }
    let listeners = status.get(47, "listeners")?;
    if !listeners.is_nil() {
        for listener in listeners.each(48)? {
            let conditions = listener.get(49, "conditions")?;
            if conditions.is_nil() {
                continue;
            }
            let refs = refused(conditions, "ResolvedRefs", NO_REFS)?;
            let accepted = refused(conditions, "Accepted", NOT_ACCEPTED)?;
            let (line, code, message) = match (refs, accepted) {
                (Some(message), _) => (55, Degraded, message),
                (None, Some(message)) => (61, Degraded, message),
                (None, None) => match unprogrammed(conditions, [68, 69], "Listener is still being programmed")? {
                    Some(message) => (78, Progressing, message),
                    None => continue,
                },
            };
            return say(code, concat(line, &[Text("Listener: "), message])?);
        }
    }
    if !conditions.is_nil() || (!listeners.is_nil() && listeners.len(85)? > 0) {
        return say(Healthy, "Gateway is healthy");
    }
    say(Progressing, "Waiting for Gateway status")
}

fn gateway_class(o: Node<'_>) -> Judged {
    let list = list(o, 26)?;
    if !list.is_nil() {
        for condition in list.each(27)? {
            if !condition.get(28, "type")?.is("Accepted") {
                continue;
            }
            let metadata = o.get(31, "metadata")?;
            let generation = if metadata.is_nil() { Node::NIL } else { metadata.get(31, "generation")? };
            let observed = condition.get(31, "observedGeneration")?;
            if !generation.is_nil() && !observed.is_nil() && !observed.same(generation) {
                continue;
            }
            let message = condition.get(39, "message")?;
            return match condition.get(37, "status")?.text() {
                Some("True") => tell_part(Healthy, or(message, "GatewayClass is accepted")),
                Some("False") => tell_part(Degraded, or(message, "GatewayClass is not accepted")),
                _ => tell_part(Progressing, or(message, "Waiting for GatewayClass status")),
            };
        }
    }
    say(Progressing, "Waiting for GatewayClass status")
}

/// The message; upstream's words for its absence name a variable that is not there.
fn required<'v>(condition: Node<'v>, line: u32) -> Result<Part<'v>, String> {
    let message = condition.get(line, "message")?;
    if message.truthy() { Ok(Value(message)) } else { fail(line, "cannot perform concat operation between string and nil") }
}

fn listener_set(o: Node<'_>) -> Judged {
    const WAITING: &str = "Waiting for ListenerSet status";
    let status = o.get(3, "status")?;
    if status.is_nil() {
        return say(Progressing, WAITING);
    }
    let generation = o.path(4, &["metadata", "generation"])?;
    let conditions = status.get(if generation.is_nil() { 17 } else { 5 }, "conditions")?;
    if !generation.is_nil() && !conditions.is_nil() {
        for condition in conditions.each(6)? {
            let seen = condition.get(7, "observedGeneration")?;
            if !seen.is_nil() && !seen.same(generation) {
                return say(Progressing, WAITING);
            }
        }
    }
    let mut progressing = None;
    for condition in conditions.each(17)? {
        let (kind, state) = (condition.get(18, "type")?, condition.get(18, "status")?);
        if kind.is("Accepted") && state.is("False") {
            return tell_part(Degraded, required(condition, 20)?);
        }
        if kind.is("Programmed") && !state.is("True") {
            progressing = Some(or(condition.get(27, "message")?, "ListenerSet is still being programmed"));
        }
    }
    if let Some(message) = progressing {
        return tell_part(Progressing, message);
    }
    let listeners = status.get(35, "listeners")?;
    if listeners.is_nil() || listeners.len(35)? == 0 {
        return say(Progressing, WAITING);
    }
    for listener in listeners.each(36)? {
        if let Some(verdict) = listener_of_set(listener)? {
            return Ok(Some(verdict));
        }
    }
    say(Healthy, "ListenerSet is healthy")
}

fn listener_of_set(listener: Node<'_>) -> Judged {
    let conditions = listener.get(37, "conditions")?;
    let mut progressing = Ok(None);
    if conditions.is_nil() {
        return progressing;
    }
    for condition in conditions.each(39)? {
        let (kind, state) = (condition.get(40, "type")?, condition.get(40, "status")?);
        let said = |line, message| concat(line, &[Text("Listener: "), message]);
        match kind.text() {
            Some("ResolvedRefs") if state.is("False") => return say(Degraded, said(42, required(condition, 42)?)?),
            Some("Conflicted") if state.is("True") => {
                return say(Degraded, said(48, or(condition.get(48, "message")?, "Listener is conflicted"))?);
            }
            Some("Accepted") if state.is("False") => return say(Degraded, said(54, required(condition, 54)?)?),
            Some("Programmed") if !state.is("True") => {
                progressing = say(Progressing, said(61, or(condition.get(61, "message")?, "Listener is still being programmed"))?);
            }
            _ => {}
        }
    }
    progressing
}

fn find<'v>(conditions: Node<'v>, kind: &str) -> Result<Node<'v>, String> {
    for condition in conditions.each(41)? {
        if condition.get(42, "type")?.is(kind) {
            return Ok(condition);
        }
    }
    Ok(Node::NIL)
}

/// The status of a condition, nil without one.
fn state(condition: Node<'_>, line: u32) -> Result<Node<'_>, String> {
    if condition.is_nil() { Ok(Node::NIL) } else { condition.get(line, "status") }
}

fn tls_route(o: Node<'_>) -> Judged {
    const WAITING: &str = "Waiting for TLSRoute status";
    let status = o.get(87, "status")?;
    let parents = if status.is_nil() { Node::NIL } else { status.get(87, "parents")? };
    if parents.is_nil() {
        return say(Progressing, WAITING);
    }
    let (mut healthy, mut progressing, mut waiting) = (false, None, None);
    for parent in parents.each(92)? {
        let conditions = parent.get(93, "conditions")?;
        if conditions.is_nil() || conditions.len(93)? == 0 || !observed(o, parent, [68, 72, 76, 77, 78], true)? {
            continue;
        }
        let reference = parent.get(57, "parentRef")?;
        let name = if reference.is_nil() { Node::NIL } else { reference.get(57, "name")? };
        let name = if name.is_nil() { Text("") } else { Value(name) };
        let (refs, accepted, programmed) =
            (find(conditions, "ResolvedRefs")?, find(conditions, "Accepted")?, find(conditions, "Programmed")?);
        for (condition, line, otherwise) in [(refs, 101, NO_REFS), (accepted, 107, NOT_ACCEPTED)] {
            if state(condition, line)?.is("False") {
                let message = condition.get(50, "message")?;
                let message = if message.is_nil() || message.is("") { Text(otherwise) } else { Value(message) };
                return say(Degraded, concat(line, &[Text("Parent "), name, Text(": "), message])?);
            }
        }
        if !programmed.is_nil() && !state(programmed, 111)?.is("True") {
            if progressing.is_none() {
                let message = or(programmed.get(113, "message")?, "Route is still being programmed");
                progressing = Some(concat(113, &[Text("Parent "), name, Text(": "), message])?);
            }
        } else if state(accepted, 115)?.is("True") && state(refs, 115)?.is("True") {
            healthy = true;
        } else if waiting.is_none() {
            waiting = Some(concat(118, &[Text("Parent "), name, Text(": Waiting for TLSRoute conditions")])?);
        }
    }
    match (progressing, waiting) {
        (Some(message), _) => say(Progressing, message),
        (None, _) if healthy => say(Healthy, "TLSRoute is healthy"),
        (None, Some(message)) => say(Progressing, message),
        (None, None) => say(Progressing, WAITING),
    }
}

//! The scenario: what happens to a Rollout from outside, and how its world behaves.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    Error, Map, Result, Value,
    rollouts::spec::{Time, go_duration},
};

const SECOND: i64 = 1_000_000_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Document {
    start: Option<String>,
    horizon: Option<String>,
    from: Option<String>,
    detail: Option<String>,
    objects: Option<Vec<Option<Map<String, Value>>>>,
    missing: Option<Vec<Option<String>>>,
    pods: Option<PodsDocument>,
    events: Option<Vec<Option<EventDocument>>>,
    analysis: Option<Vec<Option<RuleDocument>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct PodsDocument {
    ready_after: Option<String>,
    rules: Option<Vec<Option<PodRuleDocument>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct PodRuleDocument {
    replica_set: Option<String>,
    ready_after: Option<String>,
    limit: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct EventDocument {
    at: Option<String>,
    r#do: Option<String>,
    image: Option<String>,
    container: Option<String>,
    replicas: Option<i32>,
    patch: Option<Map<String, Value>>,
    revision: Option<i64>,
    replica_set: Option<String>,
    limit: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct RuleDocument {
    r#type: Option<String>,
    step: Option<i64>,
    replica_set: Option<String>,
    metric: Option<String>,
    answers: Option<Vec<Value>>,
}

/// What a user does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    SetImage { container: String, image: String },
    Scale(i32),
    Patch(Value),
    Promote,
    PromoteFull,
    Abort,
    Retry,
    Pause,
    Resume,
    Restart,
    Undo(i64),
    ReadyLimit { role: String, limit: Option<i64> },
}

/// How a measurement ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// A query result, judged by the metric's conditions.
    Value(Value),
    /// A verdict as it is.
    Phase { phase: String, message: String },
}

/// An answer, and the seconds that it takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) ending: Ending,
    pub(crate) after: i64,
}

/// Answers for the runs and metrics that match.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) kind: String,
    pub(crate) step: Option<String>,
    pub(crate) role: String,
    pub(crate) metric: String,
    pub(crate) replies: Vec<Reply>,
}

/// A scenario, checked. Times in seconds.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    /// Unix time.
    pub(crate) start: i64,
    pub(crate) horizon: i64,
    pub(crate) from_healthy: bool,
    pub(crate) every_reconcile: bool,
    pub(crate) objects: Vec<Value>,
    pub(crate) missing: Vec<String>,
    /// Seconds until a pod is ready; never without.
    pub(crate) ready_after: Option<i64>,
    /// By role.
    pub(crate) ready_rules: BTreeMap<String, Option<i64>>,
    /// How many pods can be ready, by role.
    pub(crate) limits: BTreeMap<String, i64>,
    /// By time.
    pub(crate) events: Vec<(i64, Command)>,
    pub(crate) rules: Vec<Rule>,
}

pub(super) fn seconds(text: &str) -> Result<i64> {
    let nanoseconds = go_duration(text).map_err(Error::invalid)?;
    if nanoseconds < 0 || nanoseconds % SECOND != 0 {
        return Err(Error::invalid(format!("duration {text:?} must be whole non-negative seconds")));
    }
    Ok(nanoseconds / SECOND)
}

fn seconds_or_never(text: &str) -> Result<Option<i64>> {
    if text == "never" { Ok(None) } else { seconds(text).map(Some) }
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

impl EventDocument {
    fn read(self) -> Result<(i64, Command)> {
        let missing = |what: &str| Error::invalid(format!("{} needs {what}", self.r#do.as_deref().unwrap_or_default()));
        let command = match self.r#do.as_deref().unwrap_or_default() {
            "setImage" => Command::SetImage {
                container: self.container.clone().unwrap_or_default(),
                image: given(self.image.clone()).ok_or_else(|| missing("image"))?,
            },
            "scale" => Command::Scale(self.replicas.ok_or_else(|| missing("replicas"))?),
            "patch" => Command::Patch(Value::Object(self.patch.clone().ok_or_else(|| missing("patch"))?)),
            "promote" => Command::Promote,
            "promoteFull" => Command::PromoteFull,
            "abort" => Command::Abort,
            "retry" => Command::Retry,
            "pause" => Command::Pause,
            "resume" => Command::Resume,
            "restart" => Command::Restart,
            "undo" => Command::Undo(self.revision.unwrap_or(0)),
            "readyLimit" => {
                Command::ReadyLimit { role: given(self.replica_set.clone()).ok_or_else(|| missing("replicaSet"))?, limit: self.limit }
            }
            other => return Err(Error::invalid(format!("unknown event {other:?}"))),
        };
        Ok((seconds(self.at.as_deref().unwrap_or_default())?, command))
    }
}

fn reply(answer: Value) -> Result<Reply> {
    let Value::Object(members) = &answer else { return Ok(Reply { ending: Ending::Value(answer), after: 0 }) };
    let ending = if let Some(value) = members.get("value") {
        Ending::Value(value.clone())
    } else if let Some(phase) = members.get("phase").and_then(Value::as_str) {
        if !matches!(phase, "Successful" | "Failed" | "Error" | "Inconclusive") {
            return Err(Error::invalid(format!("bad answer phase {phase:?}")));
        }
        let message = members.get("message").and_then(Value::as_str).unwrap_or_default();
        Ending::Phase { phase: phase.to_owned(), message: message.to_owned() }
    } else {
        return Err(Error::invalid("answer needs value or phase"));
    };
    let after = members.get("after").and_then(Value::as_str).map_or(Ok(0), seconds)?;
    Ok(Reply { ending, after })
}

impl RuleDocument {
    fn read(self) -> Result<Rule> {
        let replies = self.answers.unwrap_or_default().into_iter().map(reply).collect::<Result<Vec<_>>>()?;
        if replies.is_empty() {
            return Err(Error::invalid("analysis rule without answers"));
        }
        Ok(Rule {
            kind: self.r#type.unwrap_or_default(),
            step: self.step.map(|step| step.to_string()),
            role: self.replica_set.unwrap_or_default(),
            metric: self.metric.unwrap_or_default(),
            replies,
        })
    }
}

impl Scenario {
    /// Reads and checks a scenario; none is an empty one.
    pub(crate) fn read(document: &Value) -> Result<Self> {
        let document: Document = match document {
            Value::Null => Document::default(),
            other => serde_json::from_value(other.clone()).map_err(|error| Error::invalid(error.to_string()))?,
        };
        let start = given(document.start).unwrap_or_else(|| "2024-01-01T00:00:00Z".into());
        let start = Time::parse(&start).ok_or_else(|| Error::invalid(format!("cannot read {start:?} as a time")))?;
        let start = i64::try_from(start.0.as_nanosecond().div_euclid(i128::from(SECOND))).unwrap_or(0);
        let horizon = seconds(&given(document.horizon).unwrap_or_else(|| "2h".into()))?;
        let from_healthy = match given(document.from).as_deref() {
            None | Some("healthy") => true,
            Some("empty") => false,
            Some(_) => return Err(Error::invalid("from must be healthy or empty")),
        };
        let every_reconcile = match given(document.detail).as_deref() {
            None | Some("instants") => false,
            Some("reconciles") => true,
            Some(_) => return Err(Error::invalid("detail must be instants or reconciles")),
        };
        let pods = document.pods.unwrap_or_default();
        let ready_after = given(pods.ready_after).map_or(Ok(Some(10)), |text| seconds_or_never(&text))?;
        let (mut ready_rules, mut limits) = (BTreeMap::new(), BTreeMap::new());
        for rule in pods.rules.unwrap_or_default().into_iter().map(Option::unwrap_or_default) {
            let role = given(rule.replica_set).ok_or_else(|| Error::invalid("pods.rules needs replicaSet"))?;
            if let Some(text) = rule.ready_after {
                ready_rules.insert(role.clone(), seconds_or_never(&text)?);
            }
            if let Some(limit) = rule.limit {
                limits.insert(role, limit);
            }
        }
        let within = |list: &str, at: usize, error: Error| Error::invalid(format!("{list}[{at}]: {}", error.message));
        let events = document.events.unwrap_or_default().into_iter().enumerate();
        let events = events.map(|(at, event)| event.unwrap_or_default().read().map_err(|error| within("events", at, error)));
        let mut events = events.collect::<Result<Vec<_>>>()?;
        events.sort_by_key(|(at, _)| *at);
        let rules = document.analysis.unwrap_or_default().into_iter().enumerate();
        let rules = rules.map(|(at, rule)| rule.unwrap_or_default().read().map_err(|error| within("analysis", at, error)));
        Ok(Self {
            start,
            horizon,
            from_healthy,
            every_reconcile,
            objects: document.objects.unwrap_or_default().into_iter().map(|object| Value::Object(object.unwrap_or_default())).collect(),
            missing: document.missing.unwrap_or_default().into_iter().flatten().collect(),
            ready_after,
            ready_rules,
            limits,
            events,
            rules: rules.collect::<Result<Vec<_>>>()?,
        })
    }
}

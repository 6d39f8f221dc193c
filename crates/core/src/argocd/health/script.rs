//! Health scripts: what an operator writes into `argocd-cm`.

use super::status::{Health, HealthCode};
use crate::lang::lua::{Options, Output, Program};
use crate::{Map, Value};

/// What upstream says of a status that is none of the six.
pub(super) const INVALID: &str = "Lua returned an invalid health status";

/// A script's judgement: `None` when it declines, an error when it fails.
pub(super) type Judged = Result<Option<Assessed>, String>;

/// A script's answer, with what it says of a pending deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// Status and message.
    pub health: Health,
    /// Said instead while the object is being deleted; empty when the script has nothing to say of that.
    pub deletion_message: String,
}

impl From<Health> for Assessed {
    fn from(health: Health) -> Self {
        Self { health, deletion_message: String::new() }
    }
}

/// Runs a script on an object (`ExecuteHealthLua`).
pub(super) fn run(program: &Program, object: &Value, open_libs: bool) -> Judged {
    let parameters = Value::Object(Map::new());
    let options = Options { open_libs, ..Options::default() };
    match program.run(&[("obj", object), ("actionParams", &parameters)], &options)? {
        Output::Nil => Ok(None),
        Output::Table(result) => read(&result?).map(Some),
        Output::Other(kind) => Err(format!("expect table output from Lua script, not {kind}")),
    }
}

/// Go's JSON decoding into `HealthStatus`: keys match whatever their case, a wrong type anywhere empties the whole.
fn read(result: &Value) -> Result<Assessed, String> {
    let empty =
        Assessed { health: Health { status: String::new(), message: String::new(), failed: false }, deletion_message: String::new() };
    let Value::Object(members) = result else { return Ok(empty) };
    let mut answer = empty.clone();
    let mut keys: Vec<&String> = members.keys().collect();
    keys.sort();
    for key in keys {
        let place = match key.to_ascii_lowercase().as_str() {
            "status" => &mut answer.health.status,
            "message" => &mut answer.health.message,
            "deletionmessage" => &mut answer.deletion_message,
            _ => continue,
        };
        match members.get(key) {
            Some(Value::String(text)) => place.clone_from(text),
            Some(Value::Null) => {}
            _ => return Ok(empty),
        }
    }
    if HealthCode::parse(&answer.health.status).is_none() {
        return Ok(Health::new(HealthCode::Unknown, INVALID).into());
    }
    Ok(answer)
}

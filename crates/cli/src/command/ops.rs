//! `lofting ops`.

use clap::Args;
use lofting::wire;

use crate::exit::{Exit, Failure, Outcome};
use crate::output;

/// List the operations, or print one's JSON Schema.
#[derive(Debug, Args)]
pub(crate) struct Ops {
    /// Print the JSON Schema of one operation's request and response
    #[arg(long, value_name = "OP")]
    schema: Option<String>,
    /// The list as JSON
    #[arg(long, conflicts_with = "schema")]
    json: bool,
}

impl Ops {
    pub(crate) fn run(self) -> Outcome {
        if let Some(name) = self.schema {
            let op =
                wire::find(&name).ok_or_else(|| Failure::Usage(format!("there is no operation {name:?}; `lofting ops` lists them")))?;
            output::line(&serde_json::to_string_pretty(&op.schema()).unwrap_or_default())?;
            return Ok(Exit::Clean);
        }
        if self.json {
            let list: Vec<_> = wire::ops().iter().map(|op| serde_json::json!({"op": op.name(), "help": op.help()})).collect();
            output::line(&serde_json::to_string_pretty(&list).unwrap_or_default())?;
            return Ok(Exit::Clean);
        }
        let width = wire::ops().iter().map(|op| op.name().len()).max().unwrap_or(0);
        for op in wire::ops() {
            output::line(&format!("{:width$}  {}", op.name(), op.help()))?;
        }
        Ok(Exit::Clean)
    }
}

//! `lofting rule`.

use clap::Args;
use lofting::wire;

use crate::exit::{Exit, Failure, Outcome};
use crate::output;

/// Explain a diagnostic code.
#[derive(Debug, Args)]
pub(crate) struct Rule {
    /// The code; without it, all are listed
    code: Option<String>,
}

impl Rule {
    pub(crate) fn run(self) -> Outcome {
        let rules = wire::rules();
        let Some(code) = self.code else {
            let width = rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
            for rule in &rules {
                output::line(&format!("{:width$}  {:8} {}", rule.code, format!("{:?}", rule.severity).to_lowercase(), rule.title))?;
            }
            return Ok(Exit::Clean);
        };
        let rule = rules
            .iter()
            .find(|rule| rule.code == code)
            .ok_or_else(|| Failure::Usage(format!("there is no diagnostic code {code:?}; `lofting rule` lists them")))?;
        output::line(&format!(
            "{} ({})\n{}\n\n{}\n\nUpstream: {}",
            rule.code,
            format!("{:?}", rule.severity).to_lowercase(),
            rule.title,
            rule.help.trim(),
            rule.upstream
        ))?;
        Ok(Exit::Clean)
    }
}

//! `lofting wire`.

use std::fmt::Write;

use clap::Args;
use lofting::platform::radius::{self, Radius, Request, Wiring};

use super::platform::PlatformDir;
use crate::cli::Format;
use crate::exit::{Exit, Outcome};
use crate::output::{self, BAD, BOLD, DIM, GOOD, styled};

/// Wire Components, Applications and workloads, and tell what a change reaches.
#[derive(Debug, Args)]
pub(crate) struct WireCommand {
    #[command(flatten)]
    platform: PlatformDir,
    /// What a change of this reaches: a node (component:default/shop, application:shop, project:shop, repository:github.com/acme/gitops …) or a file
    #[arg(long, value_name = "NODE")]
    changed: Option<String>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

impl WireCommand {
    pub(crate) fn run(self) -> Outcome {
        let (files, rendered) = self.platform.read("wire")?;
        let answer = radius::wiring(&Request { files, rendered, changed: self.changed })?;
        match output::data(self.output, &serde_json::to_value(&answer).unwrap_or_default()) {
            Some(text) => output::text(&text)?,
            None => output::text(&answer.radius.as_ref().map_or_else(|| links(&answer), reach))?,
        }
        let loose = answer.radius.is_none() && answer.wiring.iter().any(|wire| wire.status != "wired");
        Ok(Exit::of(loose))
    }
}

fn links(answer: &Wiring) -> String {
    let mut out = String::new();
    for wire in &answer.wiring {
        let style = if wire.status == "wired" { GOOD } else { BAD };
        let _ = writeln!(out, "{} {}", styled(BOLD, &wire.component), styled(style, wire.status));
        let rows = [
            ("Application", wire.applications.join(", ")),
            ("workloads", wire.workloads.join(", ")),
            ("repository", wire.repository.clone().unwrap_or_default()),
        ];
        for (key, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(out, "  {} {value}", styled(DIM, format!("{key:12}")));
        }
        for said in wire.why.iter().chain(&wire.notes) {
            let _ = writeln!(out, "  {} {said}", styled(DIM, format!("{:12}", "note")));
        }
    }
    let _ = writeln!(
        out,
        "{}",
        styled(DIM, format!("{} nodes, {} links; --changed NODE tells what a change reaches", answer.nodes.len(), answer.edges.len()))
    );
    out
}

fn reach(radius: &Radius) -> String {
    let mut out = format!("{} {}\n", styled(BOLD, "A change of"), radius.changed.join(", "));
    if radius.affected.is_empty() {
        out.push_str("reaches nothing else\n");
        return out;
    }
    for one in &radius.affected {
        let _ = writeln!(out, "{}{} {}", "  ".repeat(one.distance), one.id, styled(DIM, format!("{}, from {}", one.by, one.through)));
    }
    let _ = writeln!(out, "{}", styled(BOLD, "By owner"));
    for (owner, nodes) in &radius.by_owner {
        let owner = if owner.is_empty() { "(nobody known)" } else { owner };
        let _ = writeln!(out, "  {owner}: {}", nodes.join(", "));
    }
    out
}

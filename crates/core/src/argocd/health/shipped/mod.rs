//! The customisations that ship with Argo CD v3.6.1, as checks of our own.
//!
//! Upstream has a Lua script for each; here each is a Rust function, found by
//! group and kind. They give the same judgement, message and error text without
//! a Lua machine. An operator's own script still goes first.

mod aws;
mod groups_a;
mod groups_c;
mod groups_d;
mod groups_g;
mod groups_h;
mod groups_k;
mod groups_n;
mod groups_p;
mod groups_s;
mod node;
mod promoter;
mod rollout;
mod rules;

use super::script::Judged;
use crate::Value;
use crate::lang::glob::doublestar;
use node::Node;

/// One kind's check.
type Check = for<'v> fn(Node<'v>) -> Judged;

/// The checks of a file, by group and kind.
type Table = &'static [(&'static str, &'static str, Check)];

/// One entry a file.
const TABLES: &[Table] = &[
    aws::TABLE,
    groups_a::TABLE,
    groups_c::TABLE,
    groups_d::TABLE,
    groups_g::TABLE,
    groups_h::TABLE,
    groups_k::TABLE,
    groups_n::TABLE,
    groups_p::TABLE,
    promoter::TABLE,
    groups_s::TABLE,
];

/// Checks for whatever matches, tried in order when no kind's own check is there.
const WILDCARDS: &[(&str, Check)] = &[
    ("*.cnrm.cloud.google.com/*", groups_a::config_connector),
    ("*.crossplane.io/*", groups_a::crossplane),
    ("*.services.k8s.aws/*", groups_a::aws_controllers),
    ("*.upbound.io/*", groups_a::upbound),
    ("grafana-org-operator.kubitus-project.gitlab.io/*", groups_d::grafana_organisation),
    ("kro.run/*", groups_k::kro_instance),
    ("microgateway.airlock.com/*", groups_g::microgateway),
    ("operator.victoriametrics.com/*", groups_n::victoria_metrics),
];

/// The shipped check of a group and kind; `Ok(None)` when there is none.
pub(super) fn check(group: &str, kind: &str, object: &Value) -> Judged {
    let exact = TABLES.iter().flat_map(|table| table.iter()).find(|(g, k, _)| *g == group && *k == kind);
    if let Some((_, _, check)) = exact {
        return check(Node::new(object));
    }
    let key = if group.is_empty() { kind.to_owned() } else { format!("{group}/{kind}") };
    match WILDCARDS.iter().find(|(pattern, _)| doublestar(pattern, &key).unwrap_or(false)) {
        Some((_, check)) => check(Node::new(object)),
        None => Ok(None),
    }
}

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

use std::collections::HashMap;
use std::sync::OnceLock;

use super::script::Judged;
use crate::Value;
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

/// Checks for whole groups, tried in order when no kind's own check is there: the patterns `*.GROUP/*` of
/// upstream's directories (with a dot in front here), and `GROUP/*`.
const WILDCARDS: &[(&str, Check)] = &[
    (".cnrm.cloud.google.com", groups_a::config_connector),
    (".crossplane.io", groups_a::crossplane),
    (".services.k8s.aws", groups_a::aws_controllers),
    (".upbound.io", groups_a::upbound),
    ("grafana-org-operator.kubitus-project.gitlab.io", groups_d::grafana_organisation),
    ("kro.run", groups_k::kro_instance),
    ("microgateway.airlock.com", groups_g::microgateway),
    ("operator.victoriametrics.com", groups_n::victoria_metrics),
];

/// The checks of all files by group and kind.
fn exact() -> &'static HashMap<(&'static str, &'static str), Check> {
    static EXACT: OnceLock<HashMap<(&'static str, &'static str), Check>> = OnceLock::new();
    EXACT.get_or_init(|| {
        let mut exact = HashMap::new();
        for (group, kind, check) in TABLES.iter().flat_map(|table| table.iter()) {
            exact.entry((*group, *kind)).or_insert(*check);
        }
        exact
    })
}

/// The shipped check of a group and kind; `Ok(None)` when there is none.
pub(super) fn check(group: &str, kind: &str, object: &Value) -> Judged {
    let exact: &HashMap<(&str, &str), Check> = exact();
    if let Some(check) = exact.get(&(group, kind)) {
        return check(Node::new(object));
    }
    let within = |pattern: &str| if pattern.starts_with('.') { group.ends_with(pattern) } else { group == pattern };
    match WILDCARDS.iter().find(|(pattern, _)| within(pattern)) {
        Some((_, check)) if !kind.contains('/') && !group.contains('/') => check(Node::new(object)),
        _ => Ok(None),
    }
}

//! The kinds of Crossplane's AWS provider that have a check of their own (`*.aws.crossplane.io`).

use super::Table;
use super::node::{Judged, Node, say, tell};
use super::rules::list;
use crate::argocd::health::status::HealthCode::*;

pub(super) const TABLE: Table = &[
    ("cloudfront.aws.crossplane.io", "Distribution", |o| aws_crossplane(o, [3, 8, 10], "distribution")),
    ("iam.aws.crossplane.io", "Policy", |o| aws_crossplane(o, [3, 7, 9], "Policy")),
    ("iam.aws.crossplane.io", "Role", |o| aws_crossplane(o, [3, 7, 9], "Role")),
    ("iam.aws.crossplane.io", "RolePolicyAttachment", |o| aws_crossplane(o, [3, 7, 9], "RolePolicyAttachment")),
    ("rds.aws.crossplane.io", "DBCluster", |o| aws_crossplane(o, [3, 7, 9], "DBCluster")),
    ("rds.aws.crossplane.io", "DBInstance", |o| aws_crossplane(o, [3, 7, 9], "DBInstance")),
    ("route53.aws.crossplane.io", "ResourceRecordSet", |o| aws_crossplane(o, [3, 7, 9], "resourcrecordset")),
    ("s3.aws.crossplane.io", "Bucket", |o| aws_crossplane(o, [3, 7, 9], "Bucket")),
];

/// The AWS provider of Crossplane, before the wildcard.
fn aws_crossplane(o: Node<'_>, lines: [u32; 3], noun: &str) -> Judged {
    let list = list(o, lines[0])?;
    if list.is_nil() {
        return say(Progressing, format!("Waiting for {noun} to be created"));
    }
    let (mut ready, mut synced, mut suspended) = (false, false, false);
    let (mut why_ready, mut why_synced, mut why_suspended) = (Node::NIL, Node::NIL, Node::NIL);
    for condition in list.each(lines[1])? {
        let get = |key: &str| condition.get(lines[2], key);
        let kind = get("type")?;
        if kind.is("Ready") {
            (ready, why_ready) = (get("status")?.is("True"), get("reason")?);
        } else if kind.is("Synced") {
            synced = get("status")?.is("True");
            let reason = get("reason")?;
            if reason.is("ReconcileError") {
                why_synced = get("message")?;
            } else if reason.is("ReconcilePaused") {
                (suspended, why_suspended) = (true, reason);
            }
        }
    }
    match (ready, synced, suspended) {
        (true, true, _) => tell(Healthy, why_ready),
        (_, false, true) => tell(Suspended, why_suspended),
        (false, true, false) => say(Progressing, format!("Waiting for {noun} to be available")),
        _ => tell(Degraded, why_synced),
    }
}

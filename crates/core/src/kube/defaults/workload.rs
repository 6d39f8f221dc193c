//! Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs and their like.

use super::field::{child, default_nil, default_text, ensure, look, nil, text};
use super::{Default, Members};
use crate::{Map, Value};

pub(super) fn find(name: &str) -> Option<Default> {
    Some(match name {
        "apps/v1.Deployment" | "apps/v1beta2.Deployment" => |it| deployment(it, &Deployment { history: 10, ..Deployment::V1 }),
        "apps/v1beta1.Deployment" => |it| {
            selector_from_template(it, true);
            deployment(it, &Deployment { history: 2, ..Deployment::V1 });
        },
        "extensions/v1beta1.Deployment" => |it| {
            selector_from_template(it, true);
            deployment(it, &Deployment::EXTENSIONS);
        },
        "apps/v1.DaemonSet" | "apps/v1beta2.DaemonSet" => |it| daemon_set(it, "RollingUpdate"),
        "extensions/v1beta1.DaemonSet" => |it| {
            selector_from_template(it, true);
            daemon_set(it, "OnDelete");
        },
        "apps/v1.StatefulSet" | "apps/v1beta2.StatefulSet" => |it| stateful_set(it, false),
        "apps/v1beta1.StatefulSet" => |it| stateful_set(it, true),
        "apps/v1.ReplicaSet" | "apps/v1beta2.ReplicaSet" => |it| ensure(it, "spec", |spec| default_nil(spec, "replicas", 1)),
        "extensions/v1beta1.ReplicaSet" => |it| {
            selector_from_template(it, true);
            ensure(it, "spec", |spec| default_nil(spec, "replicas", 1));
        },
        "core/v1.ReplicationController" => replication_controller,
        "batch/v1.Job" => job,
        "batch/v1.CronJob" | "batch/v1beta1.CronJob" => cron_job,
        "batch/v1.PodFailurePolicyOnPodConditionsPattern" => |it| default_text(it, "status", "True"),
        _ => return None,
    })
}

struct Deployment {
    max: Value,
    history: i64,
    deadline: i64,
    /// Whether an existing `rollingUpdate` is filled in whatever the type is.
    always: bool,
}

impl Deployment {
    const V1: Self = Self { max: Value::Null, history: 10, deadline: 600, always: false };
    const EXTENSIONS: Self = Self { max: Value::Bool(true), history: 2_147_483_647, deadline: 2_147_483_647, always: true };
}

fn deployment(it: &mut Members, version: &Deployment) {
    ensure(it, "spec", |spec| {
        default_nil(spec, "replicas", 1);
        ensure(spec, "strategy", |strategy| {
            default_text(strategy, "type", "RollingUpdate");
            if text(strategy, "type") == "RollingUpdate" || (version.always && !nil(strategy, "rollingUpdate")) {
                ensure(strategy, "rollingUpdate", |update| {
                    let max = if version.max.is_null() { Value::from("25%") } else { Value::from(1) };
                    default_nil(update, "maxUnavailable", max.clone());
                    default_nil(update, "maxSurge", max);
                });
            }
        });
        default_nil(spec, "revisionHistoryLimit", version.history);
        default_nil(spec, "progressDeadlineSeconds", version.deadline);
    });
}

fn daemon_set(it: &mut Members, update: &str) {
    ensure(it, "spec", |spec| {
        ensure(spec, "updateStrategy", |strategy| {
            default_text(strategy, "type", update);
            if text(strategy, "type") == "RollingUpdate" {
                ensure(strategy, "rollingUpdate", |update| {
                    default_nil(update, "maxUnavailable", 1);
                    default_nil(update, "maxSurge", 0);
                });
            }
        });
        default_nil(spec, "revisionHistoryLimit", 10);
    });
}

fn stateful_set(it: &mut Members, beta1: bool) {
    if beta1 {
        selector_from_template(it, true);
    }
    ensure(it, "spec", |spec| {
        default_text(spec, "podManagementPolicy", "OrderedReady");
        ensure(spec, "updateStrategy", |strategy| {
            if text(strategy, "type").is_empty() {
                default_text(strategy, "type", if beta1 { "OnDelete" } else { "RollingUpdate" });
                if !beta1 && nil(strategy, "rollingUpdate") {
                    strategy.insert("rollingUpdate".to_owned(), Value::Object(Map::new()));
                }
            }
            if text(strategy, "type") == "RollingUpdate"
                && let Some(update) = child(strategy, "rollingUpdate")
            {
                default_nil(update, "partition", 0);
                default_nil(update, "maxUnavailable", 1);
            }
        });
        ensure(spec, "persistentVolumeClaimRetentionPolicy", |policy| {
            default_text(policy, "whenDeleted", "Retain");
            default_text(policy, "whenScaled", "Retain");
        });
        default_nil(spec, "replicas", 1);
        default_nil(spec, "revisionHistoryLimit", 10);
    });
}

fn template_labels(it: &Members) -> Option<Members> {
    look(it, &["spec", "template", "metadata", "labels"]).filter(|labels| !labels.is_empty()).cloned()
}

fn labels_from(it: &mut Members, labels: &Members) {
    if look(it, &["metadata", "labels"]).is_none_or(Map::is_empty) {
        ensure(it, "metadata", |metadata| {
            metadata.insert("labels".to_owned(), Value::Object(labels.clone()));
        });
    }
}

fn selector_from_template(it: &mut Members, own_labels: bool) {
    let Some(labels) = template_labels(it) else { return };
    ensure(it, "spec", |spec| {
        if nil(spec, "selector") {
            let mut selector = Map::new();
            selector.insert("matchLabels".to_owned(), Value::Object(labels.clone()));
            spec.insert("selector".to_owned(), Value::Object(selector));
        }
    });
    if own_labels {
        labels_from(it, &labels);
    }
}

fn replication_controller(it: &mut Members) {
    if let Some(labels) = template_labels(it) {
        if look(it, &["spec", "selector"]).is_none_or(Map::is_empty) {
            ensure(it, "spec", |spec| {
                spec.insert("selector".to_owned(), Value::Object(labels.clone()));
            });
        }
        labels_from(it, &labels);
    }
    ensure(it, "spec", |spec| default_nil(spec, "replicas", 1));
}

fn job(it: &mut Members) {
    let labels = template_labels(it);
    ensure(it, "spec", |spec| {
        if nil(spec, "completions") && nil(spec, "parallelism") {
            default_nil(spec, "completions", 1);
        }
        default_nil(spec, "parallelism", 1);
        let limit = if nil(spec, "backoffLimitPerIndex") { 6 } else { 2_147_483_647 };
        default_nil(spec, "backoffLimit", limit);
        default_nil(spec, "completionMode", "NonIndexed");
        default_nil(spec, "suspend", false);
        let policy = if nil(spec, "podFailurePolicy") { "TerminatingOrFailed" } else { "Failed" };
        default_nil(spec, "podReplacementPolicy", policy);
        default_nil(spec, "manualSelector", false);
    });
    if let Some(labels) = labels {
        labels_from(it, &labels);
    }
}

fn cron_job(it: &mut Members) {
    ensure(it, "spec", |spec| {
        default_text(spec, "concurrencyPolicy", "Allow");
        default_nil(spec, "suspend", false);
        default_nil(spec, "successfulJobsHistoryLimit", 3);
        default_nil(spec, "failedJobsHistoryLimit", 1);
    });
}

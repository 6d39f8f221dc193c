//! The rest of the core group.

use super::field::{child, default_nil, default_text, each, empty, ensure, int, nil, text};
use super::pod::round;
use super::{Default, Members};
use crate::Value;

pub(super) fn find(name: &str) -> Option<Default> {
    Some(match name {
        "core/v1.Service" => service,
        "core/v1.Secret" => |it| default_text(it, "type", "Opaque"),
        "core/v1.Namespace" => namespace,
        "core/v1.NamespaceStatus" => |it| default_text(it, "phase", "Active"),
        "core/v1.NodeStatus" => node_status,
        "core/v1.PersistentVolume" => |it| {
            ensure(it, "status", |status| default_text(status, "phase", "Pending"));
            ensure(it, "spec", |spec| {
                default_text(spec, "persistentVolumeReclaimPolicy", "Retain");
                default_nil(spec, "volumeMode", "Filesystem");
            });
        },
        "core/v1.PersistentVolumeSpec" => |it| round(it, "capacity"),
        "core/v1.PersistentVolumeClaim" => |it| ensure(it, "status", |status| default_text(status, "phase", "Pending")),
        "core/v1.PersistentVolumeClaimSpec" => |it| default_nil(it, "volumeMode", "Filesystem"),
        "core/v1.PersistentVolumeClaimStatus" => |it| {
            round(it, "capacity");
            round(it, "allocatedResources");
        },
        "core/v1.EndpointSubset" => |it| each(it, "ports").for_each(|port| default_text(port, "protocol", "TCP")),
        "core/v1.LimitRangeItem" => limit_range_item,
        "core/v1.ResourceQuotaSpec" => |it| round(it, "hard"),
        "core/v1.ResourceQuotaStatus" => |it| {
            round(it, "hard");
            round(it, "used");
        },
        "core/v1.PodLogOptions" => |it| default_nil(it, "stream", "All"),
        _ => return None,
    })
}

fn service(it: &mut Members) {
    let mut balanced = false;
    ensure(it, "spec", |spec| {
        default_text(spec, "sessionAffinity", "None");
        session_affinity(spec);
        default_text(spec, "type", "ClusterIP");
        for port in each(spec, "ports") {
            default_text(port, "protocol", "TCP");
            let target = port.get("targetPort");
            if target.is_none_or(|target| target.is_null() || target.as_i64() == Some(0) || target.as_str() == Some("")) {
                let number = int(port, "port");
                // what has none encodes as zero already
                if number != 0 || target.is_some() {
                    port.insert("targetPort".to_owned(), Value::from(number));
                }
            }
        }
        let ty = text(spec, "type").to_owned();
        balanced = ty == "LoadBalancer";
        if balanced || ty == "NodePort" || (ty == "ClusterIP" && !empty(spec, "externalIPs")) {
            default_text(spec, "externalTrafficPolicy", "Cluster");
        }
        if matches!(ty.as_str(), "NodePort" | "LoadBalancer" | "ClusterIP") {
            default_nil(spec, "internalTrafficPolicy", "Cluster");
        }
        if balanced {
            default_nil(spec, "allocateLoadBalancerNodePorts", true);
        }
    });
    if balanced
        && let Some(status) = child(it, "status")
        && let Some(balancer) = child(status, "loadBalancer")
    {
        for ingress in each(balancer, "ingress").filter(|ingress| !text(ingress, "ip").is_empty()) {
            default_nil(ingress, "ipMode", "VIP");
        }
    }
}

fn session_affinity(spec: &mut Members) {
    match text(spec, "sessionAffinity") {
        "None" => {
            spec.shift_remove("sessionAffinityConfig");
        }
        "ClientIP" => {
            let set =
                spec.get("sessionAffinityConfig").and_then(|config| config.get("clientIP")).and_then(|client| client.get("timeoutSeconds"));
            if set.is_none_or(Value::is_null) {
                spec.insert("sessionAffinityConfig".to_owned(), serde_json::json!({"clientIP": {"timeoutSeconds": 10800}}));
            }
        }
        _ => {}
    }
}

/// A namespace without a name (`generateName`) gets no label.
fn namespace(it: &mut Members) {
    let Some(metadata) = child(it, "metadata") else { return };
    let name = text(metadata, "name").to_owned();
    if !name.is_empty() {
        ensure(metadata, "labels", |labels| {
            labels.insert("kubernetes.io/metadata.name".to_owned(), Value::from(name));
        });
    }
}

fn node_status(it: &mut Members) {
    if nil(it, "allocatable")
        && let Some(capacity) = it.get("capacity").filter(|capacity| capacity.is_object()).cloned()
    {
        it.insert("allocatable".to_owned(), capacity);
    }
    round(it, "capacity");
    round(it, "allocatable");
}

fn limit_range_item(it: &mut Members) {
    if text(it, "type") == "Container" {
        for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
            let Some(values) = it.get(from).and_then(Value::as_object).filter(|values| !values.is_empty()).cloned() else { continue };
            ensure(it, to, |list| {
                for (name, value) in values {
                    list.entry(name).or_insert(value);
                }
            });
        }
    }
    for list in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        round(it, list);
    }
}

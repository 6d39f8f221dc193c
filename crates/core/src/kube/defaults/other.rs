//! Autoscaling, networking, RBAC, storage, scheduling, flow control and the rest.

use super::field::{default_int, default_nil, default_text, empty, ensure, int, look, nil, text};
use super::{Default, Members};
use crate::Value;

const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) fn find(name: &str) -> Option<Default> {
    Some(match name {
        "autoscaling/v1.HorizontalPodAutoscaler" => |it| ensure(it, "spec", |spec| default_nil(spec, "minReplicas", 1)),
        "autoscaling/v2.HorizontalPodAutoscaler" => |it| ensure(it, "spec", autoscaler),
        "networking/v1.NetworkPolicyPort" => |it| default_nil(it, "protocol", "TCP"),
        "networking/v1.NetworkPolicy" | "extensions/v1beta1.NetworkPolicy" => |it| ensure(it, "spec", network_policy),
        "networking/v1.IngressClass" => ingress_class,
        "networking/v1beta1.HTTPIngressPath" | "extensions/v1beta1.HTTPIngressPath" => {
            |it| default_nil(it, "pathType", "ImplementationSpecific")
        }
        "discovery/v1.EndpointPort" | "discovery/v1beta1.EndpointPort" => |it| {
            default_nil(it, "name", "");
            default_nil(it, "protocol", "TCP");
        },
        _ => return rbac(name).or_else(|| storage(name)).or_else(|| flow_control(name)).or_else(|| rest(name)),
    })
}

fn rbac(name: &str) -> Option<Default> {
    Some(match name {
        "rbac/v1.ClusterRoleBinding"
        | "rbac/v1.RoleBinding"
        | "rbac/v1beta1.ClusterRoleBinding"
        | "rbac/v1beta1.RoleBinding"
        | "rbac/v1alpha1.ClusterRoleBinding"
        | "rbac/v1alpha1.RoleBinding" => |it| ensure(it, "roleRef", |role| default_text(role, "apiGroup", RBAC)),
        "rbac/v1.Subject" | "rbac/v1beta1.Subject" => |it| {
            if matches!(text(it, "kind"), "User" | "Group") {
                default_text(it, "apiGroup", RBAC);
            }
        },
        "rbac/v1alpha1.Subject" => |it| match text(it, "kind") {
            "ServiceAccount" => default_text(it, "apiVersion", "v1"),
            "User" | "Group" => default_text(it, "apiVersion", "rbac.authorization.k8s.io/v1alpha1"),
            _ => {}
        },
        _ => return None,
    })
}

fn storage(name: &str) -> Option<Default> {
    Some(match name {
        "storage/v1.StorageClass" | "storage/v1beta1.StorageClass" => |it| {
            default_nil(it, "reclaimPolicy", "Delete");
            default_nil(it, "volumeBindingMode", "Immediate");
        },
        "storage/v1.CSIDriver" | "storage/v1beta1.CSIDriver" => |it| ensure(it, "spec", csi_driver),
        _ => return None,
    })
}

fn csi_driver(spec: &mut Members) {
    default_nil(spec, "attachRequired", true);
    for flag in ["podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount", "preventPodSchedulingIfMissing"] {
        default_nil(spec, flag, false);
    }
    default_nil(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    if empty(spec, "volumeLifecycleModes") {
        spec.insert("volumeLifecycleModes".to_owned(), Value::Array(vec![Value::from("Persistent")]));
    }
}

fn flow_control(name: &str) -> Option<Default> {
    let name = name.strip_prefix("flowcontrol/")?;
    let (version, ty) = name.split_once('.')?;
    Some(match (version, ty) {
        (_, "FlowSchemaSpec") => |it| default_int(it, "matchingPrecedence", 1000),
        (_, "QueuingConfiguration") => |it| {
            default_int(it, "handSize", 8);
            default_int(it, "queues", 64);
            default_int(it, "queueLengthLimit", 50);
        },
        (_, "ExemptPriorityLevelConfiguration") => |it| {
            default_nil(it, "nominalConcurrencyShares", 0);
            default_nil(it, "lendablePercent", 0);
        },
        ("v1", "LimitedPriorityLevelConfiguration") => |it| {
            default_nil(it, "nominalConcurrencyShares", 30);
            default_nil(it, "lendablePercent", 0);
        },
        ("v1beta3", "LimitedPriorityLevelConfiguration") => |it| default_nil(it, "lendablePercent", 0),
        ("v1beta3", "PriorityLevelConfiguration") => |it| {
            let kept = look(it, &["metadata", "annotations"])
                .is_some_and(|annotations| annotations.contains_key("flowcontrol.k8s.io/preserve-zero-concurrency-shares"));
            if !kept && look(it, &["spec", "limited"]).is_some_and(|limited| int(limited, "nominalConcurrencyShares") == 0) {
                ensure(it, "spec", |spec| ensure(spec, "limited", |limited| default_int(limited, "nominalConcurrencyShares", 30)));
            }
        },
        (_, "LimitedPriorityLevelConfiguration") => |it| {
            default_int(it, "assuredConcurrencyShares", 30);
            default_nil(it, "lendablePercent", 0);
        },
        _ => return None,
    })
}

fn rest(name: &str) -> Option<Default> {
    Some(match name {
        "scheduling/v1.PriorityClass" | "scheduling/v1beta1.PriorityClass" => {
            |it| default_nil(it, "preemptionPolicy", "PreemptLowerPriority")
        }
        "authentication/v1.TokenRequestSpec" => |it| default_nil(it, "expirationSeconds", 3600),
        "certificates/v1beta1.CertificateSigningRequestCondition" => |it| default_text(it, "status", "True"),
        _ => return None,
    })
}

fn network_policy(spec: &mut Members) {
    if empty(spec, "policyTypes") {
        let mut types = vec![Value::from("Ingress")];
        if !empty(spec, "egress") {
            types.push(Value::from("Egress"));
        }
        spec.insert("policyTypes".to_owned(), Value::Array(types));
    }
}

fn ingress_class(it: &mut Members) {
    if look(it, &["spec", "parameters"]).is_some() {
        ensure(it, "spec", |spec| ensure(spec, "parameters", |parameters| default_nil(parameters, "scope", "Cluster")));
    }
}

fn autoscaler(spec: &mut Members) {
    default_nil(spec, "minReplicas", 1);
    if empty(spec, "metrics") {
        let cpu = serde_json::json!([{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]);
        spec.insert("metrics".to_owned(), cpu);
    }
    if nil(spec, "behavior") {
        return;
    }
    ensure(spec, "behavior", |behavior| {
        let up =
            serde_json::json!([{"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]);
        ensure(behavior, "scaleUp", |rules| {
            default_nil(rules, "stabilizationWindowSeconds", 0);
            scaling_rules(rules, up);
        });
        let down = serde_json::json!([{"type": "Percent", "value": 100, "periodSeconds": 15}]);
        ensure(behavior, "scaleDown", |rules| scaling_rules(rules, down));
    });
}

/// The directions whose policies an autoscaler gives as an empty list: no defaults replace it, though `omitempty` drops it
/// from the encoding like a list that is missing.
pub(super) fn emptied_policies(object: &Value) -> Vec<&'static str> {
    let Some(behavior) = object.get("spec").and_then(|spec| spec.get("behavior")) else { return Vec::new() };
    let is_emptied = |way: &&str| behavior.get(way)?.get("policies")?.as_array().filter(|policies| policies.is_empty());
    ["scaleUp", "scaleDown"].into_iter().filter(|way| is_emptied(way).is_some()).collect()
}

/// Puts the empty lists into an encoded autoscaler before its defaults, or takes them out again.
pub(super) fn mark_policies(encoded: &mut Value, emptied: &[&str], there: bool) {
    for way in emptied {
        let rules = encoded.pointer_mut(&format!("/spec/behavior/{way}")).and_then(Value::as_object_mut);
        match rules {
            Some(rules) if there => drop(rules.insert("policies".to_owned(), Value::Array(Vec::new()))),
            Some(rules) => drop(rules.shift_remove("policies")),
            None => {}
        }
    }
}

fn scaling_rules(rules: &mut Members, policies: Value) {
    default_nil(rules, "selectPolicy", "Max");
    default_nil(rules, "policies", policies);
}

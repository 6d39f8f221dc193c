//! Webhook configurations and admission policies.

use super::field::{default_empty, default_nil, empty};
use super::{Default, Members};
use crate::Value;

pub(super) fn find(name: &str) -> Option<Default> {
    let name = name.strip_prefix("admissionregistration/")?;
    Some(match name {
        "v1.ValidatingWebhook" => |it| webhook(it, false),
        "v1.MutatingWebhook" => |it| {
            webhook(it, false);
            default_nil(it, "reinvocationPolicy", "Never");
        },
        "v1beta1.ValidatingWebhook" => |it| webhook(it, true),
        "v1beta1.MutatingWebhook" => |it| {
            webhook(it, true);
            default_nil(it, "reinvocationPolicy", "Never");
        },
        "v1.Rule"
        | "v1.RuleWithOperations"
        | "v1.NamedRuleWithOperations"
        | "v1beta1.NamedRuleWithOperations"
        | "v1alpha1.NamedRuleWithOperations" => |it| default_nil(it, "scope", "*"),
        "v1.ServiceReference" | "v1beta1.ServiceReference" => |it| default_nil(it, "port", 443),
        "v1.ValidatingAdmissionPolicySpec"
        | "v1beta1.ValidatingAdmissionPolicySpec"
        | "v1alpha1.ValidatingAdmissionPolicySpec"
        | "v1.MutatingAdmissionPolicySpec"
        | "v1beta1.MutatingAdmissionPolicySpec"
        | "v1alpha1.MutatingAdmissionPolicySpec" => |it| default_nil(it, "failurePolicy", "Fail"),
        "v1.MatchResources" | "v1beta1.MatchResources" | "v1alpha1.MatchResources" => |it| {
            default_nil(it, "matchPolicy", "Equivalent");
            default_empty(it, "namespaceSelector");
            default_empty(it, "objectSelector");
        },
        "v1alpha1.ParamRef" => |it| default_nil(it, "parameterNotFoundAction", "Deny"),
        _ => return None,
    })
}

fn webhook(it: &mut Members, beta: bool) {
    default_nil(it, "failurePolicy", if beta { "Ignore" } else { "Fail" });
    default_nil(it, "matchPolicy", if beta { "Exact" } else { "Equivalent" });
    default_empty(it, "namespaceSelector");
    default_empty(it, "objectSelector");
    default_nil(it, "timeoutSeconds", if beta { 30 } else { 10 });
    if beta {
        default_nil(it, "sideEffects", "Unknown");
        if empty(it, "admissionReviewVersions") {
            it.insert("admissionReviewVersions".to_owned(), Value::Array(vec![Value::from("v1beta1")]));
        }
    }
}

//! Equality of pod templates.

use crate::{Map, Value, rollouts::spec::POD_TEMPLATE_HASH};

/// A template without the hash label and the deprecated `serviceAccount`.
fn bare(template: &Value) -> Value {
    let mut bare = template.clone();
    if let Some(metadata) = bare.get_mut("metadata").and_then(Value::as_object_mut) {
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.shift_remove(POD_TEMPLATE_HASH);
            if labels.is_empty() {
                metadata.shift_remove("labels");
            }
        }
        metadata.shift_remove("creationTimestamp");
    }
    if let Some(spec) = bare.get_mut("spec").and_then(Value::as_object_mut) {
        spec.shift_remove("serviceAccount");
    }
    prune(&mut bare);
    bare
}

/// Semantic equality takes nil and empty for the same.
fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(prune);
            members.retain(|_, member| !is_empty(member));
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// `PodTemplateEqualIgnoreHash`: the desired template is taken with the API server's defaults.
pub(crate) fn equal_ignoring_hash(live: &Value, desired: &Value) -> bool {
    bare(live) == bare(&with_defaults(desired))
}

fn default(members: &mut Map<String, Value>, key: &str, value: Value) {
    let slot = members.entry(key).or_insert(Value::Null);
    if slot.is_null() || slot.as_str() == Some("") {
        *slot = value;
    }
}

fn each(value: Option<&mut Value>, mut change: impl FnMut(&mut Map<String, Value>)) {
    for item in value.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(members) = item {
            change(members);
        }
    }
}

fn default_http_get(action: Option<&mut Value>) {
    if let Some(Value::Object(get)) = action.and_then(|action| action.get_mut("httpGet")) {
        default(get, "path", "/".into());
        default(get, "scheme", "HTTP".into());
    }
}

/// No tag, or `latest`: always pull.
fn pull_policy(image: &str) -> &'static str {
    let name = image.split('@').next().unwrap_or(image);
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    let digest = image.contains('@');
    if tag.is_some_and(|tag| tag != "latest") || (digest && tag.is_none()) { "IfNotPresent" } else { "Always" }
}

fn default_container(container: &mut Map<String, Value>, host_network: bool) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default().to_owned();
    default(container, "imagePullPolicy", pull_policy(&image).into());
    default(container, "terminationMessagePath", "/dev/termination-log".into());
    default(container, "terminationMessagePolicy", "File".into());
    each(container.get_mut("ports"), |port| {
        default(port, "protocol", "TCP".into());
        if host_network && let Some(number) = port.get("containerPort").cloned() {
            default(port, "hostPort", number);
        }
    });
    each(container.get_mut("env"), |env| {
        if let Some(Value::Object(field)) = env.get_mut("valueFrom").and_then(|from| from.get_mut("fieldRef")) {
            default(field, "apiVersion", "v1".into());
        }
    });
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(Value::Object(probe)) = container.get_mut(name) {
            for (key, value) in [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)] {
                if probe.get(key).is_none_or(|given| given.as_i64() == Some(0)) {
                    probe.insert(key.into(), value.into());
                }
            }
        }
        default_http_get(container.get_mut(name));
    }
    for hook in ["postStart", "preStop"] {
        default_http_get(container.get_mut("lifecycle").and_then(|lifecycle| lifecycle.get_mut(hook)));
    }
}

fn default_volume(volume: &mut Map<String, Value>) {
    if volume.len() <= 1 {
        volume.insert("emptyDir".into(), Value::Object(Map::new()));
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(Value::Object(members)) = volume.get_mut(source) {
            default(members, "defaultMode", 420.into());
            each(members.get_mut("items"), |item| {
                if let Some(Value::Object(field)) = item.get_mut("fieldRef") {
                    default(field, "apiVersion", "v1".into());
                }
            });
            each(members.get_mut("sources"), |source| {
                if let Some(Value::Object(token)) = source.get_mut("serviceAccountToken") {
                    default(token, "expirationSeconds", 3600.into());
                }
            });
        }
    }
}

/// `SetObjectDefaults_PodTemplate`: what the API server fills in.
pub(crate) fn with_defaults(template: &Value) -> Value {
    let mut template = template.clone();
    let Some(Value::Object(spec)) = template.get_mut("spec") else { return template };
    let host_network = spec.get("hostNetwork") == Some(&Value::Bool(true));
    default(spec, "restartPolicy", "Always".into());
    default(spec, "dnsPolicy", "ClusterFirst".into());
    default(spec, "terminationGracePeriodSeconds", 30.into());
    default(spec, "schedulerName", "default-scheduler".into());
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec.get_mut(list), |container| default_container(container, host_network));
    }
    each(spec.get_mut("volumes"), default_volume);
    template
}

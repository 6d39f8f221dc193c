//! Probes and lifecycle hooks.

use super::{
    access::{list, number, optional_number, text, text_or},
    container::Context,
};
use crate::{
    Value,
    rollouts::check::{
        error::{Errors, Path},
        names::{http_header_name, port_name, port_number},
    },
};

/// What only regular and restartable init containers may have.
pub(super) fn lifecycle_and_probes(container: &Value, path: &Path<'_>, context: &Context<'_>, errors: &mut Errors) {
    if let Some(lifecycle) = container.get("lifecycle") {
        let at = path.child("lifecycle");
        for hook in ["postStart", "preStop"] {
            if let Some(handler) = lifecycle.get(hook) {
                action(handler, context.grace, &at.child(hook), errors);
            }
        }
        if let Some(signal) = lifecycle.get("stopSignal").and_then(Value::as_str) {
            stop_signal(signal, context.os, &at.child("stopSignal"), errors);
        }
    }
    for field in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get(field) {
            validate_probe(field, probe, context.grace, &path.child(field), errors);
        }
    }
}

fn stop_signal(_signal: &str, os: Option<&str>, path: &Path<'_>, errors: &mut Errors) {
    if os.is_none() {
        errors.forbidden(path, "may not be set for containers with empty `spec.os.name`");
    }
}

fn validate_probe(field: &str, probe: &Value, grace: i64, path: &Path<'_>, errors: &mut Errors) {
    action(probe, grace, path, errors);
    let default = |value: i64, default: i64| if value == 0 { default } else { value };
    let successes = default(number(probe, "successThreshold"), 1);
    errors.non_negative(&path.child("initialDelaySeconds"), number(probe, "initialDelaySeconds"));
    errors.non_negative(&path.child("timeoutSeconds"), number(probe, "timeoutSeconds"));
    errors.non_negative(&path.child("periodSeconds"), number(probe, "periodSeconds"));
    errors.non_negative(&path.child("successThreshold"), successes);
    errors.non_negative(&path.child("failureThreshold"), number(probe, "failureThreshold"));
    let own_grace = optional_number(probe, "terminationGracePeriodSeconds");
    if let Some(seconds) = own_grace.filter(|seconds| *seconds <= 0) {
        errors.invalid(&path.child("terminationGracePeriodSeconds"), seconds, "must be greater than 0");
    }
    if field == "readinessProbe" {
        if let Some(seconds) = own_grace {
            errors.invalid(&path.child("terminationGracePeriodSeconds"), seconds, "must not be set for readinessProbes");
        }
    } else if successes != 1 {
        errors.invalid(&path.child("successThreshold"), successes, "must be 1");
    }
}

/// `validateHandler`: exactly one way to act.
fn action(handler: &Value, grace: i64, path: &Path<'_>, errors: &mut Errors) {
    let mut handlers = 0;
    for field in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let Some(given) = handler.get(field) else { continue };
        let at = path.child(field);
        if handlers > 0 {
            errors.forbidden(&at, "may not specify more than 1 handler type");
            continue;
        }
        handlers += 1;
        match field {
            "exec" if list(given, "command").is_empty() => errors.required(&at.child("command"), ""),
            "exec" => {}
            "httpGet" => http_get(given, &at, errors),
            "sleep" => {
                let seconds = number(given, "seconds");
                if seconds <= 0 || seconds > grace {
                    let message = format!(
                        "must be greater than 0 and less than terminationGracePeriodSeconds ({grace}). Enable AllowPodLifecycleSleepActionZeroValue feature gate for zero sleep."
                    );
                    errors.invalid(&at, seconds, message);
                }
            }
            _ => port(given.get("port"), &at.child("port"), errors),
        }
    }
    if handlers == 0 {
        errors.required(path, "must specify a handler type");
    }
}

fn http_get(http: &Value, path: &Path<'_>, errors: &mut Errors) {
    port(http.get("port"), &path.child("port"), errors);
    let scheme = text_or(http, "scheme", "HTTP");
    let schemes = ["HTTP", "HTTPS"];
    if !schemes.contains(&scheme) {
        errors.not_supported(&path.child("scheme"), scheme, &schemes);
    }
    for header in list(http, "httpHeaders") {
        let name = text(header, "name");
        errors.each(&path.child("httpHeaders"), name, http_header_name(name));
    }
}

/// `ValidatePortNumOrName`.
fn port(port: Option<&Value>, path: &Path<'_>, errors: &mut Errors) {
    match port {
        Some(Value::String(name)) => errors.each(path, name, port_name(name)),
        other => {
            let number = other.and_then(Value::as_i64).unwrap_or(0);
            errors.each_number(path, number, port_number(number));
        }
    }
}

//! `ValidateRolloutReferencedResources`: a rollout against the objects it names.

use super::{
    analysis::{self, Templates},
    error::{Errors, FieldError, Path},
};
use crate::rollouts::objects::AtPath;
use crate::{
    Result, Value,
    lang::gofmt::go_type,
    rollouts::{
        spec::{self, Reading, Rollout, Service, template_labels},
        traffic::{self, MANAGED_BY},
    },
};

/// A Service and the field that names it, such as `canaryService`.
#[derive(Debug, Clone, Copy)]
pub struct ServiceReference<'a> {
    /// The use: `StableService`, `CanaryService`, `PingService` … Others are passed over.
    pub kind: &'a str,
    /// The Service.
    pub service: &'a Service,
}

impl ServiceReference<'_> {
    /// The uses that are checked.
    pub const KINDS: &'static [&'static str] =
        &["ActiveService", "PreviewService", "CanaryService", "StableService", "PingService", "PongService"];
}

/// What was found by name.
#[derive(Debug, Default)]
pub struct References<'a> {
    /// Services.
    pub services: Vec<ServiceReference<'a>>,
    /// Analysis templates by the place that names them.
    pub analysis_templates: Vec<Templates<'a>>,
    /// Ingresses, networking.k8s.io/v1 or older.
    pub ingresses: Vec<&'a Value>,
    /// VirtualServices of Istio.
    pub virtual_services: Vec<&'a Value>,
    /// Mappings of Ambassador.
    pub ambassador_mappings: Vec<&'a Value>,
    /// VirtualRouters of App Mesh.
    pub app_mesh_resources: Vec<&'a Value>,
}

/// All faults, in upstream's order.
pub fn validate(rollout: &Rollout, references: &References<'_>) -> Result<Vec<FieldError>> {
    let mut errors = Errors::default();
    for reference in &references.services {
        service(rollout, *reference, &mut errors);
    }
    for templates in &references.analysis_templates {
        analysis::validate(rollout, templates, &mut errors)?;
    }
    for object in &references.ingresses {
        ingress(rollout, object, &mut errors)?;
    }
    for object in &references.virtual_services {
        virtual_service(rollout, object, &mut errors);
    }
    for object in &references.ambassador_mappings {
        mapping(object, &mut errors);
    }
    for object in &references.app_mesh_resources {
        virtual_router(object, &mut errors);
    }
    Ok(errors.0)
}

fn name(object: &Value) -> &str {
    object.at_path("/metadata/name").and_then(Value::as_str).unwrap_or("")
}

/// Makes a path below `spec` and hands it on.
fn at(segments: &[&str], use_it: impl FnOnce(&Path<'_>)) {
    walk(&Path::root("spec"), segments, Box::new(use_it));
}

fn walk(parent: &Path<'_>, segments: &[&str], use_it: Box<dyn FnOnce(&Path<'_>) + '_>) {
    match segments {
        [] => use_it(parent),
        [first, rest @ ..] => walk(&parent.child(first), rest, use_it),
    }
}

fn service(rollout: &Rollout, reference: ServiceReference<'_>, errors: &mut Errors) {
    let path: &[&str] = match reference.kind {
        "ActiveService" => &["strategy", "blueGreen", "activeService"],
        "PreviewService" => &["strategy", "blueGreen", "previewService"],
        "CanaryService" => &["strategy", "canary", "canaryService"],
        "StableService" => &["strategy", "canary", "stableService"],
        "PingService" => &["strategy", "canary", "pingPong", "pingService"],
        "PongService" => &["strategy", "canary", "pingPong", "pongService"],
        _ => return,
    };
    let service_name = reference.service.metadata.name.as_str();
    let label = |wanted: &str| template_labels(&rollout.spec.template).find(|(key, _)| *key == wanted).map(|(_, value)| value);
    at(path, |path| {
        for (key, value) in &reference.service.spec.selector {
            if key != spec::POD_TEMPLATE_HASH && label(key) != Some(value) {
                let (shown, key) = (spec::go_quote(service_name), spec::go_quote(key));
                errors.invalid(path, service_name, format!("Service {shown} has unmatch label {key} in rollout"));
            }
        }
        if reference.service.metadata.annotations.get(MANAGED_BY).is_some_and(|manager| *manager != rollout.metadata.name) {
            errors.invalid(path, service_name, format!("Service {} is managed by another Rollout", spec::go_quote(service_name)));
        }
    });
}

/// `HasRuleWithService`, for either form of backend.
pub(crate) fn has_rule_with(ingress: &Value, service: &str) -> bool {
    let rules = ingress.at_path("/spec/rules").and_then(Value::as_array).into_iter().flatten();
    let paths = rules.filter_map(|rule| rule.at_path("/http/paths")).filter_map(Value::as_array).flatten();
    paths.into_iter().any(|path| {
        let backend = path.at_path("/backend/service/name").or_else(|| path.at_path("/backend/serviceName"));
        backend.and_then(Value::as_str).unwrap_or("") == service
    })
}

fn ingress(rollout: &Rollout, object: &Value, errors: &mut Errors) -> Result<()> {
    let object =
        spec::normalize("Ingress", object, Reading::Lenient).or_else(|_| spec::normalize("extensionsIngress", object, Reading::Lenient))?;
    let (Some(canary), Some(routing)) = (rollout.canary(), rollout.traffic_routing()) else { return Ok(()) };
    let ingress_name = name(&object);
    let listed = |names: &Option<Vec<String>>| names.as_ref().is_some_and(|names| names.iter().any(|name| name == ingress_name));
    let nginx = routing.nginx.as_ref().filter(|nginx| nginx.stable_ingress == ingress_name || listed(&nginx.stable_ingresses));
    let alb = routing.alb.as_ref().filter(|alb| alb.ingress == ingress_name || listed(&alb.ingresses));
    let (service, router, field, shown) = if let Some(nginx) = nginx {
        let several = listed(&nginx.stable_ingresses);
        let field = if several { "stableIngresses" } else { "stableIngress" };
        (&canary.stable_service, "nginx", field, if several { ingress_name } else { &nginx.stable_ingress })
    } else if let Some(alb) = alb {
        let several = listed(&alb.ingresses);
        let service = if alb.root_service.is_empty() { &canary.stable_service } else { &alb.root_service };
        (service, "alb", if several { "ingresses" } else { "ingress" }, if several { ingress_name } else { &alb.ingress })
    } else {
        return Ok(());
    };
    if !has_rule_with(&object, service) {
        let message = format!("ingress `{ingress_name}` has no rules using service {service} backend");
        at(&["strategy", "canary", "trafficRouting", router, field], |path| errors.invalid(path, shown, message));
    }
    Ok(())
}

fn virtual_service(rollout: &Rollout, object: &Value, errors: &mut Errors) {
    let Some(istio) = rollout.traffic_routing().and_then(|routing| routing.istio.as_ref()) else {
        let message = "Rollout object is not configured with Istio traffic routing";
        at(&["strategy", "canary", "trafficRouting", "istio"], |path| errors.invalid(path, &rollout.metadata.name, message));
        return;
    };
    let (field, services) = match &istio.virtual_services {
        Some(several) => ("virtualServices", several.as_slice()),
        None => ("virtualService", istio.virtual_service.as_slice()),
    };
    let object_name = name(object);
    for service in services {
        if short_name(&service.name) == object_name {
            for message in traffic::check_virtual_service(rollout, service, object) {
                at(&["strategy", "canary", "trafficRouting", "istio", field, "name"], |path| errors.invalid(path, object_name, message));
            }
            break;
        }
    }
}

/// The name in `name`, `name.namespace` or with `.cluster.local` behind.
fn short_name(full: &str) -> &str {
    let full = full.strip_suffix(".cluster.local").unwrap_or(full);
    full.rsplit_once('.').map_or(full, |(name, _)| name)
}

fn mapping(object: &Value, errors: &mut Errors) {
    let weight = object.at_path("/spec/weight").and_then(Value::as_i64).unwrap_or(0);
    if weight != 0 {
        let message = format!("Ambassador mapping {} can not define weight", spec::go_quote(name(object)));
        at(&["weight"], |path| errors.invalid(path, name(object), message));
    }
}

/// `ValidateAppMeshResource`: the first fault only.
fn virtual_router(object: &Value, errors: &mut Errors) {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or("");
    if kind != "VirtualRouter" {
        errors.invalid(&Path::root("kind"), kind, format!("Expected object kind to be VirtualRouter but is {kind}"));
        return;
    }
    let router = name(object);
    let routes = object.at_path("/spec/routes").and_then(Value::as_array).filter(|routes| !routes.is_empty());
    at(&["routes"], |path| {
        let Some(routes) = routes else {
            errors.invalid(path, router, format!("No routes defined for AppMesh virtual-router {router}"));
            return;
        };
        for (index, route) in routes.iter().enumerate() {
            if !route_is_sound(route, router, index, &path.index(index), errors) {
                return;
            }
        }
    });
}

const ROUTE_TYPES: [&str; 4] = ["httpRoute", "tcpRoute", "http2Route", "grpcRoute"];

fn route_is_sound(route: &Value, router: &str, index: usize, path: &Path<'_>, errors: &mut Errors) -> bool {
    let Some(members) = route.as_object() else {
        errors.invalid(path, router, format!("Invalid route was found for AppMesh virtual-router {router} at index {index}"));
        return false;
    };
    let route_name = match members.get("name") {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => "%!s(<nil>)".to_string(),
        Some(Value::Number(number)) => format!("%!s(int64={number})"),
        Some(other) => format!("{other}"),
    };
    let Some((kind, rule)) = ROUTE_TYPES.iter().find_map(|kind| members.get(*kind).map(|rule| (*kind, rule))) else {
        let message = format!(
            "Error getting route details for AppMesh virtual-router {router} and route {route_name}. Error: Route has unsupported route type"
        );
        errors.invalid(path, router, message);
        return false;
    };
    let Some(rule) = rule.as_object() else {
        let message = format!(
            "Error getting route details for AppMesh virtual-router {router} and route {route_name}. Error: .{kind} accessor error: {} is of the type {}, expected map[string]interface{{}}",
            go_value(rule),
            go_type(rule)
        );
        errors.invalid(path, router, message);
        return false;
    };
    let kind_path = path.child(kind);
    let action = kind_path.child("action");
    let targets_path = action.child("weightedTargets");
    let Some(targets) = rule.get("action").and_then(|action| action.get("weightedTargets")).and_then(Value::as_array) else {
        errors.invalid(
            &targets_path,
            router,
            format!("Invalid route action found for AppMesh virtual-router {router} and route {route_name}"),
        );
        return false;
    };
    if targets.len() != 2 {
        let count = targets.len();
        let message =
            format!("Invalid number of weightedTargets ({count}) for AppMesh virtual-router {router} and route {route_name}, expected 2");
        errors.invalid(&targets_path, router, message);
        return false;
    }
    true
}

fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_value).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

//! What the lint command reads and how it judges.

use crate::rollouts::objects::AtPath;
use crate::{
    Error, Map, Result, Value,
    rollouts::{
        check::{
            self, FieldError,
            references::{References, ServiceReference, has_rule_with, validate},
        },
        spec::{self, Reading, Rollout, Service},
        traffic::MANAGED_BY,
    },
    yaml::Document,
};

/// The rollouts of a file and the objects that belong to them, each with the index of its
/// document.
#[derive(Default)]
pub(super) struct Found {
    pub(super) rollouts: Vec<(usize, Rollout)>,
    pub(super) services: Vec<Value>,
    pub(super) ingresses: Vec<Value>,
    pub(super) virtual_services: Vec<Value>,
    /// AnalysisTemplates and ClusterAnalysisTemplates, which upstream does not look at.
    pub(super) templates: Vec<(usize, Value)>,
}

/// Reads every document strictly; the first that cannot be read refuses the file.
pub(super) fn read(documents: &[Document]) -> Result<Found> {
    let mut found = Found::default();
    for (index, document) in documents.iter().enumerate() {
        let value = document.value();
        let Some(members) = value.as_object() else {
            return Err(Error::upstream(
                "error unmarshaling JSON: while decoding JSON: cannot unmarshal into Go value of type map[string]interface {}",
            ));
        };
        let (group, version, kind) = kind_of(members)?;
        let strict = |type_name: &str| spec::normalize(type_name, value, Reading::Strict);
        match (group, kind) {
            ("argoproj.io", "Rollout") => found.rollouts.push((index, Rollout::read_strict(value)?)),
            ("argoproj.io", "AnalysisTemplate" | "ClusterAnalysisTemplate") => found.templates.push((index, value.clone())),
            ("", "Service") => found.services.push(strict("Service")?),
            ("networking.istio.io", "VirtualService") => found.virtual_services.push(value.clone()),
            ("networking.k8s.io" | "extensions", "Ingress") => match version {
                "v1" => found.ingresses.push(strict("Ingress")?),
                "v1beta1" => found.ingresses.push(strict("extensionsIngress")?),
                _ => {}
            },
            _ => {}
        }
    }
    Ok(found)
}

/// Group, version and kind of an unstructured object, which must have a kind.
fn kind_of(members: &Map<String, Value>) -> Result<(&str, &str, &str)> {
    let text = |member: &str| members.get(member).and_then(Value::as_str).unwrap_or("");
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    // An apiVersion of three parts is none, and takes the kind with it.
    if kind.is_empty() || api_version.matches('/').count() > 1 {
        return Err(Error::upstream("Object 'Kind' is missing"));
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Ok((group, version, kind))
}

fn name(object: &Value) -> &str {
    object.at_path("/metadata/name").and_then(Value::as_str).unwrap_or("")
}

fn manager(object: &Value) -> &str {
    object.at_path("/metadata/annotations").and_then(|annotations| annotations.get(MANAGED_BY)).and_then(Value::as_str).unwrap_or("")
}

/// The faults of each rollout. An object belongs to the last rollout that names it.
pub(super) fn judge(found: &Found) -> Result<Vec<(usize, Vec<FieldError>)>> {
    let owned = owners(found);
    let mut judged = Vec::with_capacity(found.rollouts.len());
    for (index, rollout) in &found.rollouts {
        let mut errors = check::rollout(rollout);
        let mine = |owner: &String| *owner == rollout.metadata.name;
        fn of<'o>(objects: &'o [Value], owners: &[String], mine: impl Fn(&String) -> bool) -> Vec<&'o Value> {
            objects.iter().zip(owners).filter(|(_, owner)| mine(owner)).map(|(object, _)| object).collect()
        }
        let services = found.services.iter().zip(&owned.services).filter(|(_, (owner, _))| mine(owner));
        let services = services.map(|(service, (_, kind))| Ok((*kind, unmanaged(service)?))).collect::<Result<Vec<_>>>()?;
        let references = References {
            services: services.iter().map(|(kind, service)| ServiceReference { kind, service }).collect(),
            ingresses: of(&found.ingresses, &owned.ingresses, mine),
            virtual_services: of(&found.virtual_services, &owned.virtual_services, mine),
            ..Default::default()
        };
        errors.extend(validate(rollout, &references)?);
        judged.push((*index, errors));
    }
    Ok(judged)
}

/// The service without the annotation that upstream overwrites.
fn unmanaged(service: &Value) -> Result<Service> {
    let mut service = Service::read(service)?;
    service.metadata.annotations.remove(MANAGED_BY);
    Ok(service)
}

struct Owners {
    services: Vec<(String, &'static str)>,
    ingresses: Vec<String>,
    virtual_services: Vec<String>,
}

fn owners(found: &Found) -> Owners {
    let initial = |objects: &[Value]| objects.iter().map(|object| manager(object).to_string()).collect::<Vec<_>>();
    let mut services: Vec<(String, &'static str)> = initial(&found.services).into_iter().map(|owner| (owner, "")).collect();
    for (_, rollout) in &found.rollouts {
        for (service, entry) in found.services.iter().zip(&mut services) {
            for (named, kind) in service_names(rollout) {
                if named == name(service) {
                    *entry = (rollout.metadata.name.to_string(), kind);
                }
            }
        }
    }
    let mut ingresses = initial(&found.ingresses);
    'ingresses: for (_, rollout) in &found.rollouts {
        for (ingress, owner) in found.ingresses.iter().zip(&mut ingresses) {
            // A rollout without traffic routing ends the search for all that follow.
            let Some(service) = routed_service(rollout) else { break 'ingresses };
            if has_rule_with(ingress, service) {
                *owner = rollout.metadata.name.to_string();
            }
        }
    }
    let mut virtual_services = initial(&found.virtual_services);
    'services: for (_, rollout) in &found.rollouts {
        for (object, owner) in found.virtual_services.iter().zip(&mut virtual_services) {
            let Some(istio) = rollout.traffic_routing().and_then(|routing| routing.istio.as_ref()) else { break 'services };
            let mut named = istio.virtual_service.iter().chain(istio.virtual_services.iter().flatten());
            if named.any(|service| service.name == name(object)) {
                *owner = rollout.metadata.name.to_string();
            }
        }
    }
    Owners { services, ingresses, virtual_services }
}

/// Services a rollout names, in the order in which a later use replaces an earlier one.
fn service_names(rollout: &Rollout) -> Vec<(&str, &'static str)> {
    let mut names = Vec::new();
    if let Some(canary) = rollout.canary() {
        names.push((canary.canary_service.as_str(), "CanaryService"));
        names.push((canary.stable_service.as_str(), "StableService"));
        if let Some(pair) = &canary.ping_pong {
            names.push((pair.ping_service.as_str(), "PingService"));
            names.push((pair.pong_service.as_str(), "PongService"));
        }
    }
    if let Some(strategy) = rollout.blue_green() {
        names.push((strategy.active_service.as_str(), "ActiveService"));
        names.push((strategy.preview_service.as_str(), "PreviewService"));
    }
    names
}

/// The service an ingress of the rollout must have a rule for.
fn routed_service(rollout: &Rollout) -> Option<&str> {
    let (canary, routing) = (rollout.canary()?, rollout.traffic_routing()?);
    Some(match (&routing.nginx, &routing.alb, &routing.smi) {
        (Some(_), ..) => &canary.stable_service,
        (None, Some(alb), _) if !alb.root_service.is_empty() => &alb.root_service,
        (None, Some(_), _) => &canary.stable_service,
        (None, None, Some(smi)) => &smi.root_service,
        _ => "",
    })
}

//! AWS App Mesh: weighted targets of a VirtualRouter, pod selectors of two VirtualNodes.

use super::{
    POD_TEMPLATE_HASH, Router, View,
    spec::{self, AppMeshNodeRef, WeightDestination},
};
use crate::{
    Map, Value,
    rollouts::objects::{Failure, Objects, Outcome, nested_map, nested_slice, set_nested, text},
};

const NOT_WELL_FORMED: &str = "not well-formed";
const ROUTE_TYPES: [&str; 4] = ["httpRoute", "tcpRoute", "http2Route", "grpcRoute"];

pub(super) struct AppMesh<'a> {
    pub(super) view: View<'a>,
    pub(super) config: &'a spec::AppMesh,
}

fn invalid(path: &str, router: &str, detail: &str) -> Failure {
    Failure::new(format!("{path}: Invalid value: {router:?}: {detail}"))
}

fn integer(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

/// `GetRouteRule`: the first supported type that the route has.
fn route_type(route: &Value) -> Option<&'static str> {
    for kind in ROUTE_TYPES {
        match nested_map(route, &[kind]) {
            Err(_) => return None,
            Ok(Some(_)) => return Some(kind),
            Ok(None) => {}
        }
    }
    None
}

impl AppMesh<'_> {
    fn nodes(&self) -> Outcome<(&AppMeshNodeRef, &AppMeshNodeRef)> {
        let group = self.config.virtual_node_group.as_ref().ok_or_else(Failure::nil)?;
        let canary = group.canary_virtual_node_ref.as_ref().ok_or_else(Failure::nil)?;
        let stable = group.stable_virtual_node_ref.as_ref().ok_or_else(Failure::nil)?;
        Ok((canary, stable))
    }

    /// The VirtualRouter behind the VirtualService: namespace and name.
    fn router(&self, objects: &mut Objects, service: &str) -> Outcome<(String, String)> {
        let namespace = self.view.subject.namespace;
        let Some(document) = objects.get("VirtualService", namespace, service) else {
            objects.warn("VirtualServiceNotFound", format!("VirtualService `{service}` not found in namespace `{namespace}`"));
            return Err(Failure::new("Virtual-service is missing"));
        };
        let path = ["spec", "provider", "virtualRouter", "virtualRouterRef"];
        let Ok(Some(reference)) = nested_map(document, &path) else {
            return Err(Failure::new("Virtual-service is not associated with virtual-router"));
        };
        let given = reference.get("namespace").and_then(Value::as_str).filter(|given| !given.is_empty());
        let home = given.unwrap_or_else(|| text(document, "/metadata/namespace")).to_owned();
        let name = reference.get("name").and_then(Value::as_str).ok_or_else(Failure::nil)?.to_owned();
        if objects.get("VirtualRouter", &home, &name).is_none() {
            objects.warn("VirtualRouterNotFound", format!("VirtualRouter for `{service}` not found in namespace `{namespace}`"));
            return Err(Failure::new("Virtual-router is missing"));
        }
        Ok((home, name))
    }

    /// Changes the weights of one route; true when one differed.
    fn reroute(&self, router: &str, index: usize, route: &mut Value, names: &[String], weight: i64) -> Outcome<bool> {
        let (canary, stable) = self.nodes()?;
        let namespace = self.view.subject.namespace;
        let path = format!("spec.routes[{index}]");
        if !route.is_object() {
            return Err(invalid(&path, router, NOT_WELL_FORMED));
        }
        let Some(name) = route.get("name").and_then(Value::as_str) else {
            return Err(invalid(&format!("{path}.name"), router, NOT_WELL_FORMED));
        };
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            return Ok(false);
        }
        let Some(kind) = route_type(route) else { return Err(invalid(&path, router, NOT_WELL_FORMED)) };
        let path = format!("{path}.{kind}.action.weightedTargets");
        let Ok(Some(targets)) = nested_slice(route, &[kind, "action", "weightedTargets"]) else {
            return Err(invalid(&path, router, NOT_WELL_FORMED));
        };
        let mut targets = targets.clone();
        let mut changed = false;
        for (at, target) in targets.iter_mut().enumerate() {
            let path = format!("{path}[{at}]");
            let Value::Object(members) = target else { return Err(invalid(&path, router, NOT_WELL_FORMED)) };
            let Some(Value::Object(node)) = members.get("virtualNodeRef") else {
                return Err(invalid(&format!("{path}.virtualNodeRef"), router, NOT_WELL_FORMED));
            };
            let local = |key: &str| node.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            let here = local("namespace").unwrap_or(namespace) == namespace;
            let name = local("name").unwrap_or_default().to_owned();
            let Some(current) = integer(members.get("weight")) else {
                return Err(invalid(&format!("{path}.weight"), router, NOT_WELL_FORMED));
            };
            let share = match () {
                () if here && name == stable.name => 100 - weight,
                () if here && name == canary.name => weight,
                () => continue,
            };
            if current != share {
                changed = true;
                members.insert("weight".into(), share.into());
            }
        }
        if changed {
            set_nested(route, &[kind, "action", "weightedTargets"], Value::Array(targets))?;
        }
        Ok(changed)
    }

    fn select(&self, objects: &mut Objects, node: &str, hash: &str) -> Outcome {
        let namespace = self.view.subject.namespace;
        let Some(document) = objects.get("VirtualNode", namespace, node) else {
            objects.warn("VirtualNodeNotFound", format!("VirtualNode `{node}` not found in namespace `{namespace}`"));
            return Err(Failure::new("Virtual-node is missing"));
        };
        let path = ["spec", "podSelector", "matchLabels"];
        let mut labels: Map<String, Value> = nested_map(document, &path)?.cloned().unwrap_or_default();
        labels.insert(POD_TEMPLATE_HASH.into(), hash.into());
        let mut document = document.clone();
        set_nested(&mut document, &path, Value::Object(labels))?;
        objects.update("VirtualNode", namespace, node, document);
        Ok(())
    }
}

impl Router for AppMesh<'_> {
    fn set_weight(&self, objects: &mut Objects, weight: i32, _destinations: &[WeightDestination]) -> Outcome {
        let service = self.config.virtual_service.as_ref().ok_or_else(Failure::nil)?;
        let (namespace, name) = self.router(objects, &service.name)?;
        let Some(document) = objects.get("VirtualRouter", &namespace, &name) else { return Ok(()) };
        let mut document = document.clone();
        let Ok(Some(routes)) = nested_slice(&document, &["spec", "routes"]) else {
            return Err(invalid("spec.routes", &name, "No routes found"));
        };
        let mut routes = routes.clone();
        let mut changed = false;
        for (index, route) in routes.iter_mut().enumerate() {
            changed |= self.reroute(&name, index, route, &service.routes, i64::from(weight))?;
        }
        if changed {
            set_nested(&mut document, &["spec", "routes"], Value::Array(routes))?;
            objects.update("VirtualRouter", &namespace, &name, document);
        }
        Ok(())
    }

    /// The nodes must never select the same pods, so equal or empty hashes get placeholders.
    fn update_hash(&self, objects: &mut Objects, canary: &str, stable: &str, _destinations: &[WeightDestination]) -> Outcome {
        let (canary_node, stable_node) = self.nodes()?;
        let stable = if stable.is_empty() { "stable-hash" } else { stable };
        self.select(objects, &stable_node.name, stable)?;
        let canary = if canary == stable || canary.is_empty() { "canary-hash" } else { canary };
        self.select(objects, &canary_node.name, canary)
    }
}

//! Istio: VirtualService weights, header and mirror routes, DestinationRule subsets.
//!
//! Faults of v1.10.2 are part of the rule: see [`weights`] and [`ordering`].

mod check;
mod destination_rule;
mod managed;
mod ordering;
mod routes;
mod selection;
mod types;
mod weights;

pub(crate) use check::check_virtual_service;

use std::sync::Arc;

use super::{
    Router, View,
    spec::{self, SetHeaderRoute, SetMirrorRoute, VirtualServiceRef, WeightDestination},
};
use crate::{
    Value,
    rollouts::objects::{Failure, Objects, Outcome, Shown},
};

const VIRTUAL_SERVICES: &str = "virtualservices.networking.istio.io";
const DESTINATION_RULES: &str = "destinationrules.networking.istio.io";
const HTTP_NOT_FOUND: &str = "spec.http not found";
const UPDATED: &str = "Updated VirtualService";

pub(super) struct Istio<'a> {
    pub(super) view: View<'a>,
    pub(super) config: &'a spec::Istio,
}

impl<'a> Istio<'a> {
    fn virtual_services(&self) -> &'a [VirtualServiceRef] {
        match &self.config.virtual_services {
            Some(several) => several,
            None => self.config.virtual_service.as_slice(),
        }
    }

    /// Namespace and name: the last dot parts them, after a trailing `.cluster.local` is taken off.
    fn key(&self, service: &'a VirtualServiceRef) -> (&'a str, &'a str) {
        let full = service.name.strip_suffix(".cluster.local").unwrap_or(&service.name);
        match full.rsplit_once('.') {
            Some((name, namespace)) if !namespace.is_empty() => (namespace, name),
            Some((name, _)) => (self.view.subject.namespace, name),
            None => (self.view.subject.namespace, full),
        }
    }

    fn fetch<'o>(&self, objects: &'o mut Objects, namespace: &str, name: &str) -> Outcome<&'o Arc<Value>> {
        if objects.get("VirtualService", namespace, name).is_none() {
            objects.warn("VirtualServiceNotFound", format!("VirtualService `{name}` not found"));
        }
        objects.shared("VirtualService", namespace, name).ok_or_else(|| Failure::not_found(VIRTUAL_SERVICES, name))
    }

    /// Runs one change over every virtual service and stores the outcome; `None` leaves it as it was.
    fn each(
        &self,
        objects: &mut Objects,
        absent: &str,
        change: impl Fn(&mut Objects, (usize, &'a VirtualServiceRef), &Arc<Value>) -> Outcome<Option<Value>>,
        told: impl Fn(&str) -> String,
    ) -> Outcome {
        for (place, service) in self.virtual_services().iter().enumerate() {
            let (namespace, name) = self.key(service);
            let document = match self.fetch(objects, namespace, name) {
                Ok(document) => Arc::clone(document),
                Err(failure) if absent.is_empty() => return Err(failure),
                Err(failure) => return Err(failure.within(absent)),
            };
            if let Some(document) = change(objects, (place, service), &document)? {
                objects.update("VirtualService", namespace, name, document);
                objects.event(UPDATED, told(name));
            }
        }
        Ok(())
    }
}

impl Router for Istio<'_> {
    fn set_weight(&self, objects: &mut Objects, weight: i32, destinations: &[WeightDestination]) -> Outcome {
        self.each(
            objects,
            "",
            |objects, (place, service), document| {
                let what = Shown { place, weight, stable_is_ping: self.view.subject.stable_is_ping };
                if destinations.is_empty() && objects.shows(document, what) {
                    return Ok(None);
                }
                let Some(mut document) = self.reweigh(service, document, i64::from(weight), destinations)? else {
                    if destinations.is_empty() {
                        objects.remember(document, what);
                    }
                    return Ok(None);
                };
                self.order(&mut document).map_err(|failure| failure.within("[SetWeight] failed to order routes"))?;
                Ok(Some(document))
            },
            |name| format!("VirtualService `{name}` set to desiredWeight '{weight}'"),
        )
    }

    fn update_hash(&self, objects: &mut Objects, canary: &str, stable: &str, destinations: &[WeightDestination]) -> Outcome {
        self.update_subsets(objects, canary, stable, destinations)
    }

    fn set_header_route(&self, objects: &mut Objects, route: &SetHeaderRoute) -> Outcome {
        self.each(
            objects,
            "[SetHeaderRoute] failed to get istio virtual service",
            |objects, (_, service), document| {
                let mut document = Value::clone(document);
                self.header_route(objects, service, &mut document, route)
                    .map_err(|failure| failure.within("[SetHeaderRoute] failed to reconcile header routes"))?;
                self.order(&mut document).map_err(|failure| failure.within("[SetHeaderRoute] failed to order routes"))?;
                Ok(Some(document))
            },
            |name| format!("VirtualService `{name}` set headerRoute '{}'", route.name),
        )
    }

    fn set_mirror_route(&self, objects: &mut Objects, route: &SetMirrorRoute) -> Outcome {
        self.each(
            objects,
            "[SetMirrorRoute] failed to get virtual service",
            |objects, (_, service), document| {
                let mut document = Value::clone(document);
                self.mirror_route(objects, service, &mut document, route)
                    .map_err(|failure| failure.within("[SetMirrorRoute] failed reconcile virtual service for mirror routes"))?;
                self.order(&mut document)
                    .map_err(|failure| failure.within("[SetMirrorRoute] failed to order routes based on managedRoute order"))?;
                Ok(Some(document))
            },
            |name| format!("VirtualService `{name}` set mirrorRoute '{}'", route.name),
        )
    }

    /// Stops at the first virtual service that has no `spec.http`, or where nothing is managed; one that
    /// does not exist is passed over.
    fn remove_managed_routes(&self, objects: &mut Objects) -> Outcome {
        for service in self.virtual_services() {
            let (namespace, name) = self.key(service);
            let Ok(document) = self.fetch(objects, namespace, name) else { continue };
            match self.unmanage(document)? {
                managed::Unmanaged::Stop => return Ok(()),
                managed::Unmanaged::Same => {}
                managed::Unmanaged::Changed(document) => {
                    objects.update("VirtualService", namespace, name, document);
                    objects.event(UPDATED, format!("VirtualService `{name}` removed all managed routes."));
                }
            }
        }
        Ok(())
    }
}

//! Traefik: the weights of two services of a TraefikService.

use super::{
    Router, View,
    spec::{self, WeightDestination},
};
use crate::{
    Value,
    rollouts::objects::{Failure, Objects, Outcome, nested_slice, nested_string, set_nested},
};

pub(super) struct Traefik<'a> {
    pub(super) view: View<'a>,
    pub(super) config: &'a spec::Traefik,
}

/// The entry of that name; entries before it must be well formed.
fn position(services: &[Value], name: &str) -> Outcome<Option<usize>> {
    for (at, service) in services.iter().enumerate() {
        if !service.is_object() {
            return Err(Failure::new("Failed type assertion setting weight for traefik service"));
        }
        match nested_string(service, &["name"])? {
            None => return Err(Failure::new("name field was not found in service")),
            Some(found) if found == name => return Ok(Some(at)),
            Some(_) => {}
        }
    }
    Ok(None)
}

impl Router for Traefik<'_> {
    fn set_weight(&self, objects: &mut Objects, weight: i32, _destinations: &[WeightDestination]) -> Outcome {
        let namespace = self.view.subject.namespace;
        let name = &self.config.weighted_traefik_service_name;
        let document =
            objects.get("TraefikService", namespace, name).ok_or_else(|| Failure::not_found("traefikservices.traefik.io", name))?;
        let path = ["spec", "weighted", "services"];
        let mut services = nested_slice(document, &path)?
            .ok_or_else(|| Failure::new("spec.weighted.services was not found in traefik service manifest"))?
            .clone();
        let canary = self.view.canary;
        let shares = [
            (&canary.canary_service, i64::from(weight), "traefik canary service was not found"),
            (&canary.stable_service, 100 - i64::from(weight), "traefik stable service was not found"),
        ];
        for (service, share, missing) in shares {
            let at = position(&services, service)?.ok_or_else(|| Failure::new(missing))?;
            if let Some(entry) = services.get_mut(at) {
                set_nested(entry, &["weight"], share.into())?;
            }
        }
        let mut document = document.clone();
        set_nested(&mut document, &path, Value::Array(services))?;
        objects.update("TraefikService", namespace, name, document);
        Ok(())
    }
}

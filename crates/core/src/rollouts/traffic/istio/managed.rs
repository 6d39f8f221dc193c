//! Header and mirror routes, and their removal.

use crate::rollouts::objects::AtPath;
use serde_json::json;
use smallvec::SmallVec;

use super::{
    HTTP_NOT_FOUND, Istio,
    ordering::split_managed,
    routes::{Protocol, Route, RouteDestination, decode, destination, http_routes, set_http_routes},
    selection::http_indexes,
};
use crate::{
    Map, Value,
    rollouts::{
        objects::{Failure, Objects, Outcome, nested_slice, set_nested, text},
        spec::{CanaryStep, HeaderMatch, RouteMatch, SetHeaderRoute, SetMirrorRoute, StringMatch, VirtualServiceRef},
    },
};

/// What became of one virtual service when managed routes are taken back.
pub(super) enum Unmanaged {
    /// Nothing to do here, nor in the virtual services after it.
    Stop,
    /// Nothing to do here.
    Same,
    /// Routes were taken out: the virtual service without them.
    Changed(Value),
}

/// `removeRoute`: all routes of that name; an unnamed one counts as named "".
fn remove_route(document: &mut Value, name: &str) -> Outcome {
    let routes = match nested_slice(document, &["spec", "http"]) {
        Ok(Some(routes)) => routes.clone(),
        Ok(None) => return Err(Failure::new(HTTP_NOT_FOUND)),
        Err(failure) => return Err(failure.within("[removeRoute] failed to get http routes from virtual service")),
    };
    if routes.iter().any(|route| !route.is_object()) {
        return Err(Failure::new("Could not cast type to map[string]any to find route name in Istio Virtual Service"));
    }
    set_http_routes(document, routes.into_iter().filter(|route| text(route, "/name") != name).collect())
}

/// The destinations of the first route that a weight would apply to.
fn weighted_route<'a>(names: &[String], routes: Vec<Route<'a>>) -> Outcome<Option<SmallVec<[RouteDestination<'a>; 4]>>> {
    let indexes = http_indexes(names, &routes).map_err(|failure| {
        failure.within("[getVirtualServiceSetWeightRoute] failed to get routes that need to be patch when set weight is called")
    })?;
    Ok(indexes.first().and_then(|at| routes.into_iter().nth(*at)).map(|route| route.destinations))
}

impl Istio<'_> {
    /// Host and subset of the canary: the DestinationRule's host when one is configured.
    fn canary_target<'o>(&'o self, objects: &'o mut Objects) -> Outcome<(String, &'o str)> {
        let (_, canary) = self.view.services(false);
        match &self.config.destination_rule {
            None => Ok((canary.to_owned(), "")),
            Some(rule) => {
                let document = self.fetch_rule(objects, rule)?;
                let host = text(document, "/spec/host");
                Ok((if host.is_empty() { canary } else { host }.to_owned(), &rule.canary_subset_name))
            }
        }
    }

    pub(super) fn header_route(
        &self,
        objects: &mut Objects,
        service: &VirtualServiceRef,
        document: &mut Value,
        route: &SetHeaderRoute,
    ) -> Outcome {
        let (host, subset) = self.canary_target(objects)?;
        let Some(matches) = &route.matches else {
            return remove_route(document, &route.name)
                .map_err(|failure| failure.within("[reconcileVirtualServiceHeaderRoutes] failed to remove route from virtual service"));
        };
        remove_route(document, &route.name)
            .map_err(|failure| failure.within("[reconcileVirtualServiceHeaderRoutes] failed to remove http route from virtual service"))?;
        let mut routes = http_routes(document).unwrap_or_default();
        let port = decode(Protocol::Http, &routes)
            .and_then(|routes| weighted_route(&service.routes, routes))
            .ok()
            .flatten()
            .and_then(|targets| targets.first().and_then(|target| target.port))
            .unwrap_or(0);
        let mut target = Map::new();
        target.insert("host".into(), host.into());
        if port > 0 {
            target.insert("port".into(), json!({"number": port}));
        }
        if !subset.is_empty() {
            target.insert("subset".into(), subset.into());
        }
        let matches: Vec<Value> = matches.iter().map(header_match).collect();
        routes.push(json!({
            "name": route.name,
            "match": if matches.is_empty() { Value::Null } else { Value::Array(matches) },
            "route": [{"weight": 100, "destination": target}],
        }));
        set_http_routes(document, routes)
    }

    pub(super) fn mirror_route(
        &self,
        objects: &mut Objects,
        service: &VirtualServiceRef,
        document: &mut Value,
        route: &SetMirrorRoute,
    ) -> Outcome {
        let within = |what: &'static str| move |failure: Failure| failure.within(&format!("[reconcileVirtualServiceMirrorRoutes] {what}"));
        let (host, subset) = self.canary_target(objects).map_err(within("failed to get destination rule host"))?;
        let Some(matches) = &route.matches else {
            return remove_route(document, &route.name).map_err(within("failed to remove route from virtual service"));
        };
        remove_route(document, &route.name).map_err(within("failed to remove http route from virtual service"))?;
        let mut routes = http_routes(document).unwrap_or_default();
        let typed = decode(Protocol::Http, &routes)
            .map_err(|failure| failure.within("[getVirtualServiceHttpRoutes] failed to get http route types"))
            .map_err(within("failed to get virtual service http routes"))?;
        let targets = weighted_route(&service.routes, typed)
            .map_err(|failure| {
                failure.within("[createMirrorRoute] failed to get virtual service http route for keeping non-mirror weights set")
            })
            .map_err(within("failed to create mirror route"))?
            .unwrap_or_default();
        let Some(first) = targets.first() else {
            return Err(Failure::new("panic: runtime error: index out of range [0] with length 0"));
        };
        let port = first.port;
        let written: Vec<Value> = targets.iter().map(RouteDestination::to_value).collect();
        drop(targets);
        let matches: Vec<Value> = matches.iter().map(mirror_match).collect();
        let mirror = json!({
            "name": route.name,
            "match": if matches.is_empty() { Value::Null } else { Value::Array(matches) },
            "route": written,
            "mirror": destination(&host, subset, port),
            "mirrorPercentage": {"value": route.percentage.unwrap_or(100)},
        });
        routes.insert(0, mirror);
        set_http_routes(document, routes)
    }

    /// `RemoveManagedRoutes` for one virtual service: first what the steps set (managed or not; an absent
    /// route counts as removed), then everything that `managedRoutes` names.
    pub(super) fn unmanage(&self, document: &Value) -> Outcome<Unmanaged> {
        match nested_slice(document, &["spec", "http"]) {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(Unmanaged::Stop),
            Err(failure) => return Err(failure.within("[RemoveManagedRoutes] failed to get http routes from virtual service")),
        }
        let managed = self.view.managed_routes().unwrap_or_default();
        let set = |step: &CanaryStep| step.set_header_route.is_some() || step.set_mirror_route.is_some();
        if managed.is_empty() && !self.view.canary.steps.iter().any(set) {
            return Ok(Unmanaged::Stop);
        }
        let mut document = document.clone();
        let mut changed = false;
        for step in &self.view.canary.steps {
            let header = step.set_header_route.as_ref().map(|route| &route.name);
            let mirror = step.set_mirror_route.as_ref().map(|route| &route.name);
            for name in header.into_iter().chain(mirror) {
                // A list emptied by the step before is still a list to Go.
                let emptied = changed && document.at_path("/spec/http") == Some(&Value::Null);
                changed |= emptied || remove_route(&mut document, name).is_ok();
            }
        }
        if managed.is_empty() && !changed {
            return Ok(Unmanaged::Stop);
        }
        let routes = http_routes(&document).unwrap_or_default();
        let (ours, theirs) = split_managed(managed, &routes)
            .map_err(|failure| failure.within("[RemoveManagedRoutes] failed to split managed and non-managed routes"))?;
        if !ours.is_empty() {
            let theirs = theirs.into_iter().cloned().collect();
            set_nested(&mut document, &["spec", "http"], Value::Array(theirs))?;
            changed = true;
        }
        Ok(if changed { Unmanaged::Changed(document) } else { Unmanaged::Same })
    }
}

fn header_match(wanted: &HeaderMatch) -> Value {
    let value = wanted.value();
    let mut how = Map::new();
    for (key, text) in [("exact", &value.exact), ("regex", &value.regex), ("prefix", &value.prefix)] {
        if !text.is_empty() {
            how.insert(key.into(), text.as_str().into());
        }
    }
    let mut headers = Map::new();
    headers.insert(wanted.header_name.clone(), Value::Object(how));
    json!({"headers": headers})
}

fn string_match(value: &StringMatch) -> Value {
    let mut how = Map::new();
    for (key, text) in [("exact", &value.exact), ("prefix", &value.prefix), ("regex", &value.regex)] {
        if !text.is_empty() {
            how.insert(key.into(), text.as_str().into());
        }
    }
    Value::Object(how)
}

fn mirror_match(wanted: &RouteMatch) -> Value {
    let mut all = Map::new();
    if let Some(method) = &wanted.method {
        all.insert("method".into(), string_match(method));
    }
    if let Some(path) = &wanted.path {
        all.insert("uri".into(), string_match(path));
    }
    if !wanted.headers.is_empty() {
        let headers = wanted.headers.iter().map(|(name, value)| (name.clone(), string_match(value))).collect();
        all.insert("headers".into(), Value::Object(headers));
    }
    Value::Object(all)
}

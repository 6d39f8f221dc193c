//! Typed views of a VirtualService's routes, and the list they live in.

use smallvec::SmallVec;

use crate::{
    Map, Value,
    lang::gofmt::json_kind,
    rollouts::objects::{Failure, Outcome, nested_slice, set_nested},
};

/// `VirtualServiceRouteDestination`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RouteDestination<'a> {
    pub(super) host: &'a str,
    pub(super) subset: &'a str,
    /// `Some` when a port is given, even without a number.
    pub(super) port: Option<u32>,
    pub(super) weight: i64,
}

impl<'a> RouteDestination<'a> {
    /// The host up to its first dot; nothing when the dot leads.
    pub(super) fn short_host(&self) -> &'a str {
        match self.host.find('.') {
            Some(0) => "",
            Some(at) => self.host.get(..at).unwrap_or_default(),
            None => self.host,
        }
    }

    /// As Go's encoder writes it: empty members are left out.
    pub(super) fn to_value(&self) -> Value {
        let mut all = Map::new();
        all.insert("destination".into(), destination(self.host, self.subset, self.port));
        if self.weight != 0 {
            all.insert("weight".into(), self.weight.into());
        }
        Value::Object(all)
    }
}

/// `VirtualServiceDestination` as Go's encoder writes it.
pub(super) fn destination(host: &str, subset: &str, port: Option<u32>) -> Value {
    let mut target = Map::new();
    if !host.is_empty() {
        target.insert("host".into(), host.into());
    }
    if !subset.is_empty() {
        target.insert("subset".into(), subset.into());
    }
    if let Some(number) = port {
        let mut inner = Map::new();
        if number != 0 {
            inner.insert("number".into(), number.into());
        }
        target.insert("port".into(), Value::Object(inner));
    }
    Value::Object(target)
}

/// An http, tls or tcp route.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Route<'a> {
    pub(super) name: &'a str,
    pub(super) destinations: SmallVec<[RouteDestination<'a>; 4]>,
    pub(super) mirrors: bool,
    /// Per match entry: port and server names.
    pub(super) matches: Vec<(i64, Vec<&'a str>)>,
}

/// The three lists of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Tls,
    Tcp,
}

impl Protocol {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tls => "tls",
            Self::Tcp => "tcp",
        }
    }
}

/// `spec.http` as a list that may be absent. Emptied lists are stored as null, as Go's nil slices are.
pub(super) fn http_routes(document: &Value) -> Option<Vec<Value>> {
    nested_slice(document, &["spec", "http"]).ok().flatten().cloned()
}

pub(super) fn set_http_routes(document: &mut Value, routes: Vec<Value>) -> Outcome {
    let value = if routes.is_empty() { Value::Null } else { Value::Array(routes) };
    set_nested(document, &["spec", "http"], value)
}

/// Reads a list of routes into types; an element or member of another type is refused.
pub(super) fn decode(protocol: Protocol, routes: &[Value]) -> Outcome<Vec<Route<'_>>> {
    let kind = match protocol {
        Protocol::Http => "VirtualServiceHTTPRoute",
        Protocol::Tls => "VirtualServiceTLSRoute",
        Protocol::Tcp => "VirtualServiceTCPRoute",
    };
    routes
        .iter()
        .enumerate()
        .map(|(index, route)| match route {
            Value::Object(members) => decode_route(protocol, kind, members),
            Value::Null => Ok(Route::default()),
            other => Err(mismatch(other, &format!(".{index}"), &format!("istio.{kind}"))),
        })
        .collect()
}

fn decode_route<'a>(protocol: Protocol, kind: &str, members: &'a Map<String, Value>) -> Outcome<Route<'a>> {
    let mut route = Route::default();
    if protocol == Protocol::Http {
        route.name = text(members, "name", kind)?;
        route.mirrors = members.get("mirror").is_some_and(|mirror| !mirror.is_null());
    } else {
        for entry in list(members, "match", kind)? {
            let Value::Object(entry) = entry else { continue };
            let names = if protocol == Protocol::Tls { list(entry, "sniHosts", kind)? } else { &[] };
            let names = names.iter().filter_map(Value::as_str).collect();
            route.matches.push((integer(entry, "port", kind)?, names));
        }
    }
    for entry in list(members, "route", kind)? {
        let Value::Object(entry) = entry else { return Err(mismatch(entry, kind, "istio.VirtualServiceRouteDestination")) };
        let mut target = RouteDestination { weight: integer(entry, "weight", kind)?, ..Default::default() };
        if let Some(Value::Object(inner)) = entry.get("destination") {
            target.host = text(inner, "host", kind)?;
            target.subset = text(inner, "subset", kind)?;
            if let Some(Value::Object(port)) = inner.get("port") {
                target.port = Some(u32::try_from(integer(port, "number", kind)?).unwrap_or_default());
            }
        }
        route.destinations.push(target);
    }
    Ok(route)
}

fn text<'a>(members: &'a Map<String, Value>, key: &str, kind: &str) -> Outcome<&'a str> {
    match members.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(field(other, kind, key, "string")),
    }
}

fn integer(members: &Map<String, Value>, key: &str, kind: &str) -> Outcome<i64> {
    match members.get(key) {
        None | Some(Value::Null) => Ok(0),
        Some(other) => integral(other).ok_or_else(|| field(other, kind, key, "int64")),
    }
}

fn list<'a>(members: &'a Map<String, Value>, key: &str, kind: &str) -> Outcome<&'a [Value]> {
    match members.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(field(other, kind, key, "[]istio.VirtualServiceRouteDestination")),
    }
}

/// A JSON number that Go writes without a fraction.
fn integral(value: &Value) -> Option<i64> {
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole))
}

fn field(value: &Value, kind: &str, key: &str, wanted: &str) -> Failure {
    Failure::new(format!("json: cannot unmarshal {} into Go struct field {kind}.{key} of type {wanted}", json_kind(value)))
}

/// Go's complaint about a JSON value of another kind.
pub(super) fn mismatch(value: &Value, place: &str, wanted: &str) -> Failure {
    Failure::new(format!("json: cannot unmarshal {} into {place} of type {wanted}", json_kind(value)))
}

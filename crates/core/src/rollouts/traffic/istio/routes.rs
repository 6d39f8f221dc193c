//! Typed views of a VirtualService's routes, and the list they live in.

use smallvec::SmallVec;

use super::types::{self, integral};

use crate::{
    Map, Value,
    lang::gofmt::json_kind,
    rollouts::objects::{AtPath, Failure, Outcome, nested_slice, set_nested, text},
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

/// Reads a list of routes into types; a value of another type is refused.
pub(super) fn decode(protocol: Protocol, routes: &[Value]) -> Outcome<Vec<Route<'_>>> {
    types::check(protocol, routes)?;
    Ok(routes.iter().map(|route| decode_route(protocol, route)).collect())
}

fn decode_route(protocol: Protocol, value: &Value) -> Route<'_> {
    let mut route = Route::default();
    if protocol == Protocol::Http {
        route.name = text(value, "/name");
        route.mirrors = value.get("mirror").is_some_and(|mirror| !mirror.is_null());
    } else {
        let names = |entry| match protocol {
            Protocol::Tls => list(entry, "sniHosts").iter().map(|name| name.as_str().unwrap_or_default()).collect(),
            _ => Vec::new(),
        };
        route.matches = list(value, "match").iter().map(|entry| (integer(entry, "/port"), names(entry))).collect();
    }
    let target = |entry| RouteDestination {
        host: text(entry, "/destination/host"),
        subset: text(entry, "/destination/subset"),
        port: entry
            .at_path("/destination/port")
            .filter(|port| !port.is_null())
            .map(|port| u32::try_from(integer(port, "/number")).unwrap_or_default()),
        weight: integer(entry, "/weight"),
    };
    route.destinations = list(value, "route").iter().map(target).collect();
    route
}

fn integer(value: &Value, path: &str) -> i64 {
    value.at_path(path).and_then(integral).unwrap_or(0)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Go's complaint about a JSON value of another kind.
pub(super) fn mismatch(value: &Value, place: &str, wanted: &str) -> Failure {
    Failure::new(format!("json: cannot unmarshal {} into {place} of type {wanted}", json_kind(value)))
}

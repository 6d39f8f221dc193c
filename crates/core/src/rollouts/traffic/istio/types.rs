//! Go's types of a VirtualService's routes, and what its decoder says of a value that is none of them.

use super::routes::Protocol;
use crate::{
    Value,
    lang::gofmt::{json::number, json_kind},
    rollouts::objects::{Failure, Outcome},
};

/// A type, by what JSON it takes. Null is taken by each, and means nothing.
enum Type {
    Text,
    Int64,
    Uint32,
    Float64,
    List(&'static str, &'static Type),
    Map(&'static str, &'static Type),
    /// The fields in the order of their names, which is the order in which Kubernetes' JSON has them.
    Struct(&'static str, &'static [(&'static str, &'static Type)]),
}

use Type::{Float64, Int64, List, Map, Struct, Text, Uint32};

static TEXTS: Type = List("[]string", &Text);
static MATCH: Type = Struct("v1alpha1.StringMatch", &[("exact", &Text), ("prefix", &Text), ("regex", &Text)]);
static PORT: Type = Struct("istio.Port", &[("number", &Uint32)]);
static DESTINATION: Type = Struct("istio.VirtualServiceDestination", &[("host", &Text), ("port", &PORT), ("subset", &Text)]);
static ROUTE: Type = List(
    "[]istio.VirtualServiceRouteDestination",
    &Struct("istio.VirtualServiceRouteDestination", &[("destination", &DESTINATION), ("weight", &Int64)]),
);
static LABELS: Type = Map("map[string]string", &Text);
static HTTP: Type = Struct(
    "istio.VirtualServiceHTTPRoute",
    &[
        (
            "match",
            &List(
                "[]istio.RouteMatch",
                &Struct(
                    "istio.RouteMatch",
                    &[("headers", &Map("map[string]v1alpha1.StringMatch", &MATCH)), ("method", &MATCH), ("uri", &MATCH)],
                ),
            ),
        ),
        ("mirror", &DESTINATION),
        ("mirrorPercentage", &Struct("istio.Percent", &[("value", &Float64)])),
        ("name", &Text),
        ("route", &ROUTE),
    ],
);
static TLS: Type = Struct(
    "istio.VirtualServiceTLSRoute",
    &[
        (
            "match",
            &List(
                "[]istio.TLSMatchAttributes",
                &Struct(
                    "istio.TLSMatchAttributes",
                    &[
                        ("destinationSubnets", &TEXTS),
                        ("gateways", &TEXTS),
                        ("port", &Int64),
                        ("sniHosts", &TEXTS),
                        ("sourceLabels", &LABELS),
                        ("sourceNamespace", &Text),
                    ],
                ),
            ),
        ),
        ("route", &ROUTE),
    ],
);
static TCP: Type = Struct(
    "istio.VirtualServiceTCPRoute",
    &[
        (
            "match",
            &List(
                "[]istio.L4MatchAttributes",
                &Struct(
                    "istio.L4MatchAttributes",
                    &[
                        ("destinationSubnets", &TEXTS),
                        ("gateways", &TEXTS),
                        ("port", &Int64),
                        ("sourceLabels", &LABELS),
                        ("sourceNamespace", &Text),
                    ],
                ),
            ),
        ),
        ("route", &ROUTE),
    ],
);

/// Where a value stands: an element of a list, or a member of what is above it.
enum Place<'p> {
    Element(Option<&'p Self>, usize),
    Member(&'p Self, &'p str),
}

impl Place<'_> {
    fn path(&self) -> String {
        match self {
            Self::Element(above, index) => format!("{}.{index}", above.map(Self::path).unwrap_or_default()),
            Self::Member(above, name) => format!("{}.{name}", above.path()),
        }
    }
}

/// The first fault of a list of routes, in the words of `json.Unmarshal` of Go 1.27.
pub(super) fn check(protocol: Protocol, routes: &[Value]) -> Outcome {
    let route = match protocol {
        Protocol::Http => &HTTP,
        Protocol::Tls => &TLS,
        Protocol::Tcp => &TCP,
    };
    routes.iter().enumerate().try_for_each(|(index, value)| fits(value, route, &Place::Element(None, index)))
}

fn fits(value: &Value, wanted: &Type, place: &Place<'_>) -> Outcome {
    let whole = |fits: fn(i64) -> bool, name: &str| match (integral(value).is_some_and(fits), value) {
        (true, _) => Ok(()),
        (false, Value::Number(number)) => Err(mismatch(&format!("number {}", shown(number)), place, name)),
        _ => Err(mismatch(json_kind(value), place, name)),
    };
    match (wanted, value) {
        (_, Value::Null) | (Text, Value::String(_)) | (Float64, Value::Number(_)) => Ok(()),
        (Int64, _) => whole(|_| true, "int64"),
        (Uint32, _) => whole(|number| u32::try_from(number).is_ok(), "uint32"),
        (List(_, item), Value::Array(items)) => {
            items.iter().enumerate().try_for_each(|(index, value)| fits(value, item, &Place::Element(Some(place), index)))
        }
        (Map(_, of), Value::Object(members)) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            members.into_iter().try_for_each(|(name, value)| fits(value, of, &Place::Member(place, name)))
        }
        (Struct(_, fields), Value::Object(members)) => fields
            .iter()
            .try_for_each(|(name, field)| members.get(*name).map_or(Ok(()), |value| fits(value, field, &Place::Member(place, name)))),
        (Text, _) => Err(mismatch(json_kind(value), place, "string")),
        (Float64, _) => Err(mismatch(json_kind(value), place, "float64")),
        (List(name, _) | Map(name, _) | Struct(name, _), _) => Err(mismatch(json_kind(value), place, name)),
    }
}

/// A JSON number that Go writes without a fraction or an exponent, if it fits.
pub(super) fn integral(value: &Value) -> Option<i64> {
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole))
}

fn shown(value: &serde_json::Number) -> String {
    match value.as_f64().filter(|_| value.is_f64()) {
        Some(float) => number(float).unwrap_or_else(|_| value.to_string()),
        None => value.to_string(),
    }
}

fn mismatch(what: &str, place: &Place<'_>, wanted: &str) -> Failure {
    let field = if matches!(place, Place::Member(..)) { "Go struct field " } else { "" };
    Failure::new(format!("json: cannot unmarshal {what} into {field}{} of type {wanted}", place.path()))
}

//! Whether a sync would delete anything, read from the text of what was last applied without building it.
//!
//! A three-way diff deletes what was applied before and is no longer wanted. Mostly that is nothing, and then only the live object
//! and the target matter.

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::client::says_nothing;
use super::same::Same;
use crate::Value;
use crate::kube::members::Walk;
use crate::kube::strategic_merge::{lookup_list, lookup_map};
use crate::kube::structs::Type;

/// Whether the patch from the text's object to the target deletes nothing for certain: it is the same object, the target has all its
/// members, and lists that merge have the same elements in the same order. The target is normalised and has its namespace;
/// what normalising takes out of the text's object is passed over.
pub(super) fn keeps_all(text: &str, target: &Value, ty: Type) -> bool {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root = Kept { target, at: Place::Root, ty, key: "" };
    root.deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place<'v> {
    Root,
    Metadata,
    /// An element of a list that merges by this key.
    Element(&'v str),
    Other,
}

/// Succeeds when nothing of what is read is deleted: `key` is the member of the struct that it is in.
#[derive(Clone, Copy)]
struct Kept<'v> {
    target: &'v Value,
    at: Place<'v>,
    ty: Type,
    key: &'v str,
}

impl<'v> Kept<'v> {
    /// The type that the members of a map are looked up in; none when the map is replaced as a whole.
    fn members_type<E: serde::de::Error>(&self) -> Result<Option<Type>, E> {
        if matches!(self.at, Place::Root | Place::Element(_)) {
            return Ok(Some(self.ty));
        }
        let (ty, strategy) = lookup_map(self.ty, self.key).map_err(|_| E::custom("no such field"))?;
        Ok((!strategy.replace).then_some(ty))
    }

    /// What the member is compared with, or none if it may be anything.
    fn member<E: serde::de::Error>(&self, name: &'v str, target: &'v Value, ty: Type) -> Result<Next<'v>, E> {
        if name.starts_with('$') {
            return Err(E::custom("a directive"));
        }
        let kept = |at| Ok(Next::Kept(Kept { target, at, ty, key: name }));
        match (self.at, name) {
            (Place::Root, "apiVersion" | "kind") | (Place::Metadata, "name" | "namespace") => Ok(Next::Same(target)),
            (Place::Root, "metadata") => kept(Place::Metadata),
            (Place::Element(key), name) if key == name && (target.is_string() || target.is_number()) => Ok(Next::Same(target)),
            (Place::Element(key), name) if key == name => Err(E::custom("no key")),
            _ => kept(Place::Other),
        }
    }

    /// A scalar is set, not deleted; where there must be a map it is an error.
    fn scalar<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.at == Place::Other { Ok(()) } else { Err(E::custom("not a map")) }
    }

    /// How many members must be the same: those that say which object, or which element, it is.
    fn identity(&self) -> usize {
        match self.at {
            Place::Root => 2,
            Place::Element(_) => 1,
            _ => 0,
        }
    }
}

/// How a member is read.
enum Next<'v> {
    Same(&'v Value),
    Kept(Kept<'v>),
}

impl<'de> DeserializeSeed<'de> for Next<'_> {
    type Value = bool;

    /// Whether it had to be the same.
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        match self {
            Self::Same(value) => Same(value).deserialize(deserializer).map(|()| true),
            Self::Kept(kept) => kept.deserialize(deserializer).map(|()| false),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Kept<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kept<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("members of the target")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar()
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.scalar()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.at != Place::Other {
            return Err(A::Error::custom("not a map"));
        }
        let Value::Array(items) = self.target else { return drain(seq) };
        let (element, strategy) = lookup_list(self.ty, self.key).map_err(|_| A::Error::custom("no such field"))?;
        if !strategy.merge {
            return drain(seq);
        }
        let key = strategy.merge_key.unwrap_or("");
        for item in items {
            let found = match item {
                Value::Object(_) => seq.next_element_seed(Kept { target: item, at: Place::Element(key), ty: element, key }),
                Value::String(_) => seq.next_element_seed(Same(item)),
                _ => Err(A::Error::custom("not a map")),
            };
            found?.ok_or_else(|| A::Error::custom("gone"))?;
        }
        seq.next_element::<IgnoredAny>()?.map_or(Ok(()), |_| Err(A::Error::custom("gone")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Value::Object(members) = self.target else {
            return if self.at == Place::Other { drain_map(map) } else { Err(A::Error::custom("not a map")) };
        };
        let Some(ty) = self.members_type()? else { return drain_map(map) };
        let mut walk = Walk::new(members);
        let (mut last, mut same) = (None, 0);
        while let Some(found) = map.next_key_seed(Key { walk: &mut walk, metadata: self.at == Place::Metadata })? {
            match found {
                Found::Gone => return Err(A::Error::custom("gone")),
                Found::CreationTimestamp => drop(map.next_value::<IgnoredAny>()?),
                Found::Annotations => map.next_value::<Option<Nothing>>().map(drop)?,
                Found::There(name, _) if last.is_some_and(|last: &str| last >= name) => return Err(A::Error::custom("keys out of order")),
                Found::There(name, value) => {
                    last = Some(name);
                    same += usize::from(map.next_value_seed(self.member(name, value, ty)?)?);
                }
            }
        }
        if same >= self.identity() { Ok(()) } else { Err(A::Error::custom("not the same")) }
    }
}

fn drain<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn drain_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// A map without members.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// A key and what the target has for it.
enum Found<'v> {
    There(&'v str, &'v Value),
    /// Normalising takes it out.
    CreationTimestamp,
    /// The target has none that count; an empty map of them is taken out.
    Annotations,
    Gone,
}

/// Reads a key and finds its member.
struct Key<'w, 'v> {
    walk: &'w mut Walk<'v>,
    metadata: bool,
}

impl<'de, 'v> DeserializeSeed<'de> for Key<'_, 'v> {
    type Value = Found<'v>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'v> Visitor<'_> for Key<'_, 'v> {
    type Value = Found<'v>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(match self.walk.find_entry(key) {
            Some((_, value)) if self.metadata && key == "annotations" && says_nothing(value) => Found::Annotations,
            Some((name, value)) => Found::There(name, value),
            None if self.metadata && key == "creationTimestamp" => Found::CreationTimestamp,
            None if self.metadata && key == "annotations" => Found::Annotations,
            None => Found::Gone,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::structs::structs;
    use serde_json::json;

    #[test]
    fn says_yes_only_when_nothing_is_deleted() {
        let ty = structs().kind("", "v1", "Service").unwrap_or(Type::Raw);
        let target = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"labels": {"a": "1"}, "name": "x", "namespace": "n"},
            "spec": {"externalIPs": ["1.1.1.1"], "ports": [{"port": 80}, {"port": 81, "name": "y"}], "selector": {"a": "b"}, "type": "NodePort"}});
        let text =
            |metadata: &str, spec: &str| format!(r#"{{"apiVersion":"v1","kind":"Service","metadata":{{{metadata}}},"spec":{{{spec}}}}}"#);
        let name = r#""name":"x""#;
        for (metadata, spec) in [
            (name, r#""type":"ClusterIP""#),
            (name, r#""ports":[{"port":80},{"name":"old","port":81}],"selector":{"a":"c"}"#),
            (name, r#""externalIPs":["2.2.2.2","3.3.3.3"],"type":null"#),
            (r#""annotations":{},"creationTimestamp":null,"labels":{"a":"2"},"name":"x","namespace":"n""#, ""),
            (r#""annotations":null,"name":"x""#, ""),
        ] {
            assert!(keeps_all(&text(metadata, spec), &target, ty), "{metadata} {spec}");
        }
        for (metadata, spec) in [
            (r#""name":"y""#, ""),
            (r#""name":"x","namespace":"m""#, ""),
            (r#""annotations":{"a":"b"},"name":"x""#, ""),
            (r#""labels":{"b":"1"},"name":"x""#, ""),
            (name, r#""clusterIP":"None""#),
            (name, r#""ports":[{"port":80}]"#),
            (name, r#""ports":[{"port":80},{"port":82}]"#),
            (name, r#""ports":[{"port":80},{"nodePort":1,"port":81}]"#),
            (name, r#""ports":[{"port":80},{"name":"y"}]"#),
            (name, r#""ports":[80,81]"#),
            (name, r#""selector":{"a":"b","c":"d"}"#),
            (name, r#""type":"ClusterIP","selector":{"a":"b"}"#),
            (name, r#""type":"#),
        ] {
            assert!(!keeps_all(&text(metadata, spec), &target, ty), "{metadata} {spec}");
        }
        for other in
            [r#"{"apiVersion":"v1","metadata":{"name":"x"}}"#, r#"{"apiVersion":"v1","kind":"Service","metadata":null}"#, "null", "[]", ""]
        {
            assert!(!keeps_all(other, &target, ty), "{other}");
        }
    }
}

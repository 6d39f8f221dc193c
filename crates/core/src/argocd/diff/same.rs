//! Whether a JSON text says what a value says, read without building it.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::Value;
use crate::kube::members::Walk;

/// Whether parsing the text would give the value. Texts that are not as Go writes them (keys in order,
/// each once), and floating-point numbers, are not compared: the answer is no.
pub(super) fn says(text: &str, value: &Value) -> bool {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Same(value).deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

/// Succeeds when what is read is the value.
pub(super) struct Same<'v>(pub(super) &'v Value);

impl<'de> DeserializeSeed<'de> for Same<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn when<E: serde::de::Error>(same: bool) -> Result<(), E> {
    if same { Ok(()) } else { Err(E::custom("differs")) }
}

impl<'de> Visitor<'de> for Same<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the same value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        when(self.0.is_null())
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<(), E> {
        when(*self.0 == Value::Bool(flag))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        when(self.0.is_i64() && self.0.as_i64() == Some(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        when(self.0.is_i64() && self.0.as_u64() == Some(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        when(self.0.as_str() == Some(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Value::Array(items) = self.0 else { return Err(A::Error::custom("differs")) };
        for item in items {
            if seq.next_element_seed(Same(item))?.is_none() {
                return Err(A::Error::custom("differs"));
            }
        }
        when(seq.next_element::<serde::de::IgnoredAny>()?.is_none())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Value::Object(members) = self.0 else { return Err(A::Error::custom("differs")) };
        let mut walk = Walk::new(members);
        let mut last = None;
        let mut count = 0;
        while let Some((name, value)) = map.next_key_seed(Member(&mut walk))? {
            if last.is_some_and(|last: &str| last >= name) {
                return Err(A::Error::custom("keys out of order"));
            }
            last = Some(name);
            count += 1;
            map.next_value_seed(Same(value))?;
        }
        when(count == members.len())
    }
}

/// Reads a key and finds its member.
struct Member<'w, 'v>(&'w mut Walk<'v>);

impl<'de, 'v> DeserializeSeed<'de> for Member<'_, 'v> {
    type Value = (&'v str, &'v Value);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'v> Visitor<'_> for Member<'_, 'v> {
    type Value = (&'v str, &'v Value);

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        self.0.find_entry(key).ok_or_else(|| E::custom("differs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn says_yes_only_to_the_same() {
        let value = json!({"b": [1, -2, "x\ny", true, null], "a": {"z": "", "é": {}}});
        let text = r#"{"a":{"z":"","é":{}},"b":[1,-2,"x\ny",true,null]}"#;
        assert!(says(text, &value));
        assert_eq!(serde_json::from_str::<Value>(text).ok(), Some(value.clone()));
        for other in [
            r#"{"a":{"z":"","é":{}},"b":[1,-2,"x\ny",true]}"#,
            r#"{"a":{"z":"","é":{}},"b":[1,-2,"x\ny",true,null,1]}"#,
            r#"{"a":{"z":""},"b":[1,-2,"x\ny",true,null]}"#,
            r#"{"a":{"z":"","é":{}},"b":[1,-2,"x\ny",true,null],"c":1}"#,
            r#"{"a":{"z":"","é":{}},"b":[1,-2,"x\ny",true,null]} 1"#,
            r#"{"a":1,"a":{"z":"","é":{}},"b":[1,-2,"x\ny",true,null]}"#,
            r#"{"a":{"z":"","é":{}}"#,
            "null",
            "",
        ] {
            assert!(!says(other, &value), "{other}");
        }
        assert!(!says("1.5", &json!(1.5)), "left to the parser");
    }
}

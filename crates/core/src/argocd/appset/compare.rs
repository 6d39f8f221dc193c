//! Whether a generated Application differs from the live one: `utils.CreateOrUpdate` and `SpecsEquivalent`.

use super::{diff::changed, live, set::ApplicationSet};
use crate::{
    Map, Value,
    argocd::{
        application::codec::argocd_type,
        ignore::{IgnoreRule, Normalizer},
    },
    kube::structs::{Type, structs},
};

/// The ignore rules of a set, compiled once.
#[derive(Debug)]
pub(super) struct Comparison {
    normalizer: Option<Result<Normalizer, String>>,
}

impl Comparison {
    /// From `spec.ignoreApplicationDifferences`.
    pub(super) fn new(set: &ApplicationSet) -> Self {
        let texts = |rule: &Value, key: &str| -> Vec<String> {
            rule.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        };
        let rules: Vec<IgnoreRule> = set
            .items("/spec/ignoreApplicationDifferences")
            .iter()
            .map(|rule| IgnoreRule {
                group: "argoproj.io".into(),
                kind: "Application".into(),
                name: live::text(rule, "/name").to_owned(),
                json_pointers: texts(rule, "jsonPointers"),
                jq_path_expressions: texts(rule, "jqPathExpressions"),
                ..IgnoreRule::default()
            })
            .collect();
        let normalizer = (!rules.is_empty()).then(|| Normalizer::rules_only(&rules).map_err(|error| error.message));
        Self { normalizer }
    }

    /// Whether nothing of the spec would be written.
    pub(super) fn specs_equivalent(&self, found: &Value, desired: &Value) -> Result<bool, String> {
        let (mut found, mut desired) = (found.clone(), desired.clone());
        live::normalize(&mut found);
        live::normalize(&mut desired);
        self.ignore(&mut found, &mut desired)?;
        Ok(same(argocd_type("ApplicationSpec"), found.get("spec"), desired.get("spec")))
    }

    /// Which differences the rules hide, in words.
    pub(super) fn hidden(&self, found: &Value, desired: &Value) -> Result<Option<String>, String> {
        if self.normalizer.is_none() || same(argocd_type("Application"), Some(found), Some(desired)) {
            return Ok(None);
        }
        let (mut less_found, mut less_desired) = (found.clone(), desired.clone());
        self.ignore(&mut less_found, &mut less_desired)?;
        let left = differing(&less_found, &less_desired);
        let hidden: Vec<String> = differing(found, desired).into_iter().filter(|path| !left.contains(path)).collect();
        Ok((!hidden.is_empty()).then(|| format!("ignoreApplicationDifferences hides {}", hidden.join(", "))))
    }

    /// Removes from both what the rules ignore.
    pub(super) fn ignore(&self, found: &mut Value, generated: &mut Value) -> Result<(), String> {
        let Some(normalizer) = &self.normalizer else { return Ok(()) };
        let failed = |message: &str| format!("failed to apply ignore differences: failed to normalize application spec: {message}");
        let normalizer = normalizer.as_ref().map_err(|message| failed(message))?;
        let normalized = |application: &Value| -> Result<Value, String> {
            let mut encoded = live::encode(application);
            if let Value::Object(members) = &mut encoded {
                members.insert("apiVersion".into(), Value::from(live::API_VERSION));
                members.insert("kind".into(), Value::from("Application"));
            }
            normalizer.normalize(&mut encoded, None).map_err(|error| failed(&error.message))?;
            encoded.sort_all_objects();
            let mut decoded = live::decode(&encoded).map_err(|error| format!("failed to apply ignore differences: {}", error.message))?;
            if !decoded.is_object() {
                decoded = Value::Object(Map::new());
            }
            live::normalize(&mut decoded);
            for key in ["apiVersion", "kind"] {
                restore(&mut decoded, application, key);
            }
            Ok(decoded)
        };
        let (new_found, mut new_generated) = (normalized(found)?, normalized(generated)?);
        restore(&mut new_generated, generated, "operation");
        for key in ["name", "namespace"] {
            let original = generated.get("metadata").and_then(|metadata| metadata.get(key)).cloned();
            let metadata = live::metadata_mut(&mut new_generated);
            match original {
                Some(value) => metadata.insert(key.into(), value),
                None => metadata.shift_remove(key),
            };
        }
        *found = new_found;
        *generated = new_generated;
        Ok(())
    }
}

/// The fields in which two Applications differ.
fn differing(one: &Value, other: &Value) -> Vec<String> {
    let mut changes = Vec::new();
    changed(&mut String::new(), Some(&live::encode(one)), Some(&live::encode(other)), &mut changes);
    changes.into_iter().map(|change| change.path).collect()
}

fn restore(into: &mut Value, from: &Value, key: &str) {
    let Value::Object(members) = into else { return };
    match from.get(key) {
        Some(value) => members.insert(key.to_owned(), value.clone()),
        None => members.shift_remove(key),
    };
}

/// `equality.Semantic.DeepEqual` of decoded values: nil equals empty, absent equals zero unless it is a pointer.
pub(super) fn same(ty: Type, one: Option<&Value>, other: Option<&Value>) -> bool {
    let present = |value: Option<&'_ Value>| value.is_some_and(|value| !value.is_null());
    let table = structs();
    match ty {
        Type::Pointer(to) => match (present(one), present(other)) {
            (true, true) => same(table.ty(to), one, other),
            (one, other) => one == other,
        },
        Type::Struct(at) => table.structure(at).fields().iter().all(|field| {
            let (one, other) = (one.and_then(|value| value.get(field.name)), other.and_then(|value| value.get(field.name)));
            (one.is_none() && other.is_none()) || same(table.ty(field.ty), one, other)
        }),
        Type::List(of) => same_lists(table.ty(of), one, other),
        Type::Map(of) => same_maps(table.ty(of), one, other),
        Type::Raw => raw_text(one) == raw_text(other),
        Type::Time | Type::MicroTime => instant(one) == instant(other),
        _ => zeroed(one) == zeroed(other),
    }
}

fn same_lists(of: Type, one: Option<&Value>, other: Option<&Value>) -> bool {
    fn items(value: Option<&Value>) -> &[Value] {
        value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
    let (one, other) = (items(one), items(other));
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(of, Some(one), Some(other)))
}

fn same_maps(of: Type, one: Option<&Value>, other: Option<&Value>) -> bool {
    let empty = Map::new();
    let (one, other) = (one.and_then(Value::as_object).unwrap_or(&empty), other.and_then(Value::as_object).unwrap_or(&empty));
    one.len() == other.len() && one.iter().all(|(key, value)| other.get(key).is_some_and(|with| same(of, Some(value), Some(with))))
}

/// Raw JSON is compared by its bytes, key order included.
fn raw_text(value: Option<&Value>) -> String {
    value.filter(|value| !value.is_null()).map(ToString::to_string).unwrap_or_default()
}

fn instant(value: Option<&Value>) -> Option<jiff::Timestamp> {
    value.and_then(Value::as_str).and_then(|text| text.parse().ok())
}

fn zeroed(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => true,
    })
}

//! Fields of custom resources that hold Kubernetes types (`knownTypeFields`).

use std::collections::HashMap;

use super::group_kind;
use crate::argocd::settings::Settings;
use crate::argocd::unstructured::{self, Gvk};
use crate::kube::structs::{Type, decodes, encode, structs};
use crate::{Error, Map, Result, Value};

struct KnownField {
    path: Vec<String>,
    ty: Type,
}

/// The known fields by group and kind.
#[derive(Default)]
pub(super) struct KnownTypes {
    fields: HashMap<String, HashMap<String, Vec<KnownField>>>,
}

impl KnownTypes {
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// The settings' known types, and the Rollout's pod spec when the settings say nothing about Rollouts.
    pub(super) fn new(settings: &Settings) -> Self {
        let mut fields: HashMap<String, HashMap<String, Vec<KnownField>>> = HashMap::new();
        for (kinds, one) in &settings.overrides {
            let (group, kind) = group_kind(kinds);
            for known in &one.known_type_fields {
                if let Some(ty) = known_type(&known.ty) {
                    let field = KnownField { path: known.field.split('.').map(str::to_owned).collect(), ty };
                    fields.entry(group.to_owned()).or_default().entry(kind.to_owned()).or_default().push(field);
                }
            }
        }
        if let Some(ty) = known_type("core/v1/PodSpec") {
            let path = ["spec", "template", "spec"].map(str::to_owned).to_vec();
            let argo = fields.entry("argoproj.io".to_owned()).or_default();
            argo.entry("Rollout".to_owned()).or_insert_with(|| vec![KnownField { path, ty }]);
        }
        Self { fields }
    }

    /// Whether a kind has known fields.
    pub(super) fn has(&self, group: &str, kind: &str) -> bool {
        self.fields.get(group).is_some_and(|kinds| kinds.contains_key(kind))
    }

    pub(super) fn normalize(&self, object: &mut Value, touched: &mut bool) -> Result<()> {
        let fields = {
            let Gvk { group, kind, .. } = unstructured::gvk(object);
            self.fields.get(group).and_then(|kinds| kinds.get(kind))
        };
        for field in fields.into_iter().flatten() {
            *touched = true;
            if let Value::Object(members) = object {
                rewrite(members, field.ty, &field.path)?;
            }
        }
        Ok(())
    }
}

/// `core/v1/PodSpec`, `core/Quantity`, `meta/v1/Duration`; others are not known.
fn known_type(name: &str) -> Option<Type> {
    match name {
        "core/Quantity" => Some(Type::Quantity),
        "meta/v1/Duration" => Some(Type::Duration),
        _ => structs().named(&format!("core/v1.{}", name.strip_prefix("core/v1/")?)),
    }
}

/// Walks to the field; at the first list on the way goes on inside its elements.
fn rewrite(object: &mut Map<String, Value>, ty: Type, path: &[String]) -> Result<()> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    let Some(next) = object.get_mut(first) else { return Ok(()) };
    match next {
        Value::Array(items) => {
            for item in items.iter_mut().filter(|item| item.is_object()) {
                match item {
                    Value::Object(members) if !rest.is_empty() => rewrite(members, ty, rest)?,
                    _ => *item = remarshal(item, ty)?,
                }
            }
            Ok(())
        }
        Value::Object(members) if !rest.is_empty() => rewrite(members, ty, rest),
        value if rest.is_empty() => {
            *value = remarshal(value, ty)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn remarshal(value: &Value, ty: Type) -> Result<Value> {
    if !decodes(value, ty) || (ty == Type::Duration && value.is_null()) {
        return Err(Error::upstream("json: cannot unmarshal field into its known type"));
    }
    Ok(encode(value, ty))
}

//! The matrix generator.

use super::{
    MetRows, items,
    origin::{Origin, Rows},
    transform::{Asked, Generation, Outer, transform},
};
use crate::{
    Map as Members, Value,
    argocd::{
        application::codec::{self, Keys, argocd_type},
        appset::{params::combine, stop::Stop},
    },
    lang::{
        gofmt::{Map, MergeError, merge as merge_maps},
        gotemplate::Data,
    },
};

/// `MatrixGenerator.GenerateParams`
pub(super) fn generate(generation: &Generation<'_>, asked: &Asked<'_>) -> MetRows {
    let [first, second] = items(asked.generator, "generators") else {
        return Err(if items(asked.generator, "generators").len() < 2 {
            "found less than two generators, Matrix support only two"
        } else {
            "found more than two generators, Matrix support only two"
        }
        .into());
    };
    let (first_path, second_path) = (format!("{}/matrix/generators/0", asked.path), format!("{}/matrix/generators/1", asked.path));
    let within = Outer { params: None, rewritten: asked.rewritten };
    let outer = child(generation, first, within, &first_path)
        .map_err(|stop| stop.context("error failed to get params for first generator in matrix generator"))?;
    let second_failed = |stop: Stop| stop.context("failed to get params for second generator in the matrix generator");
    let reusable = nested_spec(second).is_ok_and(|spec| !uses_templates(&spec));
    let reused = match (reusable, outer.params.first()) {
        (true, Some(params)) => child(generation, second, Outer { params: Some(params), ..within }, &second_path).map_err(second_failed)?,
        _ => Rows::default(),
    };
    let mut sets = Rows::default();
    for (index, a) in outer.params.iter().enumerate() {
        let of_a = outer.origin(index);
        let inner;
        let inner = if reusable && !generation.engine.go {
            &reused
        } else if reusable {
            // A template may set a key of what it is given.
            let copied = reused.params.iter().filter_map(|params| Data::new(params.clone()).deep_copy().map().cloned());
            inner = Rows { params: copied.collect(), origins: reused.origins.clone() };
            &inner
        } else {
            inner = child(generation, second, Outer { params: Some(a), ..within }, &second_path).map_err(second_failed)?;
            &inner
        };
        for (index, b) in inner.params.iter().enumerate() {
            let met = if generation.engine.go {
                let merged = Map::any([]);
                overlay(&merged, b)?;
                overlay(&merged, a)?;
                merged
            } else {
                combine(a, b).map_err(|error| {
                    Stop::Error(format!("failed to combine string maps with merging params for the matrix generator: {error}"))
                })?
            };
            // The first child's parameters win.
            let origin = of_a.clone().zip(inner.origin(index)).map(|(of_a, of_b)| Origin::Met(vec![of_b, of_a]));
            sets.push(met, origin);
            if sets.params.len() > generation.budget.get() {
                return Err(Stop::Refused(crate::Error::limit("the matrix makes too many parameter sets")));
            }
        }
    }
    Ok(sets)
}

/// `mergo.Merge(&target, source, mergo.WithOverride)`
pub(super) fn overlay(target: &Map, source: &Map) -> Result<(), Stop> {
    merge_maps(target, source, true, 0).map_err(|error| match error {
        MergeError::Types => Stop::Error("src and dst must be of same type".into()),
        MergeError::Panic(message) => Stop::Panic(message),
        MergeError::Depth => Stop::Refused(crate::Error::limit("parameters nest too deeply")),
    })
}

/// `getParams`: the parameter sets of one child.
pub(super) fn child(generation: &Generation<'_>, nested: &Value, outer: Outer<'_>, path: &str) -> MetRows {
    let requested = nested_spec(nested).map_err(Stop::Error)?;
    let mut entries = transform(generation, &requested, None, outer, path)
        .map_err(|stop| stop.context("child generator returned an error on parameter generation"))?;
    match entries.len() {
        0 => Err("child generator generated no parameters".into()),
        1 => Ok(entries.pop().map(|entry| entry.rows).unwrap_or_default()),
        _ => Err("found more than one generator in matrix.Generators".into()),
    }
}

/// `nestedGeneratorSpec`: a nested entry as a generator; a nested matrix or merge holds terminal generators only.
fn nested_spec(nested: &Value) -> Result<Value, String> {
    let mut spec = match nested {
        Value::Object(members) => members.clone(),
        _ => Members::new(),
    };
    for (key, ty) in [("matrix", "NestedMatrixGenerator"), ("merge", "NestedMergeGenerator")] {
        let Some(raw) = spec.get(key) else { continue };
        // typed already, by an interpolation around it
        let decoded = codec::decode(raw, argocd_type(ty), Keys::Folded)?;
        spec.insert(key.into(), decoded);
    }
    Ok(Value::Object(spec))
}

/// `specUsesTemplates`
fn uses_templates(spec: &Value) -> bool {
    match spec {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(uses_templates),
        Value::Object(members) => members.iter().any(|(key, value)| key.contains("{{") || uses_templates(value)),
        _ => false,
    }
}

//! The merge generator.

use std::collections::HashMap;

use super::{
    MetRows, items,
    matrix::{child, overlay},
    origin::Origin,
    texts,
    transform::{Asked, Generation, Outer},
};
use crate::{
    argocd::appset::{params::Params, stop::Stop},
    lang::gofmt::{Map, Text, Value as GoValue, json},
};

/// `MergeGenerator.GenerateParams`; Go's random order is the first child's here.
pub(super) fn generate(generation: &Generation<'_>, asked: &Asked<'_>) -> MetRows {
    let children = items(asked.generator, "generators");
    if children.len() < 2 {
        return Err("found less than two generators, Merge requires two or more".into());
    }
    let within = Outer { params: None, rewritten: asked.rewritten };
    let mut all = Vec::with_capacity(children.len());
    for (index, nested) in children.iter().enumerate() {
        let path = format!("{}/merge/generators/{index}", asked.path);
        all.push(child(generation, nested, within, &path).map_err(|stop| {
            stop.context(&format!("error getting params from generator {} of {}", index + 1, children.len()))
                .context("error getting param sets from generators")
        })?);
    }
    let keys = texts(asked.generator, "mergeKeys").unwrap_or_default();
    let keyed = |sets: &[Params]| by_key(&keys, sets).map_err(|stop| stop.context("error getting param sets by merge key"));
    let mut sets = all.into_iter();
    let mut base = sets.next().unwrap_or_default();
    let base_keys = keyed(&base.params)?;
    for overriding in sets {
        let other: HashMap<String, usize> = keyed(&overriding.params)?.into_iter().enumerate().map(|(index, key)| (key, index)).collect();
        for (index, (key, params)) in base_keys.iter().zip(&base.params).enumerate() {
            let Some((at, from)) = other.get(key).and_then(|at| Some((*at, overriding.params.get(*at)?))) else { continue };
            if let (Some(own), Some(theirs)) = (base.origins.get_mut(index), overriding.origin(at)) {
                *own = Origin::Met(vec![own.clone(), theirs]);
            }
            if generation.engine.go {
                overlay(params, from).map_err(|stop| stop.context("error merging base param set with override param set"))?;
            } else {
                for (name, value) in from.to_vec() {
                    params.set(name, value);
                }
            }
        }
    }
    Ok(base)
}

/// `getParamSetsByMergeKey`: the key of each set; two sets of one child may not share one.
fn by_key(keys: &[String], sets: &[Params]) -> Result<Vec<String>, Stop> {
    if keys.is_empty() {
        return Err("no merge keys were specified, Merge requires at least one".into());
    }
    let mut seen = std::collections::HashSet::new();
    let mut found = Vec::with_capacity(sets.len());
    for params in sets {
        let entries = keys.iter().map(|key| (Text::from(key.as_str()), params.get(key.as_bytes()).unwrap_or(GoValue::Nil)));
        let bytes = json::marshal(&GoValue::Map(Map::any(entries)), true)
            .map_err(|_| Stop::Error("error marshalling param set key json: json: unsupported value".into()))?;
        let key = String::from_utf8_lossy(&bytes).into_owned();
        if !seen.insert(key.clone()) {
            return Err(Stop::Error(format!(
                "the parameters from a generator were not unique by the given mergeKeys, Merge requires all param sets to be unique. Duplicate key was {key}"
            )));
        }
        found.push(key);
    }
    Ok(found)
}

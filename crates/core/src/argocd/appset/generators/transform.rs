//! `Transform`: one entry of `generators`, through its generators, selector and template.

use std::{cell::RefCell, rc::Rc};

use super::{
    ParamSets, clusters, duck_type, list, matrix, merge,
    origin::{Origin, Rows},
    plugin, pull_request, repo_paths, scm_provider,
};
use crate::{
    Value,
    argocd::{
        application::codec::argocd_type,
        appset::{
            interpolate::interpolate, inventory::Inventory, merge_template, needs::Need, params, params::Params, stop::Stop, text::Engine,
        },
    },
    kube::selector::LabelSelector,
};

/// The surroundings of an evaluation.
pub(in crate::argocd::appset) struct Generation<'i> {
    pub(in crate::argocd::appset) engine: Engine,
    pub(in crate::argocd::appset) inventory: &'i Inventory,
    /// The set's name, for plugins.
    pub(in crate::argocd::appset) set_name: String,
    /// `spec.template.spec.project`
    pub(in crate::argocd::appset) project: String,
    /// What was found missing on the way without ending the evaluation.
    pub(in crate::argocd::appset) needs: RefCell<Vec<Need>>,
    /// Whether each parameter set's origin is wanted.
    pub(in crate::argocd::appset) explain: bool,
    /// The innermost generator that failed first, as a JSON pointer.
    pub(in crate::argocd::appset) failed: RefCell<Option<String>>,
    /// How many parameter sets may be made.
    pub(in crate::argocd::appset) budget: std::cell::Cell<usize>,
}

/// The parameter sets of one generator of an entry, and the template for them.
pub(in crate::argocd::appset) struct Entry {
    /// The generator's key: `list`, `matrix` …
    pub(in crate::argocd::appset) kind: &'static str,
    pub(in crate::argocd::appset) rows: Rows,
    pub(in crate::argocd::appset) template: Value,
}

/// The generators in the order in which upstream runs them.
const KINDS: [&str; 10] =
    ["list", "clusters", "git", "scmProvider", "clusterDecisionResource", "pullRequest", "matrix", "merge", "plugin", "oci"];

/// A decoded generator of an entry and how it came to be.
pub(super) struct Asked<'g> {
    /// The generator struct, such as `ListGenerator`.
    pub(super) generator: &'g Value,
    /// Whether another generator's parameters were put in.
    pub(super) interpolated: bool,
    /// Whether the entry was walked and written again, alone or as part of the entry around it: its raw JSON is then `json.Marshal`'s.
    pub(super) rewritten: bool,
    /// JSON pointer of the entry.
    pub(super) path: &'g str,
}

/// What an entry inherits from the one around it.
#[derive(Clone, Copy, Default)]
pub(in crate::argocd::appset) struct Outer<'p> {
    /// The parameters of the first child of a matrix.
    pub(super) params: Option<&'p Params>,
    /// Whether the entry around it was rewritten ([`Asked::rewritten`]).
    pub(super) rewritten: bool,
}

/// Runs an entry.
pub(in crate::argocd::appset) fn transform(
    generation: &Generation<'_>,
    requested: &Value,
    base: Option<&Value>,
    outer: Outer<'_>,
    path: &str,
) -> Result<Vec<Entry>, Stop> {
    let selector = match requested.get("selector") {
        Some(selector) => {
            let compiled = LabelSelector::from_value_lax(selector);
            Some(compiled.map_err(|error| Stop::Error(format!("error parsing label selector: {}", error.message)))?)
        }
        None => None,
    };
    let outer = Outer { params: outer.params.filter(|params| !params.is_empty()), ..outer };
    let mut entries = Vec::new();
    let mut first: Option<Stop> = None;
    for kind in KINDS {
        if requested.get(kind).is_none() {
            continue;
        }
        let made = run(generation, requested, kind, base, outer, path);
        match made {
            Ok(mut entry) => {
                if let Some(selector) = &selector {
                    entry.rows.retain(|params| {
                        let labels = params::labels(params);
                        selector.matches_with(|key| labels.get(key).map(String::as_str))
                    });
                }
                entries.push(entry);
            }
            Err(stop @ (Stop::Panic(_) | Stop::Refused(_))) => return Err(stop),
            Err(Stop::Needs(needs)) => match &mut first {
                Some(Stop::Needs(known)) => known.extend(needs),
                _ => first = Some(Stop::Needs(needs)),
            },
            Err(stop) => {
                first.get_or_insert(stop);
            }
        }
    }
    first.map_or(Ok(entries), Err)
}

fn run(
    generation: &Generation<'_>,
    requested: &Value,
    kind: &'static str,
    base: Option<&Value>,
    outer: Outer<'_>,
    path: &str,
) -> Result<Entry, Stop> {
    let template = match base {
        Some(base) => {
            let own = requested.get(kind).and_then(|generator| generator.get("template")).cloned().unwrap_or(Value::Null);
            merge_template::merge(&own, base, argocd_type("ApplicationSetTemplate"))
        }
        None => Value::Null,
    };
    let rendered;
    let mut asked = Asked { generator: requested.get(kind).unwrap_or(&Value::Null), interpolated: false, rewritten: outer.rewritten, path };
    if let Some(params) = outer.params {
        rendered = interpolate(requested, argocd_type("ApplicationSetGenerator"), &generation.engine, params)?;
        asked = Asked { generator: rendered.get(kind).unwrap_or(&Value::Null), interpolated: true, rewritten: true, path };
    }
    let rows = generate(generation, kind, &asked).inspect_err(|_| {
        generation.failed.borrow_mut().get_or_insert_with(|| format!("{path}/{kind}"));
    })?;
    let left = generation.budget.get();
    if rows.params.len() > left {
        return Err(Stop::Refused(crate::Error::limit("the generators make too many parameter sets")));
    }
    generation.budget.set(left - rows.params.len());
    Ok(Entry { kind, rows, template })
}

fn generate(generation: &Generation<'_>, kind: &str, asked: &Asked<'_>) -> Result<Rows, Stop> {
    match kind {
        "matrix" => return matrix::generate(generation, asked),
        "merge" => return merge::generate(generation, asked),
        _ => {}
    }
    let params = simple(generation, kind, asked)?;
    let generator: Rc<str> = format!("{}/{kind}", asked.path).into();
    let origins = if generation.explain {
        params.iter().enumerate().map(|(index, params)| Origin::row(&generator, index, params)).collect()
    } else {
        Vec::new()
    };
    Ok(Rows { params, origins })
}

/// The generators that combine no others.
fn simple(generation: &Generation<'_>, kind: &str, asked: &Asked<'_>) -> ParamSets {
    match kind {
        "list" => list::generate(generation, asked),
        "clusters" => clusters::generate(generation, asked),
        "git" => repo_paths::generate(generation, asked, repo_paths::Source::Git),
        "oci" => repo_paths::generate(generation, asked, repo_paths::Source::Oci),
        "scmProvider" => scm_provider::generate(generation, asked),
        "clusterDecisionResource" => duck_type::generate(generation, asked),
        "pullRequest" => pull_request::generate(generation, asked),
        _ => plugin::generate(generation, asked),
    }
}

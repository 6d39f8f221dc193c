//! Operations of `appset`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Diagnostic, Map, Result, Value,
    argocd::appset::{self, ApplicationSet, Inventory, Need, Provenance, RenderRequest, Upstream},
    wire::Op,
};

/// A set and what its generators would fetch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GenerateRequest {
    /// The ApplicationSet.
    application_set: Value,
    /// The inventory.
    #[serde(default)]
    inventory: Inventory,
    /// Adds, for each Application, which parameters gave each templated field.
    #[serde(default)]
    explain: bool,
}

/// The Applications of a set.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GenerateResponse {
    /// The Applications by name, neither normalised nor validated.
    applications: Vec<Value>,
    /// Their names in the order of generation.
    order: Vec<String>,
    /// What upstream's controller would think of it.
    upstream: Upstream,
    /// What the inventory lacks; the generators that ask for it gave nothing.
    needs: Vec<Need>,
    /// Findings about the set.
    diagnostics: Vec<Diagnostic>,
    /// Where each Application came from, in the order of generation.
    origins: Vec<Origin>,
}

/// Where one Application came from.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Origin {
    /// The Application's name.
    name: String,
    /// JSON pointer of its generator.
    generator: String,
    /// Which of the generator's parameter sets, from 0.
    row: usize,
    /// Which parameters gave each templated field; with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
}

fn generate(request: GenerateRequest) -> Result<GenerateResponse> {
    let set = ApplicationSet::from_value(&request.application_set)?;
    let generated = appset::generate(&set, &request.inventory, request.explain)?;
    Ok(GenerateResponse {
        applications: generated.canonical().into_iter().cloned().collect(),
        order: generated.applications.iter().map(|application| application.name().to_owned()).collect(),
        origins: generated
            .applications
            .iter()
            .map(|application| Origin {
                name: application.name().to_owned(),
                generator: format!("/spec/generators/{}/{}", application.entry, application.generator),
                row: application.row,
                provenance: application.provenance.clone(),
            })
            .collect(),
        upstream: generated.upstream,
        needs: generated.needs,
        diagnostics: generated.diagnostics,
    })
}

/// One template.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RenderTemplate {
    /// A text, or any JSON whose texts and keys are templates.
    template: Value,
    /// The parameters.
    #[serde(default)]
    params: Map<String, Value>,
    /// Go templates rather than the simple engine.
    #[serde(default)]
    go_template: bool,
    /// Options of the Go templates, such as `missingkey=error`.
    #[serde(default)]
    go_template_options: Option<Vec<String>>,
    /// Go types of some parameters by dotted path: `map[string]string` or `[]string`.
    #[serde(default)]
    kinds: BTreeMap<String, String>,
}

/// The rendered template.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Rendered {
    /// A text for a text, else JSON.
    value: Value,
}

fn render(request: RenderTemplate) -> Result<Rendered> {
    let value = appset::render(&RenderRequest {
        template: request.template,
        params: request.params,
        go_template: request.go_template,
        options: request.go_template_options.unwrap_or_default(),
        kinds: request.kinds,
    })?;
    Ok(Rendered { value })
}

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("appset.generate", "Generates the Applications of an ApplicationSet from an inventory", generate),
        Op::new("appset.render", "Renders one template as an ApplicationSet does", render),
    ]
}

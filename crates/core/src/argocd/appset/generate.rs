//! `GenerateApplications`

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    generators::{Entry, Generation, Outer, transform},
    inventory::Inventory,
    live,
    needs::Need,
    params::Params,
    patch,
    plan::{self, Part, Room},
    report::{self, Provenance},
    set::ApplicationSet,
    stop::Stop,
    text::Engine,
};
use crate::{
    Diagnostic, Map, Result, Value,
    argocd::application::codec::{self, argocd_type},
};

/// How many parameter sets one set may make, children included.
const MAX_PARAMETER_SETS: usize = 1_000_000;

const RESOURCES_FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

/// What upstream's controller would think of the generation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upstream {
    /// The controller would stop here and apply nothing.
    pub failed: bool,
    /// `ApplicationGenerationFromParamsError`, `RenderTemplateParamsError` or `panic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The first error, close to upstream's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// JSON pointer of the generator that caused it, the child where it is in a matrix or merge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
}

/// An Application and where it came from.
#[derive(Debug, Clone)]
pub struct GeneratedApplication {
    /// `{metadata, spec, operation?}` as upstream generates it: neither normalised nor validated.
    pub value: Value,
    /// Which entry of `spec.generators` made it.
    pub entry: usize,
    /// The generator's key.
    pub generator: &'static str,
    /// Which of the generator's parameter sets, from 0.
    pub row: usize,
    /// Why each templated field has its value; only when asked for.
    pub provenance: Option<Provenance>,
}

impl GeneratedApplication {
    /// `metadata.name`
    pub fn name(&self) -> &str {
        let name = self.value.get("metadata").and_then(|metadata| metadata.get("name"));
        name.and_then(Value::as_str).unwrap_or_default()
    }
}

/// What a set generates.
#[derive(Debug, Clone, Default)]
pub struct Generated {
    /// The Applications in the order of generation.
    pub applications: Vec<GeneratedApplication>,
    /// What upstream's controller would think of it.
    pub upstream: Upstream,
    /// What the inventory lacks.
    pub needs: Vec<Need>,
    /// Findings about the set.
    pub diagnostics: Vec<Diagnostic>,
}

impl Generated {
    /// The Applications by name, ties by their JSON.
    pub fn canonical(&self) -> Vec<&Value> {
        let mut sorted: Vec<(&str, &Value)> =
            self.applications.iter().map(|application| (application.name(), &application.value)).collect();
        sorted.sort_by(|a, b| a.0.cmp(b.0).then_with(|| sorted_text(a.1).cmp(&sorted_text(b.1))));
        sorted.into_iter().map(|(_, value)| value).collect()
    }
}

/// Compact JSON with sorted keys.
fn sorted_text(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|a, b| a.0.cmp(b.0));
            let inside: Vec<String> =
                members.into_iter().map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), sorted_text(value))).collect();
            format!("{{{}}}", inside.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted_text).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// Generates the Applications of a set; `explain` adds the provenance of each templated field.
///
/// # Errors
/// When a limit is reached, or a template depends on time or chance. What upstream itself refuses is in
/// [`Generated::upstream`].
pub fn generate(set: &ApplicationSet, inventory: &Inventory, explain: bool) -> Result<Generated> {
    let generation = Generation {
        engine: Engine::new(set.go_template(), &set.texts("/spec/goTemplateOptions")),
        inventory,
        set_name: set.name().to_owned(),
        project: set.text("/spec/template/spec/project").to_owned(),
        needs: std::cell::RefCell::default(),
        explain,
        failed: std::cell::RefCell::default(),
        budget: std::cell::Cell::new(MAX_PARAMETER_SETS),
    };
    let mut run = Run {
        set,
        generation: &generation,
        patch: set.value().pointer("/spec/templatePatch").and_then(Value::as_str),
        preserve: set.flag("/spec/syncPolicy/preserveResourcesOnDeletion"),
        namespace: set.namespace(),
        room: Room::new(),
        out: Generated::default(),
    };
    let empty = Value::Object(Map::new());
    let template = set.value().pointer("/spec/template").unwrap_or(&empty);
    for (index, requested) in set.items("/spec/generators").iter().enumerate() {
        generation.failed.take();
        match run.entry(index, requested, template) {
            Ok(()) => {}
            Err(Stop::Panic(message)) => {
                run.out.applications.clear();
                run.out.upstream =
                    Upstream { failed: true, reason: Some("panic".into()), error: Some(message), generator: generation.failed.take() };
                break;
            }
            Err(Stop::Refused(error)) => return Err(error),
            Err(Stop::Needs(needs)) => run.out.needs.extend(needs),
            Err(Stop::Error(message)) => run.failed("ApplicationGenerationFromParamsError", message, generation.failed.take()),
        }
    }
    let Run { mut out, .. } = run;
    out.needs.extend(generation.needs.take());
    report::examine(set, &mut out, &generation.engine);
    Ok(out)
}

struct Run<'r, 'i> {
    set: &'r ApplicationSet,
    generation: &'r Generation<'i>,
    /// `spec.templatePatch`
    patch: Option<&'r str>,
    /// `spec.syncPolicy.preserveResourcesOnDeletion`
    preserve: bool,
    namespace: &'r str,
    room: Room,
    out: Generated,
}

impl Run<'_, '_> {
    fn failed(&mut self, reason: &str, message: String, generator: Option<String>) {
        if !self.out.upstream.failed {
            self.out.upstream = Upstream { failed: true, reason: Some(reason.into()), error: Some(message), generator };
        }
    }

    fn entry(&mut self, index: usize, requested: &Value, base: &Value) -> Result<(), Stop> {
        let path = format!("/spec/generators/{index}");
        for entry in transform(self.generation, requested, Some(base), Outer::default(), &path)? {
            self.applications(index, &entry)?;
        }
        Ok(())
    }

    fn applications(&mut self, index: usize, entry: &Entry) -> Result<(), Stop> {
        if entry.rows.params.is_empty() {
            return Ok(());
        }
        let ty = argocd_type("ApplicationSetTemplate");
        let part = plan::compile(&self.generation.engine, &self.completed(&entry.template), ty);
        let plain = std::cell::OnceCell::new();
        let written = entry.template.to_string().len();
        self.out.applications.reserve(entry.rows.params.len());
        for (row, params) in entry.rows.params.iter().enumerate() {
            self.room.take(written)?;
            let rendered = if params.is_empty() {
                Ok(plain.get_or_init(|| codec::encode(&entry.template, ty)).clone())
            } else {
                self.rendered(&part, params)
            };
            let value = match rendered.and_then(|application| self.patched(application, params)) {
                Ok(application) => self.finished(application),
                Err(Stop::Error(message)) => {
                    self.failed("RenderTemplateParamsError", message, Some(format!("/spec/generators/{index}/{}", entry.kind)));
                    continue;
                }
                Err(stop) => return Err(stop),
            };
            let origin = entry.rows.origins.get(row);
            let provenance = origin.map(|origin| report::provenance(&self.generation.engine, self.set, &part, params, origin));
            self.out.applications.push(GeneratedApplication { value, entry: index, generator: entry.kind, row, provenance });
        }
        Ok(())
    }

    /// `RenderTemplateParams`
    fn rendered(&self, part: &Part, params: &Params) -> Result<Value, Stop> {
        self.generation.engine.check()?;
        Ok(part.render(params, &self.room)?.unwrap_or_else(|| Value::Object(Map::new())))
    }

    /// The template with what each Application gets beside its parameters: the finalizer of `RenderTemplateParams` and,
    /// where nothing is rendered in its place, the set's namespace.
    fn completed(&self, template: &Value) -> Value {
        let mut template = template.clone();
        let metadata = live::metadata_mut(&mut template);
        if !self.preserve && metadata.get("finalizers").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            metadata.insert("finalizers".into(), Value::Array(vec![Value::from(RESOURCES_FINALIZER)]));
        }
        if metadata.get("namespace").and_then(Value::as_str).is_none_or(str::is_empty) && !self.namespace.contains("{{") {
            metadata.insert("namespace".into(), Value::from(self.namespace));
        }
        template
    }

    fn patched(&self, application: Value, params: &Params) -> Result<Value, Stop> {
        let Some(text) = self.patch else { return Ok(application) };
        let text = self.generation.engine.replace(text, params).map_err(|stop| stop.context("error replacing values in templatePatch"))?;
        patch::apply(application, &text)
    }

    /// What upstream keeps of a generated Application.
    fn finished(&self, application: Value) -> Value {
        let mut shown = live::shown(application);
        let Some(Value::Object(metadata)) = shown.get_mut("metadata") else { return shown };
        if self.namespace.is_empty() {
            metadata.shift_remove("namespace");
        } else if metadata.get("namespace").and_then(Value::as_str) != Some(self.namespace) {
            metadata.insert("namespace".into(), Value::from(self.namespace));
        }
        shown
    }
}

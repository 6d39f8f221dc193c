//! Whether the Rollout and what it refers to are valid; the controller shows the first fault only.

use crate::rollouts::objects::AtPath;
use std::sync::Arc;

use serde_json::json;
use smol_str::ToSmolStr;

use super::{
    conditions::{self, INVALID_SPEC, condition},
    context::Context,
    world::World,
};
use crate::{
    Value,
    rollouts::{
        check::{
            self,
            analysis::Templates,
            references::{References, ServiceReference},
        },
        objects::{Failure, text},
        spec::{self, AnalysisTemplate, AnalysisTemplateRef, Canary, Rollout, RolloutAnalysis, Service},
    },
};

/// Why a Rollout is not reconciled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    /// A fault of a field, which the condition InvalidSpec tells.
    pub(crate) field: bool,
}

impl Refusal {
    fn field(path: &str, value: &str, detail: &str) -> Self {
        Self { message: format!("{path}: Invalid value: {}: {detail}", spec::go_quote(value)), field: true }
    }

    fn first(errors: &[check::FieldError]) -> Result<(), Self> {
        errors.first().map_or(Ok(()), |error| Err(Self { message: error.to_string(), field: true }))
    }
}

impl From<crate::Error> for Refusal {
    fn from(error: crate::Error) -> Self {
        Self { message: error.message, field: false }
    }
}

/// `getRolloutValidationErrors`, remembered while nothing it looks at has changed.
pub(crate) fn verdict(context: &mut Context<'_>) -> Result<(), Refusal> {
    let spec = match &context.world.spec_verdict {
        Some(known) => known.clone(),
        None => Refusal::first(&check::rollout(&context.rollout)).err(),
    };
    context.world.spec_verdict = Some(spec.clone());
    if let Some(refusal) = spec {
        return Err(refusal);
    }
    let references = match &context.world.reference_verdict {
        Some(known) => known.clone(),
        None => {
            let refusal = validate_references(&context.rollout, context.world, &context.services).err();
            context.world.templates_sound |= refusal.is_none();
            refusal
        }
    };
    context.world.reference_verdict = Some(references.clone());
    references.map_or(Ok(()), Err)
}

fn validate_references(rollout: &Rollout, world: &World, services: &[Arc<Service>]) -> Result<(), Refusal> {
    let mut references = References { services: find_services(rollout, services)?, ..References::default() };
    if !world.templates_sound {
        references.analysis_templates = find_analyses(rollout, world)?;
    }
    Refusal::first(&check::config::validate(rollout))?;
    if let Some(canary) = rollout.canary() {
        references.ingresses = find_ingresses(rollout, canary, world)?;
        references.virtual_services = find_virtual_services(rollout, canary, world)?;
        references.ambassador_mappings = find_mappings(rollout, canary, world)?;
        references.app_mesh_resources = find_virtual_routers(rollout, canary, world)?;
    }
    Refusal::first(&check::references::validate(rollout, &references)?)
}

/// `getReferencedServices`.
fn find_services<'a>(rollout: &Rollout, services: &'a [Arc<Service>]) -> Result<Vec<ServiceReference<'a>>, Refusal> {
    let mut wanted: Vec<(&'static str, &'static str, &str)> = Vec::new();
    if let Some(strategy) = rollout.blue_green() {
        wanted.push(("ActiveService", "blueGreen.activeService", &strategy.active_service));
        wanted.push(("PreviewService", "blueGreen.previewService", &strategy.preview_service));
    } else if let Some(canary) = rollout.canary() {
        wanted.push(("StableService", "canary.stableService", &canary.stable_service));
        wanted.push(("CanaryService", "canary.canaryService", &canary.canary_service));
        if let Some(pair) = &canary.ping_pong {
            wanted.push(("PingService", "canary.pingPong.pingService", &pair.ping_service));
            wanted.push(("PongService", "canary.pingPong.pongService", &pair.pong_service));
        }
    }
    let namespace = &rollout.metadata.namespace;
    let mut found = Vec::new();
    for (kind, path, name) in wanted.into_iter().filter(|(_, _, name)| !name.is_empty()) {
        let service = services.iter().find(|service| service.metadata.name == name && service.metadata.namespace == *namespace);
        let Some(service) = service else {
            return Err(Refusal::field(&format!("spec.strategy.{path}"), name, &format!("service \"{name}\" not found")));
        };
        found.push(ServiceReference { kind, service });
    }
    Ok(found)
}

/// `getReferencedRolloutAnalyses`.
fn find_analyses<'a>(rollout: &'a Rollout, world: &World) -> Result<Vec<Templates<'a>>, Refusal> {
    let mut found = Vec::new();
    let mut find = |kind: &'static str, step: usize, path: &str, analysis: &'a RolloutAnalysis| -> Result<(), Refusal> {
        let (templates, cluster_templates) = find_templates(world, &analysis.templates, path, 0)?;
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        found.push(Templates { kind, step, args: &analysis.args, templates, cluster_templates });
        Ok(())
    };
    if let Some(strategy) = rollout.blue_green() {
        if let Some(analysis) = &strategy.pre_promotion_analysis {
            find("PrePromotionAnalysis", 0, "spec.strategy.blueGreen.prePromotionAnalysis.templates", analysis)?;
        }
        if let Some(analysis) = &strategy.post_promotion_analysis {
            find("PostPromotionAnalysis", 0, "spec.strategy.blueGreen.postPromotionAnalysis.templates", analysis)?;
        }
    } else if let Some(canary) = rollout.canary() {
        for (index, step) in canary.steps.iter().enumerate() {
            if let Some(analysis) = &step.analysis {
                find("InlineAnalysis", index, &format!("spec.strategy.canary.steps[{index}].analysis.templates"), analysis)?;
            }
        }
        if let Some(background) = &canary.analysis {
            find("BackgroundAnalysis", 0, "spec.strategy.canary.analysis.templates", &background.analysis)?;
        }
    }
    Ok(found)
}

type Found = (Vec<Arc<AnalysisTemplate>>, Vec<Arc<AnalysisTemplate>>);

/// `getReferencedAnalysisTemplatesFromRef`: with the templates that templates name, each once.
pub(crate) fn find_templates(world: &World, names: &[AnalysisTemplateRef], path: &str, depth: usize) -> Result<Found, Refusal> {
    if depth > 50 {
        return Err(Refusal { message: "analysis templates name each other without end".into(), field: false });
    }
    let (mut templates, mut cluster): Found = (Vec::new(), Vec::new());
    for reference in names {
        let name = reference.template_name.as_str();
        let wide = reference.cluster_scope == Some(true);
        let (shelf, kind) =
            if wide { (&world.cluster_templates, "ClusterAnalysisTemplate") } else { (&world.templates, "AnalysisTemplate") };
        let Some(template) = shelf.get(name) else {
            return Err(Refusal::field(path, name, &format!("{kind} '{name}' not found")));
        };
        let template = template.as_ref().map_err(|error| error.clone())?;
        if wide { &mut cluster } else { &mut templates }.push(Arc::clone(template));
        if !template.spec.templates.is_empty() {
            let (more, more_cluster) = find_templates(world, &template.spec.templates, "spec.templates", depth + 1)?;
            templates.extend(more);
            cluster.extend(more_cluster);
        }
    }
    Ok((unique(templates), unique(cluster)))
}

/// `FilterUniqueTemplates`.
fn unique(templates: Vec<Arc<AnalysisTemplate>>) -> Vec<Arc<AnalysisTemplate>> {
    let mut kept: Vec<Arc<AnalysisTemplate>> = Vec::with_capacity(templates.len());
    for template in templates {
        if !kept.iter().any(|have| have.metadata.name == template.metadata.name) {
            kept.push(template);
        }
    }
    kept
}

/// `getReferencedIngresses`.
fn find_ingresses<'a>(rollout: &Rollout, canary: &Canary, world: &'a World) -> Result<Vec<&'a Value>, Refusal> {
    let Some(routing) = &canary.traffic_routing else { return Ok(Vec::new()) };
    let (several, one, path_many, path_one) = match (&routing.alb, &routing.nginx) {
        (Some(alb), _) => (&alb.ingresses, &alb.ingress, "alb.ingresses", "alb.ingress"),
        (None, Some(nginx)) => (&nginx.stable_ingresses, &nginx.stable_ingress, "nginx.StableIngresses", "nginx.stableIngress"),
        (None, None) => return Ok(Vec::new()),
    };
    let names = several.as_deref().unwrap_or(std::slice::from_ref(one));
    let mut found = Vec::new();
    for name in names {
        match world.objects.get("Ingress", &rollout.metadata.namespace, name) {
            Some(ingress) => found.push(ingress),
            None => {
                // As the lister says it; the API server would say "ingresses".
                let detail = format!("ingress.networking.k8s.io \"{name}\" not found");
                let (path, shown) = match several {
                    Some(names) => (path_many, spec::go_json(&json!(names))),
                    None => (path_one, spec::go_quote(name)),
                };
                return Err(Refusal {
                    message: format!("spec.strategy.canary.trafficRouting.{path}: Invalid value: {shown}: {detail}"),
                    field: true,
                });
            }
        }
    }
    Ok(found)
}

/// `GetReferencedVirtualServices`.
fn find_virtual_services<'a>(rollout: &Rollout, canary: &Canary, world: &'a World) -> Result<Vec<&'a Value>, Refusal> {
    let Some(istio) = canary.traffic_routing.as_ref().and_then(|routing| routing.istio.as_ref()) else { return Ok(Vec::new()) };
    let (services, field) = match &istio.virtual_services {
        Some(several) => (several.as_slice(), "virtualServices"),
        None => (istio.virtual_service.as_slice(), "virtualService"),
    };
    let mut found = Vec::new();
    for service in services {
        let full = service.name.strip_suffix(".cluster.local").unwrap_or(&service.name);
        let (name, namespace) = full.rsplit_once('.').unwrap_or((full, ""));
        let namespace = if namespace.is_empty() { rollout.metadata.namespace.as_str() } else { namespace };
        let Some(document) = world.objects.get("VirtualService", namespace, name) else {
            let path = format!("spec.strategy.canary.trafficRouting.istio.{field}.name");
            return Err(Refusal::field(&path, name, &format!("virtualservices.networking.istio.io \"{name}\" not found")));
        };
        found.push(document);
    }
    Ok(found)
}

/// `getAmbassadorMappings`.
fn find_mappings<'a>(rollout: &Rollout, canary: &Canary, world: &'a World) -> Result<Vec<&'a Value>, Refusal> {
    let Some(ambassador) = canary.traffic_routing.as_ref().and_then(|routing| routing.ambassador.as_ref()) else { return Ok(Vec::new()) };
    let path = "spec.strategy.canary.trafficRouting.ambassador.mappings";
    if ambassador.mappings.is_empty() {
        return Err(Refusal { message: format!("{path}: Invalid value: null: must provide at least one mapping"), field: true });
    }
    let find = |name: &String| {
        let found = world.objects.get("Mapping", &rollout.metadata.namespace, name);
        found.ok_or_else(|| Refusal::field(path, name, &format!("mappings.getambassador.io \"{name}\" not found")))
    };
    ambassador.mappings.iter().map(find).collect()
}

/// `getReferencedAppMeshResources`: the router behind the virtual service.
fn find_virtual_routers<'a>(rollout: &Rollout, canary: &Canary, world: &'a World) -> Result<Vec<&'a Value>, Refusal> {
    let Some(mesh) = canary.traffic_routing.as_ref().and_then(|routing| routing.app_mesh.as_ref()) else { return Ok(Vec::new()) };
    let path = "spec.strategy.canary.trafficRouting.appmesh.virtualService";
    let Some(service) = &mesh.virtual_service else {
        return Err(Refusal { message: format!("{path}: Invalid value: null: must provide virtual-service"), field: true });
    };
    let namespace = rollout.metadata.namespace.as_str();
    let absent = |resource: &str, name: &str| {
        let value = format!("{}.{namespace}", service.name);
        Refusal::field(path, &value, &format!("{resource}.appmesh.k8s.aws \"{name}\" not found"))
    };
    let document = world.objects.get("VirtualService", namespace, &service.name).ok_or_else(|| absent("virtualservices", &service.name))?;
    let Some(reference) = document.at_path("/spec/provider/virtualRouter/virtualRouterRef").filter(|reference| reference.is_object())
    else {
        return Err(Refusal { message: "Virtual-service is not associated with virtual-router".into(), field: false });
    };
    let given = text(reference, "/namespace");
    let home = if given.is_empty() { text(document, "/metadata/namespace") } else { given };
    let name = text(reference, "/name");
    let router = world.objects.get("VirtualRouter", home, name).ok_or_else(|| absent("virtualrouters", name))?;
    Ok(vec![router])
}

impl Context<'_> {
    /// `createInvalidRolloutCondition`, and the error that ends the reconcile.
    pub(crate) fn refuse(&mut self, refusal: &Refusal) -> Failure {
        let failure = Failure::new(refusal.message.clone());
        if !refusal.field {
            return failure;
        }
        self.tell_invalid(&refusal.message);
        failure
    }

    /// Condition InvalidSpec, unless it says so already.
    pub(crate) fn tell_invalid(&mut self, fault: &str) {
        let status = &self.rollout.status;
        let message = format!("The Rollout \"{}\" is invalid: {fault}", self.rollout.metadata.name);
        let previous = conditions::get(status, INVALID_SPEC);
        let same = previous.is_some_and(|condition| condition.message == message);
        if same && status.observed_generation == self.rollout.metadata.generation.to_smolstr() {
            return;
        }
        let mut status = status.clone();
        let updated = match previous {
            Some(previous) if same => previous.clone(),
            _ => {
                conditions::remove(&mut status, INVALID_SPEC);
                condition(INVALID_SPEC, "True", "InvalidSpec", message, self.seconds())
            }
        };
        self.patch_conditions(status, vec![updated]);
    }
}

//! The world before anything happens.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{Roles, Simulation, Template, moment, references, scenario::Scenario};
use crate::{
    Error, Result, Value,
    rollouts::{
        hashes,
        objects::text,
        reconcile::{answer, world::World},
        spec::{self, AnalysisTemplate, Reading, RolloutStatus, Service, normalize},
    },
};

fn put(world: &mut World, object: &Value, namespace: &str, now: i64) -> Result<()> {
    let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
    if name.is_empty() {
        return Err(Error::invalid("object without name"));
    }
    let taken = || Err(Error::invalid(format!("{kind} \"{name}\" already exists")));
    match kind {
        "Service" => {
            let service = answer::service(object, namespace, moment(now))?;
            let same = |other: &Arc<Service>| {
                (&other.metadata.name, &other.metadata.namespace) == (&service.metadata.name, &service.metadata.namespace)
            };
            if world.services.iter().any(same) {
                return taken();
            }
            world.services.push(Arc::new(service));
        }
        "AnalysisTemplate" | "ClusterAnalysisTemplate" => {
            let template: AnalysisTemplate = spec::read("AnalysisTemplate", object, Reading::Lenient)?;
            let shelf = if kind == "AnalysisTemplate" { &mut world.templates } else { &mut world.cluster_templates };
            if Arc::make_mut(shelf).insert(name.to_owned(), Ok(Arc::new(template))).is_some() {
                return taken();
            }
        }
        "Ingress" | "VirtualService" | "DestinationRule" | "TrafficSplit" | "TraefikService" | "ApisixRoute" | "Mapping"
        | "VirtualRouter" | "VirtualNode" => {
            let object = answer::routed(kind, object, namespace);
            if world.objects.get(kind, text(&object, "/metadata/namespace"), name).is_some() {
                return taken();
            }
            world.objects.insert(object, false);
        }
        _ => return Err(Error::invalid(format!("unsupported object kind {kind:?}"))),
    }
    Ok(())
}

/// A cluster with what the scenario lists and what the Rollout refers to, but not yet the Rollout.
pub(super) fn set_up(rollout: &Value, scenario: Scenario) -> Result<Simulation> {
    let document = normalize("Rollout", rollout, Reading::Lenient)?;
    let mut rollout = answer::stored(document.clone())?;
    rollout.status = RolloutStatus::default();
    let metadata = &mut rollout.metadata;
    if metadata.name.is_empty() {
        return Err(Error::invalid("rollout has no name"));
    }
    if metadata.namespace.is_empty() {
        metadata.namespace = "default".into();
    }
    let namespace = metadata.namespace.clone();
    let mut world = World::default();
    for object in &scenario.objects {
        put(&mut world, object, &namespace, scenario.start)?;
    }
    for object in references::plain_objects(&rollout) {
        let same = |other: &Value| other["kind"] == object["kind"] && other["metadata"]["name"] == object["metadata"]["name"];
        let path = format!("{}/{}", text(&object, "/kind"), text(&object, "/metadata/name"));
        if !scenario.objects.iter().any(same) && !scenario.missing.contains(&path) {
            put(&mut world, &object, &namespace, scenario.start)?;
        }
    }
    world.services.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    world.rollout = rollout;
    Ok(Simulation {
        now: scenario.start,
        world,
        scenario,
        document,
        template: Template::default(),
        roles: Roles::default(),
        pods: HashMap::new(),
        prepared: HashMap::new(),
        wakes: BTreeSet::new(),
        retry: None,
        error: String::new(),
        timeline: Vec::new(),
        touched: true,
        faults: super::faults::Checked::default(),
        unknown: None,
        recording: false,
        instant: false,
        unsettled: false,
    })
}

impl Simulation {
    /// The Rollout appears.
    pub(super) fn create(&mut self) -> Result<()> {
        let metadata = &mut self.world.rollout.metadata;
        metadata.generation = 1;
        if metadata.uid.is_empty() {
            metadata.uid = format!("uid-rollout-{}", metadata.name);
        }
        metadata.creation_timestamp.get_or_insert(moment(self.now));
        self.derive()
    }

    /// What follows from the spec.
    pub(super) fn derive(&mut self) -> Result<()> {
        let rollout = &self.world.rollout;
        self.template = Template { json: hashes::pod_template_json(&rollout.spec.template)?, ..Template::default() };
        self.world.hashes.steps = hashes::steps(rollout)?;
        self.world.forget_verdicts();
        Ok(())
    }
}

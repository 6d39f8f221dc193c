//! Processes one entity (upstream `DefaultCatalogProcessingOrchestrator` with the default processors and the template one).

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

use regex::Regex;
use serde_json::{Map, Value};
use smallvec::SmallVec;

use super::collector::{Collector, Deferred, check_annotations};
use super::integration::ScmIntegrations;
use super::location::{
    ANNOTATION_EDIT_URL, ANNOTATION_LOCATION, ANNOTATION_ORIGIN_LOCATION, ANNOTATION_SOURCE_LOCATION, ANNOTATION_VIEW_URL, LocationRef,
};
use super::placeholder::{self, UrlReader};
use super::reference::{is_ref_of, stringify_entity};
use super::refusal::{Refusal, Stage};
use super::relations::{self, Relations};
use super::{kinds, policy};
use crate::lang::javascript::compare_utf16;
use crate::text::pointer::{member, member_of};

/// The types a Location may name beside its own.
const ALLOWED_LOCATION_TYPES: &[&str] = &["url"];

/// Reads what a Location points to (upstream `readLocation` of the processors).
pub(crate) trait LocationReader {
    /// Reads into the collector; false when no processor handles the type.
    fn read_location(&self, location: &LocationRef, optional: bool, emit: &mut Emit<'_>) -> bool;
}

/// Decides whether an emitted entity is allowed (upstream `rulesEnforcer`).
pub(crate) trait RulesEnforcer {
    /// Whether the entity may come from the registered location.
    fn is_allowed(&self, entity: &Value, origin: &LocationRef) -> bool;
}

/// The collector, seen from a reader.
pub(crate) struct Emit<'a> {
    pub(crate) collector: &'a mut Collector,
    parent_ref: &'a str,
    origin: &'a str,
}

impl Emit<'_> {
    /// An entity that was read at a location.
    pub(crate) fn entity(&mut self, entity: Value, location: &LocationRef) -> Result<(), Refusal> {
        self.collector.entity(entity, location, self.parent_ref, self.origin)
    }

    /// An error of the Location.
    pub(crate) fn error(&mut self, name: &'static str, message: String) {
        self.collector.errors.push(Refusal::new(Stage::Location, name, message));
    }
}

/// What comes out when nothing went wrong.
#[derive(Debug)]
pub(crate) struct Completed {
    pub(crate) entity: Value,
    /// Its canonical ref.
    pub(crate) entity_ref: String,
    pub(crate) relations: Relations,
    pub(crate) deferred: Vec<Deferred>,
}

/// The pipeline with its surroundings.
pub(crate) struct Orchestrator<'a> {
    pub(crate) integrations: &'a ScmIntegrations,
    pub(crate) urls: &'a dyn UrlReader,
    pub(crate) locations: &'a dyn LocationReader,
    pub(crate) rules: Option<&'a dyn RulesEnforcer>,
    /// Of the target that was seen last.
    pub(crate) links: RefCell<Option<Rc<Links>>>,
    /// The location that was read last.
    pub(crate) located: RefCell<Option<Rc<Located>>>,
}

/// What the source host makes of a URL.
#[derive(Debug)]
pub(crate) struct Links {
    target: String,
    /// Where a person edits it; empty if nobody can.
    edit: String,
    /// The folder around it as a location reference; none for unknown hosts.
    source: Option<Result<String, Refusal>>,
}

impl Links {
    fn new(target: &str, integrations: &ScmIntegrations) -> Self {
        static COMMIT: OnceLock<Option<Regex>> = OnceLock::new();
        let pinned = COMMIT.get_or_init(|| Regex::new(r"(?-u:\b)[0-9a-f]{40,}(?-u:\b)").ok());
        let pinned = pinned.as_ref().is_some_and(|pinned| pinned.is_match(target));
        let edit = if pinned { String::new() } else { integrations.edit_url(target).unwrap_or_default() };
        let source = || {
            let folder = integrations.resolve_url("./", target);
            let target = folder.map_err(|message| Refusal::new(Stage::Placeholder, "TypeError", message))?;
            LocationRef { kind: "url".to_owned(), target }.stringify()
        };
        Self { target: target.to_owned(), edit, source: integrations.by_url(target).map(|_| source()) }
    }
}

/// A location with the text it was read from.
#[derive(Debug)]
pub(crate) struct Located {
    text: String,
    location: LocationRef,
}

/// The two locations that an emitted entity carries.
struct Context {
    entity_ref: String,
    location: Rc<Located>,
    origin: Rc<Located>,
    /// They are not written on it yet, and go over what the author wrote.
    stamps: bool,
}

impl Context {
    fn location(&self) -> &LocationRef {
        &self.location.location
    }

    fn origin(&self) -> &LocationRef {
        &self.origin.location
    }
}

impl Orchestrator<'_> {
    /// Processes an entity that carries its location annotations.
    pub(crate) fn process(&self, entity: Value) -> Result<Completed, Vec<Refusal>> {
        self.collect(|collector| {
            policy::envelope(&entity)
                .map_err(|cause| cause.caused(Stage::Envelope, "InputError", "Entity envelope failed validation before processing"))?;
            let context = self.context(&entity)?;
            let entity = self.pre_process(entity, &context)?;
            self.run(entity, context, collector)
        })
    }

    /// Stamps and processes an entity of a plain file in one go: there are no placeholders in it, and the file is its location and origin.
    /// The outcome is that of [`stamp`](super::collector::stamp) followed by [`Self::process`].
    pub(crate) fn process_plain(&self, entity: Value, location: &str) -> Result<Completed, Vec<Refusal>> {
        self.collect(|collector| {
            policy::envelope(&entity)?;
            check_annotations(&entity)?;
            let located = self.located(location)?;
            let context = Context { entity_ref: stringify_entity(&entity), location: Rc::clone(&located), origin: located, stamps: true };
            let entity = self.order_and_annotate(entity, &context)?;
            self.run(entity, context, collector)
        })
    }

    fn collect(&self, run: impl FnOnce(&mut Collector) -> Result<(Value, String), Refusal>) -> Result<Completed, Vec<Refusal>> {
        let mut collector = Collector::default();
        let outcome = run(&mut collector);
        let mut errors = std::mem::take(&mut collector.errors);
        match outcome {
            Ok((entity, entity_ref)) if errors.is_empty() => {
                Ok(Completed { entity, entity_ref, relations: collector.relations, deferred: collector.deferred })
            }
            Ok(_) => Err(errors),
            Err(refusal) => {
                errors.push(refusal);
                Err(errors)
            }
        }
    }

    fn run(&self, entity: Value, context: Context, collector: &mut Collector) -> Result<(Value, String), Refusal> {
        let entity = policy::enforce(entity)?;
        if !is_ref_of(&entity, &context.entity_ref) {
            let message = "Fatal: The entity kind, namespace, or name changed during processing";
            return Err(Refusal::new(Stage::Changed, "ConflictError", message));
        }
        kinds::validate(&entity, &context.entity_ref)?;
        if member_of(&entity, "kind").and_then(Value::as_str) == Some("Location") {
            self.read_targets(&entity, &context, collector)?;
        }
        collector.relations = post_process(&entity)?;
        self.enforce_rules(&context, collector)?;
        Ok((entity, context.entity_ref))
    }

    fn pre_process(&self, entity: Value, context: &Context) -> Result<Value, Refusal> {
        let wrap = |cause: Refusal| {
            cause.caused(Stage::Placeholder, "InputError", "Processor PlaceholderProcessor threw an error while preprocessing")
        };
        let entity = placeholder::resolve(entity, &context.location().target, self.integrations, self.urls).map_err(wrap)?;
        self.order_and_annotate(entity, context)
    }

    fn order_and_annotate(&self, mut entity: Value, context: &Context) -> Result<Value, Refusal> {
        sort_references(&mut entity);
        self.annotate(entity, context).map_err(|cause| {
            cause.caused(Stage::Placeholder, "InputError", "Processor AnnotateLocationEntityProcessor threw an error while preprocessing")
        })
    }

    /// `AnnotateLocationEntityProcessor`: what the author wrote wins.
    fn annotate(&self, entity: Value, context: &Context) -> Result<Value, Refusal> {
        let location = context.location();
        let links = (location.kind == "url").then(|| self.links(&location.target));
        let mut annotations: SmallVec<[(&'static str, Cow<'_, str>); 5]> = SmallVec::new();
        if context.stamps {
            // As they would be written on it.
            annotations.push((ANNOTATION_LOCATION, Cow::Borrowed(context.location.text.as_str())));
            annotations.push((ANNOTATION_ORIGIN_LOCATION, Cow::Borrowed(context.origin.text.as_str())));
        } else {
            annotations.push((ANNOTATION_LOCATION, Cow::Owned(location.stringify()?)));
            annotations.push((ANNOTATION_ORIGIN_LOCATION, Cow::Owned(context.origin().stringify()?)));
        }
        if let Some(links) = &links {
            annotations.push((ANNOTATION_VIEW_URL, Cow::Borrowed(location.target.as_str())));
            annotations.push((ANNOTATION_EDIT_URL, Cow::Borrowed(links.edit.as_str())));
            match &links.source {
                None => {}
                Some(Ok(source)) => annotations.push((ANNOTATION_SOURCE_LOCATION, Cow::Borrowed(source.as_str()))),
                Some(Err(refusal)) => return Err(refusal.clone()),
            }
        }
        annotations.retain(|(_, value)| !value.is_empty());
        Ok(merge_annotations(&annotations, context.stamps, entity))
    }

    /// What the source host makes of a target; the entities of a file share it.
    fn links(&self, target: &str) -> Rc<Links> {
        let last = self.links.borrow().clone();
        if let Some(links) = last.filter(|links| links.target == target) {
            return links;
        }
        let links = Rc::new(Links::new(target, self.integrations));
        *self.links.borrow_mut() = Some(Rc::clone(&links));
        links
    }

    fn context(&self, entity: &Value) -> Result<Context, Refusal> {
        let entity_ref = stringify_entity(entity);
        let annotations = member_of(entity, "metadata").and_then(|metadata| member_of(metadata, "annotations"));
        let located = |key: &str| {
            let value = annotations.and_then(|annotations| member_of(annotations, key));
            match value.and_then(Value::as_str).filter(|value| !value.is_empty()) {
                Some(value) => self.located(value),
                None => {
                    Err(Refusal::new(Stage::Envelope, "InputError", format!("Entity '{entity_ref}' does not have the annotation {key}")))
                }
            }
        };
        let (location, origin) = (located(ANNOTATION_LOCATION)?, located(ANNOTATION_ORIGIN_LOCATION)?);
        Ok(Context { entity_ref, location, origin, stamps: false })
    }

    /// Reads a location; the entities of a file share it.
    fn located(&self, text: &str) -> Result<Rc<Located>, Refusal> {
        let last = self.located.borrow().clone();
        if let Some(located) = last.filter(|located| located.text == text) {
            return Ok(located);
        }
        let located = Rc::new(Located { text: text.to_owned(), location: LocationRef::parse(text)? });
        *self.located.borrow_mut() = Some(Rc::clone(&located));
        Ok(located)
    }

    /// The special step of Locations: every target is read.
    fn read_targets(&self, entity: &Value, context: &Context, collector: &mut Collector) -> Result<(), Refusal> {
        let spec = entity.get("spec").unwrap_or(&Value::Null);
        let text = |key: &str| spec.get(key).and_then(Value::as_str);
        let kind = text("type").unwrap_or(&context.location().kind);
        let origin = context.origin().to_string();
        let mut emit = Emit { collector, parent_ref: &context.entity_ref, origin: &origin };
        if kind != context.location().kind && !ALLOWED_LOCATION_TYPES.contains(&kind) {
            let allowed: Vec<String> = ALLOWED_LOCATION_TYPES.iter().map(|kind| format!("\"{kind}\"")).collect();
            emit.error("InputError", format!("Registered locations must be of an allowed type [{}]", allowed.join(",")));
            return Ok(());
        }
        let optional = text("presence") == Some("optional");
        let listed = spec.get("targets").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for target in text("target").into_iter().chain(listed) {
            if kind == "file" && target.ends_with('/') {
                let message = format!(
                    "LocationEntityProcessor cannot handle {kind} type location with target {} that ends with a path separator",
                    context.location().target
                );
                emit.error("InputError", message);
                continue;
            }
            let target = context.location().resolve(self.integrations, kind, target);
            let location = LocationRef { kind: kind.to_owned(), target };
            if !self.locations.read_location(&location, optional, &mut emit) {
                return Err(Refusal::new(Stage::Location, "InputError", format!("No processor was able to handle reading of {location}")));
            }
        }
        Ok(())
    }

    fn enforce_rules(&self, context: &Context, collector: &Collector) -> Result<(), Refusal> {
        let Some(rules) = self.rules else { return Ok(()) };
        match collector.deferred.iter().find(|deferred| !rules.is_allowed(&deferred.entity, context.origin())) {
            None => Ok(()),
            Some(deferred) => {
                let message = format!(
                    "Entity {} at {}, originated at {}, is not of an allowed kind for that location",
                    deferred.entity_ref,
                    context.location(),
                    context.origin()
                );
                Err(Refusal::new(Stage::Rules, "NotAllowedError", message))
            }
        }
    }
}

/// `BuiltinKindsEntityProcessor.preProcessEntity`: lists of references are sorted.
fn sort_references(entity: &mut Value) {
    let Some(Value::Object(spec)) = entity.get_mut("spec") else { return };
    const LISTS: &[&str] = &["providesApis", "consumesApis", "dependsOn", "dependencyOf", "memberOf", "children", "members"];
    for (field, value) in spec {
        if let Value::Array(items) = value
            && LISTS.contains(&field.as_str())
            && items.iter().all(Value::is_string)
        {
            items.sort_by(|a, b| compare_utf16(a.as_str().unwrap_or_default(), b.as_str().unwrap_or_default()));
        }
    }
}

/// Whether there is a key `__proto__`.
fn has_prototypes(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_prototypes),
        Value::Object(fields) => fields.iter().any(|(key, field)| key == "__proto__" || has_prototypes(field)),
        _ => false,
    }
}

/// Lodash never merges into a prototype: collections under the key `__proto__` vanish.
fn drop_prototypes(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_prototypes),
        Value::Object(fields) => {
            if fields.get("__proto__").is_some_and(|prototype| prototype.is_object() || prototype.is_array()) {
                fields.shift_remove("__proto__");
            }
            fields.values_mut().for_each(drop_prototypes);
        }
        _ => {}
    }
}

/// `merge({metadata: {annotations}}, entity)`, with lodash's order of keys.
fn merge_annotations(given: &[(&'static str, Cow<'_, str>)], stamps: bool, mut entity: Value) -> Value {
    // The reader of plain files, whose entities are stamped here, takes no key that begins with `_`.
    if !stamps && has_prototypes(&entity) {
        drop_prototypes(&mut entity);
    }
    let Value::Object(members) = &mut entity else { return entity };
    let mut metadata = members.shift_remove("metadata").unwrap_or_default();
    if let Value::Object(metadata) = &mut metadata {
        let annotations = match metadata.shift_remove("annotations") {
            Some(Value::Object(own)) => Value::Object(annotations(given, stamps, own)),
            _ if stamps => Value::Object(annotations(given, stamps, Map::new())),
            // lodash assigns what is not a mapping over the mapping.
            other => other.unwrap_or_default(),
        };
        metadata.shift_insert(0, "annotations".to_owned(), annotations);
    }
    members.shift_insert(0, "metadata".to_owned(), metadata);
    entity
}

/// The given annotations first, with the author's values where there are any, then the author's others. Stamps go over the author's.
fn annotations(given: &[(&'static str, Cow<'_, str>)], stamps: bool, mut own: Map<String, Value>) -> Map<String, Value> {
    let mut merged = Map::with_capacity(own.len() + given.len());
    for (key, value) in given {
        let stamped = stamps && matches!(*key, ANNOTATION_LOCATION | ANNOTATION_ORIGIN_LOCATION);
        let written = if stamped || member(&own, key).is_none() { None } else { own.get_mut(*key).map(Value::take) };
        let value = written.unwrap_or_else(|| Value::String(value.as_ref().to_owned()));
        merged.insert((*key).to_owned(), value);
    }
    merged.extend(own.into_iter().filter(|(key, _)| given.iter().all(|(known, _)| known != key)));
    merged
}

/// The relations, or the processor's complaint about a reference.
fn post_process(entity: &Value) -> Result<Relations, Refusal> {
    relations::relations(entity).map_err(|(path, error)| {
        let template = entity.get("kind").and_then(Value::as_str) == Some("Template");
        let processor = if template { "ScaffolderEntitiesProcessor" } else { "BuiltinKindsEntityProcessor" };
        let name = if error.message.contains("was not on the form") { "TypeError" } else { "Error" };
        let outer = format!("Processor {processor} threw an error while postprocessing");
        Refusal::new(Stage::Relations, name, error.message).at(path).caused(Stage::Relations, "InputError", &outer)
    })
}

//! `ignoreDifferences`: which fields a rule removes (`util/argo/normalizers`).

mod annotation;
mod jq;
mod known;
mod managers;
mod pointer;
mod rule;
mod updates;

pub use annotation::resource_rule;
pub use managers::trusted_managers;
pub use rule::{IgnoreRule, RuleSource};
pub use updates::{Update, UpdateReason, update};

use crate::argocd::glob::Pattern;
use crate::argocd::settings::{ResourceOverride, Settings};
use crate::argocd::unstructured::{self, Gvk};
use crate::{Error, Result, Value};

use known::KnownTypes;

/// One field that a rule took out of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// JSON pointer of the field in the object before this rule.
    pub path: String,
    /// Where the rule comes from.
    pub source: RuleSource,
    /// The JSON pointer or jq expression of the rule.
    pub expression: String,
}

enum Action {
    Pointer(pointer::Pointer),
    Jq(Box<jq::Deletion>),
}

struct Patch {
    group: Pattern,
    kind: Pattern,
    name: String,
    namespace: String,
    source: RuleSource,
    expression: String,
    action: Action,
}

/// The ignore rules and known types of an Application and its settings, compiled.
pub struct Normalizer {
    patches: Vec<Patch>,
    known: KnownTypes,
}

impl std::fmt::Debug for Normalizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Normalizer").field("patches", &self.patches.len()).finish_non_exhaustive()
    }
}

impl Normalizer {
    /// Compiles the rules, those of the Application first, then the settings'. A jq expression that
    /// does not compile is refused, as upstream refuses the whole comparison.
    pub fn new(rules: &[IgnoreRule], settings: &Settings) -> Result<Self> {
        let mut patches = Vec::new();
        for rule in rules {
            compile(rule, &mut patches)?;
        }
        for (kinds, one) in &settings.overrides {
            if let Some(rule) = system_rule(kinds, one) {
                compile(&rule, &mut patches)?;
            }
        }
        Ok(Self { patches, known: KnownTypes::new(settings) })
    }

    /// Only these rules, nothing of the settings.
    pub fn rules_only(rules: &[IgnoreRule]) -> Result<Self> {
        let mut patches = Vec::new();
        for rule in rules {
            compile(rule, &mut patches)?;
        }
        Ok(Self { patches, known: KnownTypes::none() })
    }

    /// Removes what the rules say and rewrites known types. The first failure ends it; what was done
    /// before stays, and the removed fields are in `removed` either way.
    pub fn normalize(&self, object: &mut Value, removed: Option<&mut Vec<Removed>>) -> Result<()> {
        self.run(object, removed, &mut false)
    }

    /// As [`Self::normalize`]; `touched` is set when more was changed than top-level members taken out.
    pub(crate) fn run(&self, object: &mut Value, removed: Option<&mut Vec<Removed>>, touched: &mut bool) -> Result<()> {
        self.ignore(object, removed, touched)?;
        self.known.normalize(object, touched)
    }

    fn ignore(&self, object: &mut Value, mut removed: Option<&mut Vec<Removed>>, touched: &mut bool) -> Result<()> {
        let matched: Vec<&Patch> = {
            let Gvk { group, kind, .. } = unstructured::gvk(object);
            let (name, namespace) = (unstructured::name(object), unstructured::namespace(object));
            self.patches.iter().filter(|patch| patch.matches(group, kind, name, namespace)).collect()
        };
        if matched.is_empty() {
            return Ok(());
        }
        for patch in matched {
            *touched |= patch.apply(object, removed.as_deref_mut());
        }
        // Upstream decodes the patched document, which fails without a kind, but only after it replaced the object.
        if object.is_object() && !unstructured::gvk(object).kind.is_empty() {
            Ok(())
        } else {
            Err(Error::upstream("Object 'Kind' is missing"))
        }
    }
}

/// How far the rules for an object can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// They leave it as it is.
    Nothing,
    /// They take whole top-level members out that are no part of the type.
    Members,
    /// They take fields out by pointer.
    Pointers,
    /// A jq expression reads all of it, or a field of a known type is rewritten.
    Anything,
}

impl Normalizer {
    /// How far the rules for this object reach.
    pub(crate) fn reach(&self, object: &Value) -> Reach {
        let Gvk { group, kind, .. } = unstructured::gvk(object);
        let (name, namespace) = (unstructured::name(object), unstructured::namespace(object));
        let matched = self.patches.iter().filter(|patch| patch.matches(group, kind, name, namespace));
        let own = matched.map(|patch| match &patch.action {
            Action::Pointer(pointer) if pointer.is_plain_member() && !pointer.is_member("metadata") => {
                if pointer.is_member_of(object) {
                    Reach::Members
                } else {
                    Reach::Nothing
                }
            }
            Action::Pointer(_) => Reach::Pointers,
            Action::Jq(_) => Reach::Anything,
        });
        let known = if self.known.has(group, kind) { Reach::Anything } else { Reach::Nothing };
        own.fold(known, Reach::max)
    }
}

impl Normalizer {
    /// Whether a rule for this object takes out the whole of that top-level member.
    pub(crate) fn takes(&self, object: &Value, member: &str) -> bool {
        let Gvk { group, kind, .. } = unstructured::gvk(object);
        let (name, namespace) = (unstructured::name(object), unstructured::namespace(object));
        let takes = |patch: &Patch| matches!(&patch.action, Action::Pointer(pointer) if pointer.is_member(member));
        self.patches.iter().any(|patch| takes(patch) && patch.matches(group, kind, name, namespace))
    }
}

impl Patch {
    fn matches(&self, group: &str, kind: &str, name: &str, namespace: &str) -> bool {
        self.group.matches(group)
            && self.kind.matches(kind)
            && (self.name.is_empty() || self.name == name)
            && (self.namespace.is_empty() || self.namespace == namespace)
    }

    /// Applies the rule; says whether it may have changed more than a top-level member that is no part of
    /// the object's type.
    fn apply(&self, object: &mut Value, removed: Option<&mut Vec<Removed>>) -> bool {
        let mut paths = Vec::new();
        let touched = match &self.action {
            Action::Pointer(pointer) => {
                paths.extend(pointer.remove(object));
                !paths.is_empty() && !pointer.is_plain_member()
            }
            Action::Jq(deletion) => deletion.apply(object, removed.is_some().then_some(&mut paths)),
        };
        if let Some(removed) = removed {
            removed.extend(paths.into_iter().map(|path| Removed {
                path,
                source: self.source.clone(),
                expression: self.expression.clone(),
            }));
        }
        touched
    }
}

fn compile(rule: &IgnoreRule, patches: &mut Vec<Patch>) -> Result<()> {
    let mut push = |expression: &str, action: Action| {
        patches.push(Patch {
            group: Pattern::new(&rule.group),
            kind: Pattern::new(&rule.kind),
            name: rule.name.clone(),
            namespace: rule.namespace.clone(),
            source: rule.source.clone(),
            expression: expression.to_owned(),
            action,
        });
    };
    for path in &rule.json_pointers {
        push(path, Action::Pointer(pointer::Pointer::new(path)));
    }
    for expression in &rule.jq_path_expressions {
        push(expression, Action::Jq(Box::new(jq::Deletion::compile(expression)?)));
    }
    Ok(())
}

fn system_rule(kinds: &str, one: &ResourceOverride) -> Option<IgnoreRule> {
    let ignore = &one.ignore_differences;
    if ignore.json_pointers.is_empty() && ignore.jq_path_expressions.is_empty() {
        return None;
    }
    let (group, kind) = group_kind(kinds);
    Some(IgnoreRule {
        group: group.to_owned(),
        kind: kind.to_owned(),
        json_pointers: ignore.json_pointers.clone(),
        jq_path_expressions: ignore.jq_path_expressions.clone(),
        source: RuleSource::Settings(kinds.to_owned()),
        ..IgnoreRule::default()
    })
}

/// The group and kind in an override's key; both empty when it has more than one slash.
fn group_kind(key: &str) -> (&str, &str) {
    match key.split_once('/') {
        None => ("", key),
        Some((_, kind)) if kind.contains('/') => ("", ""),
        Some(pair) => pair,
    }
}

//! What a sync asks the comparison: which objects differ, and which differences to respect.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::desired::Condition;
use super::object::Object;
use super::pairing::{Pair, Pairing};
use super::respect::respect;
use crate::argocd::diff::{DiffOptions, Differ};
use crate::argocd::ignore::{IgnoreRule, Normalizer};
use crate::argocd::settings::Settings;
use crate::kube::resource_key::ResourceKey;
use crate::{Result, Value};

/// The rules of an Application, and what they found so far.
#[derive(Debug)]
pub(crate) struct Differences {
    rules: Vec<IgnoreRule>,
    settings: Settings,
    /// Why nothing can be compared.
    broken: Option<String>,
    known: Mutex<HashMap<ResourceKey, Known>>,
}

/// The verdict on two objects that are still the same.
#[derive(Debug)]
struct Known {
    target: Arc<Object>,
    live: Arc<Object>,
    modified: bool,
}

impl Differences {
    /// Reads `spec.ignoreDifferences`.
    pub(crate) fn new(application: &Value) -> Result<Self> {
        let rules = IgnoreRule::read_all(application.pointer("/spec/ignoreDifferences"))?;
        let settings = Settings::default();
        let broken = if rules.is_empty() { None } else { Normalizer::new(&rules, &settings).err().map(|error| error.message) };
        Ok(Self { rules, settings, broken, known: Mutex::new(HashMap::new()) })
    }

    /// Rules that cannot be used stop every operation.
    pub(crate) fn condition(&self) -> Option<Condition> {
        self.broken.as_deref().map(failed)
    }

    fn differ(&self) -> Result<Differ<'_>> {
        Differ::new(&self.rules, &self.settings, DiffOptions::default(), &[])
    }

    /// Whether each object that is both wanted and there differs. Objects that did not change since they
    /// were compared are not compared again.
    pub(crate) fn modified(&self, pairs: &[Pair]) -> Result<HashMap<ResourceKey, bool>, Condition> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut differ, mut modified) = (None, HashMap::with_capacity(pairs.len()));
        for pair in pairs {
            let (Some(target), Some(live)) = (&pair.target, &pair.live) else { continue };
            let (key, live) = (live.object.key(), &live.object);
            let same = |known: &&Known| Arc::ptr_eq(&known.target, target) && Arc::ptr_eq(&known.live, live);
            if let Some(known) = known.get(key).filter(same) {
                modified.insert(key.clone(), known.modified);
                continue;
            }
            let differ = match &differ {
                Some(differ) => differ,
                None => differ.insert(self.differ().map_err(|error| failed(&error.message))?),
            };
            let result = differ.diff(Some(target.value()), Some(live.value()), None).map_err(|error| failed(&error.message))?;
            modified.insert(key.clone(), result.modified);
            known.insert(key.clone(), Known { target: Arc::clone(target), live: Arc::clone(live), modified: result.modified });
        }
        Ok(modified)
    }

    /// Targets take over the live values of what is ignored (`normalizeTargetResources`). The error is the
    /// operation's message.
    pub(crate) fn respect(&self, pairing: &mut Pairing) -> Result<(), String> {
        let failed = |error: crate::Error| format!("Failed to normalize target resources: {error}");
        let differ = self.differ().map_err(failed)?;
        for pair in &mut pairing.pairs {
            let (Some(target), Some(live)) = (&pair.target, &pair.live) else { continue };
            let patched = respect(&differ, target.value(), live.object.value()).map_err(failed)?;
            pair.target = Some(Arc::new(Object::new(patched)));
        }
        Ok(())
    }
}

fn failed(why: &str) -> Condition {
    Condition::new("ComparisonError", format!("Failed to compare desired state to live state: {why}"))
}

//! An operator's health scripts, by group and kind.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::Value;
use crate::argocd::glob::Pattern;
use crate::argocd::settings::Settings;
use crate::lang::lua::Program;

/// One script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Customization {
    /// Lua; empty means none.
    pub script: String,
    /// `useOpenLibs`: the whole standard library is open.
    pub open_libs: bool,
}

/// Scripts by `group/Kind` (core kinds: `Kind`); keys may be globs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Customizations {
    scripts: BTreeMap<String, Entry>,
}

/// A script with its key as a pattern, and the program once it has been compiled.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) custom: Customization,
    pattern: Pattern,
    program: OnceCell<Result<Program, String>>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.custom == other.custom
    }
}

impl Eq for Entry {}

impl Entry {
    /// The compiled script, or what gopher-lua says of it.
    pub(super) fn program(&self) -> Result<&Program, String> {
        self.program.get_or_init(|| Program::compile(&self.custom.script)).as_ref().map_err(Clone::clone)
    }
}

impl Customizations {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.scripts.is_empty()
    }

    /// Adds or replaces the script of a key.
    pub fn insert(&mut self, key: impl Into<String>, customization: Customization) {
        let key = key.into();
        let entry = Entry { pattern: Pattern::new(&key), custom: customization, program: OnceCell::new() };
        self.scripts.insert(key, entry);
    }

    /// The health scripts of `argocd-cm`.
    pub fn of(settings: &Settings) -> Self {
        let mut all = Self::default();
        for (key, one) in settings.health_overrides() {
            all.insert(key, Customization { script: one.health_lua.clone(), open_libs: one.use_open_libs });
        }
        all
    }

    /// Reads the map form of `resource.customizations`: key to `{"health.lua", "health.lua.useOpenLibs"}`.
    pub fn from_value(value: &Value) -> Self {
        let mut all = Self::default();
        for (key, members) in value.as_object().into_iter().flatten() {
            let script = members.get("health.lua").and_then(Value::as_str).unwrap_or_default().to_owned();
            let open_libs = members.get("health.lua.useOpenLibs").and_then(Value::as_bool).unwrap_or(false);
            all.insert(key, Customization { script, open_libs });
        }
        all
    }

    /// The script for a key: the exact one, else the first whose key is a glob that matches.
    /// Upstream walks a Go map here; we walk the keys in order.
    pub fn find(&self, key: &str) -> Option<&Customization> {
        self.entry(key).map(|entry| &entry.custom)
    }

    /// Whether there is a script for exactly this key.
    pub fn has(&self, key: &str) -> bool {
        self.scripts.get(key).is_some_and(|entry| !entry.custom.script.is_empty())
    }

    /// As [`Self::find`], with the program.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        let exact = self.scripts.get(key).filter(|entry| !entry.custom.script.is_empty());
        exact.or_else(|| self.scripts.values().filter(|entry| !entry.custom.script.is_empty()).find(|entry| entry.pattern.matches(key)))
    }
}

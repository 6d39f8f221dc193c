//! An operator's health scripts, by group and kind.

use std::collections::BTreeMap;

use crate::Value;
use crate::lang::glob::gobwas;

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
    scripts: BTreeMap<String, Customization>,
}

impl Customizations {
    /// Adds or replaces the script of a key.
    pub fn insert(&mut self, key: impl Into<String>, customization: Customization) {
        self.scripts.insert(key.into(), customization);
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
        let exact = self.scripts.get(key).filter(|custom| !custom.script.is_empty());
        exact.or_else(|| {
            self.scripts
                .iter()
                .filter(|(_, custom)| !custom.script.is_empty())
                .find(|(glob, _)| gobwas::matches(glob, key, &[]))
                .map(|(_, custom)| custom)
        })
    }
}

//! The registry of diagnostic codes, gathered from the rooms.

use crate::text::Code;

/// Every diagnostic code of the enabled rooms, sorted.
pub fn rules() -> Vec<Code> {
    let rooms: &[&[Code]] = &[
        #[cfg(feature = "argocd")]
        crate::argocd::application::CODES,
        #[cfg(feature = "argocd")]
        crate::argocd::appset::CODES,
        #[cfg(feature = "argocd")]
        crate::argocd::diff::CODES,
        #[cfg(feature = "argocd")]
        crate::argocd::sync::CODES,
        #[cfg(feature = "backstage")]
        crate::backstage::codes::CODES,
        #[cfg(feature = "rollouts")]
        crate::rollouts::codes::CODES,
        #[cfg(feature = "platform")]
        crate::platform::codes::CODES,
        #[cfg(feature = "platform")]
        crate::platform::lints::CODES,
    ];
    let mut rules: Vec<Code> = rooms.iter().flat_map(|room| room.iter().copied()).collect();
    rules.sort_by_key(|rule| rule.code);
    rules
}

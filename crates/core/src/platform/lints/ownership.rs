//! Ticket work: one team that owns everything.

use std::collections::BTreeMap;

use super::Finding;
use super::context::Context;
use super::portal::is_service;
use crate::Diagnostic;
use crate::platform::catalog::Entity;

/// Fewer Components than this say nothing about shares.
const FEW: usize = 6;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let platform = context.platform;
    let services: Vec<&Entity> = platform.catalog.entities.iter().filter(|entity| is_service(entity)).collect();
    let mut owned: BTreeMap<&str, usize> = BTreeMap::new();
    let own_system = |entity: &Entity| {
        let system =
            entity.relations.iter().find(|relation| relation.r#type == "partOf").and_then(|part| platform.catalog.get(&part.target));
        system.is_none_or(|system| system.owner.as_deref().is_some_and(|owner| platform.config.is_platform_team(owner)))
    };
    for entity in &services {
        let Some(owner) = entity.owner.as_deref() else { continue };
        *owned.entry(owner).or_default() += 1;
        // What belongs to a system of the platform's own is the platform's product.
        if platform.config.is_platform_team(owner) && !own_system(entity) {
            let message = format!("{} belongs to a product's system and is owned by {owner}", entity.entity_ref);
            let mut finding = Diagnostic::warning("platform-owner-concentration", "/spec/owner", message);
            finding.location = Some(entity.location.clone());
            findings.push(finding.into());
        }
    }
    let total = services.len();
    for (owner, number) in owned {
        let share = number * 100 / total.max(1);
        if total >= FEW && share > platform.config.thresholds.owner_share as usize {
            let message = format!("{owner} owns {number} of {total} services ({share} %)");
            let mut finding = Diagnostic::warning("platform-owner-concentration", "/spec/owner", message);
            finding.location = platform.catalog.get(owner).map(|entity| entity.location.clone());
            findings.push(finding.into());
        }
    }
}

//! No adoption metrics: templates that leave no trace, or that nobody uses, and repositories that have drifted.

use std::collections::BTreeSet;

use super::Finding;
use super::context::{Context, text};
use super::templates::names_itself;
use crate::platform::drift;
use crate::{Diagnostic, Location};

/// Where a Component says which template made it.
pub(crate) const SOURCE_TEMPLATE: &str = "/metadata/annotations/backstage.io~1source-template";

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let platform = context.platform;
    let used: BTreeSet<String> = platform
        .catalog
        .entities
        .iter()
        .map(|entity| text(&entity.value, SOURCE_TEMPLATE).to_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    for template in &platform.templates {
        if names_itself(context, template) == Some(false) {
            let message = format!("{} writes a catalog entry that does not say which template made it", template.entity_ref);
            findings.push(Diagnostic::info("platform-no-adoption", "/spec/steps", message).with_location(template.location.clone()).into());
        }
        // Without a single use of any template nothing is measured yet.
        if !used.is_empty() && !used.contains(&template.entity_ref) {
            let message = format!("no Component of the catalog came from {}", template.entity_ref);
            findings.push(Diagnostic::info("platform-template-unused", "", message).with_location(template.location.clone()).into());
        }
    }
    for one in drift::all(platform) {
        let place = Location { file: one.template.clone(), line: 1, column: 1, end: None };
        let message = match (&one.error, one.files.len()) {
            (Some(error), _) => format!("{}: the template cannot be run again: {error}", one.dir),
            (None, 0) => continue,
            (None, number) => {
                let shown: Vec<String> = one.files.iter().take(3).map(|file| format!("{} ({})", file.path, drift::words(file))).collect();
                let more = if number > 3 { format!(" and {} more", number - 3) } else { String::new() };
                format!("{} differs from its template: {}{more}", one.dir, shown.join(", "))
            }
        };
        findings.push(Diagnostic::warning("platform-golden-path-drift", "", message).with_location(place).into());
    }
}

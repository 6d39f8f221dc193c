//! References that lead to no entity, with the one that was probably meant.

use std::collections::BTreeSet;

use super::check::{SourceFile, Verdict};
use super::relations::references;
use crate::text::{Diagnostic, LineIndex};

/// The findings for accepted entities among themselves and those that are known besides.
pub fn dangling(verdicts: &[Verdict], files: &[SourceFile<'_>], besides: &[String]) -> Vec<Diagnostic> {
    let accepted = || verdicts.iter().filter_map(|verdict| Some((verdict, verdict.outcome.as_ref().ok()?)));
    let known: BTreeSet<&str> =
        accepted().map(|(_, entity)| entity.entity_ref.as_str()).chain(besides.iter().map(String::as_str)).collect();
    let mut findings = Vec::new();
    for (verdict, entity) in accepted() {
        let text = files.iter().find(|file| file.path == verdict.path).map_or("", |file| file.text);
        for reference in references(&entity.entity).unwrap_or_default() {
            let target = reference.target.canonical();
            if known.contains(target.as_str()) {
                continue;
            }
            let message = format!("{} refers to {target} in spec.{}, which is not there", entity.entity_ref, reference.field.field);
            let mut finding = Diagnostic::warning("backstage-catalog-dangling", reference.path.as_str(), message);
            if let Some(near) = nearest(&target, &known) {
                finding = finding.with_help(format!("Did you mean {near}?"));
            }
            let span = entity.source.document.locate(&reference.path);
            finding.location = span.map(|span| LineIndex::new(text).location(text, &verdict.path, span));
            findings.push(finding);
        }
    }
    findings
}

/// The known reference that is nearest: of the same name in another kind or namespace, else of a similar name in the same kind.
fn nearest<'k>(target: &str, known: &BTreeSet<&'k str>) -> Option<&'k str> {
    let name = |reference: &'_ str| reference.rsplit('/').next().unwrap_or_default().to_owned();
    let kind = |reference: &'_ str| reference.split(':').next().unwrap_or_default().to_owned();
    let (wanted_name, wanted_kind) = (name(target), kind(target));
    let same = known.iter().find(|reference| name(reference) == wanted_name);
    let near = || {
        let of_kind = known.iter().filter(|reference| kind(reference) == wanted_kind);
        let (distance, reference) =
            of_kind.map(|reference| (strsim::damerau_levenshtein(&name(reference), &wanted_name), *reference)).min()?;
        (distance <= 2.max(wanted_name.len() / 4)).then_some(reference)
    };
    same.copied().or_else(near)
}

/// The findings for entities that depend on each other in circles.
pub fn circles(verdicts: &[Verdict]) -> Vec<Diagnostic> {
    let accepted = verdicts.iter().filter_map(|verdict| verdict.outcome.as_ref().ok());
    let graph = super::graph::Graph::new(accepted.map(|accepted| &accepted.entity));
    let message = |circle: Vec<String>| format!("These depend on each other: {}", circle.join(", "));
    graph
        .cycles("dependsOn")
        .into_iter()
        .map(|circle| Diagnostic::warning("backstage-catalog-cycle", "/spec/dependsOn", message(circle)))
        .collect()
}

//! References that lead to no entity, with the one that was probably meant.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::check::{SourceFile, Verdict};
use super::relations::references;
use crate::text::{Diagnostic, LineIndex, Location};

/// Names that are compared before no more suggestions are made: enough for thousands, and a broken catalog of any size ends.
const MAX_COMPARISONS: usize = 1_000_000;

/// What one entity refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrer {
    /// Canonical reference of the entity.
    pub entity_ref: String,
    /// In the order of relations.
    pub references: Vec<Pointed>,
}

/// One reference of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointed {
    /// The field of `spec`.
    pub field: &'static str,
    /// `ownedBy`, `dependsOn` …
    pub relation: &'static str,
    /// JSON pointer to it.
    pub path: String,
    /// Canonical reference.
    pub target: String,
    /// Where it is written.
    pub location: Option<Location>,
}

/// What an accepted entity refers to; `index` is that of its file's text.
pub fn referrer(verdict: &Verdict, text: &str, index: &LineIndex) -> Option<Referrer> {
    let accepted = verdict.outcome.as_ref().ok()?;
    let found = references(&accepted.entity).unwrap_or_default();
    let written = if found.is_empty() { None } else { accepted.source.read(text) };
    let locate = |path: &str| written.as_ref()?.document.locate(path).map(|span| index.location(text, &verdict.path, span));
    let pointed = found.into_iter().map(|reference| Pointed {
        field: reference.field.field,
        relation: reference.field.outgoing,
        target: reference.target.canonical(),
        location: locate(&reference.path),
        path: reference.path,
    });
    Some(Referrer { entity_ref: accepted.entity_ref.clone(), references: pointed.collect() })
}

/// The findings for accepted entities among themselves and those that are known besides.
pub fn dangling(verdicts: &[Verdict], files: &[SourceFile<'_>], besides: &[String]) -> Vec<Diagnostic> {
    unknown(&referrers(verdicts, files), besides)
}

/// What the accepted entities refer to.
pub fn referrers(verdicts: &[Verdict], files: &[SourceFile<'_>]) -> Vec<Referrer> {
    let texts: HashMap<&str, &str> = files.iter().map(|file| (file.path, file.text)).collect();
    let mut at: Option<(&str, LineIndex)> = None;
    let mut found = Vec::new();
    for verdict in verdicts {
        let text = texts.get(verdict.path.as_str()).copied().unwrap_or_default();
        // Verdicts come file by file.
        let index = match &at {
            Some((path, index)) if *path == verdict.path => index,
            _ => &at.insert((verdict.path.as_str(), LineIndex::new(text))).1,
        };
        found.extend(referrer(verdict, text, index));
    }
    found
}

/// The findings for references to entities that are neither among the referrers nor known besides.
pub fn unknown(referrers: &[Referrer], besides: &[String]) -> Vec<Diagnostic> {
    let own = referrers.iter().map(|referrer| referrer.entity_ref.as_str());
    let known: BTreeSet<&str> = own.chain(besides.iter().map(String::as_str)).collect();
    let mut suggestions = Suggestions::new(&known);
    let mut findings = Vec::new();
    for referrer in referrers {
        for pointed in referrer.references.iter().filter(|pointed| !known.contains(pointed.target.as_str())) {
            let Pointed { field, target, .. } = pointed;
            let message = format!("{} refers to {target} in spec.{field}, which is not there", referrer.entity_ref);
            let mut finding = Diagnostic::warning("backstage-catalog-dangling", pointed.path.as_str(), message);
            if let Some(near) = suggestions.near(target) {
                finding = finding.with_help(format!("Did you mean {near}?"));
            }
            finding.location.clone_from(&pointed.location);
            findings.push(finding);
        }
    }
    findings
}

/// Names with their references, by the name's length in characters.
type ByLength<'k> = BTreeMap<usize, Vec<(&'k str, &'k str)>>;

/// Finds the known reference that was probably meant.
struct Suggestions<'k> {
    /// The first reference of a name.
    by_name: HashMap<&'k str, &'k str>,
    /// Names by kind and length.
    by_kind: HashMap<&'k str, ByLength<'k>>,
    /// What was answered before.
    answered: HashMap<String, Option<&'k str>>,
    comparisons: usize,
}

/// Kind and name of a canonical reference.
fn parts(reference: &str) -> (&str, &str) {
    (reference.split(':').next().unwrap_or_default(), reference.rsplit('/').next().unwrap_or_default())
}

impl<'k> Suggestions<'k> {
    fn new(known: &BTreeSet<&'k str>) -> Self {
        let mut suggestions = Self { by_name: HashMap::new(), by_kind: HashMap::new(), answered: HashMap::new(), comparisons: 0 };
        for reference in known {
            let (kind, name) = parts(reference);
            suggestions.by_name.entry(name).or_insert(reference);
            suggestions.by_kind.entry(kind).or_default().entry(name.chars().count()).or_default().push((name, reference));
        }
        suggestions
    }

    /// Of the same name in another kind or namespace, else of a similar name in the same kind.
    fn near(&mut self, target: &str) -> Option<&'k str> {
        if let Some(answered) = self.answered.get(target) {
            return *answered;
        }
        let (kind, name) = parts(target);
        let answer = self.by_name.get(name).copied().or_else(|| self.similar(kind, name));
        self.answered.insert(target.to_owned(), answer);
        answer
    }

    fn similar(&mut self, kind: &str, name: &str) -> Option<&'k str> {
        let length = name.chars().count();
        let limit = 2.max(length / 4);
        let mut best: Option<(usize, &str)> = None;
        let lengths = self.by_kind.get(kind)?.range(length.saturating_sub(limit)..=length + limit);
        for (known, reference) in lengths.flat_map(|(_, names)| names) {
            if self.comparisons >= MAX_COMPARISONS {
                break;
            }
            self.comparisons += 1;
            let found = (strsim::damerau_levenshtein(known, name), *reference);
            if found.0 <= limit && best.is_none_or(|best| found < best) {
                best = Some(found);
            }
        }
        best.map(|(_, reference)| reference)
    }
}

/// The findings for entities that depend on each other in circles.
pub fn circles(verdicts: &[Verdict], files: &[SourceFile<'_>]) -> Vec<Diagnostic> {
    circular(&referrers(verdicts, files))
}

/// The same from what entities refer to; each finding stands at a reference that closes the circle.
pub fn circular(referrers: &[Referrer]) -> Vec<Diagnostic> {
    let needs = |pointed: &&Pointed| pointed.relation == "dependsOn";
    let edges = referrers.iter().flat_map(|referrer| {
        referrer.references.iter().filter(needs).map(|pointed| (referrer.entity_ref.as_str(), "dependsOn", pointed.target.as_str()))
    });
    let graph = super::graph::Graph::of_edges(edges);
    let mut findings = Vec::new();
    for circle in graph.cycles("dependsOn") {
        let message = format!("These depend on each other: {}", circle.join(", "));
        let member = |reference: &str| circle.binary_search_by(|known| known.as_str().cmp(reference)).is_ok();
        let inside = referrers.iter().filter(|referrer| member(&referrer.entity_ref));
        let closing = inside.flat_map(|referrer| &referrer.references).find(|pointed| needs(pointed) && member(&pointed.target));
        let path = closing.map_or("/spec/dependsOn", |pointed| pointed.path.as_str());
        let mut finding = Diagnostic::warning("backstage-catalog-cycle", path, message);
        finding.location = closing.and_then(|pointed| pointed.location.clone());
        findings.push(finding);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn referrer(name: &str, targets: &[(&'static str, &'static str, &str)]) -> Referrer {
        let pointed = |(field, relation, target): &(&'static str, &'static str, &str)| Pointed {
            field,
            relation,
            path: format!("/spec/{field}"),
            target: (*target).to_owned(),
            location: None,
        };
        Referrer { entity_ref: format!("component:default/{name}"), references: targets.iter().map(pointed).collect() }
    }

    #[test]
    fn suggests_what_was_meant() {
        let all = [
            referrer("orders", &[("dependsOn", "dependsOn", "component:default/paymets"), ("owner", "ownedBy", "group:default/jo")]),
            referrer("payments", &[("dependsOn", "dependsOn", "component:other/orders"), ("system", "partOf", "system:default/zzz")]),
        ];
        let found = unknown(&all, &["user:default/jo".to_owned()]);
        let help: Vec<Option<&str>> = found.iter().map(|finding| finding.help.as_deref()).collect();
        let expected = [
            Some("Did you mean component:default/payments?"),
            Some("Did you mean user:default/jo?"),
            Some("Did you mean component:default/orders?"),
            None,
        ];
        assert_eq!(help, expected);
    }

    #[test]
    fn a_catalog_of_dangling_references_ends() {
        let all: Vec<Referrer> = (0..20_000)
            .map(|at| referrer(&format!("c{at:05}"), &[("dependsOn", "dependsOn", &format!("component:default/x{at:05}"))]))
            .collect();
        assert_eq!(unknown(&all, &[]).len(), 20_000);
    }

    #[test]
    fn circles_stand_at_a_reference() {
        let all = [
            referrer("a", &[("dependsOn", "dependsOn", "component:default/b")]),
            referrer("b", &[("dependsOn", "dependsOn", "component:default/a")]),
        ];
        let found = circular(&all);
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().map(|finding| finding.path.as_str()), Some("/spec/dependsOn"));
    }
}

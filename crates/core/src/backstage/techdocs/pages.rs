//! The pages: those that the navigation names, those that nobody reaches, and links between them.

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;

use super::check::Page;
use super::config::normalize;
use crate::text::{Diagnostic, LineIndex, Span, pointer};

pub(super) fn check(config: &Value, docs_dir: &str, files: &[Page<'_>], prefix: &str, findings: &mut Vec<Diagnostic>) {
    let base = if docs_dir.is_empty() { String::new() } else { format!("{docs_dir}/") };
    let all: Vec<Page<'_>> =
        files.iter().filter_map(|file| Some(Page { path: file.path.strip_prefix(base.as_str())?, text: file.text })).collect();
    let names: BTreeSet<&str> = all.iter().map(|page| page.path).collect();
    if all.is_empty() {
        let message = format!("The folder {docs_dir} has no files");
        findings.push(Diagnostic::error("backstage-techdocs-index", "/docs_dir", message));
        return;
    }
    if !["index.md", "README.md", "index.html"].iter().any(|name| names.contains(name)) {
        let message = format!("{base}index.md is missing: the documentation opens with \"page not found\"");
        findings.push(Diagnostic::error("backstage-techdocs-index", "/docs_dir", message));
    }
    let mut reached: BTreeSet<String> =
        ["index.md", "README.md"].iter().filter(|name| names.contains(*name)).map(|name| (*name).to_owned()).collect();
    let nav = config.get("nav").filter(|nav| !nav.is_null());
    if let Some(nav) = nav {
        targets(nav, "/nav", 0, &mut |path, target| {
            let Some(target) = page(target) else { return };
            match normalize(&target) {
                Some(name) if names.contains(name.as_str()) => {
                    reached.insert(name);
                }
                Some(folder) if names.iter().any(|name| name.starts_with(&format!("{folder}/"))) => {
                    let inside = names.iter().filter(|name| name.starts_with(&format!("{folder}/")));
                    reached.extend(inside.clone().map(|name| (*name).to_owned()));
                    let message = format!("nav names the folder {target}: MkDocs takes pages only, and the entry leads nowhere");
                    let finding = Diagnostic::warning("backstage-techdocs-nav", path, message);
                    let page = inside.filter(|name| name.ends_with(".md")).copied().min().unwrap_or_default();
                    findings.push(finding.with_help(format!("Name a page, such as {page}, or a list of them")));
                }
                _ => {
                    let message = format!("nav names {target}, which is not in {docs_dir}");
                    let near = names.iter().map(|name| (strsim::damerau_levenshtein(name, &target), *name)).min();
                    let finding = Diagnostic::warning("backstage-techdocs-nav", path, message);
                    findings.push(match near {
                        Some((distance, near)) if distance <= 2.max(target.len() / 4) => finding.with_help(format!("Did you mean {near}?")),
                        _ => finding,
                    });
                }
            }
        });
    }
    links(&all, &names, &format!("{prefix}{base}"), &mut reached, findings);
    if nav.is_some() {
        for page in all.iter().filter(|page| page.path.ends_with(".md") && !reached.contains(page.path)) {
            let message = format!("{base}{} is neither in nav nor linked from a page that is", page.path);
            let location = LineIndex::new(page.text).location(page.text, &format!("{prefix}{base}{}", page.path), Span::default());
            findings.push(Diagnostic::warning("backstage-techdocs-unreachable", "/nav", message).with_location(location));
        }
    }
}

/// The texts of a navigation, with their places.
fn targets(nav: &Value, path: &str, depth: usize, found: &mut dyn FnMut(String, &str)) {
    if depth > 50 {
        return;
    }
    match nav {
        Value::String(target) => found(path.to_owned(), target),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| targets(item, &pointer::join(path, at), depth + 1, found));
        }
        Value::Object(members) => members.iter().for_each(|(key, member)| targets(member, &pointer::join(path, key), depth + 1, found)),
        _ => {}
    }
}

/// The path of a page; none for URLs and places in the same page.
fn page(target: &str) -> Option<String> {
    let target = target.split(['#', '?']).next().unwrap_or_default();
    let external = target.is_empty() || target.starts_with('/') || target.contains("://") || target.starts_with("mailto:");
    (!external).then(|| target.to_owned())
}

/// Follows links from the pages that are reached.
fn links(all: &[Page<'_>], names: &BTreeSet<&str>, place: &str, reached: &mut BTreeSet<String>, findings: &mut Vec<Diagnostic>) {
    let mut open: VecDeque<&Page<'_>> = all.iter().filter(|page| reached.contains(page.path)).collect();
    while let Some(from) = open.pop_front() {
        let folder = from.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (at, target) in markdown_links(from.text) {
            let Some(target) = page(target).filter(|target| target.ends_with(".md")) else { continue };
            let name = normalize(format!("{folder}/{target}").trim_start_matches('/'));
            match name.filter(|name| names.contains(name.as_str())) {
                Some(name) => {
                    if let Some(to) = all.iter().find(|page| page.path == name).filter(|_| reached.insert(name.clone())) {
                        open.push_back(to);
                    }
                }
                None => {
                    let message = format!("{} links to {target}, which is not there", from.path);
                    let span = Span { start: at, end: at + target.len() };
                    let location = LineIndex::new(from.text).location(from.text, &format!("{place}{}", from.path), span);
                    findings.push(Diagnostic::warning("backstage-techdocs-link", "", message).with_location(location));
                }
            }
        }
    }
}

/// The targets of `[text](target)` outside of fences.
fn markdown_links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
        } else if !fenced {
            for (at, _) in line.match_indices("](") {
                let rest = line.get(at + 2..).unwrap_or_default();
                let end = rest.find([')', ' ', '\n']).unwrap_or(rest.len());
                found.push((offset + at + 2, rest.get(..end).unwrap_or_default()));
            }
        }
        offset += line.len();
    }
    found
}

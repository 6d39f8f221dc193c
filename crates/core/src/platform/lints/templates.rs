//! One mega-template, copies of one skeleton, and sets of files that do not agree.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::context::{Context, text};
use crate::lang::glob::doublestar;
use crate::platform::File;
use crate::platform::repository::resolve;
use crate::platform::template::Template;
use crate::{Diagnostic, Value};

/// Words that name a technology in the choices of a form.
const TECHNOLOGIES: [&str; 22] = [
    "dotnet",
    ".net",
    "csharp",
    "c#",
    "java",
    "kotlin",
    "spring",
    "quarkus",
    "node",
    "nodejs",
    "node.js",
    "typescript",
    "javascript",
    "python",
    "go",
    "golang",
    "rust",
    "ruby",
    "php",
    "scala",
    "react",
    "angular",
];

/// Files that say how a service is built and run, by what they are for: one of each list is enough. What most templates of a
/// type have, all of that type should have.
const INFRASTRUCTURE: [(&str, &[&str]); 6] = [
    ("Dockerfile", &["Dockerfile", "**/Dockerfile", "Containerfile", "**/Containerfile", "**/*.Dockerfile"]),
    (
        "pipeline",
        &[".github/workflows/**", ".gitlab-ci.yml", "Jenkinsfile", "azure-pipelines.yml", ".azuredevops/**", ".tekton/**", "tekton/**"],
    ),
    ("catalog-info.yaml", &["catalog-info.yaml", "**/catalog-info.yaml"]),
    ("mkdocs.yml", &["mkdocs.yml", "mkdocs.yaml", "**/mkdocs.yml", "**/mkdocs.yaml"]),
    ("manifests", &["k8s/**", "deploy/**", "manifests/**", "chart/**", "charts/**", "helm/**", "kustomize/**", "**/kustomization.yaml"]),
    ("dashboards", &["dashboards/**", "**/dashboards/**", "grafana/**"]),
];

/// Files that only what is built and run has.
const BUILDS: [&str; 14] = [
    "**/package.json",
    "**/pom.xml",
    "**/build.gradle*",
    "**/go.mod",
    "**/*.csproj",
    "**/requirements.txt",
    "**/pyproject.toml",
    "**/Cargo.toml",
    "**/Gemfile",
    "**/composer.json",
    "**/*.go",
    "**/*.py",
    "**/*.ts",
    "**/Program.cs",
];

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let platform = context.platform;
    let templates = &platform.templates;
    for template in templates {
        mega(context, template, findings);
        manual(context, template, findings);
    }
    let services = platform.catalog.entities.iter().filter(|entity| super::portal::is_service(entity)).count();
    if let ([only], true) = (templates.as_slice(), services > 1) {
        let message = format!("{} is the only template for {services} services", only.entity_ref);
        findings.push(Diagnostic::info("platform-single-template", "", message).with_location(only.location.clone()).into());
    }
    let skeletons: Vec<Skeleton<'_>> = templates.iter().filter_map(|template| Skeleton::read(context, template)).collect();
    copies(context, &skeletons, findings);
    agreement(context, &skeletons, findings);
}

fn entity<'c>(context: &Context<'c>, template: &Template) -> Option<&'c Value> {
    context.platform.catalog.get(&template.entity_ref).map(|entity| &entity.value)
}

fn mega(context: &Context<'_>, template: &Template, findings: &mut Vec<Finding>) {
    let limits = &context.platform.config.thresholds;
    let fields: usize = template.pages.iter().map(|page| page.fields.len()).sum();
    let conditions = template.steps.iter().filter(|step| step.condition.is_some()).count();
    let mut reasons = Vec::new();
    if fields > limits.template_parameters {
        reasons.push(format!("it asks {fields} questions"));
    }
    if conditions > limits.template_conditions {
        reasons.push(format!("{conditions} of its steps have conditions"));
    }
    if let Some(value) = entity(context, template) {
        for (name, choices) in technologies(value) {
            let needle = format!("parameters.{name}");
            let branches =
                steps(value).filter(|step| step.get("if").is_some_and(|condition| condition.to_string().contains(&needle))).count();
            let urls = steps(value).filter(|step| text(step, "/input/url").contains(&needle)).count();
            if branches + urls > 0 {
                reasons.push(format!("{name} chooses among {}", choices.join(", ")));
            }
        }
    }
    if !reasons.is_empty() {
        let message = format!("{}: {}", template.entity_ref, reasons.join("; "));
        findings.push(
            Diagnostic::warning("platform-mega-template", "/spec/parameters", message).with_location(template.location.clone()).into(),
        );
    }
}

fn steps(template: &Value) -> impl Iterator<Item = &Value> {
    template.pointer("/spec/steps").and_then(Value::as_array).into_iter().flatten()
}

/// Parameters whose choices name at least two technologies.
fn technologies(template: &Value) -> Vec<(&str, Vec<&str>)> {
    let pages: Vec<&Value> = match template.pointer("/spec/parameters") {
        Some(Value::Array(pages)) => pages.iter().collect(),
        Some(page) => vec![page],
        None => Vec::new(),
    };
    let mut found = Vec::new();
    for (name, field) in pages.iter().filter_map(|page| page.get("properties")?.as_object()).flatten() {
        let choices: Vec<&str> = field.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let known = |choice: &&&str| {
            let lower = choice.to_lowercase();
            lower.split([' ', '-', '_', '/']).any(|word| TECHNOLOGIES.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit())))
        };
        if choices.iter().filter(known).count() >= 2 {
            found.push((name.as_str(), choices));
        }
    }
    found
}

/// Actions that ask a person rather than do something.
const ASKING: [&str; 8] =
    ["debug:wait", "notification:send", "slack:", "email:", "github:issues:create", "gitlab:issues:create", "jira:", "servicenow:"];

/// Actions that leave something behind.
const DOING: [&str; 4] = ["publish:", "catalog:register", "github:actions:dispatch", "argocd:"];

fn manual(context: &Context<'_>, template: &Template, findings: &mut Vec<Finding>) {
    let Some(value) = entity(context, template) else { return };
    let object = context.platform.tree.objects.iter().find(|object| {
        object.file.path == template.location.file && text(object.value(), "/metadata/name") == text(value, "/metadata/name")
    });
    // A message about what has been done is no ticket.
    let does_more = steps(value).any(|step| DOING.iter().any(|prefix| text(step, "/action").starts_with(prefix)));
    for (at, step) in steps(value).enumerate() {
        let action = text(step, "/action");
        let name = text(step, "/name");
        let todo = |said: &str| said.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "TODO" | "FIXME" | "MANUAL"));
        let why = if action == "debug:wait" {
            "waits for something that nobody watches".to_owned()
        } else if ASKING.iter().any(|prefix| action.starts_with(prefix)) && !does_more {
            format!("asks a person ({action})")
        } else if todo(name) || todo(&step.get("input").map(Value::to_string).unwrap_or_default()) {
            "says TODO".to_owned()
        } else {
            continue;
        };
        let path = format!("/spec/steps/{at}/action");
        let step = template.steps.get(at).map_or(name, |step| step.id.as_str());
        let mut finding =
            Diagnostic::warning("platform-manual-step", path.clone(), format!("{}: the step {step} {why}", template.entity_ref));
        finding.location = object.and_then(|object| object.location(&path)).or_else(|| Some(template.location.clone()));
        findings.push(finding.into());
    }
}

/// What a template copies: paths in the new repository, with the files here that they come from.
struct Skeleton<'p> {
    template: &'p Template,
    files: BTreeMap<String, &'p File>,
}

impl<'p> Skeleton<'p> {
    fn read(context: &Context<'p>, template: &'p Template) -> Option<Self> {
        let base = template.location.file.rsplit_once('/').map_or("", |(dir, _)| dir);
        let mut files = BTreeMap::new();
        for step in steps(entity(context, template)?) {
            let url = text(step, "/input/url");
            if !text(step, "/action").starts_with("fetch:") || url.is_empty() || url.contains("://") || url.contains("${{") {
                continue;
            }
            let Some(dir) = resolve(base, url) else { continue };
            let target = text(step, "/input/targetPath").trim_start_matches("./").trim_end_matches('/');
            for file in context.platform.tree.below(&dir) {
                let rest = file.path.get(dir.len() + 1..).unwrap_or_default().trim_end_matches(".njk");
                files.insert(if target.is_empty() { rest.to_owned() } else { format!("{target}/{rest}") }, file);
            }
        }
        (!files.is_empty()).then_some(Self { template, files })
    }

    /// Lines that say something, by how often; without those of files that the other template fetches as well.
    fn lines(&self, other: &Self) -> BTreeMap<&'p str, usize> {
        let shared: BTreeSet<&str> = other.files.values().map(|file| file.path.as_str()).collect();
        let mut lines = BTreeMap::new();
        let own = self.files.values().filter(|file| !shared.contains(file.path.as_str()));
        for line in own.flat_map(|file| file.text.lines()).map(str::trim).filter(|line| line.len() > 3) {
            *lines.entry(line).or_default() += 1;
        }
        lines
    }

    fn has(&self, patterns: &[&str]) -> bool {
        self.files.keys().any(|path| patterns.iter().any(|pattern| path == pattern || doublestar(pattern, path).unwrap_or(false)))
    }
}

/// Lines that a skeleton must have of its own before it can be anybody's copy.
const WORTH_SHARING: usize = 40;

/// Each template with the earlier one that it resembles most.
fn copies(context: &Context<'_>, skeletons: &[Skeleton<'_>], findings: &mut Vec<Finding>) {
    let limit = context.platform.config.thresholds.shared_lines as usize;
    for (at, one) in skeletons.iter().enumerate() {
        let likeness = |other: &&Skeleton<'_>| {
            // What both fetch from one place is shared already.
            let (mine, theirs) = (one.lines(other), other.lines(one));
            let shared: usize = mine.iter().map(|(line, count)| (*count).min(theirs.get(line).copied().unwrap_or(0))).sum();
            let smaller = mine.values().sum::<usize>().min(theirs.values().sum());
            if smaller < WORTH_SHARING { 0 } else { shared * 100 / smaller }
        };
        let nearest = skeletons.iter().take(at).map(|other| (likeness(&other), other)).rev().max_by_key(|(share, _)| *share);
        let Some((share, other)) = nearest.filter(|(share, _)| *share >= limit) else { continue };
        let message = format!("{share} % of the lines of {} are those of {}", one.template.entity_ref, other.template.entity_ref);
        let mut finding = Diagnostic::warning("platform-copied-skeletons", "/spec/steps", message);
        finding.location = Some(one.template.location.clone());
        findings.push(finding.into());
    }
}

fn agreement(context: &Context<'_>, skeletons: &[Skeleton<'_>], findings: &mut Vec<Finding>) {
    let configured = &context.platform.config.infrastructure_files;
    // A template that adds to a repository, or makes another thing than the others, need not bring what they bring.
    let mut families: BTreeMap<&str, Vec<&Skeleton<'_>>> = BTreeMap::new();
    for skeleton in skeletons {
        let Some(value) = entity(context, skeleton.template) else { continue };
        let publishes = steps(value).any(|step| {
            let action = text(step, "/action");
            action.starts_with("publish:") && !action.ends_with("-request")
        });
        if publishes && skeleton.has(&BUILDS) || !configured.is_empty() {
            let family = if configured.is_empty() { text(value, "/spec/type") } else { "" };
            families.entry(family).or_default().push(skeleton);
        }
    }
    for family in families.values() {
        let agreed: Vec<(&str, Vec<&str>)> = if configured.is_empty() {
            let common =
                |(_, patterns): &&(&str, &[&str])| family.iter().filter(|skeleton| skeleton.has(patterns)).count() * 2 > family.len();
            if family.len() < 3 {
                continue;
            }
            INFRASTRUCTURE.iter().filter(common).map(|(name, patterns)| (*name, patterns.to_vec())).collect()
        } else {
            configured.iter().map(|pattern| (pattern.as_str(), vec![pattern.as_str()])).collect()
        };
        for skeleton in family {
            let missing: Vec<&str> = agreed.iter().filter(|(_, patterns)| !skeleton.has(patterns)).map(|(name, _)| *name).collect();
            if !missing.is_empty() {
                let message = format!("{} makes no {}", skeleton.template.entity_ref, super::portal::list(&missing));
                let mut finding = Diagnostic::warning("platform-skeleton-files", "/spec/steps", message);
                finding.location = Some(skeleton.template.location.clone());
                findings.push(finding.into());
            }
        }
    }
}

/// Whether a template's product says where it came from, as far as its skeleton shows.
pub(super) fn names_itself(context: &Context<'_>, template: &Template) -> Option<bool> {
    let value = entity(context, template)?;
    if steps(value).any(|step| text(step, "/action") == "catalog:write") {
        return Some(true);
    }
    let skeleton = Skeleton::read(context, template)?;
    let mut entries = skeleton.files.iter().filter(|(path, _)| path.ends_with("catalog-info.yaml")).peekable();
    entries.peek()?;
    Some(entries.any(|(_, file)| file.text.contains("backstage.io/source-template")))
}

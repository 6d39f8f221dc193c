//! `lofting explain`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use lofting::Value;
use lofting::argocd::diff::{Cause, Change, Ignored};
use lofting::argocd::ignore::RuleSource;
use lofting::platform::File;
use lofting::text::pointer;

use super::model::{Group, Row};
use super::places::Places;
use super::platform::Platform;
use super::render;
use crate::cli::Format;
use crate::documents::{self, brief, is_data, kind, list, name, text};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output::{self, BOLD, DIM, GOOD, WARN, styled};

/// Say in words why resources are OutOfSync, or why they are not
///
/// For each field: what the two sides say, who changed it, where it is written, and what would make it Synced; and which rules
/// leave fields out. Exits with 1 when something is OutOfSync.
#[derive(Debug, Args)]
pub(crate) struct ExplainCommand {
    /// The Application of the platform; without it all of them
    app: Option<String>,
    /// Of its resources these alone: NAME, KIND/NAME, or as `lofting diff` prints them
    resource: Option<String>,
    /// The platform's directory
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Instead of a platform: rendered manifests, to be compared with --live
    #[arg(long, value_name = "PATH", requires = "live")]
    targets: Vec<PathBuf>,
    /// The cluster's objects
    #[arg(long, value_name = "PATH", requires = "targets")]
    live: Vec<PathBuf>,
    /// The Application of --targets; FILE#NAME picks one of several
    #[arg(long, value_name = "FILE", requires = "targets")]
    app_file: Option<PathBuf>,
    /// The AppProject of --app-file; default the one among the live objects
    #[arg(long, value_name = "FILE", requires = "app_file")]
    project: Option<PathBuf>,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    output: Format,
}

/// What the sentences point to.
struct Sources<'f> {
    places: Places<'f>,
    /// The Applications, for their rules.
    applications: Vec<Value>,
    /// The data of `argocd-cm`.
    settings: Value,
    /// The file each Application's manifests came from, by kind and name.
    files: Vec<(String, String, String, String)>,
}

impl ExplainCommand {
    pub(crate) fn run(self) -> Outcome {
        if self.targets.is_empty() {
            let platform = Platform::read(&self.dir, None)?;
            if platform.applications.items.is_empty() {
                return Err(Failure::Usage(format!(
                    "{}: there is no Application here; give --dir, or --targets and --live",
                    self.dir.display()
                )));
            }
            let only: Vec<String> = self.app.iter().cloned().collect();
            let groups = platform.with_snapshot(&only)?;
            let sources = sources_of(&platform);
            return self.write(groups, self.resource.as_deref(), &sources, true);
        }
        let group = super::with_cluster(&self.targets, &self.live, self.app_file.as_ref(), self.project.as_ref())?;
        let paths = self.targets.iter().chain(&self.live).chain(&self.app_file).chain(&self.project);
        let files = texts(paths)?;
        let mut objects = Vec::new();
        for file in &files {
            objects.extend(documents::read(&file.text, &file.path).unwrap_or_default());
        }
        let sources = Sources {
            places: Places::new(files.iter()),
            settings: settings(&objects),
            applications: objects.into_iter().filter(|object| kind(object) == "Application").collect(),
            files: Vec::new(),
        };
        // with manifests given, the first word is the resource
        self.write(vec![group], self.resource.as_deref().or(self.app.as_deref()), &sources, false)
    }

    fn write(&self, mut groups: Vec<Group>, wanted: Option<&str>, sources: &Sources<'_>, platform: bool) -> Outcome {
        if let Some(wanted) = wanted {
            for group in &mut groups {
                group.rows.retain(|row| is_called(row, wanted));
            }
            groups.retain(|group| !group.rows.is_empty());
            if groups.is_empty() {
                return Err(Failure::Usage(format!("there is no resource {wanted} here")));
            }
        }
        match output::data(self.output, &render::to_json(&groups, platform)) {
            Some(data) => output::text(&data)?,
            None => {
                let mut out = String::new();
                for group in &groups {
                    render::heading(group, &mut out);
                    for row in &group.rows {
                        explain(group, row, sources, wanted.is_some(), &mut out);
                    }
                }
                output::text(&if self.output == Format::Md { bullets(&out) } else { out })?;
            }
        }
        Ok(Exit::of(groups.iter().any(Group::differs)))
    }
}

/// The same lines as nested lists.
fn bullets(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let words = line.trim_start();
        let deep = (line.len() - words.len()) / 2;
        let words = anstream::adapter::strip_str(words);
        let _ = match deep {
            0 => writeln!(out, "\n### {words}\n"),
            deep => writeln!(out, "{}- {words}", "  ".repeat(deep - 1)),
        };
    }
    out.trim_start().to_owned()
}

fn is_called(row: &Row, wanted: &str) -> bool {
    wanted == row.name || wanted == format!("{}/{}", row.kind, row.name) || wanted == row.key()
}

fn sources_of(platform: &Platform) -> Sources<'_> {
    let files = platform.applications.items.iter().flat_map(|app| {
        let targets = app.targets.iter().flatten();
        targets.filter_map(|target| {
            let object = &target.object;
            Some((app.name.clone(), kind(object).to_owned(), name(object).to_owned(), target.file.clone()?))
        })
    });
    Sources {
        files: files.collect(),
        places: Places::new(platform.files.iter().filter(|file| is_data(&file.path))),
        applications: platform.applications.items.iter().map(|app| app.value.clone()).collect(),
        settings: settings(&platform.live),
    }
}

fn settings(objects: &[Value]) -> Value {
    let found = objects.iter().find(|object| kind(object) == "ConfigMap" && name(object) == "argocd-cm");
    found.and_then(|object| object.get("data")).cloned().unwrap_or_default()
}

/// The files behind paths, named so that the user finds them.
fn texts<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let text = path.display().to_string();
        let path = match text.rsplit_once('#') {
            Some((file, _)) if !path.exists() => PathBuf::from(file),
            _ => path.clone(),
        };
        if path.as_os_str() == "-" {
            continue;
        }
        let found = input::tree(&path)?.into_iter().filter(|file| path.is_file() || is_data(&file.path));
        files.extend(found.filter_map(|file| {
            let name = if path.is_file() { file.path } else { path.join(&file.path).display().to_string() };
            file.text.ok().map(|text| File { path: name, text })
        }));
    }
    Ok(files)
}

/// One resource: its status, field by field why, and what rules leave out. Those that are in sync get a line of why only
/// when they were asked for.
fn explain(group: &Group, row: &Row, sources: &Sources<'_>, asked: bool, out: &mut String) {
    let style = if row.differs() { WARN } else { GOOD };
    let health = row.health.as_ref().map_or(String::new(), |(status, message)| {
        if message.is_empty() { format!(", {status}") } else { format!(", {status}: {message}") }
    });
    let _ = match row.status.as_str() {
        "" => writeln!(out, "  {}: {}{health}", styled(BOLD, row.key()), styled(DIM, "does not count")),
        status => writeln!(out, "  {}: {}{health}", styled(BOLD, row.key()), styled(style, status)),
    };
    let mut say = |text: &str| {
        let _ = writeln!(out, "    {text}");
    };
    if row.status.is_empty() {
        say(if row.hook {
            "It is a hook: made anew at each sync, and never compared."
        } else {
            "Its annotations take it out of the comparison, or it carries the tracking id of another object."
        });
    } else if row.prune {
        say("The cluster has it and says that this Application owns it, but it is no longer among the manifests.");
        say("To make it Synced: sync with pruning, or bring the manifest back.");
    } else if row.whole().is_some_and(|cause| *cause == Cause::Missing) {
        say(&format!("Git has it{}, the cluster does not.", at(sources.manifest(group, row, ""))));
        say("To make it Synced: sync; it would be created.");
    } else if row.differs() {
        row.changes.iter().for_each(|change| reason(group, row, change, sources, &mut say));
    } else if asked {
        say("Every field that Git sets has that value in the cluster; what only the cluster has is not compared.");
    }
    let mut told = Vec::new();
    for one in &row.ignored {
        let line = left_out(group, row, one, sources);
        // what is left out of every object is told of the one that was asked for
        if !told.contains(&line) && (asked || !line.contains(render::DEFAULT_RULE)) {
            say(&styled(DIM, &line));
            told.push(line);
        }
    }
}

/// What differs, why, and what would end it.
fn reason(group: &Group, row: &Row, change: &Change, sources: &Sources<'_>, say: &mut impl FnMut(&str)) {
    let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), brief);
    let path = &change.path;
    say(&format!("{path}: the cluster has {}, a sync would make it {}.", side(&change.before), side(&change.after)));
    let place = at(sources.manifest(group, row, path));
    let why = match &change.cause {
        Cause::ChangedLive(manager) => format!("Why: {manager} changed it in the cluster; Git{place} still says otherwise."),
        Cause::Added => format!("Why: Git sets it{place}, and the cluster does not have it yet."),
        Cause::ChangedInGit => format!("Why: Git{place} says something else than what was last applied."),
        Cause::RemovedFromGit => format!("Why: it was applied before, and the manifest{place} no longer has it."),
        Cause::Differs | Cause::Missing | Cause::Extra => {
            format!("Why: Git{place} and the cluster disagree; the object does not record who changed it.")
        }
    };
    say(&format!("  {why}"));
    let ignore = format!("ignoreDifferences with jsonPointers: [{path}]");
    say(&match &change.cause {
        Cause::ChangedLive(manager) => format!(
            "  To make it Synced: sync, or write the live value into Git, or leave the field to {manager}: {ignore} (or managedFieldsManagers: [{manager}])."
        ),
        Cause::RemovedFromGit => "  To make it Synced: sync; the field would be removed.".to_owned(),
        _ => format!("  To make it Synced: sync, or, if something else owns the field, {ignore}."),
    });
}

/// Which rule left a field out, and where the rule is written.
fn left_out(group: &Group, row: &Row, one: &Ignored, sources: &Sources<'_>) -> String {
    let removed = &one.removed;
    let (what, place) = match &removed.source {
        RuleSource::Application(index) => {
            let app = sources.applications.iter().find(|app| name(app) == group.name);
            let rule = format!("/spec/ignoreDifferences/{index}");
            let place = app.and_then(|app| {
                let lists = ["jsonPointers", "jqPathExpressions"];
                let found = lists.iter().find_map(|key| {
                    let path = format!("{rule}/{key}");
                    let at = list(app, &path).iter().position(|text| text.as_str() == Some(&removed.expression))?;
                    Some(format!("{path}/{at}"))
                });
                sources.places.of(("Application", text(app, "/metadata/namespace"), &group.name), &found.unwrap_or(rule), None)
            });
            (format!("spec.ignoreDifferences[{index}] of the Application"), place)
        }
        RuleSource::Annotation => {
            let path = pointer::join("/metadata/annotations", "argocd.argoproj.io/ignore-differences");
            ("the manifest's annotation argocd.argoproj.io/ignore-differences".to_owned(), sources.manifest(group, row, &path))
        }
        RuleSource::Settings(kinds) => sources.setting(kinds, &removed.expression),
        RuleSource::Other => ("a rule of the caller".to_owned(), None),
    };
    let side = if one.live { "the cluster" } else { "Git" };
    let expression = if removed.expression == removed.path { String::new() } else { format!(" ({})", removed.expression) };
    format!("Left out: {} of {side}, by {what}{expression}{}.", removed.path, at(place))
}

/// ` at FILE:LINE:COLUMN`, or nothing.
fn at(place: Option<String>) -> String {
    place.map_or(String::new(), |place| format!(" at {place}"))
}

impl Sources<'_> {
    /// Where a manifest has a field.
    fn manifest(&self, group: &Group, row: &Row, path: &str) -> Option<String> {
        let file = self.files.iter().find(|(app, kind, name, _)| *app == group.name && *kind == row.kind && *name == row.name);
        self.places.of((&row.kind, &row.namespace, &row.name), path, file.map(|(_, _, _, file)| file.as_str()))
    }

    /// Which key of `argocd-cm` brings a rule, and where it is.
    fn setting(&self, kinds: &str, expression: &str) -> (String, Option<String>) {
        let own = match kinds {
            "*/*" => "all".to_owned(),
            kinds => kinds.replace('/', "_"),
        };
        let keys = [format!("resource.customizations.ignoreDifferences.{own}"), "resource.customizations".to_owned()];
        let mentions =
            |key: &&String| self.settings.get(key.as_str()).and_then(Value::as_str).is_some_and(|text| text.contains(expression));
        let key = match keys.iter().find(mentions) {
            Some(key) => key.clone(),
            None if expression == "/status" && self.settings.get("resource.compareoptions").is_some() => {
                "resource.compareoptions".to_owned()
            }
            None => return (render::DEFAULT_RULE.to_owned(), None),
        };
        let place = self.places.of(("ConfigMap", "", "argocd-cm"), &pointer::join("/data", &key), None);
        (format!("{key} of argocd-cm"), place)
    }
}

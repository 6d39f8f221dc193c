//! A platform's directory: its Applications with their manifests, and the snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lofting::Value;
use lofting::platform::File;
use lofting::platform::application::{Application, Applications, Origin};
use lofting::platform::preview::{self, Request};
use lofting::platform::snapshot::Snapshot;
use lofting::platform::tree::flatten;
use lofting::yaml::{self, Dialect};

use super::compare;
use super::model::Group;
use crate::documents::{is_data, kind};
use crate::exit::Failure;
use crate::input;

/// What a directory holds.
pub(super) struct Platform {
    pub(super) files: Vec<File>,
    pub(super) applications: Applications,
    pub(super) live: Vec<Value>,
}

impl Platform {
    pub(super) fn read(dir: &Path, rendered: Option<&Path>) -> Result<Self, Failure> {
        let files = input::tree(dir)?.into_iter().filter_map(|file| file.text.ok().map(|text| File { path: file.path, text })).collect();
        Self::of_files(files, rendered)
    }

    pub(super) fn of_files(files: Vec<File>, rendered: Option<&Path>) -> Result<Self, Failure> {
        let mut request = Request { files, skipped: Vec::new(), rendered: BTreeMap::new(), at: None };
        if let Some(dir) = rendered {
            for file in input::tree(dir)? {
                if let (Some(name), Ok(text)) = (file.path.strip_suffix(".yaml"), file.text) {
                    request.rendered.insert(name.to_owned(), text);
                }
            }
        }
        let (applications, live) = preview::applications(&request)?;
        Ok(Self { files: request.files, applications, live })
    }

    /// The Applications asked for, all if none is; a name that is not there is refused.
    pub(super) fn chosen(&self, only: &[String]) -> Result<Vec<&Application>, Failure> {
        let all = &self.applications.items;
        if let Some(missing) = only.iter().find(|name| !all.iter().any(|app| app.name == **name)) {
            let names: Vec<&str> = all.iter().map(|app| app.name.as_str()).collect();
            return Err(Failure::Usage(format!("there is no Application {missing} here; there are {}", names.join(", "))));
        }
        Ok(all.iter().filter(|app| only.is_empty() || only.contains(&app.name)).collect())
    }

    /// Every Application as it stands in the snapshot.
    pub(super) fn with_snapshot(&self, only: &[String]) -> Result<Vec<Group>, Failure> {
        let chosen = self.chosen(only)?;
        let desired = self.applications.items.iter().flat_map(|app| app.targets.iter().flatten()).map(|target| &target.object);
        let snapshot = Snapshot::new(&self.live, desired, &[]);
        let names: Vec<String> = self.applications.items.iter().map(|app| app.name.clone()).collect();
        Ok(chosen.into_iter().map(|app| self.group(app, &snapshot, &names)).collect())
    }

    fn group(&self, app: &Application, snapshot: &Snapshot<'_>, names: &[String]) -> Group {
        let targets: Vec<Value> = match &app.targets {
            Ok(targets) => targets.iter().map(|target| target.object.clone()).collect(),
            Err(why) => return Group::unknown(&app.name, why),
        };
        if self.live.is_empty() {
            return Group::unknown(&app.name, "no snapshot of the cluster is given; name its directory as `live` in lofting.yaml");
        }
        let Some(cluster) = snapshot.cluster(&app.destination.cluster) else {
            return Group::unknown(&app.name, format!("the snapshot is not of {}", app.destination.cluster));
        };
        let project = self.applications.projects.get(&app.project);
        compare::application(&app.value, &targets, snapshot, cluster, project, names)
            .unwrap_or_else(|failure| Group::unknown(&app.name, failure.to_string()))
    }

    /// The Kubernetes objects of a directory that is no platform.
    fn objects(&self) -> Vec<Value> {
        let texts = self.files.iter().filter(|file| is_data(&file.path));
        let documents = texts.filter_map(|file| yaml::parse(&file.text, Dialect::Kubernetes).ok()).flatten();
        documents.flat_map(|document| flatten(document.into_value())).filter(|object| !kind(object).is_empty()).collect()
    }
}

/// Two states of a platform by Application; of other directories object by object.
pub(super) fn trees(before: Platform, after: Platform, only: &[String]) -> Result<Vec<Group>, Failure> {
    if before.applications.items.is_empty() && after.applications.items.is_empty() {
        let rows = compare::trees(&before.objects(), &after.objects())?;
        return Ok(vec![Group { rows, ..Group::default() }]);
    }
    let names: BTreeSet<&str> =
        [&before, &after].into_iter().flat_map(|side| &side.applications.items).map(|app| app.name.as_str()).collect();
    if let Some(missing) = only.iter().find(|name| !names.contains(name.as_str())) {
        let names: Vec<&str> = names.into_iter().collect();
        return Err(Failure::Usage(format!("there is no Application {missing} here; there are {}", names.join(", "))));
    }
    let mut groups = Vec::new();
    // Applications that no other one deploys are written by hand, or generated
    let roots = |side: &Platform| -> Vec<Value> {
        let roots = side.applications.items.iter().filter(|app| !matches!(app.origin, Origin::Application(_)));
        roots.map(|app| app.value.clone()).collect()
    };
    if only.is_empty() {
        let rows = compare::trees(&roots(&before), &roots(&after))?;
        groups.push(Group { name: "(Applications of their own)".to_owned(), rows, ..Group::default() });
    }
    for name in names.into_iter().filter(|name| only.is_empty() || only.iter().any(|one| one == name)) {
        let (old, new) = (before.applications.get(name), after.applications.get(name));
        groups.push(match (targets(old), targets(new)) {
            (Ok(old_targets), Ok(new_targets)) => {
                let sync = match (old, new) {
                    (None, _) => "new",
                    (_, None) => "gone",
                    _ => "",
                };
                let rows = compare::trees(&old_targets, &new_targets)?;
                Group { name: name.to_owned(), sync: sync.to_owned(), rows, ..Group::default() }
            }
            (Err(why), _) | (_, Err(why)) => Group::unknown(name, why),
        });
    }
    Ok(groups)
}

/// The manifests with the namespace they go to.
fn targets(app: Option<&Application>) -> Result<Vec<Value>, String> {
    let Some(app) = app else { return Ok(Vec::new()) };
    app.targets.as_ref().map(|targets| targets.iter().map(|target| target.object.clone()).collect()).map_err(Clone::clone)
}

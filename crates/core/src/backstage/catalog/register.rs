//! Which files of a repository could be registered, when nobody says.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use url::Url;

use super::check::SourceFile;
use super::reader::Site;
use super::rules::RegisteredLocation;
use crate::yaml::backstage;

/// A location for every file that holds an entity, and rules that allow the kinds found.
pub fn every_entity_file(files: &[SourceFile<'_>], site: &Site) -> (Vec<RegisteredLocation>, Value) {
    let mut kinds = BTreeSet::new();
    let mut locations = Vec::new();
    for file in files.iter().filter(|file| is_yaml(file.path) && file.text.contains("backstage.io/")) {
        let documents = backstage::documents(file.text, false).unwrap_or_default();
        let found: Vec<String> = documents.into_iter().flatten().filter_map(|document| kind(&document)).collect();
        if !found.is_empty()
            && let Some(target) = target(file.path, site)
        {
            locations.push(RegisteredLocation::new("url".to_owned(), target, None));
            kinds.extend(found);
        }
    }
    (locations, json!([{ "allow": kinds }]))
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

/// The kind of a document that calls itself an entity.
fn kind(document: &Value) -> Option<String> {
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    let (group, _) = text("apiVersion")?.split_once('/')?;
    (group == "backstage.io" || group.ends_with(".backstage.io")).then(|| text("kind").map(str::to_owned))?
}

fn target(path: &str, site: &Site) -> Option<String> {
    let mut url = Url::parse(&format!("https://{}", site.host)).ok()?;
    url.set_path(&format!("{}/blob/{}/{path}", site.full_name, site.branch));
    Some(url.into())
}

//! `ValidateVolumes`.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    access::{list, number, optional_number, text},
    container::pull_policy,
    disks,
    env::{VOLUME_PATHS, field_selector, resource_selector},
    mounts::{descending_path, no_backsteps, non_reserved_path},
};
use crate::{
    Value,
    kube::quantity::Quantity,
    rollouts::check::{
        error::{Errors, Path},
        names::{dns1123_label, dns1123_subdomain},
    },
};

/// The sources of a volume in the order in which upstream looks at them: JSON name, name in
/// paths of faults, name in the fault of a second source.
const SOURCES: [(&str, &str, &str); 30] = [
    ("emptyDir", "emptyDir", "emptyDir"),
    ("hostPath", "hostPath", "hostPath"),
    ("gitRepo", "gitRepo", "gitRepo"),
    ("gcePersistentDisk", "persistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore", "awsElasticBlockStore"),
    ("secret", "secret", "secret"),
    ("nfs", "nfs", "nfs"),
    ("iscsi", "iscsi", "iscsi"),
    ("glusterfs", "glusterfs", "glusterfs"),
    ("flocker", "flocker", "flocker"),
    ("persistentVolumeClaim", "persistentVolumeClaim", "persistentVolumeClaim"),
    ("rbd", "rbd", "rbd"),
    ("cinder", "cinder", "cinder"),
    ("cephfs", "cephfs", "cephFS"),
    ("quobyte", "quobyte", "quobyte"),
    ("downwardAPI", "downwardAPI", "downwarAPI"),
    ("fc", "fc", "fc"),
    ("flexVolume", "flexVolume", "flexVolume"),
    ("configMap", "configMap", "configMap"),
    ("azureFile", "azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk", "azureDisk"),
    ("storageos", "storageos", "storageos"),
    ("projected", "projected", "projected"),
    ("scaleIO", "scaleIO", "scaleIO"),
    ("csi", "csi", "csi"),
    ("ephemeral", "ephemeral", "ephemeral"),
    ("image", "image", "image"),
];

/// The volumes that are sound, by name: only those can be mounted.
pub(super) fn validate<'a>(volumes: &'a [Value], path: &Path<'_>, errors: &mut Errors) -> BTreeMap<&'a str, &'a Value> {
    let mut sound = BTreeMap::new();
    for (index, volume) in volumes.iter().enumerate() {
        let at = path.index(index);
        let before = errors.0.len();
        source(volume, &at, errors);
        let name = text(volume, "name");
        let portal = volume.get("iscsi").filter(|iscsi| iscsi.get("initiatorName").is_some()).map(|iscsi| text(iscsi, "targetPortal"));
        if portal.is_some_and(|portal| name.len() + 1 + portal.len() > 64) {
            let message =
                "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
            errors.invalid(&at.child("name"), name, message);
        }
        let name_path = at.child("name");
        if name.is_empty() {
            errors.required(&name_path, "");
        } else {
            errors.each(&name_path, name, dns1123_label(name));
        }
        if sound.contains_key(name) {
            errors.duplicate(&name_path, name);
        }
        if errors.0.len() == before {
            sound.insert(name, volume);
        }
    }
    sound
}

/// A volume without a source is an empty directory.
fn source(volume: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut seen = false;
    for (name, shown, second) in SOURCES {
        let Some(source) = volume.get(name) else { continue };
        if seen {
            errors.forbidden(&path.child(second), "may not specify more than 1 volume type");
            continue;
        }
        seen = true;
        one(name, source, &path.child(shown), errors);
    }
}

fn one(kind: &str, source: &Value, path: &Path<'_>, errors: &mut Errors) {
    match kind {
        "emptyDir" => {
            let limit = source.get("sizeLimit").and_then(Value::as_str).and_then(|text| Quantity::parse(text).ok());
            if limit.is_some_and(|limit| limit.sign() < 0) {
                errors.forbidden(&path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
            }
        }
        "hostPath" => host_path(source, path, errors),
        "gitRepo" => {
            required(source, &["repository"], path, errors);
            descending_path(text(source, "directory"), &path.child("directory"), errors);
        }
        "secret" => keyed(source, "secretName", path, errors),
        "configMap" => keyed(source, "name", path, errors),
        "nfs" => nfs(source, path, errors),
        "downwardAPI" => {
            mode(source, "defaultMode", path, errors);
            // Faults of the files are reported at the source.
            for file in list(source, "items") {
                downward_file(file, path, errors);
            }
        }
        "projected" => projected(source, path, errors),
        "csi" => csi(source, path, errors),
        "ephemeral" => match source.get("volumeClaimTemplate") {
            None => errors.required(&path.child("volumeClaimTemplate"), ""),
            Some(template) => disks::claim_template(template, &path.child("volumeClaimTemplate"), errors),
        },
        "image" => match text(source, "pullPolicy") {
            "" => errors.required(&path.child("pullPolicy"), ""),
            policy => pull_policy(policy, &path.child("pullPolicy"), errors),
        },
        _ => disks::one(kind, source, path, errors),
    }
}

/// Members that must not be empty.
pub(super) fn required(source: &Value, fields: &[&str], path: &Path<'_>, errors: &mut Errors) {
    for field in fields.iter().filter(|field| text(source, field).is_empty()) {
        errors.required(&path.child(field), "");
    }
}

fn host_path(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let given = text(source, "path");
    if given.is_empty() {
        errors.required(&path.child("path"), "");
        return;
    }
    no_backsteps(given, &path.child("path"), errors);
    let kinds = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    let kind = text(source, "type");
    if !kinds.contains(&kind) {
        errors.not_supported(&path.child("type"), kind, &kinds);
    }
}

fn nfs(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    if text(source, "server").is_empty() {
        errors.required(&path.child("server"), "");
    }
    let given = text(source, "path");
    if given.is_empty() {
        errors.required(&path.child("path"), "");
    }
    if !given.starts_with('/') {
        errors.invalid(&path.child("path"), given, "must be an absolute path");
    }
}

fn csi(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let driver = text(source, "driver");
    let driver_path = path.child("driver");
    if driver.is_empty() {
        errors.required(&driver_path, "");
    }
    if driver.len() > 63 {
        errors.too_long(&driver_path, 63);
    }
    errors.each(&driver_path, driver, dns1123_subdomain(&driver.to_lowercase()));
    if let Some(reference) = source.get("nodePublishSecretRef") {
        let name = text(reference, "name");
        if name.is_empty() {
            let holder = path.child("nodePublishSecretRef");
            errors.required(&holder.child("name"), "");
        } else {
            errors.each(&path.child("name"), name, dns1123_subdomain(name));
        }
    }
}

/// A file mode between 0 and 0777.
fn mode(holder: &Value, field: &str, path: &Path<'_>, errors: &mut Errors) {
    if let Some(mode) = optional_number(holder, field).filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid(&path.child(field), mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

/// A secret or a config map: its name, its mode, its keys.
fn keyed(source: &Value, name_field: &str, path: &Path<'_>, errors: &mut Errors) {
    if text(source, name_field).is_empty() {
        errors.required(&path.child(name_field), "");
    }
    mode(source, "defaultMode", path, errors);
    let items = path.child("items");
    for (index, item) in list(source, "items").iter().enumerate() {
        key_to_path(item, &items.index(index), errors);
    }
}

fn key_to_path(item: &Value, path: &Path<'_>, errors: &mut Errors) {
    for field in ["key", "path"] {
        if text(item, field).is_empty() {
            errors.required(&path.child(field), "");
        }
    }
    non_reserved_path(text(item, "path"), &path.child("path"), errors);
    mode(item, "mode", path, errors);
}

fn downward_file(file: &Value, path: &Path<'_>, errors: &mut Errors) {
    let target = text(file, "path");
    if target.is_empty() {
        errors.required(&path.child("path"), "");
    }
    non_reserved_path(target, &path.child("path"), errors);
    match (file.get("fieldRef"), file.get("resourceFieldRef")) {
        (Some(field), resource) => {
            field_selector(field, &VOLUME_PATHS, &path.child("fieldRef"), errors);
            if resource.is_some() {
                errors.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
            }
        }
        (None, Some(resource)) => resource_selector(resource, true, &path.child("resourceFieldRef"), errors),
        (None, None) => errors.required(path, "one of fieldRef and resourceFieldRef is required"),
    }
    mode(file, "mode", path, errors);
}

/// `validateProjectedVolumeSource`.
fn projected(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    mode(source, "defaultMode", path, errors);
    let sources = path.child("sources");
    let mut paths = BTreeSet::new();
    for (index, projection) in list(source, "sources").iter().enumerate() {
        let at = sources.index(index);
        let mut given = 0;
        for kind in ["secret", "configMap"] {
            let Some(keyed) = projection.get(kind) else { continue };
            given += 1;
            let holder = at.child(kind);
            let name = text(keyed, "name");
            if name.is_empty() {
                errors.required(&holder.child("name"), "");
            }
            let items = holder.child("items");
            for (index, item) in list(keyed, "items").iter().enumerate() {
                key_to_path(item, &items.index(index), errors);
                distinct(text(item, "path"), name, &mut paths, path, errors);
            }
        }
        if let Some(downward) = projection.get("downwardAPI") {
            given += 1;
            for file in list(downward, "items") {
                downward_file(file, &at.child("downwardAPI"), errors);
                let target = text(file, "path");
                distinct(target, target, &mut paths, path, errors);
            }
        }
        if let Some(token) = projection.get("serviceAccountToken") {
            given += 1;
            service_account_token(token, path, &at.child("serviceAccountToken"), errors);
        }
        given += ["clusterTrustBundle", "podCertificate"].iter().filter(|kind| projection.get(**kind).is_some()).count();
        if given > 1 {
            errors.forbidden(&at, "may not specify more than 1 volume type per source");
        }
    }
}

fn distinct<'a>(target: &'a str, shown: &str, paths: &mut BTreeSet<&'a str>, path: &Path<'_>, errors: &mut Errors) {
    if !target.is_empty() && !paths.insert(target) {
        errors.invalid(path, shown, "conflicting duplicate paths");
    }
}

/// The path of a token is reported at the volume.
fn service_account_token(token: &Value, volume: &Path<'_>, path: &Path<'_>, errors: &mut Errors) {
    let seconds = if token.get("expirationSeconds").is_some() { number(token, "expirationSeconds") } else { 3600 };
    let at = path.child("expirationSeconds");
    if seconds < 600 {
        errors.invalid(&at, seconds, "may not specify a duration less than 10 minutes");
    }
    if seconds > 1 << 32 {
        errors.invalid(&at, seconds, "may not specify a duration larger than 2^32 seconds");
    }
    let target = text(token, "path");
    if target.is_empty() {
        errors.required(&volume.child("path"), "");
    } else {
        non_reserved_path(target, &volume.child("path"), errors);
    }
}

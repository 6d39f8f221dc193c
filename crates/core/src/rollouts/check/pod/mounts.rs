//! `ValidateVolumeMounts` and `ValidateVolumeDevices`.

use std::collections::{BTreeMap, BTreeSet};

use super::access::{flag, list, text};
use crate::{
    Value,
    rollouts::check::error::{Errors, Path},
};

/// `validateLocalDescendingPath`.
pub(super) fn descending_path(value: &str, path: &Path<'_>, errors: &mut Errors) {
    if value.starts_with('/') {
        errors.invalid(path, value, "must be a relative path");
    }
    no_backsteps(value, path, errors);
}

/// `validatePathNoBacksteps`.
pub(super) fn no_backsteps(value: &str, path: &Path<'_>, errors: &mut Errors) {
    if has_backsteps(value) {
        errors.invalid(path, value, "must not contain '..'");
    }
}

fn has_backsteps(value: &str) -> bool {
    value.split('/').any(|part| part == "..")
}

/// `ValidateLocalNonReservedPath`.
pub(super) fn non_reserved_path(value: &str, path: &Path<'_>, errors: &mut Errors) {
    descending_path(value, path, errors);
    if value.starts_with("..") && !value.starts_with("../") {
        errors.invalid(path, value, "must not start with '..'");
    }
}

pub(super) fn mounts(container: &Value, volumes: &BTreeMap<&str, &Value>, path: &Path<'_>, errors: &mut Errors) {
    let devices = list(container, "volumeDevices");
    let mut points = BTreeSet::new();
    for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
        let at = path.index(index);
        let (name, point) = (text(mount, "name"), text(mount, "mountPath"));
        if name.is_empty() {
            errors.required(&at.child("name"), "");
        }
        if !volumes.contains_key(name) {
            errors.not_found(&at.child("name"), name, "");
        }
        if point.is_empty() {
            errors.required(&at.child("mountPath"), "");
        }
        if !points.insert(point) {
            errors.invalid(&at.child("mountPath"), point, "must be unique");
        }
        if devices.iter().any(|device| text(device, "name") == name) {
            errors.invalid(&at.child("name"), name, "must not already exist in volumeDevices");
        }
        if last_by_name(devices, "devicePath").any(|other| other == point) {
            errors.invalid(&at.child("mountPath"), point, "must not already exist as a path in volumeDevices");
        }
        sub_paths(mount, path, &at, errors);
        if let Some(mode) = mount.get("mountPropagation").and_then(Value::as_str) {
            propagation(mode, container, &path.child("mountPropagation"), errors);
        }
        read_only(mount, &path.child("recursiveReadOnly"), errors);
    }
}

/// Faults of the sub path itself are reported at the list, not at the entry.
fn sub_paths(mount: &Value, list_path: &Path<'_>, at: &Path<'_>, errors: &mut Errors) {
    let (sub_path, expression) = (text(mount, "subPath"), text(mount, "subPathExpr"));
    if !sub_path.is_empty() {
        descending_path(sub_path, &list_path.child("subPath"), errors);
    }
    if !expression.is_empty() {
        if !sub_path.is_empty() {
            errors.invalid(&at.child("subPathExpr"), expression, "subPathExpr and subPath are mutually exclusive");
        }
        descending_path(expression, &list_path.child("subPathExpr"), errors);
    }
}

fn propagation(mode: &str, container: &Value, path: &Path<'_>, errors: &mut Errors) {
    let modes = ["Bidirectional", "HostToContainer", "None"];
    if !modes.contains(&mode) {
        errors.not_supported(path, mode, &modes);
    }
    let privileged = container.get("securityContext").and_then(|security| flag(security, "privileged")) == Some(true);
    if mode == "Bidirectional" && !privileged {
        errors.forbidden(path, "Bidirectional mount propagation is available only to privileged containers");
    }
}

/// `validateMountRecursiveReadOnly`.
fn read_only(mount: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(mode) = mount.get("recursiveReadOnly").and_then(Value::as_str) else { return };
    match mode {
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if flag(mount, "readOnly") != Some(true) {
                errors.forbidden(path, "may only be specified when readOnly is true");
            }
            if !matches!(mount.get("mountPropagation").and_then(Value::as_str), None | Some("None")) {
                errors.forbidden(path, "may only be specified when mountPropagation is None or not specified");
            }
        }
        _ => errors.not_supported(path, mode, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// The paths of mounts or devices; of several of one name only the last counts.
fn last_by_name<'a>(entries: &'a [Value], field: &'a str) -> impl Iterator<Item = &'a str> {
    let replaced = move |index: usize, name: &str| entries.iter().skip(index + 1).any(|later| text(later, "name") == name);
    entries
        .iter()
        .enumerate()
        .filter(move |(index, entry)| !replaced(*index, text(entry, "name")))
        .map(move |(_, entry)| text(entry, field))
}

pub(super) fn devices(container: &Value, volumes: &BTreeMap<&str, &Value>, path: &Path<'_>, errors: &mut Errors) {
    let mounts = list(container, "volumeMounts");
    let (mut names, mut points) = (BTreeSet::new(), BTreeSet::new());
    for (index, device) in list(container, "volumeDevices").iter().enumerate() {
        let at = path.index(index);
        let (name_path, point_path) = (at.child("name"), at.child("devicePath"));
        let (name, point) = (text(device, "name"), text(device, "devicePath"));
        let volume = volumes.get(name);
        if name.is_empty() {
            errors.required(&name_path, "");
        }
        if names.contains(name) {
            errors.invalid(&name_path, name, "must be unique");
        }
        let claim = |volume: &&Value| volume.get("persistentVolumeClaim").is_some() || volume.get("ephemeral").is_some();
        match volume {
            None => errors.not_found(&name_path, name, ""),
            Some(volume) if !claim(volume) => {
                errors.invalid(&name_path, name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
            }
            Some(_) => {}
        }
        if point.is_empty() {
            errors.required(&point_path, "");
        }
        if points.contains(point) {
            errors.invalid(&point_path, point, "must be unique");
        }
        if !point.is_empty() && has_backsteps(point) {
            errors.invalid(&point_path, point, "can not contain backsteps ('..')");
        } else {
            points.insert(point);
        }
        if mounts.iter().any(|mount| text(mount, "name") == name) {
            errors.invalid(&name_path, name, "must not already exist in volumeMounts");
        }
        if last_by_name(mounts, "mountPath").any(|other| other == point) {
            errors.invalid(&point_path, point, "must not already exist as a path in volumeMounts");
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}

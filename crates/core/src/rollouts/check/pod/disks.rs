//! Volumes of disks and storage systems, and claims made with a pod.

use super::{
    access::{list, number, optional_number, strings, text, text_or, texts},
    volumes::required,
};
use crate::rollouts::objects::AtPath;
use crate::{
    Value,
    kube::quantity::Quantity,
    rollouts::{
        check::{
            error::{Bad, Errors, Path},
            names::{dns1123_label, dns1123_subdomain, in_range, qualified_name},
            selector,
        },
        spec::go_json,
    },
};

/// One source by its JSON name. Azure's `diskURI`, Gluster's `endpoints` and RBD's `monitors`
/// and `image` are called differently inside, get lost, and are always missed.
pub(super) fn one(kind: &str, source: &Value, path: &Path<'_>, errors: &mut Errors) {
    match kind {
        "gcePersistentDisk" | "awsElasticBlockStore" => {
            required(source, &[if kind == "gcePersistentDisk" { "pdName" } else { "volumeID" }], path, errors);
            let partition = number(source, "partition");
            if !(0..=255).contains(&partition) {
                errors.invalid(&path.child("partition"), partition, "must be between 1 and 255, inclusive");
            }
        }
        "iscsi" => iscsi(source, path, errors),
        "glusterfs" => {
            errors.required(&path.child("endpoints"), "");
            required(source, &["path"], path, errors);
        }
        "flocker" => flocker(source, path, errors),
        "persistentVolumeClaim" => required(source, &["claimName"], path, errors),
        "rbd" => {
            errors.required(&path.child("monitors"), "");
            errors.required(&path.child("image"), "");
        }
        "cinder" => {
            required(source, &["volumeID"], path, errors);
            secret(source, path, errors);
        }
        "cephfs" if list(source, "monitors").is_empty() => errors.required(&path.child("monitors"), ""),
        "quobyte" => quobyte(source, path, errors),
        "fc" => fibre_channel(source, path, errors),
        "flexVolume" => flex(source, path, errors),
        "azureFile" => required(source, &["secretName", "shareName"], path, errors),
        "vsphereVolume" => required(source, &["volumePath"], path, errors),
        "photonPersistentDisk" => required(source, &["pdID"], path, errors),
        "portworxVolume" => required(source, &["volumeID"], path, errors),
        "azureDisk" => azure_disk(source, path, errors),
        "storageos" => storage_os(source, path, errors),
        "scaleIO" => required(source, &["gateway", "system", "volumeName"], path, errors),
        _ => {}
    }
}

/// A secret that is referred to needs a name.
fn secret(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    if source.get("secretRef").is_some_and(|reference| text(reference, "name").is_empty()) {
        let holder = path.child("secretRef");
        errors.required(&holder.child("name"), "");
    }
}

/// `iqn.YYYY-MM.reversed.name:anything`; `eui`, any character and 16 letters or digits; `naa`
/// with 32 of them.
fn initiator_is_sound(name: &str) -> bool {
    let tail = |rest: &str, count: usize| {
        let mut chars = rest.chars();
        let separated = chars.next().is_some_and(|c| c != '\n');
        let tail = chars.as_str();
        separated && tail.len() == count && tail.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if let Some(rest) = name.strip_prefix("eui") {
        return tail(rest, 16);
    }
    if let Some(rest) = name.strip_prefix("naa") {
        return tail(rest, 32);
    }
    static IQN: std::sync::OnceLock<Option<regex::Regex>> = std::sync::OnceLock::new();
    let iqn = IQN.get_or_init(|| regex::Regex::new("iqn\\.\\d{4}-\\d{2}\\.([[:alnum:]-.]+)(:[^,;*&$|\\s]+)$").ok());
    iqn.as_ref().is_some_and(|iqn| iqn.is_match(name))
}

fn iscsi(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let known = |name: &str| ["iqn", "eui", "naa"].iter().any(|prefix| name.starts_with(prefix));
    required(source, &["targetPortal", "iqn"], path, errors);
    let iqn = text(source, "iqn");
    if !iqn.is_empty() && !known(iqn) {
        errors.invalid(&path.child("iqn"), iqn, "must be valid format starting with iqn, eui, or naa");
    } else if !iqn.is_empty() && !initiator_is_sound(iqn) {
        errors.invalid(&path.child("iqn"), iqn, "must be valid format");
    }
    let lun = number(source, "lun");
    errors.each_number(&path.child("lun"), lun, in_range(lun, 0, 255));
    // Authentication settings are called differently inside and get lost.
    if let Some(name) = source.get("initiatorName").and_then(Value::as_str) {
        if !known(name) {
            errors.invalid(&path.child("initiatorname"), name, "must be valid format starting with iqn, eui, or naa");
        } else if !initiator_is_sound(name) {
            errors.invalid(&path.child("initiatorname"), name, "must be valid format");
        }
    }
}

fn flocker(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (name, id) = (text(source, "datasetName"), text(source, "datasetUUID"));
    if name.is_empty() && id.is_empty() {
        errors.required(path, "one of datasetName and datasetUUID is required");
    }
    if !name.is_empty() && !id.is_empty() {
        errors.invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously");
    }
    if name.contains('/') {
        errors.invalid(&path.child("datasetName"), name, "must not contain '/'");
    }
}

/// Go's `net.SplitHostPort` succeeds.
fn is_host_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    if port.contains(['[', ']']) {
        return false;
    }
    match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').is_some_and(|inner| !inner.contains(['[', ']'])),
        None => !host.contains([':', '[', ']']),
    }
}

fn quobyte(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    const PAIRS: &str = "must be a host:port pair or multiple pairs separated by commas";
    let registry = text(source, "registry");
    let registry_path = path.child("registry");
    if registry.is_empty() {
        errors.required(&registry_path, PAIRS);
    } else if text(source, "tenant").len() >= 65 {
        errors.required(&path.child("tenant"), "must be a UUID and may not exceed a length of 64 characters");
    } else {
        for _ in registry.split(',').filter(|pair| !is_host_port(pair)) {
            errors.invalid(&registry_path, registry, PAIRS);
        }
    }
    required(source, &["volume"], path, errors);
}

fn fibre_channel(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (targets, ids) = (list(source, "targetWWNs"), list(source, "wwids"));
    let at = path.child("targetWWNs");
    if targets.is_empty() && ids.is_empty() {
        errors.required(&at, "must specify either targetWWNs or wwids, but not both");
    }
    if !targets.is_empty() && !ids.is_empty() {
        let shown = Bad::Json(source.get("targetWWNs").map_or_else(|| "null".into(), go_json));
        errors.invalid(&at, shown, "targetWWNs and wwids can not be specified simultaneously");
    }
    if !targets.is_empty() {
        match optional_number(source, "lun") {
            None => errors.required(&path.child("lun"), "lun is required if targetWWNs is specified"),
            Some(lun) => errors.each_number(&path.child("lun"), lun, in_range(lun, 0, 255)),
        }
    }
}

fn flex(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    required(source, &["driver"], path, errors);
    let options = path.child("options");
    for (key, _) in strings(source, "options") {
        let namespace = format!(".{}", key.split('/').next().unwrap_or(key).to_lowercase());
        if namespace.ends_with(".kubernetes.io") || namespace.ends_with(".k8s.io") {
            errors.invalid(&options.key(key), key, "kubernetes.io and k8s.io namespaces are reserved");
        }
    }
}

fn azure_disk(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    required(source, &["diskName"], path, errors);
    let uri = path.child("diskURI");
    errors.required(&uri, "");
    let (caching, kind) = (text_or(source, "cachingMode", "ReadWrite"), text_or(source, "kind", "Shared"));
    let modes = ["None", "ReadOnly", "ReadWrite"];
    if !modes.contains(&caching) {
        errors.not_supported(&path.child("cachingMode"), caching, &modes);
    }
    let kinds = ["Dedicated", "Managed", "Shared"];
    if !kinds.contains(&kind) {
        errors.not_supported(&path.child("kind"), kind, &kinds);
    }
    let supported = if kind == "Managed" {
        "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
    } else {
        "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
    };
    errors.not_supported(&uri, "", &[supported]);
}

fn storage_os(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (volume, namespace) = (text(source, "volumeName"), text(source, "volumeNamespace"));
    if volume.is_empty() {
        errors.required(&path.child("volumeName"), "");
    } else {
        errors.each(&path.child("volumeName"), volume, dns1123_label(volume));
    }
    if !namespace.is_empty() {
        errors.each(&path.child("volumeNamespace"), namespace, dns1123_label(namespace));
    }
    secret(source, path, errors);
}

/// `ValidatePersistentVolumeClaimTemplate`.
pub(super) fn claim_template(template: &Value, path: &Path<'_>, errors: &mut Errors) {
    if let Some(metadata) = template.get("metadata") {
        let at = path.child("metadata");
        for (key, _) in strings(metadata, "annotations") {
            errors.each(&at.child("annotations"), key, qualified_name(&key.to_lowercase()));
        }
        selector::labels(strings(metadata, "labels"), &at.child("labels"), errors);
    }
    claim(template.get("spec").unwrap_or(&Value::Null), &path.child("spec"), errors);
}

fn claim(claim: &Value, path: &Path<'_>, errors: &mut Errors) {
    const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    let modes_path = path.child("accessModes");
    if list(claim, "accessModes").is_empty() {
        errors.required(&modes_path, "at least 1 access mode is required");
    }
    if let Some(selector) = claim.get("selector").and_then(|selector| serde_json::from_value(selector.clone()).ok()) {
        selector::validate(&selector, &path.child("selector"), errors);
    }
    for mode in texts(claim, "accessModes").filter(|mode| !MODES.contains(mode)) {
        errors.not_supported(&modes_path, mode, &MODES);
    }
    let single = texts(claim, "accessModes").any(|mode| mode == "ReadWriteOncePod");
    if single && texts(claim, "accessModes").any(|mode| MODES.contains(&mode) && mode != "ReadWriteOncePod") {
        errors.forbidden(&modes_path, "may not use ReadWriteOncePod with other access modes");
    }
    let resources = path.child("resources");
    let storage = resources.key("storage");
    match claim.at_path("/resources/requests/storage").and_then(Value::as_str).map(Quantity::parse) {
        Some(Ok(quantity)) if quantity.sign() <= 0 => errors.invalid(&storage, &quantity.to_string(), "must be greater than zero"),
        Some(_) => {}
        None => errors.required(&storage, ""),
    }
    let class = text(claim, "storageClassName");
    if !class.is_empty() {
        errors.each(&path.child("storageClassName"), class, dns1123_subdomain(class));
    }
    match claim.get("volumeMode").and_then(Value::as_str) {
        None | Some("Block" | "Filesystem") => {}
        Some(mode) => errors.not_supported(&path.child("volumeMode"), mode, &["Block", "Filesystem"]),
    }
}

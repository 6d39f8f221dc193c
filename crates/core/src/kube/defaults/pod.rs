//! Pods and what they are made of.

use super::field::{child, default_empty, default_int, default_nil, default_text, each, int, text};
use super::{Default, Members};
use crate::kube::quantity::Quantity;
use crate::{Map, Value};

pub(super) fn find(name: &str) -> Option<Default> {
    Some(match name {
        "core/v1.Pod" => pod,
        "core/v1.PodSpec" => pod_spec,
        "core/v1.PodStatus" => pod_status,
        "core/v1.Container" | "core/v1.EphemeralContainer" => container,
        "core/v1.ContainerPort" => |it| default_text(it, "protocol", "TCP"),
        "core/v1.Probe" => probe,
        "core/v1.HTTPGetAction" => |it| {
            default_text(it, "path", "/");
            default_text(it, "scheme", "HTTP");
        },
        "core/v1.GRPCAction" => |it| default_nil(it, "service", ""),
        "core/v1.FileKeySelector" => |it| default_nil(it, "optional", false),
        "core/v1.ObjectFieldSelector" => |it| default_text(it, "apiVersion", "v1"),
        "core/v1.ResourceRequirements" | "core/v1.VolumeResourceRequirements" => |it| {
            round(it, "limits");
            round(it, "requests");
        },
        "core/v1.ContainerStatus" => |it| round(it, "allocatedResources"),
        "core/v1.Volume" => volume,
        "core/v1.SecretVolumeSource"
        | "core/v1.ConfigMapVolumeSource"
        | "core/v1.DownwardAPIVolumeSource"
        | "core/v1.ProjectedVolumeSource" => |it| default_nil(it, "defaultMode", 420),
        "core/v1.ServiceAccountTokenProjection" => |it| default_nil(it, "expirationSeconds", 3600),
        "core/v1.HostPathVolumeSource" => |it| default_nil(it, "type", ""),
        "core/v1.ISCSIVolumeSource" | "core/v1.ISCSIPersistentVolumeSource" => |it| default_text(it, "iscsiInterface", "default"),
        "core/v1.RBDVolumeSource" | "core/v1.RBDPersistentVolumeSource" => |it| {
            default_text(it, "pool", "rbd");
            default_text(it, "user", "admin");
            default_text(it, "keyring", "/etc/ceph/keyring");
        },
        "core/v1.AzureDiskVolumeSource" => |it| {
            default_nil(it, "cachingMode", "ReadWrite");
            default_nil(it, "fsType", "ext4");
            default_nil(it, "readOnly", false);
            default_nil(it, "kind", "Shared");
        },
        "core/v1.ScaleIOVolumeSource" | "core/v1.ScaleIOPersistentVolumeSource" => |it| {
            default_text(it, "storageMode", "ThinProvisioned");
            default_text(it, "fsType", "xfs");
        },
        _ => return None,
    })
}

fn pod(it: &mut Members) {
    let Some(spec) = child(it, "spec") else { return };
    if int(spec, "terminationGracePeriodSeconds") < 0 {
        spec.insert("terminationGracePeriodSeconds".to_owned(), Value::from(1));
    }
    for list in ["containers", "initContainers"] {
        each(spec, list).for_each(requests_from_limits);
    }
    default_nil(spec, "enableServiceLinks", true);
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        for list in ["containers", "initContainers"] {
            for container in each(spec, list) {
                for port in each(container, "ports").filter(|port| int(port, "hostPort") == 0) {
                    let number = int(port, "containerPort");
                    if number != 0 {
                        port.insert("hostPort".to_owned(), Value::from(number));
                    }
                }
            }
        }
    }
}

fn requests_from_limits(container: &mut Members) {
    let Some(resources) = child(container, "resources") else { return };
    let Some(limits) = resources.get("limits").and_then(Value::as_object).filter(|limits| !limits.is_empty()).cloned() else { return };
    super::field::ensure(resources, "requests", |requests| {
        for (name, limit) in limits {
            requests.entry(name).or_insert(limit);
        }
    });
}

fn pod_spec(it: &mut Members) {
    if text(it, "serviceAccountName").is_empty() {
        let old = text(it, "serviceAccount").to_owned();
        if !old.is_empty() {
            it.insert("serviceAccountName".to_owned(), Value::from(old));
        }
    }
    let name = text(it, "serviceAccountName").to_owned();
    if text(it, "serviceAccount") != name {
        it.insert("serviceAccount".to_owned(), Value::from(name));
    }
    default_text(it, "dnsPolicy", "ClusterFirst");
    default_text(it, "restartPolicy", "Always");
    default_empty(it, "securityContext");
    default_nil(it, "terminationGracePeriodSeconds", 30);
    default_text(it, "schedulerName", "default-scheduler");
    round(it, "overhead");
}

/// The single address and the list are kept in step; the single one wins.
fn pod_status(it: &mut Members) {
    let ip = text(it, "podIP").to_owned();
    let first = it.get("podIPs").and_then(|ips| ips.get(0)).map(|first| first.get("ip").and_then(Value::as_str).unwrap_or("").to_owned());
    match first {
        None if !ip.is_empty() => set_ips(it, &ip),
        Some(first) if ip.is_empty() && !first.is_empty() => {
            it.insert("podIP".to_owned(), Value::from(first));
        }
        Some(first) if !ip.is_empty() && first != ip => set_ips(it, &ip),
        _ => {}
    }
}

fn set_ips(it: &mut Members, ip: &str) {
    let mut one = Map::new();
    one.insert("ip".to_owned(), Value::from(ip));
    it.insert("podIPs".to_owned(), Value::Array(vec![Value::Object(one)]));
}

fn container(it: &mut Members) {
    if text(it, "imagePullPolicy").is_empty() {
        let policy = pull_policy(text(it, "image"));
        it.insert("imagePullPolicy".to_owned(), Value::from(policy));
    }
    default_text(it, "terminationMessagePath", "/dev/termination-log");
    default_text(it, "terminationMessagePolicy", "File");
}

/// `Always` for the tag `latest`, which is also what an image without tag and digest has.
fn pull_policy(image: &str) -> &'static str {
    if image_tag(image) == Some("latest") { "Always" } else { "IfNotPresent" }
}

/// The tag as `parsers.ParseImageName` gives it: none when the reference is not valid or has only a digest.
fn image_tag(image: &str) -> Option<&str> {
    let (named, digest) = match image.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (image, None),
    };
    if digest.is_some_and(|digest| !valid_digest(digest)) {
        return None;
    }
    let slash = named.rfind('/').map_or(0, |at| at + 1);
    let (repository, tag) = match named.get(slash..)?.rfind(':') {
        Some(at) => (named.get(..slash + at)?, Some(named.get(slash + at + 1..)?)),
        None => (named, None),
    };
    if !valid_repository(repository) || (digest.is_none() && is_identifier(image)) {
        return None;
    }
    match tag {
        Some(tag) if valid_tag(tag) => Some(tag),
        Some(_) => None,
        None if digest.is_some() => Some(""),
        None => Some("latest"),
    }
}

/// 64 hexadecimal digits are an image id, not a name.
fn is_identifier(image: &str) -> bool {
    image.len() == 64 && image.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn valid_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

fn valid_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn valid_repository(repository: &str) -> bool {
    let mut parts: Vec<&str> = repository.split('/').collect();
    if parts.len() > 1
        && parts.first().is_some_and(|first| first.contains(['.', ':']) || *first == "localhost" || first.to_ascii_lowercase() != **first)
    {
        let host = parts.remove(0);
        let (name, port) = host.rsplit_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
        let labels = name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
        if (!labels && !name.starts_with('['))
            || port.is_some_and(|port| port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return false;
        }
    }
    repository.len() <= 255 && parts.iter().all(|part| valid_component(part))
}

/// Lower-case letters and digits, separated by `.`, `_`, `__` or dashes.
fn valid_component(part: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    if !bytes.first().copied().is_some_and(word) || !bytes.last().copied().is_some_and(word) {
        return false;
    }
    let separators = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).filter(|run| !run.is_empty());
    separators.into_iter().all(|run| matches!(run, "." | "_" | "__") || run.bytes().all(|byte| byte == b'-'))
}

fn probe(it: &mut Members) {
    default_int(it, "timeoutSeconds", 1);
    default_int(it, "periodSeconds", 10);
    default_int(it, "successThreshold", 1);
    default_int(it, "failureThreshold", 3);
}

/// Quantities are rounded up to thousandths.
pub(super) fn round(it: &mut Members, key: &str) {
    let Some(list) = child(it, key) else { return };
    for value in list.values_mut() {
        let Some(Ok(mut quantity)) = value.as_str().map(|text| Quantity::parse(text.trim())) else { continue };
        if !quantity.round_up(-3) {
            *value = Value::from(quantity.to_string());
        }
    }
}

/// The members of a volume that are its source.
const NOT_SOURCES: &[&str] = &["name"];

fn volume(it: &mut Members) {
    if it.iter().all(|(key, value)| value.is_null() || NOT_SOURCES.contains(&key.as_str())) {
        it.insert("emptyDir".to_owned(), Value::Object(Map::new()));
    }
    if let Some(image) = child(it, "image")
        && text(image, "pullPolicy").is_empty()
    {
        let policy = pull_policy(text(image, "reference"));
        image.insert("pullPolicy".to_owned(), Value::from(policy));
    }
}

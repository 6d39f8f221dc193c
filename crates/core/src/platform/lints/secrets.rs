//! Secrets in plain text: in Secrets, and in the environment of containers.

use super::Finding;
use super::context::{Subject, text};
use super::workloads::containers;
use crate::text::pointer;
use crate::{Diagnostic, Severity, Value};

/// Ends of names of what must not be read by everybody.
const SECRET_WORDS: [&str; 9] = ["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "APIKEY", "API_KEY", "PRIVATE_KEY", "ACCESS_KEY"];
/// Ends of names that only tell where a secret is, how it is used, or who uses it.
const HARMLESS: [&str; 22] = [
    "_FILE",
    "_PATH",
    "_NAME",
    "_DIR",
    "_URL",
    "_URI",
    "_TTL",
    "_LENGTH",
    "_EXPIRY",
    "_EXPIRATION",
    "_ENABLED",
    "_REF",
    "_ID",
    "_TYPE",
    "_SECONDS",
    "_MINUTES",
    "_HOURS",
    "_DAYS",
    "_LIFETIME",
    "_ISSUER",
    "_POLICY",
    "_HEADER",
];
/// Words inside a value that nobody has filled in yet, or that stands for a secret kept elsewhere.
const STAND_INS: [&str; 33] = [
    "${",
    "$(",
    "{{",
    "<",
    "vault:",
    "ref+",
    "op://",
    "secretref",
    "enc[",
    "projects/",
    "arn:",
    "gcp:",
    "changeme",
    "change me",
    "change-me",
    "change_me",
    "replaceme",
    "replace-me",
    "replace_me",
    "replace with",
    "placeholder",
    "redacted",
    "dummy",
    "fake",
    "example",
    "your-",
    "your_",
    "update_",
    "insert-",
    "no-key",
    "goes-here",
    "not-needed",
    "fixme",
];
/// Ends of keys of a Secret that are no secret: who, where and what, not the key to it.
const OPEN: [&str; 25] = [
    "user",
    "username",
    "login",
    "email",
    "host",
    "hostname",
    "port",
    "server",
    "database",
    "dbname",
    "region",
    "bucket",
    "endpoint",
    "url",
    "uri",
    "name",
    "type",
    "access_key_id",
    "accesskey",
    "access_key",
    "client_id",
    "client-id",
    "project",
    "remote",
    "version",
];

/// Variables of a pod's containers.
pub(super) fn environment(subject: &Subject<'_>, pods: &str, findings: &mut Vec<Finding>) {
    for (at, container) in containers(subject.value, pods) {
        let variables = container.get("env").and_then(Value::as_array);
        for (index, variable) in variables.into_iter().flatten().enumerate() {
            if !names_secret(text(variable, "/name")) || is_stand_in(text(variable, "/value")) {
                continue;
            }
            let path = format!("{at}/env/{index}/value");
            let message = format!("{}: the variable {} has its value written here", subject.title(), text(variable, "/name"));
            let mut finding = Diagnostic::error("platform-plain-secret", path.clone(), message);
            finding.location = subject.location(&path);
            findings.push(finding.into());
        }
    }
}

fn names_secret(name: &str) -> bool {
    let name = name.to_uppercase().replace('-', "_");
    SECRET_WORDS.iter().any(|word| name.ends_with(word)) && !HARMLESS.iter().any(|end| name.ends_with(end))
}

/// Text that stands for a secret kept elsewhere, or for none.
fn is_stand_in(value: &str) -> bool {
    let lower = value.trim().to_lowercase();
    let words = ["", "todo", "true", "false", "xxx", "null", "none", "{}", "[]", "\"\""];
    STAND_INS.iter().any(|mark| lower.contains(mark))
        || words.contains(&lower.as_str())
        || lower.starts_with('/')
        || lower.chars().all(|c| matches!(c, 'x' | '*' | '.' | '-' | '#'))
}

/// What a key of a Secret holds that nobody should read.
fn is_secret(key: &str, value: &str) -> bool {
    if value.contains("PRIVATE KEY-----") {
        return true;
    }
    let name = key.to_lowercase();
    // Certificates are made to be shown.
    if value.contains("-----BEGIN CERTIFICATE") || name.ends_with(".crt") {
        return false;
    }
    // So are public keys.
    if ["ssh-", "ecdsa-"].iter().any(|start| value.starts_with(start)) {
        return false;
    }
    let settings = [".properties", ".yaml", ".yml", ".json", ".ini", ".conf", ".cfg", ".toml", ".env", ".xml"];
    if value.trim().lines().count() > 1 || settings.iter().any(|end| name.ends_with(end)) {
        return value.lines().any(gives_secret) || with_password(value);
    }
    let open = OPEN.iter().any(|end| name == *end || name.ends_with(&format!("_{end}")) || name.ends_with(&format!("-{end}")));
    let open = open || ["Username", "Url", "Host", "Name", "Email"].iter().any(|end| key.ends_with(end));
    if open && !name.contains("secret") {
        return with_password(value);
    }
    !is_stand_in(value)
}

/// A line of a configuration file that gives a secret its value.
fn gives_secret(line: &str) -> bool {
    let Some((key, value)) = line.split_once([':', '=']) else { return false };
    let key = key.trim().trim_start_matches(['-', ' ', '#', ';']).trim_matches(['"', '\'', ' ']);
    let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
    let commented = line.trim_start().starts_with(['#', ';']);
    !commented && names_secret(key.rsplit(['.', ' ']).next().unwrap_or(key)) && !is_stand_in(value)
}

/// An address with a password in it: `scheme://user:password@host`.
fn with_password(value: &str) -> bool {
    value.split("://").skip(1).any(|rest| {
        let host = rest.split(['/', ' ', '\n', '"']).next().unwrap_or(rest);
        host.rsplit_once('@')
            .and_then(|(user, _)| user.split_once(':'))
            .is_some_and(|(_, password)| !password.is_empty() && !is_stand_in(password))
    })
}

/// A Secret with something in it.
pub(super) fn plain(secret: &Subject<'_>) -> Option<Finding> {
    let value = secret.value;
    // What SOPS has encrypted carries its own block; what is generated in the cluster needs no data here.
    if value.get("sops").is_some() || secret.object.is_none() {
        return None;
    }
    let types = ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"];
    if types.contains(&text(value, "/type")) && value.get("data").is_none() {
        return None;
    }
    let annotations = value.pointer("/metadata/annotations").and_then(Value::as_object);
    let injected = annotations
        .into_iter()
        .flatten()
        .any(|(key, _)| key.starts_with("avp.kubernetes.io/") || key.contains("reflector") || key.contains("replicator"));
    if injected {
        return None;
    }
    // Argo CD's declarative repositories and clusters keep settings beside what is secret.
    let declarative = value.pointer("/metadata/labels/argocd.argoproj.io~1secret-type").is_some();
    let settings = ["enableLfs", "insecure", "enableOCI", "namespaces", "forceHttpBasicAuth"];
    let given = ["stringData", "data"].into_iter().flat_map(|map| {
        let members = value.get(map).and_then(Value::as_object);
        members.into_iter().flatten().map(move |(key, member)| (map, key, member))
    });
    let (map, key, _) = given.filter_map(|(map, key, member)| Some((map, key, member.as_str()?))).find(|(map, key, said)| {
        let setting = declarative && settings.contains(&key.as_str());
        !setting && !is_stand_in(said) && is_secret(key, &if *map == "data" { decode(said) } else { (*said).to_owned() })
    })?;
    let path = pointer::join(&format!("/{map}"), key);
    let message = format!("{}: the value of {key} is readable by whoever can read the repository", secret.title());
    let mut finding = Diagnostic::new("platform-plain-secret", Severity::Error, path.clone(), message);
    finding.location = secret.location(&path);
    Some(finding.into())
}

fn decode(text: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim().replace(['\n', ' '], ""));
    bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_and_where_are_no_secret() {
        for (key, value) in [
            ("username", "admin"),
            ("AWS_ACCESS_KEY_ID", "minioadmin"),
            ("tls.crt", "-----BEGIN CERTIFICATE-----\nMII\n"),
            ("db-host", "postgres.prod.svc"),
            ("url", "https://git.acme.io/a.git"),
            ("logging.properties", "level = INFO\nappender.file = log\n"),
            ("config.yaml", "auth:\n  token: ${TOKEN}\n  # password: hunter2\n"),
            ("trustStorePassword", "__REPLACE_ME__"),
            (".dockerconfigjson", "{}"),
            ("jdbc.broker.properties", "storeConfiguration=DATABASE\n"),
            ("key", "ssh-rsa AAAAB3NzaC1yc2E someone@here"),
        ] {
            assert!(!is_secret(key, value), "{key}: {value}");
        }
    }

    #[test]
    fn what_opens_a_door_is_one() {
        for (key, value) in [
            ("password", "hunter2"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("secretUrl", "hunter2"),
            ("url", "https://ci:hunter2@git.acme.io/a.git"),
            ("tls.key", "-----BEGIN RSA PRIVATE KEY-----\nMII\n"),
            ("app.ini", "[db]\nuser = app\npassword = hunter2\n"),
            ("config.json", "{\n  \"apiToken\": \"hunter2\",\n}"),
        ] {
            assert!(is_secret(key, value), "{key}: {value}");
        }
    }

    #[test]
    fn names_of_variables_tell() {
        assert!(names_secret("DB_PASSWORD") && names_secret("stripe-api-key") && names_secret("apiToken"));
        assert!(!names_secret("TOKEN_URL") && !names_secret("SECRET_NAME") && !names_secret("PORT"));
    }
}

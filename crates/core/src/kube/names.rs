//! What Kubernetes accepts as a name, with its messages (apimachinery
//! `util/validation` and `api/validation`), and the names that ApplicationSet
//! makes (`normalize`, `slugify`).

/// Messages about a name; none when it is valid.
pub type Messages = Vec<String>;

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_1035: &str = "[a-z]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const LABEL_KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const MAX_LABEL: usize = 63;
const MAX_SUBDOMAIN: usize = 253;

fn too_long(max: usize) -> String {
    format!("must be no more than {max} characters")
}

/// The wording of the newer checks of labels.
fn too_many_bytes(max: usize) -> String {
    format!("must be no more than {max} bytes")
}

/// Upstream's message about a regular expression.
fn mismatch(message: &str, pattern: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}', ")).collect();
    format!("{message} (e.g. {}regex used for validation is '{pattern}')", examples.join(" or "))
}

fn lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`.
fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|first| lower_alphanumeric(*first))
        && bytes.last().is_some_and(|last| lower_alphanumeric(*last))
        && bytes.iter().all(|byte| lower_alphanumeric(*byte) || *byte == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

/// A DNS-1123 label: `IsDNS1123Label`.
pub fn dns1123_label(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > MAX_LABEL {
        messages.push(too_long(MAX_LABEL));
    }
    if !is_label(text) {
        messages.push(if is_subdomain(text) {
            "must not contain dots".to_owned()
        } else {
            let message = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
                           and must start and end with an alphanumeric character";
            mismatch(message, LABEL, &["my-name", "123-abc"])
        });
    }
    messages
}

/// A DNS-1123 subdomain: `IsDNS1123Subdomain`.
pub fn dns1123_subdomain(text: &str) -> Messages {
    subdomain(text, too_long)
}

fn subdomain(text: &str, too_long: fn(usize) -> String) -> Messages {
    let mut messages = Vec::new();
    if text.len() > MAX_SUBDOMAIN {
        messages.push(too_long(MAX_SUBDOMAIN));
    }
    if !is_subdomain(text) {
        let message = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
                       and must start and end with an alphanumeric character";
        messages.push(mismatch(message, SUBDOMAIN, &["example.com"]));
    }
    messages
}

/// A DNS-1035 label: `IsDNS1035Label`.
pub fn dns1035_label(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > MAX_LABEL {
        messages.push(too_long(MAX_LABEL));
    }
    if !is_label(text) || text.starts_with(|first: char| first.is_ascii_digit()) {
        let message = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', \
                       start with an alphabetic character, and end with an alphanumeric character";
        messages.push(mismatch(message, LABEL_1035, &["my-name", "abc-123"]));
    }
    messages
}

/// `*.` and a subdomain: `IsWildcardDNS1123Subdomain`.
pub fn wildcard_dns1123_subdomain(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > MAX_SUBDOMAIN {
        messages.push(too_long(MAX_SUBDOMAIN));
    }
    if !text.strip_prefix("*.").is_some_and(is_subdomain) {
        let message = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of \
                       lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
        messages.push(mismatch(message, &format!("\\*\\.{SUBDOMAIN}"), &["*.example.com"]));
    }
    messages
}

fn is_label_key(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// A label's key, with an optional prefix: `IsQualifiedName`.
pub fn qualified_name(text: &str) -> Messages {
    let rule = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    let examples = ["MyName", "my.name", "123-abc"];
    let mut messages = Vec::new();
    let mut parts = text.split('/');
    let name = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => name,
        (Some(prefix), Some(name), None) => {
            if prefix.is_empty() {
                messages.push("prefix part must be non-empty".to_owned());
            } else {
                messages.extend(subdomain(prefix, too_many_bytes).into_iter().map(|message| format!("prefix part {message}")));
            }
            name
        }
        _ => {
            let message = mismatch(rule, LABEL_KEY, &examples);
            return vec![format!("a valid label key {message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')")];
        }
    };
    if name.is_empty() {
        messages.push("name part must be non-empty".to_owned());
    } else if name.len() > MAX_LABEL {
        messages.push(format!("name part {}", too_many_bytes(MAX_LABEL)));
    }
    if !is_label_key(name) {
        messages.push(format!("name part {}", mismatch(rule, LABEL_KEY, &examples)));
    }
    messages
}

/// A label's value: `IsValidLabelValue`.
pub fn label_value(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > MAX_LABEL {
        messages.push(too_many_bytes(MAX_LABEL));
    }
    if !text.is_empty() && !is_label_key(text) {
        let message = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', \
                       and must start and end with an alphanumeric character";
        messages.push(mismatch(message, &format!("({LABEL_KEY})?"), &["MyValue", "my_value", "12345"]));
    }
    messages
}

/// An identifier of the C language: `IsCIdentifier`.
pub fn c_identifier(text: &str) -> Messages {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !text.is_empty() && !text.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(word) {
        return Vec::new();
    }
    let message =
        "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
    vec![mismatch(message, "[A-Za-z_][A-Za-z0-9_]*", &["my_name", "MY_NAME", "MyName"])]
}

fn parent_directory(text: &str) -> Option<String> {
    match text {
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        _ if text.starts_with("..") => Some("must not start with '..'".to_owned()),
        _ => None,
    }
}

/// The name of an environment variable: `IsEnvVarName`.
pub fn env_var_name(text: &str) -> Messages {
    let mut messages = Vec::new();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit()) || !text.bytes().all(fits) {
        let message = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', \
                       and must not start with a digit";
        messages.push(mismatch(message, "[-._a-zA-Z][-._a-zA-Z0-9]*", &["my.env-name", "MY_ENV.NAME", "MyEnvName1"]));
    }
    messages.extend(parent_directory(text));
    messages
}

/// A key of a `ConfigMap` or `Secret`: `IsConfigMapKey`.
pub fn config_map_key(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > MAX_SUBDOMAIN {
        messages.push(too_long(MAX_SUBDOMAIN));
    }
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        let message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
        messages.push(mismatch(message, "[-._a-zA-Z0-9]+", &["key.name", "KEY_NAME", "key-name"]));
    }
    messages.extend(parent_directory(text));
    messages
}

/// The name of a port: `IsValidPortName`.
pub fn port_name(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 15 {
        messages.push(too_long(15));
    }
    if text.is_empty() || !text.bytes().all(|byte| lower_alphanumeric(byte) || byte == b'-') {
        messages.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        messages.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        messages.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        messages.push("must not begin or end with a hyphen".to_owned());
    }
    messages
}

/// Digits and `%`: `IsValidPercent`.
pub fn percent(text: &str) -> Messages {
    let number = text.strip_suffix('%').unwrap_or_default();
    if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let message = "a valid percent string must be a numeric string followed by an ending '%'";
    vec![mismatch(message, "[0-9]+%", &["1%", "93%"])]
}

/// The name of an HTTP header: `IsHTTPHeaderName`.
pub fn http_header_name(text: &str) -> Messages {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Vec::new();
    }
    let message = "a valid HTTP header must consist of alphanumeric characters or '-'";
    vec![mismatch(message, "[-A-Za-z0-9]+", &["X-Header-Name"])]
}

/// A prefix that is going to be completed may end with `-`.
fn masked(text: &str, prefix: bool) -> String {
    match text.strip_suffix('-') {
        Some(before) if prefix && !before.is_empty() => {
            let mut cut = before.len() - 1;
            while !before.is_char_boundary(cut) {
                cut -= 1;
            }
            format!("{}a", before.get(..cut).unwrap_or_default())
        }
        _ => text.to_owned(),
    }
}

/// An object's name, or with `prefix` its `generateName`: `NameIsDNSSubdomain`.
pub fn name_is_dns_subdomain(text: &str, prefix: bool) -> Messages {
    dns1123_subdomain(&masked(text, prefix))
}

/// `NameIsDNSLabel`, also for namespaces.
pub fn name_is_dns_label(text: &str, prefix: bool) -> Messages {
    dns1123_label(&masked(text, prefix))
}

/// `NameIsDNS1035Label`: services.
pub fn name_is_dns1035_label(text: &str, prefix: bool) -> Messages {
    dns1035_label(&masked(text, prefix))
}

/// ApplicationSet's `normalize`: a name that a DNS subdomain may have
/// (`SanitizeName`).
pub fn sanitize(text: &str) -> String {
    let lower = go_lower(text);
    let name: String =
        lower.chars().map(|character| if matches!(character, 'a'..='z' | '0'..='9' | '-' | '.') { character } else { '-' }).collect();
    name.get(..MAX_SUBDOMAIN).unwrap_or(&name).trim_matches(['-', '.']).to_owned()
}

/// Go's `strings.ToLower`: each character by itself.
fn go_lower(text: &str) -> String {
    text.chars().map(|character| if character == '\u{130}' { 'i' } else { character.to_lowercase().next().unwrap_or(character) }).collect()
}

/// ApplicationSet's `slugify`: words joined by single dashes, cut at
/// `max_size` bytes, between words when `smart` (`SlugifyName`). `None` where
/// upstream panics: a negative size.
pub fn slugify(text: &str, max_size: i64, smart: bool) -> Option<String> {
    let mut name = sanitize(text);
    let max = usize::try_from(max_size).ok();
    if !smart && max.is_none_or(|max| name.len() >= max) {
        name.truncate(max?);
    }
    let words: Vec<&str> = name.split(['-', '.']).filter(|word| !word.is_empty()).collect();
    let slug = words.join("-");
    let Some(max) = max.filter(|max| *max > 0 && smart && slug.len() > *max) else { return Some(slug) };
    let cut = slug.get(..=max).and_then(|head| head.rfind('-')).unwrap_or(max);
    Some(slug.get(..cut).unwrap_or_default().to_owned())
}

//! The formats of names, keys, tags and links (upstream `FieldFormatEntityPolicy` and its validator functions).

use serde_json::Value;

use super::refusal::{Refusal, Stage};
use crate::lang::javascript::{to_text, trim, utf16_len};
use crate::text::pointer::{self, member_of};

/// Where the server sends people whose fields are malformed.
const ADR: &str = "https://github.com/backstage/backstage/blob/master/docs/architecture-decisions/adr002-default-catalog-file-format.md";

/// A format with the words the server uses for it.
struct Format {
    expectation: &'static str,
    accepts: fn(&str) -> bool,
}

const NAME: Format = Format {
    expectation: "a string that is sequences of [a-zA-Z0-9] separated by any of [-_.], at most 63 characters in total",
    accepts: is_object_name,
};
const LABEL_VALUE: Format = Format { expectation: NAME.expectation, accepts: |value| value.is_empty() || is_object_name(value) };
const KEY: Format = Format { expectation: "a valid prefix and/or suffix", accepts: is_qualified_name };
const API_VERSION: Format = Format { expectation: KEY.expectation, accepts: is_api_version };
const NAMESPACE: Format = Format {
    expectation: "a string that is sequences of [a-z0-9] separated by [-], at most 63 characters in total",
    accepts: is_dns_label,
};
const TAG: Format =
    Format { expectation: "a string that is sequences of [a-z0-9+#] separated by [-], at most 63 characters in total", accepts: is_tag };
const KIND: Format =
    Format { expectation: "a string that is a sequence of [a-zA-Z][a-z0-9A-Z], at most 63 characters in total", accepts: is_kind };
const STRING: Format = Format { expectation: "a string", accepts: |_| true };
const URL: Format = Format { expectation: "a string that is a valid url", accepts: is_url };
const NON_EMPTY: Format = Format { expectation: "a non empty string", accepts: |value| !trim(value).is_empty() };

fn bounded(value: &str) -> bool {
    !value.is_empty() && (value.len() <= 63 || utf16_len(value) <= 63)
}

/// Runs of characters of a class, joined by one or more dashes where `dashes` allows them.
fn dashed(value: &str, class: impl Fn(u8) -> bool, many: bool) -> bool {
    let mut previous_dash = true;
    for byte in value.bytes() {
        if byte == b'-' {
            if previous_dash && !(many && value.as_bytes().first() != Some(&b'-')) {
                return false;
            }
            previous_dash = true;
        } else if class(byte) {
            previous_dash = false;
        } else {
            return false;
        }
    }
    !previous_dash
}

/// Lower-case letters, digits and inner dashes, 1 to 63 characters.
pub fn is_dns_label(value: &str) -> bool {
    bounded(value) && dashed(value, |b| b.is_ascii_lowercase() || b.is_ascii_digit(), true)
}

/// DNS labels joined by dots, at most 253 characters.
pub fn is_dns_subdomain(value: &str) -> bool {
    !value.is_empty() && (value.len() <= 253 || utf16_len(value) <= 253) && value.split('.').all(is_dns_label)
}

/// `[prefix/]suffix`, both valid.
fn prefixed(value: &str, suffix: fn(&str) -> bool) -> bool {
    match value.split_once('/') {
        None => suffix(value),
        Some((prefix, name)) => is_dns_subdomain(prefix) && suffix(name),
    }
}

/// The format of `apiVersion`.
pub fn is_api_version(value: &str) -> bool {
    prefixed(value, |suffix| bounded(suffix) && suffix.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The format of `kind`.
pub fn is_kind(value: &str) -> bool {
    bounded(value) && value.bytes().all(|b| b.is_ascii_alphanumeric()) && value.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
}

/// The format of `metadata.name`.
pub fn is_object_name(value: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    bounded(value) && edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

/// The format of label and annotation keys.
pub fn is_qualified_name(value: &str) -> bool {
    // The prefix of what the server itself writes on every entity.
    if let Some(name) = value.strip_prefix("backstage.io/") {
        return is_object_name(name);
    }
    prefixed(value, is_object_name)
}

/// The format of tags. Colons are fine although the server's words do not list them.
pub fn is_tag(value: &str) -> bool {
    bounded(value) && dashed(value, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b":+#".contains(&b), false)
}

/// Whether `new URL(value)` succeeds.
pub fn is_url(value: &str) -> bool {
    is_plain_url(value) || url::Url::parse(value).is_ok()
}

/// `http(s)://` with a host that is plainly a name, and printable ASCII behind it: what most links are, seen without parsing them.
fn is_plain_url(value: &str) -> bool {
    let Some(rest) = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")) else { return false };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !(label.starts_with('-') || label.ends_with('-') || label.contains("--"))
    };
    // A last label of digits would make it an address.
    let last = host.rsplit('.').next().and_then(|last| last.bytes().next());
    host.len() < 254
        && host.split('.').all(label)
        && last.is_some_and(|first| first.is_ascii_lowercase())
        && path.bytes().all(|b| b.is_ascii_graphic())
}

fn require(field: &str, path: String, value: Option<&Value>, format: &Format) -> Result<(), Refusal> {
    let value = match value {
        None | Some(Value::Null) => return Err(Refusal::new(Stage::Policy, "Error", format!("{field} must have a value")).at(path)),
        Some(value) => value,
    };
    if value.as_str().is_some_and(format.accepts) {
        return Ok(());
    }
    let message = format!(
        "\"{field}\" is not valid; expected {} but found \"{}\". To learn more about catalog file format, visit: {ADR}",
        format.expectation,
        to_text(value)
    );
    Err(Refusal::new(Stage::Policy, "Error", message).at(path))
}

fn require_key(field: &str, path: &str, key: &str, format: &Format) -> Result<(), Refusal> {
    if (format.accepts)(key) { Ok(()) } else { require(field, path.to_owned(), Some(&Value::String(key.to_owned())), format) }
}

/// The first field of an entity that is malformed, in the server's order.
pub fn enforce(entity: &Value) -> Result<(), Refusal> {
    let metadata = member_of(entity, "metadata").unwrap_or(&Value::Null);
    require("apiVersion", "/apiVersion".to_owned(), member_of(entity, "apiVersion"), &API_VERSION)?;
    require("kind", "/kind".to_owned(), member_of(entity, "kind"), &KIND)?;
    require("metadata.name", "/metadata/name".to_owned(), member_of(metadata, "name"), &NAME)?;
    if let Some(namespace) = member_of(metadata, "namespace") {
        require("metadata.namespace", "/metadata/namespace".to_owned(), Some(namespace), &NAMESPACE)?;
    }
    for (key, value) in member_of(metadata, "labels").and_then(Value::as_object).into_iter().flatten() {
        if is_qualified_name(key) && value.as_str().is_some_and(LABEL_VALUE.accepts) {
            continue;
        }
        let (field, path) = (format!("labels.{key}"), pointer::join("/metadata/labels", key));
        require_key(&field, &path, key, &KEY)?;
        require(&field, path, Some(value), &LABEL_VALUE)?;
    }
    for (key, value) in member_of(metadata, "annotations").and_then(Value::as_object).into_iter().flatten() {
        if is_qualified_name(key) && value.is_string() {
            continue;
        }
        let (field, path) = (format!("annotations.{key}"), pointer::join("/metadata/annotations", key));
        require_key(&field, &path, key, &KEY)?;
        require(&field, path, Some(value), &STRING)?;
    }
    for (at, tag) in member_of(metadata, "tags").and_then(Value::as_array).into_iter().flatten().enumerate() {
        if tag.as_str().is_some_and(is_tag) {
            continue;
        }
        require(&format!("tags.{at}"), format!("/metadata/tags/{at}"), Some(tag), &TAG)?;
    }
    for (at, link) in member_of(metadata, "links").and_then(Value::as_array).into_iter().flatten().enumerate() {
        if !member_of(link, "url").and_then(Value::as_str).is_some_and(is_url) {
            require(&format!("links.{at}.url"), format!("/metadata/links/{at}/url"), link.get("url"), &URL)?;
        }
        for key in ["title", "icon"] {
            if let Some(value) = member_of(link, key).filter(|value| !value.as_str().is_some_and(NON_EMPTY.accepts)) {
                require(&format!("links.{at}.{key}"), format!("/metadata/links/{at}/{key}"), Some(value), &NON_EMPTY)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        for (value, label, tag) in [
            ("a--b", true, false),
            ("a-b", true, true),
            ("-a", false, false),
            ("a-", false, false),
            ("c++", false, true),
            ("A", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_dns_label(value), is_tag(value)), (label, tag), "{value}");
        }
        assert!(is_qualified_name("a.b-c/D_e") && !is_qualified_name("A/b") && !is_qualified_name("a/b/c"));
        assert!(is_api_version("backstage.io/v1alpha1") && !is_api_version("backstage.io/v1-a"));
        assert!(is_url("mailto:a@b.c") && !is_url("foo"));
        for url in ["https://a-b.example.org", "http://localhost/x?y=%#z", "https://a.b1/\\"] {
            assert!(is_plain_url(url) && url::Url::parse(url).is_ok(), "{url}");
        }
        for odd in [
            "https://1.2",
            "https://a..b",
            "https://xn--a/",
            "https:///x",
            "https://a:99999",
            "https://u@h/",
            "https://a.0x1",
            "https://-a/",
        ] {
            assert!(!is_plain_url(odd), "{odd}");
        }
    }
}

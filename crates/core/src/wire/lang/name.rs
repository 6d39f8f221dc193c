//! Operations `lang.name.*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kube::names;
use crate::wire::Op;

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("lang.name.sanitize", "Make a DNS name of a text, as ApplicationSet's normalize", sanitize),
        Op::new("lang.name.slugify", "Make a slug of a text, as ApplicationSet's slugify", slugify),
        Op::new("lang.name.validate", "Check a name against a rule of Kubernetes", validate),
    ]
}

/// A text to make a name of.
#[derive(Debug, Deserialize, JsonSchema)]
struct SanitizeRequest {
    /// The text.
    text: String,
}

/// The name.
#[derive(Debug, Serialize, JsonSchema)]
struct TextResponse {
    /// The name.
    text: String,
}

fn sanitize(request: SanitizeRequest) -> Result<TextResponse> {
    Ok(TextResponse { text: names::sanitize(&request.text) })
}

/// A text to make a slug of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SlugifyRequest {
    /// The text.
    text: String,
    /// The most bytes; 50 unless given.
    #[serde(default)]
    max_size: Option<i64>,
    /// Cut between words; yes unless given.
    #[serde(default)]
    smart_truncate: Option<bool>,
}

fn slugify(request: SlugifyRequest) -> Result<TextResponse> {
    let slug = names::slugify(&request.text, request.max_size.unwrap_or(50), request.smart_truncate.unwrap_or(true));
    let text = slug.ok_or_else(|| Error::upstream("slice bounds out of range"))?;
    Ok(TextResponse { text })
}

/// A name and a rule.
#[derive(Debug, Deserialize, JsonSchema)]
struct ValidateRequest {
    /// The rule's name.
    rule: String,
    /// The name.
    text: String,
    /// The name is a prefix that will be completed.
    #[serde(default)]
    prefix: bool,
}

/// Whether the name is valid.
#[derive(Debug, Serialize, JsonSchema)]
struct ValidateResponse {
    /// It is.
    valid: bool,
    /// Why it is not, in upstream's words; absent for rules without messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<String>>,
}

fn validate(request: ValidateRequest) -> Result<ValidateResponse> {
    let ValidateRequest { rule, text, prefix } = request;
    let messages = match rule.as_str() {
        "dns1123Label" => names::dns1123_label(&text),
        "dns1123Subdomain" => names::dns1123_subdomain(&text),
        "dns1035Label" => names::dns1035_label(&text),
        "wildcardDns1123Subdomain" => names::wildcard_dns1123_subdomain(&text),
        "qualifiedName" => names::qualified_name(&text),
        "labelValue" => names::label_value(&text),
        "cIdentifier" => names::c_identifier(&text),
        "envVarName" => names::env_var_name(&text),
        "configMapKey" => names::config_map_key(&text),
        "portName" => names::port_name(&text),
        "percent" => names::percent(&text),
        "httpHeaderName" => names::http_header_name(&text),
        "nameIsDnsSubdomain" => names::name_is_dns_subdomain(&text, prefix),
        "nameIsDnsLabel" | "namespaceName" => names::name_is_dns_label(&text, prefix),
        "nameIsDns1035Label" => names::name_is_dns1035_label(&text, prefix),
        "argocdAppName" => return Ok(ValidateResponse { valid: names::dns1123_subdomain(&text).is_empty(), messages: None }),
        "argocdContainerName" | "argocdNamespaceName" => {
            return Ok(ValidateResponse { valid: names::dns1123_label(&text).is_empty(), messages: None });
        }
        other => return Err(Error::invalid(format!("rule {other} is not known"))),
    };
    Ok(ValidateResponse { valid: messages.is_empty(), messages: Some(messages) })
}

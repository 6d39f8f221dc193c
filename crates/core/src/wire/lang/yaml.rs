//! Operations `lang.yaml.*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::error::{Error, Result};
use crate::text::Location;
use crate::wire::Op;
use crate::yaml;

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("lang.yaml.kubernetes", "Read the first document of a text as Kubernetes does", kubernetes),
        Op::new("lang.yaml.documents", "Split a file into documents as Argo CD does", documents),
        Op::new("lang.yaml.emit", "Write a value as Kubernetes tools do", emit),
        Op::new("lang.yaml.backstage", "Read a catalog file as Backstage does", backstage),
    ]
}

/// One text to read as Kubernetes does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct KubernetesRequest {
    /// The text.
    text: String,
    /// Refuse keys that occur twice.
    #[serde(default)]
    strict: bool,
    /// `map[string]string`: read scalars as strings.
    #[serde(default, rename = "as")]
    target: Option<String>,
}

/// One value.
#[derive(Debug, Serialize, JsonSchema)]
struct ValueResponse {
    /// The value.
    value: Value,
}

fn kubernetes(request: KubernetesRequest) -> Result<ValueResponse> {
    let KubernetesRequest { text, strict, target } = request;
    let value = match target.as_deref().unwrap_or_default() {
        "" if strict => yaml::kubernetes::unmarshal_strict(&text)?,
        "" => yaml::kubernetes::unmarshal(&text)?,
        "map[string]string" => yaml::kubernetes::unmarshal_string_map(&text, strict)?,
        other => return Err(Error::invalid(format!("as: {other} is not known"))),
    };
    Ok(ValueResponse { value })
}

/// A file to split.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DocumentsRequest {
    /// The text.
    text: String,
}

/// The documents of a file.
#[derive(Debug, Serialize, JsonSchema)]
struct DocumentsResponse {
    /// Those that are not null.
    #[schemars(with = "Vec<Value>")]
    documents: Documents,
}

/// Values, or their JSON texts where a number is beyond a double.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Documents {
    Values(Vec<Value>),
    Texts(Vec<Box<RawValue>>),
}

fn documents(request: DocumentsRequest) -> Result<DocumentsResponse> {
    let documents = match yaml::kubernetes::documents(&request.text) {
        Err(error) if error.code == "limit" => Documents::Texts(yaml::kubernetes::documents_json(&request.text)?),
        values => Documents::Values(values?),
    };
    Ok(DocumentsResponse { documents })
}

/// A value to write.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EmitRequest {
    /// The value; numbers are doubles, as Go decodes JSON.
    value: Value,
}

/// A text.
#[derive(Debug, Serialize, JsonSchema)]
struct TextResponse {
    /// The text.
    text: String,
}

fn emit(request: EmitRequest) -> Result<TextResponse> {
    Ok(TextResponse { text: yaml::marshal(&as_doubles(request.value))? })
}

fn as_doubles(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_i64().is_none_or(|int| int.unsigned_abs() > 1 << 53) => {
            number.as_f64().map_or(Value::Number(number), Value::from)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(as_doubles).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, as_doubles(value))).collect()),
        other => other,
    }
}

/// A catalog file to read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BackstageRequest {
    /// The text.
    text: String,
    /// Apply `<<` keys (`enableYamlMerge`).
    #[serde(default)]
    merge: bool,
}

/// The documents of a catalog file.
#[derive(Debug, Serialize, JsonSchema)]
struct BackstageResponse {
    /// One entry each, empty documents left out.
    documents: Vec<BackstageDocument>,
    /// Why documents are refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

/// A document, or that there is none.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BackstageDocument {
    /// The entity.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// It is refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    error: bool,
}

/// Why a document is refused.
#[derive(Debug, Serialize, JsonSchema)]
struct Problem {
    /// Which document, counted from 0.
    document: usize,
    /// Upstream's first message.
    message: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
}

fn backstage(request: BackstageRequest) -> Result<BackstageResponse> {
    let mut response = BackstageResponse { documents: Vec::new(), problems: Vec::new() };
    for (at, document) in yaml::backstage::documents(&request.text, request.merge)?.into_iter().enumerate() {
        let document = match document {
            Ok(value) => BackstageDocument { value: Some(value), error: false },
            Err(error) => {
                response.problems.push(Problem {
                    document: at,
                    message: error.message,
                    location: error.location.map(|location| *location),
                });
                BackstageDocument { value: None, error: true }
            }
        };
        response.documents.push(document);
    }
    Ok(response)
}

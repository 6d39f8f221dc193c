//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeMap;

use lofting::text::{Code, Location};
use lofting::{Diagnostic, Severity, Value, wire};
use serde_json::{Map, json};

use super::{Findings, advised, fingerprint, rule};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn report(findings: &Findings<'_>) -> String {
    let registered = wire::rules();
    let mut used: BTreeMap<&str, usize> = findings.findings.iter().map(|finding| (finding.code, 0)).collect();
    used.values_mut().enumerate().for_each(|(at, index)| *index = at);
    let rules: Vec<Value> = used.keys().map(|code| described(code, rule(&registered, code))).collect();
    let results: Vec<Value> =
        findings.findings.iter().map(|finding| result(finding, used.get(finding.code).copied().unwrap_or_default())).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "lofting",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "automationDetails": {"id": format!("lofting/{}/", findings.verb)},
            "columnKind": "unicodeCodePoints",
            "artifacts": findings.files.iter().map(|file| json!({"location": {"uri": uri(file)}})).collect::<Vec<_>>(),
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn described(code: &str, registered: Option<&Code>) -> Value {
    let Some(rule) = registered else { return json!({"id": code}) };
    json!({
        "id": code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.help},
        "help": {
            "text": format!("{}\n\nUpstream: {}", rule.help, rule.upstream),
            "markdown": format!("{}\n\nUpstream: {}", rule.help, rule.upstream),
        },
        "defaultConfiguration": {"level": level(rule.severity)},
    })
}

fn result(finding: &Diagnostic, index: usize) -> Value {
    let mut result = Map::new();
    result.insert("ruleId".into(), finding.code.into());
    result.insert("ruleIndex".into(), index.into());
    result.insert("level".into(), level(finding.severity).into());
    result.insert("message".into(), json!({"text": advised(finding)}));
    let mut place = finding.location.as_ref().map(physical).unwrap_or_default();
    if !finding.path.is_empty() {
        place.insert("logicalLocations".into(), json!([{"fullyQualifiedName": finding.path}]));
    }
    if !place.is_empty() {
        result.insert("locations".into(), json!([place]));
    }
    let related: Vec<Value> = finding
        .related
        .iter()
        .enumerate()
        .map(|(at, related)| {
            let mut place = physical(&related.location);
            place.insert("id".into(), at.into());
            place.insert("message".into(), json!({"text": related.message}));
            Value::Object(place)
        })
        .collect();
    if !related.is_empty() {
        result.insert("relatedLocations".into(), related.into());
    }
    result.insert("partialFingerprints".into(), json!({"lofting/v1": fingerprint(finding)}));
    Value::Object(result)
}

fn physical(at: &Location) -> Map<String, Value> {
    let mut place = Map::new();
    if !at.file.is_empty() {
        let mut region = json!({"startLine": at.line, "startColumn": at.column});
        if let (Some(region), Some(end)) = (region.as_object_mut(), at.end) {
            region.insert("endLine".into(), end.line.into());
            region.insert("endColumn".into(), end.column.into());
        }
        place.insert("physicalLocation".into(), json!({"artifactLocation": {"uri": uri(&at.file)}, "region": region}));
    }
    place
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A relative path as a URI reference: what RFC 3986 does not allow in a path is escaped.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'!'
            | b'$'
            | b'&'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b'+'
            | b','
            | b';'
            | b'='
            | b'@' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

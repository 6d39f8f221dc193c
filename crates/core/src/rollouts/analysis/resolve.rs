//! Arguments in templates: `{{args.name}}`.

use std::collections::HashMap;

use crate::{
    Value,
    rollouts::spec::{self, Argument, Metric, Reading, go_json, go_quote},
};

/// `ResolveArgs`: every placeholder replaced, or upstream's words for what cannot be.
pub(crate) fn resolve_args(template: &str, args: &[Argument]) -> Result<String, String> {
    let given = args.iter().map(|arg| (arg.name.as_str(), arg.value.as_deref()));
    resolve(template, given)
}

/// `ResolveQuotedArgs`: as [`resolve_args`], with values escaped to stand inside a JSON string.
pub(crate) fn resolve_quoted_args(template: &str, args: &[Argument]) -> Result<String, String> {
    let quoted: Vec<Option<String>> = args.iter().map(|arg| arg.value.as_deref().map(go_quote)).collect();
    let inner =
        |quoted: &'_ Option<String>| quoted.as_ref().map(|text| text.get(1..text.len().saturating_sub(1)).unwrap_or("").to_string());
    let values: Vec<Option<String>> = quoted.iter().map(inner).collect();
    let given = args.iter().zip(&values).map(|(arg, value)| (arg.name.as_str(), value.as_deref()));
    resolve(template, given)
}

fn resolve<'a>(template: &'a str, args: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Result<String, String> {
    let (texts, tags) = split(template)?;
    let mut values = HashMap::new();
    for (name, value) in args {
        let Some(value) = value else { return Err(format!("argument \"{name}\" was not supplied")) };
        values.insert(name, value);
    }
    let mut out = String::new();
    let mut unresolved = None;
    for (index, text) in texts.iter().enumerate() {
        out.push_str(text);
        let Some(tag) = tags.get(index) else { continue };
        match tag.trim().strip_prefix("args.").and_then(|name| values.get(name)) {
            Some(value) => out.push_str(value),
            None => unresolved = Some(format!("failed to resolve {{{{{tag}}}}}")),
        }
    }
    // The last placeholder without a value is the one that is named.
    unresolved.map_or(Ok(out), Err)
}

/// Cuts a template at `{{` and `}}`, as valyala/fasttemplate does.
pub(crate) fn split(template: &str) -> Result<(Vec<&str>, Vec<&str>), String> {
    let (mut texts, mut tags, mut rest) = (Vec::new(), Vec::new(), template);
    while let Some((text, after)) = rest.split_once("{{") {
        texts.push(text);
        let Some((tag, after_tag)) = after.split_once("}}") else {
            let (whole, from) = (go_quote(template), go_quote(after));
            return Err(format!("Cannot find end tag=\"}}}}\" in the template={whole} starting from {from}"));
        };
        tags.push(tag);
        rest = after_tag;
    }
    texts.push(rest);
    Ok((texts, tags))
}

/// `ResolveMetricArgs` on the metric as JSON: the answer is what `json.Marshal` would write.
pub(crate) fn resolve_metric_document(metric: &Value, args: &[Argument]) -> Result<Value, String> {
    let wire = spec::to_wire("Metric", metric).map_err(|error| error.message)?;
    let text = resolve_quoted_args(&go_json(&wire), args)?;
    if let Some(escape) = bad_escape(&text) {
        return Err(format!("invalid escape sequence `\\{escape}` in string"));
    }
    let resolved: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    spec::to_wire("Metric", &resolved).map_err(|error| error.message)
}

/// [`resolve_metric_document`] on the typed metric.
pub(crate) fn resolve_metric(metric: &Metric, args: &[Argument]) -> Result<Metric, String> {
    let document = serde_json::to_value(metric).map_err(|error| error.to_string())?;
    let resolved = resolve_metric_document(&document, args)?;
    spec::read("Metric", &resolved, Reading::Lenient).map_err(|error| error.message)
}

/// Escapes of Go strings that JSON does not know, such as `\a` and `\x07`.
fn bad_escape(json: &str) -> Option<char> {
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            let escape = chars.next()?;
            if !"\"\\/bfnrtu".contains(escape) {
                return Some(escape);
            }
        }
    }
    None
}

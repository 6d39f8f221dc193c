//! The functions that Argo CD adds: `applicationset/utils/template_functions.go`.

use super::{
    convert::{any, text},
    env::Env,
    function::{Function, Outcome, Run, Ty, fixed, variadic},
};
use crate::{
    lang::gofmt::{List, Map, Text, Value, json, unicode::to_lower},
    yaml,
};

/// Argo CD's functions.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Str};
    vec![
        fixed("normalize", &[Str], |_, args| Ok(Value::text(sanitize_name(&Text::from(text(args, 0)).to_lossy())))),
        variadic("slugify", &[], Any, slugify_function),
        fixed("toYaml", &[Any], to_yaml),
        fixed("fromYaml", &[Str], from_yaml),
        fixed("fromYamlArray", &[Str], from_yaml_array),
        Function { name: "tpl", params: &[Str, Any], rest: None, volatile: false, run: Run::Tpl },
    ]
}

/// `SanitizeName`: lower case, `-` for what no DNS name has, at most 253 bytes, no `-` or `.` at the ends.
pub fn sanitize_name(name: &str) -> String {
    let lower = name.chars().map(to_lower);
    let mut clean: String =
        lower.map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.') { c } else { '-' }).collect();
    clean.truncate(253);
    clean.trim_matches(['-', '.']).to_owned()
}

/// `SlugifyName`: a slug of at most `max` bytes, cut at a dash when `smart`.
///
/// Gives nothing where upstream panics: a negative `max` without `smart`.
pub fn slugify(name: &str, max: i64, smart: bool) -> Option<String> {
    slug_of_ascii(&sanitize_name(name), max, smart)
}

/// The end of `slug.Make`, on a text that is ASCII already.
pub(crate) fn slug_of_ascii(text: &str, max: i64, smart: bool) -> Option<String> {
    let mut slug = text.trim().to_lowercase();
    if !smart && slug.len() as i64 >= max {
        slug.truncate(usize::try_from(max).ok()?);
    }
    let mut squeezed = String::with_capacity(slug.len());
    for c in slug.chars() {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
        if c != '-' || !squeezed.ends_with('-') {
            squeezed.push(c);
        }
    }
    let slug = squeezed.trim_matches(['-', '_']);
    let most = usize::try_from(max).unwrap_or(0);
    if most == 0 || !smart || slug.len() <= most {
        return Some(slug.to_owned());
    }
    let cut = slug.as_bytes().get(..=most).and_then(|head| head.iter().rposition(|b| *b == b'-')).unwrap_or(most);
    Some(slug.get(..cut).unwrap_or_default().to_owned())
}

fn slugify_function(_: &Env, args: &[Value]) -> Outcome {
    let (mut max, mut smart, mut name) = (50, true, Text::from(""));
    let conversion = |value: &Value, wanted: &str| {
        let found = if value.is_nil_interface() { "nil".to_owned() } else { value.type_name() };
        format!("interface conversion: interface {{}} is {found}, not {wanted}")
    };
    for (index, arg) in args.iter().enumerate() {
        match (index, arg) {
            (index, Value::Str(value)) if index + 1 == args.len() => name = value.clone(),
            (index, other) if index + 1 == args.len() => return Err(conversion(other, "string").into()),
            (0, Value::Int(value)) => max = *value,
            (0, other) => return Err(conversion(other, "int").into()),
            (1, Value::Bool(value)) => smart = *value,
            (1, other) => return Err(conversion(other, "bool").into()),
            _ => {}
        }
    }
    let slug = slugify(&name.to_lossy(), max, smart).ok_or("runtime error: slice bounds out of range")?;
    Ok(Value::text(slug))
}

fn to_yaml(_: &Env, args: &[Value]) -> Outcome {
    let value = json_value(any(args, 0))?;
    let text = yaml::emit(&value);
    Ok(Value::text(text.strip_suffix('\n').unwrap_or(&text)))
}

/// A Go value as the JSON that `encoding/json` makes of it.
pub(super) fn json_value(value: &Value) -> Result<crate::Value, super::function::Fault> {
    let text = super::sprig::json_text(json::marshal(value, true))?;
    serde_json::from_slice(&text).map_err(|error| error.to_string().into())
}

fn from_yaml(_: &Env, args: &[Value]) -> Outcome {
    match unmarshal(text(args, 0))? {
        Value::Map(map) => Ok(Value::Map(map)),
        // null is decoded into nothing, and leaves what was there
        Value::Nil => Ok(Value::Map(Map::any([]))),
        other => Err(format!(
            "error unmarshaling JSON: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            shape(&other)
        )
        .into()),
    }
}

fn from_yaml_array(_: &Env, args: &[Value]) -> Outcome {
    match unmarshal(text(args, 0))? {
        Value::List(list) => Ok(Value::List(list)),
        Value::Nil => Ok(Value::List(List::any(Vec::new()))),
        other => {
            Err(format!("error unmarshaling JSON: json: cannot unmarshal {} into Go value of type []interface {{}}", shape(&other)).into())
        }
    }
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Map(_) => "object",
        Value::List(_) => "array",
        Value::Str(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    }
}

fn unmarshal(bytes: &[u8]) -> Result<Value, super::function::Fault> {
    let value = yaml::kubernetes::unmarshal(&Text::from(bytes).to_lossy()).map_err(|error| error.message)?;
    Ok(Value::from_json(&value))
}

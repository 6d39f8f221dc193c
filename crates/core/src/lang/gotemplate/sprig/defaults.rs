//! `defaults.go`

use super::{
    super::{
        convert::{any, empty, text},
        env::Env,
        function::{Function, Outcome, Ty, fixed, variadic},
    },
    json_text,
};
use crate::lang::gofmt::{Text, TooLarge, Value, json};
use crate::text::pair_surrogates;

/// Defaults, and JSON.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Bool, Str};
    vec![
        variadic("default", &[Any], Any, |_, args| {
            let given = args.get(1).filter(|value| !empty(value));
            Ok(given.unwrap_or_else(|| any(args, 0)).clone())
        }),
        fixed("empty", &[Any], |_, args| Ok(Value::Bool(empty(any(args, 0))))),
        variadic("coalesce", &[], Any, |_, args| Ok(args.iter().find(|value| !empty(value)).cloned().unwrap_or(Value::Nil))),
        variadic("all", &[], Any, |_, args| Ok(Value::Bool(!args.iter().any(empty)))),
        variadic("any", &[], Any, |_, args| Ok(Value::Bool(!args.iter().all(empty)))),
        fixed("ternary", &[Any, Any, Bool], |_, args| Ok(any(args, usize::from(!matches!(args.get(2), Some(Value::Bool(true))))).clone())),
        fixed("fail", &[Str], |_, args| Err(Text::from(text(args, 0)).to_lossy().into_owned().into())),
        fixed("fromJson", &[Str], |_, args| Ok(decode(text(args, 0)).unwrap_or(Value::Nil))),
        fixed("mustFromJson", &[Str], |_, args| decode(text(args, 0)).map_err(Into::into)),
        fixed("toJson", &[Any], |_, args| forgiving(json::marshal(any(args, 0), true))),
        fixed("mustToJson", &[Any], |_, args| Ok(Value::text(json_text(json::marshal(any(args, 0), true))?))),
        fixed("toPrettyJson", &[Any], |_, args| forgiving(json::marshal_indent(any(args, 0)))),
        fixed("mustToPrettyJson", &[Any], |_, args| Ok(Value::text(json_text(json::marshal_indent(any(args, 0)))?))),
        fixed("toRawJson", &[Any], raw),
        fixed("mustToRawJson", &[Any], raw),
    ]
}

fn raw(_: &Env, args: &[Value]) -> Outcome {
    Ok(Value::text(json_text(json::marshal(any(args, 0), false))?))
}

/// What Go refuses is an empty text.
fn forgiving(result: Result<Vec<u8>, json::JsonError>) -> Outcome {
    match result {
        Ok(text) => Ok(Value::text(text)),
        Err(json::JsonError::Unsupported(_)) => Ok(Value::text("")),
        Err(json::JsonError::TooLarge) => Err(TooLarge.into()),
    }
}

/// `json.Unmarshal` into an interface: bad UTF-8 and lone surrogates become U+FFFD.
fn decode(bytes: &[u8]) -> Result<Value, String> {
    let source = Text::from(bytes);
    let source = source.to_lossy();
    let parsed: Result<crate::Value, serde_json::Error> = serde_json::from_str(&source)
        .or_else(|error| if source.contains("\\u") { serde_json::from_str(&pair_surrogates(&source)) } else { Err(error) });
    parsed.map(|value| Value::from_json(&value)).map_err(|error| error.to_string())
}

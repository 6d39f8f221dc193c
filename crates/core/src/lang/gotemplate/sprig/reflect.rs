//! `reflect.go`

use super::super::{
    compare::deep_equal,
    convert::{any, text},
    function::{Function, Ty, fixed},
};
use crate::lang::gofmt::{Kind, Value};

/// Types and kinds.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Str};
    vec![
        fixed("typeOf", &[Any], |_, args| Ok(Value::text(any(args, 0).type_name()))),
        fixed("typeIs", &[Str, Any], |_, args| Ok(Value::Bool(any(args, 1).type_name().as_bytes() == text(args, 0)))),
        fixed("typeIsLike", &[Str, Any], |_, args| {
            let name = any(args, 1).type_name();
            let target = text(args, 0);
            Ok(Value::Bool(name.as_bytes() == target || name.strip_prefix('*').is_some_and(|bare| bare.as_bytes() == target)))
        }),
        fixed("kindOf", &[Any], |_, args| Ok(Value::text(kind(any(args, 0))))),
        fixed("kindIs", &[Str, Any], |_, args| Ok(Value::Bool(kind(any(args, 1)).as_bytes() == text(args, 0)))),
        fixed("deepEqual", &[Any, Any], |env, args| Ok(Value::Bool(deep_equal(env, any(args, 0), any(args, 1), 0)?))),
    ]
}

fn kind(value: &Value) -> &'static str {
    if value.is_nil_interface() { Kind::Invalid.name() } else { value.kind().name() }
}

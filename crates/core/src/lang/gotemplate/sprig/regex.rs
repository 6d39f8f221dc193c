//! `regex.go`

use super::super::{
    convert::{int, text},
    env::Env,
    function::{Fault, Function, Native, Ty, fixed},
};
use crate::lang::gofmt::{Elem, List, Text, Value, regexp::quote_meta};

/// Regular expressions.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Int, Str};
    let mut table = vec![
        fixed("regexMatch", &[Str, Str], |env, args| {
            Ok(Value::Bool(match env.regexp(&lossy(args, 0)) {
                Ok(regexp) => regexp.is_match(&lossy(args, 1)),
                Err(_) => false,
            }))
        }),
        fixed("mustRegexMatch", &[Str, Str], |env, args| Ok(Value::Bool(env.regexp(&lossy(args, 0))?.is_match(&lossy(args, 1))))),
        fixed("regexQuoteMeta", &[Str], |_, args| Ok(Value::text(quote_meta(&lossy(args, 0))))),
    ];
    let pairs: [(&str, &str, &'static [Ty], Native); 5] = [
        ("regexFindAll", "mustRegexFindAll", &[Str, Str, Int], |env, args| {
            Ok(strings(env.regexp(&lossy(args, 0))?.find_all(&lossy(args, 1), int(args, 2)).map(|found| (found, 0))))
        }),
        ("regexFind", "mustRegexFind", &[Str, Str], |env, args| Ok(Value::text(env.regexp(&lossy(args, 0))?.find(&lossy(args, 1))))),
        ("regexReplaceAll", "mustRegexReplaceAll", &[Str, Str, Str], |env, args| {
            let (source, with) = (lossy(args, 1), lossy(args, 2));
            room(env, &source, &with)?;
            Ok(Value::text(env.regexp(&lossy(args, 0))?.replace(&source, &with)))
        }),
        ("regexReplaceAllLiteral", "mustRegexReplaceAllLiteral", &[Str, Str, Str], |env, args| {
            let (source, with) = (lossy(args, 1), lossy(args, 2));
            room(env, &source, &with)?;
            Ok(Value::text(env.regexp(&lossy(args, 0))?.replace_literal(&source, &with)))
        }),
        ("regexSplit", "mustRegexSplit", &[Str, Str, Int], |env, args| {
            Ok(strings(env.regexp(&lossy(args, 0))?.split(&lossy(args, 1), int(args, 2))))
        }),
    ];
    for (name, must, params, run) in pairs {
        table.push(fixed(name, params, run));
        table.push(fixed(must, params, run));
    }
    table
}

fn lossy(args: &[Value], index: usize) -> String {
    Text::from(text(args, index)).to_lossy().into_owned()
}

/// A replacement may come once between any two characters, and its groups may hold the whole text.
fn room(env: &Env, source: &str, with: &str) -> Result<(), Fault> {
    let groups = with.matches('$').count();
    let each = groups.checked_mul(source.len()).and_then(|n| n.checked_add(with.len()));
    env.room(each.and_then(|n| n.checked_mul(source.len() + 1)))
}

/// Parts in a slice with room for so many at first; `slice` reaches to its capacity.
fn strings(parts: Option<(Vec<&str>, usize)>) -> Value {
    Value::List(parts.map_or(List::nil(Elem::Str), |(parts, room)| List::strings_from(room, parts)))
}

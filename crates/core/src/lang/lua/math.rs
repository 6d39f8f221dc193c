//! The `math` library, without its random numbers.

use super::library::{Arguments, Builtin};
use super::machine::{Machine, Ran};
use super::value::Value;

pub(super) fn call(machine: &mut Machine<'_>, builtin: Builtin, arguments: &Arguments) -> Ran<Vec<Value>> {
    let first = arguments.number(machine, 1)?;
    let value = match builtin {
        Builtin::Abs => first.abs(),
        Builtin::Ceil => first.ceil(),
        Builtin::Floor => first.floor(),
        Builtin::Sqrt => first.sqrt(),
        Builtin::Exp => first.exp(),
        Builtin::Log => first.ln(),
        Builtin::Log10 => first.log10(),
        Builtin::Pow => first.powf(arguments.number(machine, 2)?),
        Builtin::Fmod | Builtin::Mod => first % arguments.number(machine, 2)?,
        Builtin::Modf => return Ok(vec![Value::Number(first.trunc()), Value::Number(first - first.trunc())]),
        _ => {
            let mut best = first;
            for at in 2..=arguments.len() {
                let next = arguments.number(machine, at)?;
                best = if builtin == Builtin::Max { best.max(next) } else { best.min(next) };
            }
            best
        }
    };
    Ok(vec![Value::Number(value)])
}

//! Numbers.

use super::super::equality::number;
use super::super::interpreter::Result;
use super::super::operators::order;
use super::super::value::Val;
use super::argument;
use crate::lang::LangError;
use crate::lang::gofmt::number::{float_to_int, parse_float};

pub(super) fn call(name: &str, args: &[Val]) -> Result {
    let value = argument(args, 0);
    let invalid = |value: &Val| LangError::eval(format!("invalid argument for {name} (type {})", value.ty().name()));
    match name {
        "abs" => match value {
            Val::Float(value) => Ok(Val::Float(if *value < 0.0 { -value } else { *value })),
            Val::Int(value) => Ok(Val::Int(value.wrapping_abs())),
            Val::Int64(value) => Ok(Val::Int64(value.wrapping_abs())),
            Val::Byte(byte) => Ok(Val::Byte(*byte)),
            other => Err(invalid(other)),
        },
        "ceil" | "floor" | "round" => match (value, number(value)) {
            (Val::Float(value), _) => Ok(Val::Float(match name {
                "ceil" => value.ceil(),
                "floor" => value.floor(),
                _ => value.round(),
            })),
            (_, Some((value, _))) => Ok(Val::Float(value)),
            _ => Err(invalid(value)),
        },
        "int" => to_int(value),
        "float" => match (value, number(value)) {
            (_, Some((value, _))) => Ok(Val::Float(value)),
            (Val::Str(text), _) => {
                parse_float(text).map(Val::Float).map_err(|_| LangError::eval(format!("invalid operation: float({text})")))
            }
            (other, _) => Err(LangError::eval(format!("invalid operation: float({})", other.ty().name()))),
        },
        "max" => extreme(name, args, 0),
        "min" => extreme(name, args, 0),
        "mean" => {
            let mut all = Vec::new();
            gather(name, args, &mut all, 0)?;
            #[allow(clippy::cast_precision_loss)]
            let count = all.len() as f64;
            Ok(Val::Float(if all.is_empty() { 0.0 } else { mean_sum(args) / count }))
        }
        "median" => {
            let mut all = Vec::new();
            gather(name, args, &mut all, 0)?;
            Ok(Val::Float(median(all)))
        }
        _ => bits(name, args),
    }
}

fn to_int(value: &Val) -> Result {
    match value {
        Val::Float(value) => Ok(Val::Int(float_to_int(*value))),
        Val::Int(value) | Val::Int64(value) | Val::Duration(value) | Val::Month(value) | Val::Weekday(value) => Ok(Val::Int(*value)),
        Val::Byte(byte) => Ok(Val::Int(i64::from(*byte))),
        Val::Str(text) => text.parse().map(Val::Int).map_err(|_| LangError::eval(format!("invalid operation: int({text})"))),
        other => Err(LangError::eval(format!("invalid operation: int({})", other.ty().name()))),
    }
}

/// `max` and `min`, through nested lists; anything else alone is its own extreme.
fn extreme(name: &str, args: &[Val], depth: usize) -> Result {
    if depth > 500 {
        return Err(LangError::eval("recursion depth exceeded"));
    }
    let mut best = Val::Nil;
    let better = |best: &Val, value: &Val| -> Result<bool> {
        if best.is_nil() {
            return Ok(true);
        }
        let order = order(best, value, "<")?;
        Ok(order == Some(if name == "max" { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater }))
    };
    for arg in args {
        match arg {
            Val::Slice(slice) => {
                for item in slice.items.iter() {
                    let value = extreme(name, std::slice::from_ref(item), depth + 1)?;
                    if !value.is_number() {
                        return Err(LangError::eval(format!("invalid argument for {name} (type {})", value.ty().name())));
                    }
                    if better(&best, &value)? {
                        best = value;
                    }
                }
            }
            value if value.is_number() || matches!(value, Val::Duration(_) | Val::Month(_) | Val::Weekday(_)) => {
                if better(&best, value)? {
                    best = value.clone();
                }
            }
            other if args.len() == 1 => return Ok(other.clone()),
            other => return Err(LangError::eval(format!("invalid argument for {name} (type {})", other.ty().name()))),
        }
    }
    Ok(best)
}

fn gather(name: &str, args: &[Val], out: &mut Vec<f64>, depth: usize) -> Result<()> {
    if depth > 500 {
        return Err(LangError::eval("recursion depth exceeded"));
    }
    for arg in args {
        match (arg, number(arg)) {
            (Val::Slice(slice), _) => gather(name, &slice.items, out, depth + 1)?,
            (_, Some((value, _))) => out.push(value),
            #[allow(clippy::cast_precision_loss)]
            (Val::Duration(value) | Val::Month(value) | Val::Weekday(value), _) => out.push(*value as f64),
            (other, _) => return Err(LangError::eval(format!("invalid argument for {name} (type {})", other.ty().name()))),
        }
    }
    Ok(())
}

/// Nested lists are summed on their own first.
#[allow(clippy::cast_precision_loss)]
fn mean_sum(args: &[Val]) -> f64 {
    args.iter()
        .map(|arg| match (arg, number(arg)) {
            (Val::Slice(slice), _) => slice.items.iter().fold(0.0, |sum, item| sum + mean_sum(std::slice::from_ref(item))),
            (_, Some((value, _))) => value,
            (Val::Duration(value) | Val::Month(value) | Val::Weekday(value), _) => *value as f64,
            _ => 0.0,
        })
        .fold(0.0, |sum, value| sum + value)
}

fn median(mut values: Vec<f64>) -> f64 {
    // Go puts NaN first.
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan())));
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or(0.0);
    match values.len() {
        0 => 0.0,
        length if length % 2 == 1 => at(middle),
        _ => (at(middle - 1) + at(middle)) / 2.0,
    }
}

fn bits(name: &str, args: &[Val]) -> Result {
    let integer = |index: usize| match number(argument(args, index)) {
        Some((_, Some(value))) => Ok(value),
        _ => Err(LangError::eval(format!("cannot use {} as argument (type int) to call {name}", argument(args, index).ty().name()))),
    };
    let x = integer(0)?;
    if name == "bitnot" {
        return Ok(Val::Int(!x));
    }
    let y = integer(1)?;
    let shift = || match u32::try_from(y) {
        Ok(shift) => Ok(shift),
        Err(_) if y > 0 => Ok(u32::MAX),
        Err(_) => Err(LangError::eval(format!("invalid operation: negative shift count {y} (type int)"))),
    };
    Ok(Val::Int(match name {
        "bitand" => x & y,
        "bitor" => x | y,
        "bitxor" => x ^ y,
        "bitnand" => x & !y,
        "bitshl" => x.checked_shl(shift()?).unwrap_or(0),
        "bitshr" => x.checked_shr(shift()?).unwrap_or(if x < 0 { -1 } else { 0 }),
        _ => x.cast_unsigned().checked_shr(shift()?).unwrap_or(0).cast_signed(),
    }))
}

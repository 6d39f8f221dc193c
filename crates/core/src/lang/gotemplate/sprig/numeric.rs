//! `numeric.go`, and the arithmetic of `functions.go`.

use num_bigint::BigInt;

use super::{
    super::{
        convert::{any, int, text, to_float, to_int},
        env::Env,
        function::{Fault, Function, Outcome, Ty, fixed, variadic},
    },
    decimal::Decimal,
};
use crate::{
    Error,
    lang::gofmt::{
        Elem, List, Text, Value,
        number::{atoi, parse_int},
        sprint,
    },
};

/// The most numbers that `until` and `seq` make.
const MAX_NUMBERS: usize = 1_000_000;

/// Numbers.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Any, Float, Int, Str};
    vec![
        fixed("atoi", &[Str], |_, args| Ok(Value::Int(atoi(&Text::from(text(args, 0)).to_lossy())))),
        fixed("int", &[Any], |_, args| Ok(Value::Int(to_int(any(args, 0))))),
        fixed("int64", &[Any], |_, args| Ok(Value::Int64(to_int(any(args, 0))))),
        fixed("float64", &[Any], |_, args| Ok(Value::Float(to_float(any(args, 0))))),
        fixed("toDecimal", &[Any], |_, args| {
            let shown = Text::from(sprint(std::slice::from_ref(any(args, 0)))?);
            Ok(Value::Int64(parse_int(&shown.to_lossy(), 8).unwrap_or(0)))
        }),
        variadic("seq", &[], Int, seq),
        fixed("until", &[Int], |_, args| {
            let count = int(args, 0);
            numbers(until_step(0, count, if count < 0 { -1 } else { 1 })?)
        }),
        fixed("untilStep", &[Int, Int, Int], |_, args| numbers(until_step(int(args, 0), int(args, 1), int(args, 2))?)),
        fixed("add1", &[Any], |_, args| Ok(Value::Int64(to_int(any(args, 0)).wrapping_add(1)))),
        variadic("add", &[], Any, |_, args| Ok(Value::Int64(args.iter().fold(0i64, |sum, value| sum.wrapping_add(to_int(value)))))),
        fixed("sub", &[Any, Any], |_, args| Ok(Value::Int64(to_int(any(args, 0)).wrapping_sub(to_int(any(args, 1)))))),
        fixed("div", &[Any, Any], |_, args| divided(args, i64::wrapping_div)),
        fixed("mod", &[Any, Any], |_, args| divided(args, i64::wrapping_rem)),
        variadic("mul", &[Any], Any, |_, args| {
            Ok(Value::Int64(args.iter().fold(1i64, |product, value| product.wrapping_mul(to_int(value)))))
        }),
        fixed("add1f", &[Any], |_, args| decimals(args.first(), &[Value::Int(1)], |a, b| Ok(a.add(b)))),
        variadic("addf", &[], Any, |_, args| decimals(None, args, |a, b| Ok(a.add(b)))),
        variadic("subf", &[Any], Any, |_, args| decimals(args.first(), rest(args), |a, b| Ok(a.sub(b)))),
        variadic("divf", &[Any], Any, |_, args| {
            decimals(args.first(), rest(args), |a, b| a.div(b).ok_or_else(|| "decimal division by 0".into()))
        }),
        variadic("mulf", &[Any], Any, |_, args| decimals(args.first(), rest(args), |a, b| Ok(a.mul(b)))),
        variadic("biggest", &[Any], Any, |_, args| Ok(Value::Int64(args.iter().map(to_int).max().unwrap_or(0)))),
        variadic("max", &[Any], Any, |_, args| Ok(Value::Int64(args.iter().map(to_int).max().unwrap_or(0)))),
        variadic("min", &[Any], Any, |_, args| Ok(Value::Int64(args.iter().map(to_int).min().unwrap_or(0)))),
        variadic("maxf", &[Any], Any, |_, args| Ok(Value::Float(args.iter().map(to_float).reduce(go_max).unwrap_or(0.0)))),
        variadic("minf", &[Any], Any, |_, args| Ok(Value::Float(args.iter().map(to_float).reduce(|a, b| -go_max(-a, -b)).unwrap_or(0.0)))),
        fixed("ceil", &[Any], |_, args| Ok(Value::Float(to_float(any(args, 0)).ceil()))),
        fixed("floor", &[Any], |_, args| Ok(Value::Float(to_float(any(args, 0)).floor()))),
        variadic("round", &[Any, Int], Float, round),
    ]
}

fn rest(args: &[Value]) -> &[Value] {
    args.get(1..).unwrap_or_default()
}

/// `math.Max`: infinities first, then NaN.
fn go_max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else {
        a.max(b)
    }
}

fn divided(args: &[Value], divide: fn(i64, i64) -> i64) -> Outcome {
    match to_int(any(args, 1)) {
        0 => Err("runtime error: integer divide by zero".into()),
        by => Ok(Value::Int64(divide(to_int(any(args, 0)), by))),
    }
}

fn decimals(first: Option<&Value>, others: &[Value], step: fn(&Decimal, &Decimal) -> Result<Decimal, Fault>) -> Outcome {
    let read = |number: f64| {
        Decimal::from_float(number).ok_or_else(|| Fault::Call(format!("Cannot create a Decimal from {}", Value::Float(number).to_text())))
    };
    let mut total = read(first.map_or(0.0, to_float))?;
    for other in others {
        total = step(&total, &read(to_float(other))?)?;
        if total.is_huge() {
            return Err(Fault::Refused(Error::limit("a number has too many digits")));
        }
    }
    Ok(Value::Float(total.to_float()))
}

fn round(_: &Env, args: &[Value]) -> Outcome {
    let on = args.get(2).map_or(0.5, to_float);
    let value = to_float(any(args, 0));
    let power = power_of_ten(int(args, 1));
    let digit = power * value;
    let rounded = if digit.fract() >= on { digit.ceil() } else { digit.floor() };
    Ok(Value::Float(rounded / power))
}

fn power_of_ten(exponent: i64) -> f64 {
    match i32::try_from(exponent) {
        Ok(exponent @ 0..=400) => format!("1e{exponent}").parse().unwrap_or(f64::INFINITY),
        Ok(exponent @ -400..=-1) => 1.0 / power_of_ten(i64::from(-exponent)),
        _ if exponent > 0 => f64::INFINITY,
        _ => 0.0,
    }
}

fn until_step(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Fault> {
    let mut found = Vec::new();
    let mut at = start;
    while if stop < start { step < 0 && at > stop } else { step > 0 && at < stop } {
        if found.len() >= MAX_NUMBERS {
            return Err(Fault::Refused(Error::limit(format!("more than {MAX_NUMBERS} numbers"))));
        }
        found.push(at);
        at = match at.checked_add(step) {
            Some(next) => next,
            None => break,
        };
    }
    Ok(found)
}

fn numbers(numbers: Vec<i64>) -> Outcome {
    Ok(Value::List(List::new(Elem::Int, numbers.into_iter().map(Value::Int).collect())))
}

fn seq(_: &Env, args: &[Value]) -> Outcome {
    let at = |index| int(args, index);
    let (start, step, end) = match args.len() {
        1 => (1, if at(0) < 1 { -1 } else { 1 }, at(0)),
        2 => (at(0), if at(1) < at(0) { -1 } else { 1 }, at(1)),
        3 if at(2) < at(0) && at(1) > 0 => return Ok(Value::text("")),
        3 => (at(0), at(1), at(2)),
        _ => return Ok(Value::text("")),
    };
    let past = end.wrapping_add(if end < start { -1 } else { 1 });
    let shown: Vec<String> = until_step(start, past, step)?.iter().map(ToString::to_string).collect();
    Ok(Value::text(shown.join(" ")))
}

/// Whether a big integer is beyond what we calculate with.
pub(super) fn too_many_bits(value: &BigInt) -> bool {
    value.bits() > 100_000
}

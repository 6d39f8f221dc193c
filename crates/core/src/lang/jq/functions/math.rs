//! Numbers.

use super::{Context, NativeFn, Result, arg};
use crate::lang::gomath::{self, frexp};
use crate::lang::jq::error::JqError;
use crate::lang::jq::value::V;

/// Makes a native function of one on doubles.
macro_rules! unary {
    ($name:literal, $run:expr) => {{
        fn native(_: &mut Context, input: V, _: &[V]) -> Result {
            let run: fn(f64) -> f64 = $run;
            input.to_float().map(|x| V::Float(run(x))).ok_or_else(|| JqError::cannot($name, &input))
        }
        native as NativeFn
    }};
}

macro_rules! binary {
    ($name:literal, $run:expr) => {{
        fn native(_: &mut Context, _: V, args: &[V]) -> Result {
            let run: fn(f64, f64) -> f64 = $run;
            let float = |index| arg(args, index).to_float().ok_or_else(|| JqError::cannot($name, arg(args, index)));
            Ok(V::Float(run(float(0)?, float(1)?)))
        }
        native as NativeFn
    }};
}

pub(super) fn of_input(name: &str) -> Option<NativeFn> {
    Some(match name {
        "abs" => abs,
        "infinite" => |_, _, _| Ok(V::Float(f64::INFINITY)),
        "nan" => |_, _, _| Ok(V::Float(f64::NAN)),
        "isfinite" => |_, input, _| Ok(V::Bool(input.to_float().is_some_and(|f| !f.is_infinite()))),
        "isinfinite" => |_, input, _| Ok(V::Bool(input.to_float().is_some_and(f64::is_infinite))),
        "isnormal" => |_, input, _| Ok(V::Bool(input.to_float().is_some_and(f64::is_normal))),
        "isnan" => |_, input, _| match (&input, input.to_float()) {
            (_, Some(f)) => Ok(V::Bool(f.is_nan())),
            (V::Null, None) => Ok(V::Bool(false)),
            _ => Err(JqError::cannot("isnan", &input)),
        },
        "frexp" => |_, input, _| {
            let (fraction, exponent) = frexp(input.to_float().ok_or_else(|| JqError::cannot("frexp", &input))?);
            Ok(V::flat(vec![V::Float(fraction), V::Int(exponent)]))
        },
        "modf" => |_, input, _| {
            let x = input.to_float().ok_or_else(|| JqError::cannot("modf", &input))?;
            let whole = if x.is_infinite() { x } else { x.trunc() };
            let fraction = if x.is_infinite() { 0.0_f64.copysign(x) } else { x - whole };
            Ok(V::flat(vec![V::Float(fraction), V::Float(whole)]))
        },
        _ => return rounding(name).or_else(|| transcendental(name)),
    })
}

fn rounding(name: &str) -> Option<NativeFn> {
    Some(match name {
        "floor" => unary!("floor", f64::floor),
        "ceil" => unary!("ceil", f64::ceil),
        "round" => unary!("round", f64::round),
        "trunc" => unary!("trunc", f64::trunc),
        "nearbyint" => unary!("nearbyint", f64::round_ties_even),
        "rint" => unary!("rint", f64::round_ties_even),
        "fabs" => unary!("fabs", f64::abs),
        "sqrt" => unary!("sqrt", f64::sqrt),
        "cbrt" => unary!("cbrt", f64::cbrt),
        "significand" => unary!("significand", |x| frexp(x).0 * 2.0),
        "logb" => unary!("logb", logb),
        _ => return None,
    })
}

fn transcendental(name: &str) -> Option<NativeFn> {
    Some(match name {
        "sin" => unary!("sin", f64::sin),
        "cos" => unary!("cos", f64::cos),
        "tan" => unary!("tan", f64::tan),
        "asin" => unary!("asin", f64::asin),
        "acos" => unary!("acos", f64::acos),
        "atan" => unary!("atan", f64::atan),
        "sinh" => unary!("sinh", f64::sinh),
        "cosh" => unary!("cosh", f64::cosh),
        "tanh" => unary!("tanh", f64::tanh),
        "asinh" => unary!("asinh", f64::asinh),
        "acosh" => unary!("acosh", f64::acosh),
        "atanh" => unary!("atanh", f64::atanh),
        "exp" => unary!("exp", gomath::exp),
        "exp2" => unary!("exp2", f64::exp2),
        "exp10" => unary!("exp10", |x| gomath::pow(10.0, x)),
        "expm1" => unary!("expm1", f64::exp_m1),
        "log" => unary!("log", gomath::log),
        "log10" => unary!("log10", |x| x.log2() * (std::f64::consts::LN_2 / std::f64::consts::LN_10)),
        "log1p" => unary!("log1p", f64::ln_1p),
        "log2" => unary!("log2", log2),
        "gamma" | "tgamma" => unary!("gamma", gamma),
        "lgamma" => unary!("lgamma", ln_gamma),
        _ => return None,
    })
}

pub(super) fn with_two(name: &str) -> Option<NativeFn> {
    Some(match name {
        "atan2" => binary!("atan2", f64::atan2),
        "copysign" => binary!("copysign", f64::copysign),
        "drem" | "remainder" => binary!("remainder", remainder),
        "fdim" => binary!("fdim", |x, y| if x - y <= 0.0 { 0.0 } else { x - y }),
        "fmax" => binary!("fmax", f64::max),
        "fmin" => binary!("fmin", f64::min),
        "fmod" => binary!("fmod", |x, y| x % y),
        "hypot" => binary!("hypot", f64::hypot),
        "nextafter" | "nexttoward" => binary!("nextafter", next_after),
        "ldexp" | "scalb" | "scalbln" => binary!("ldexp", ldexp),
        "pow" => binary!("pow", gomath::pow),
        _ => return None,
    })
}

pub(super) fn with_three(name: &str) -> Option<NativeFn> {
    (name == "fma").then_some(|_, _, args| {
        let float = |index| arg(args, index).to_float().ok_or_else(|| JqError::cannot("fma", arg(args, index)));
        Ok(V::Float(float(0)?.mul_add(float(1)?, float(2)?)))
    })
}

fn abs(_: &mut Context, input: V, _: &[V]) -> Result {
    Ok(match &input {
        V::Int(i) => V::integer(i128::from(*i).abs()),
        V::Float(f) => V::Float(f.abs()),
        V::Big(big) => V::integer(big.saturating_abs()),
        other => return Err(JqError::cannot("abs", other)),
    })
}

/// Go's `math.Log2`: exact for powers of two.
#[allow(clippy::cast_precision_loss)]
fn log2(x: f64) -> f64 {
    let (fraction, exponent) = frexp(x);
    if fraction.to_bits() == 0.5_f64.to_bits() { (exponent - 1) as f64 } else { fraction.log2() + exponent as f64 }
}

#[allow(clippy::cast_possible_truncation)]
fn ldexp(x: f64, exponent: f64) -> f64 {
    gomath::ldexp(x, exponent as i64)
}

#[allow(clippy::cast_precision_loss)]
fn logb(x: f64) -> f64 {
    if x == 0.0 {
        f64::NEG_INFINITY
    } else if x.is_infinite() {
        f64::INFINITY
    } else if x.is_nan() {
        x
    } else {
        (frexp(x).1 - 1) as f64
    }
}

fn remainder(x: f64, y: f64) -> f64 {
    let quotient = (x / y).round_ties_even();
    let rest = (-quotient).mul_add(y, x);
    if rest == 0.0 { 0.0_f64.copysign(x) } else { rest }
}

fn next_after(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        f64::NAN
    } else if x < y {
        x.next_up()
    } else if x > y {
        x.next_down()
    } else {
        x
    }
}

/// Lanczos' approximation.
fn ln_gamma(x: f64) -> f64 {
    const G: f64 = 7.0;
    const C: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).abs().ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut sum = C[0];
    let mut at = x;
    for c in C.iter().skip(1) {
        at += 1.0;
        sum += c / at;
    }
    let t = x + G + 0.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

fn gamma(x: f64) -> f64 {
    if x.fract() == 0.0 && (1.0..=25.0).contains(&x) {
        let mut product = 1.0;
        let mut factor = 2.0;
        while factor < x {
            product *= factor;
            factor += 1.0;
        }
        return product;
    }
    let sign = if x < 0.0 && x.floor() % 2.0 != 0.0 { -1.0 } else { 1.0 };
    sign * ln_gamma(x).exp()
}

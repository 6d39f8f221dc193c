//! Sprig's functions of chance.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::super::{
    convert::{int, text},
    env::Env,
    function::{Function, Outcome, Ty, fixed, volatile},
};
use crate::lang::gofmt::{Text, Value};

/// Chance, from the caller's seed.
pub(super) fn functions() -> Vec<Function> {
    use Ty::{Int, Str};
    vec![
        volatile(fixed("randAlphaNum", &[Int], |env, args| letters(env, "randAlphaNum", int(args, 0), |c| c.is_ascii_alphanumeric()))),
        volatile(fixed("randAlpha", &[Int], |env, args| letters(env, "randAlpha", int(args, 0), |c| c.is_ascii_alphabetic()))),
        volatile(fixed("randNumeric", &[Int], |env, args| letters(env, "randNumeric", int(args, 0), |c| c.is_ascii_digit()))),
        volatile(fixed("randAscii", &[Int], |env, args| letters(env, "randAscii", int(args, 0), |c| (b' '..=b'~').contains(&c)))),
        volatile(fixed("randInt", &[Int, Int], |env, args| {
            let (low, span) = (int(args, 0), int(args, 1).wrapping_sub(int(args, 0)));
            match u64::try_from(span) {
                Ok(span) if span > 0 => Ok(Value::Int(low.wrapping_add((env.random("randInt") % span) as i64))),
                _ => Err("invalid argument to Intn".into()),
            }
        })),
        volatile(fixed("randBytes", &[Int], |env, args| {
            let count = usize::try_from(int(args, 0)).map_err(|_| "runtime error: makeslice: len out of range")?;
            env.room(count.checked_mul(2))?;
            let bytes: Vec<u8> = (0..count).map(|_| env.random("randBytes") as u8).collect();
            Ok(Value::text(STANDARD.encode(bytes)))
        })),
        volatile(fixed("uuidv4", &[], |env, _| {
            let (high, low) = (env.random("uuidv4"), env.random("uuidv4"));
            let high = high & !0xf000 | 0x4000;
            let low = low & !(3 << 62) | 2 << 62;
            let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
            Ok(Value::text(format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)))
        })),
        volatile(fixed("shuffle", &[Str], |env, args| {
            let mut chars: Vec<char> = Text::from(text(args, 0)).to_lossy().chars().collect();
            for at in (1..chars.len()).rev() {
                chars.swap(at, (env.random("shuffle") % (at as u64 + 1)) as usize);
            }
            Ok(Value::text(chars.into_iter().collect::<String>()))
        })),
    ]
}

fn letters(env: &Env, name: &'static str, count: i64, wanted: fn(u8) -> bool) -> Outcome {
    let count = usize::try_from(count).unwrap_or(0);
    env.room(count.checked_mul(2))?;
    let set: Vec<u8> = (0..=127u8).filter(|c| wanted(*c)).collect();
    let drawn = (0..count).filter_map(|_| set.get((env.random(name) % set.len().max(1) as u64) as usize).copied());
    Ok(Value::text(drawn.collect::<Vec<u8>>()))
}

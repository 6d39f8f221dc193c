//! Base 64, base 32 and the hash sums.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::super::{
    convert::text,
    function::{Function, Ty, fixed},
};
use crate::lang::gofmt::Value;

/// Encodings.
pub(super) fn functions() -> Vec<Function> {
    use Ty::Str;
    vec![
        fixed("b64enc", &[Str], |_, args| Ok(Value::text(STANDARD.encode(text(args, 0))))),
        fixed("b64dec", &[Str], |_, args| {
            Ok(Value::text(
                base64_decode(text(args, 0)).unwrap_or_else(|at| format!("illegal base64 data at input byte {at}").into_bytes()),
            ))
        }),
        fixed("b32enc", &[Str], |_, args| Ok(Value::text(base32_encode(text(args, 0))))),
        fixed("b32dec", &[Str], |_, args| {
            Ok(Value::text(
                base32_decode(text(args, 0)).unwrap_or_else(|at| format!("illegal base32 data at input byte {at}").into_bytes()),
            ))
        }),
        fixed("sha1sum", &[Str], |_, args| Ok(Value::text(hex(&Sha1::digest(text(args, 0)))))),
        fixed("sha256sum", &[Str], |_, args| Ok(Value::text(hex(&Sha256::digest(text(args, 0)))))),
        fixed("sha512sum", &[Str], |_, args| Ok(Value::text(hex(&Sha512::digest(text(args, 0)))))),
        fixed("adler32sum", &[Str], |_, args| Ok(Value::text(adler32(text(args, 0)).to_string()))),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

fn sextet(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// `base64.StdEncoding.DecodeString`; the error is the offset that Go names.
pub(super) fn base64_decode(source: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(source.len() / 4 * 3);
    let mut at = 0;
    let newline = |at: usize| matches!(source.get(at), Some(b'\n' | b'\r'));
    while at < source.len() {
        let mut group = [0u32; 4];
        let mut count = 0;
        let mut ended = false;
        while count < 4 {
            let Some(&byte) = source.get(at) else {
                return if count == 0 { Ok(out) } else { Err(at - count) };
            };
            at += 1;
            if let Some(value) = sextet(byte) {
                if let Some(slot) = group.get_mut(count) {
                    *slot = value;
                }
                count += 1;
                continue;
            }
            if matches!(byte, b'\n' | b'\r') {
                continue;
            }
            if byte != b'=' || count < 2 {
                return Err(at - 1);
            }
            if count == 2 {
                while newline(at) {
                    at += 1;
                }
                match source.get(at) {
                    None => return Err(source.len()),
                    Some(b'=') => at += 1,
                    Some(_) => return Err(at - 1),
                }
            }
            while newline(at) {
                at += 1;
            }
            if at < source.len() {
                return Err(at);
            }
            ended = true;
            break;
        }
        let bits = group.iter().fold(0, |bits, value| bits << 6 | value);
        let [_, a, b, c] = bits.to_be_bytes();
        out.extend([a, b, c].iter().take(if ended { count - 1 } else { 3 }));
    }
    Ok(out)
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32_encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let bits = (0..5).fold(0u64, |bits, at| bits << 8 | u64::from(chunk.get(at).copied().unwrap_or(0)));
        let digits = (chunk.len() * 8).div_ceil(5);
        for digit in 0..8 {
            let value = (bits >> (35 - 5 * digit) & 31) as usize;
            out.push(if digit < digits { BASE32.get(value).copied().unwrap_or(b'=') } else { b'=' });
        }
    }
    out
}

/// `base32.StdEncoding.DecodeString`; the error is the offset that Go names.
fn base32_decode(source: &[u8]) -> Result<Vec<u8>, usize> {
    let source: Vec<u8> = source.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let total = source.len();
    let mut out = Vec::with_capacity(total / 8 * 5);
    let mut at = 0;
    let mut ended = false;
    while at < total && !ended {
        let mut bits = 0u64;
        let mut count = 0;
        while count < 8 {
            let Some(&byte) = source.get(at) else { return Err(at - count) };
            at += 1;
            let left = total - at;
            if byte == b'=' && count >= 2 && left < 8 {
                if left + count < 7 {
                    return Err(total);
                }
                if let Some(bad) = (0..7 - count).find(|k| source.get(at + k).is_some_and(|byte| *byte != b'=')) {
                    return Err(at + bad - 1);
                }
                if matches!(count, 1 | 3 | 6) {
                    return Err(at - 1);
                }
                ended = true;
                break;
            }
            let value = BASE32.iter().position(|digit| *digit == byte).ok_or(at - 1)?;
            bits = bits << 5 | value as u64;
            count += 1;
        }
        bits <<= 5 * (8 - count);
        let [_, _, _, bytes @ ..] = bits.to_be_bytes();
        out.extend(bytes.iter().take(count * 5 / 8));
    }
    Ok(out)
}

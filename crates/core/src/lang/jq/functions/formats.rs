//! `@html`, `@uri`, `@csv`, `@tsv`, `@sh`, `@base64` and their kin.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD};

use super::{NativeFn, Result, arg, text_of};
use crate::lang::jq::encode::encode;
use crate::lang::jq::error::{JqError, typed};
use crate::lang::jq::value::V;

/// Without padding; what is left over in the last character is ignored, as Go does.
const RAW: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone).with_decode_allow_trailing_bits(true),
);

pub(super) fn of_input(name: &str) -> Option<NativeFn> {
    Some(match name {
        "_tohtml" => |_, input, _| Ok(V::string(html(&text_of(&input)))),
        "_touri" => |_, input, _| Ok(V::string(uri(&text_of(&input)))),
        "_tourid" => |_, input, _| uri_decoded(&input),
        "_tocsv" => |_, input, _| row("csv", &input, ",", |s| format!("\"{}\"", s.replace('"', "\"\"").replace('\0', "\\0"))),
        "_totsv" => |_, input, _| row("tsv", &input, "\t", tsv),
        "_tosh" => |_, input, _| {
            let list = if matches!(input, V::Arr(_)) { input } else { V::flat(vec![input]) };
            row("sh", &list, " ", |s| format!("'{}'", s.replace('\'', "'\\''").replace('\0', "\\0")))
        },
        "_tobase64" => |_, input, _| Ok(V::string(STANDARD.encode(text_of(&input)))),
        "_tobase64d" => |_, input, _| base64_decoded(&input),
        _ => return None,
    })
}

pub(super) fn with_one(name: &str) -> Option<NativeFn> {
    (name == "format").then_some(|context, input, args| {
        let V::Str(format) = arg(args, 0) else { return Err(JqError::cannot("format", arg(args, 0))) };
        let function = match &**format {
            "text" => "tostring",
            "json" => "tojson",
            "html" => "_tohtml",
            "uri" => "_touri",
            "urid" => "_tourid",
            "csv" => "_tocsv",
            "tsv" => "_totsv",
            "sh" => "_tosh",
            "base64" => "_tobase64",
            "base64d" => "_tobase64d",
            other => return Err(JqError::message(format!("format not defined: @{other}"))),
        };
        match super::native(function, 0) {
            Some(native) => (native.run)(context, input, &[]),
            None => Err(JqError::message(format!("format not defined: @{format}"))),
        }
    })
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

fn uri(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn uri_decoded(input: &V) -> Result {
    let text = text_of(input);
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'%' {
            out.push(byte);
            at += 1;
            continue;
        }
        let hex = text.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => out.push(decoded),
            None => {
                let bad: String = text.get(at..).unwrap_or_default().chars().take(3).collect();
                return Err(JqError::because("@urid", input, &format!("invalid URL escape {bad:?}")));
            }
        }
        at += 3;
    }
    Ok(V::string(String::from_utf8_lossy(&out).into_owned()))
}

fn tsv(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\n' => out.push_str("\\n"),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            c => out.push(c),
        }
    }
    out
}

fn row(kind: &str, input: &V, separator: &str, escape: fn(&str) -> String) -> Result {
    let V::Arr(arr) = input else { return Err(JqError::cannot(&format!("@{kind}"), input)) };
    let mut cells = Vec::with_capacity(arr.items.len());
    for item in &arr.items {
        cells.push(match item {
            V::Arr(_) | V::Obj(_) => {
                return Err(JqError::message(format!("@{kind} cannot format an array including: {}", typed(item))));
            }
            V::Str(text) => escape(text),
            other => match encode(other) {
                text if text == "null" && kind != "sh" => String::new(),
                text => text,
            },
        });
    }
    Ok(V::string(cells.join(separator)))
}

fn base64_decoded(input: &V) -> Result {
    let text = text_of(input);
    let unpadded = text.split('=').next().unwrap_or_default();
    // Go skips line ends.
    let unpadded: String = unpadded.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    let bytes = RAW.decode(&unpadded).map_err(|why| JqError::because("@base64d", input, &format!("illegal base64 data: {why}")))?;
    Ok(V::string(String::from_utf8_lossy(&bytes).into_owned()))
}

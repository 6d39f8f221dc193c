//! Percent-decoding as JavaScript does it.

use std::borrow::Cow;

/// `decodeURI`: like `decodeURIComponent`, but reserved characters stay encoded. `None` where it throws.
pub(crate) fn decode_uri(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte != b'%' {
            out.push(*byte);
            at += 1;
            continue;
        }
        let hex = text.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let decoded = u8::from_str_radix(hex, 16).ok()?;
        if b";/?:@&=+$,#".contains(&decoded) {
            out.extend(bytes.get(at..at + 3)?);
        } else {
            out.push(decoded);
        }
        at += 3;
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

//! Halves of surrogate pairs, which JSON text can hold and UTF-8 cannot.

/// Replaces the escapes of JSON text that are half of a surrogate pair by that of U+FFFD.
pub(crate) fn pair_surrogates(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    let code = |text: &str| text.strip_prefix("\\u").and_then(|hex| u32::from_str_radix(hex.get(..4)?, 16).ok());
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let len = match code(rest) {
            Some(0xd800..=0xdbff) if rest.get(6..).and_then(code).is_some_and(|low| (0xdc00..=0xdfff).contains(&low)) => 12,
            Some(0xd800..=0xdfff) => {
                out.push_str("\\ufffd");
                rest = rest.get(6..).unwrap_or_default();
                continue;
            }
            Some(_) => 6,
            None => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
        };
        out.push_str(rest.get(..len).unwrap_or(rest));
        rest = rest.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

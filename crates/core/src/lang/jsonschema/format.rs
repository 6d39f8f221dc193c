//! The formats that the npm package `jsonschema` 1.5.0 checks.

use core::net::Ipv6Addr;

use crate::lang::javascript::{is_space, parse_float, parse_int, string_to_number, trim};
use crate::lang::jinja::Pattern;

/// Whether a text conforms; formats that nobody knows always do.
pub(super) fn conforms(text: &str, format: &str) -> bool {
    match format {
        "date" => is_date(text),
        "time" => is_time(text),
        "date-time" => is_date_time(text),
        "duration" => matches(
            text,
            r"P(T\d+(H(\d+M(\d+S)?)?|M(\d+S)?|S)|\d+(D|M(\d+D)?|Y(\d+M(\d+D)?)?)(T\d+(H(\d+M(\d+S)?)?|M(\d+S)?|S))?|\d+W)",
            "i",
        ),
        "email" => is_email(text),
        "idn-email" => is_idn_email(text),
        "ip-address" | "ipv4" => is_ipv4(text, 3),
        "ipv6" => is_ipv6(text),
        "uri" | "iri" => is_uri(text),
        "uri-reference" => is_reference(text, false),
        "iri-reference" => is_reference(text, true),
        "uuid" => is_uuid(text),
        "json-pointer" => is_pointer(text),
        "relative-json-pointer" => {
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let rest = text.get(digits..).unwrap_or_default();
            digits > 0 && (rest == "#" || is_pointer(rest))
        }
        "hostname" | "host-name" => is_hostname(text),
        "utc-millisec" => {
            let float = parse_float(text);
            float == parse_int(text, 10) && !string_to_number(text).is_nan()
        }
        "regex" | "regexp" | "pattern" => Pattern::new(text, "").is_ok(),
        "style" => is_style(text),
        "color" => is_color(text),
        "phone" => is_phone(text),
        "alpha" => !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic()),
        "alphanumeric" => !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric()),
        _ => true,
    }
}

fn matches(text: &str, pattern: &str, flags: &str) -> bool {
    Pattern::new(pattern, flags).is_ok_and(|pattern| pattern.is_match(text))
}

/// Exactly `width` digits as a number.
fn digits(text: &str, width: usize) -> Option<u32> {
    if text.len() == width && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let month = digits(month, 2).is_some_and(|month| month <= 12);
    digits(year, 4).is_some() && month && digits(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    digits(hour, 2).is_some_and(|n| n <= 24) && digits(minute, 2).is_some_and(|n| n <= 59) && digits(second, 2).is_some_and(|n| n <= 60)
}

fn is_date_time(text: &str) -> bool {
    let (Some(date), Some(separator), Some(rest)) = (text.get(..10), text.get(10..11), text.get(11..)) else { return false };
    let (Some(time), Some(mut zone)) = (rest.get(..8), rest.get(8..)) else { return false };
    if let Some(fraction) = zone.strip_prefix('.') {
        let after = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if after.len() == fraction.len() {
            return false;
        }
        zone = after;
    }
    let zulu = matches!(zone, "z" | "Z");
    let offset = zone
        .strip_prefix(['+', '-'])
        .and_then(|offset| offset.split_once(':'))
        .is_some_and(|(hours, minutes)| digits(hours, 2).is_some_and(|n| n <= 59) && digits(minutes, 2).is_some_and(|n| n <= 60));
    is_date(date) && matches!(separator, "t" | "T" | " ") && is_time(time) && (zulu || offset)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let atom = |atom: &str| !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"_!#$%&'*+-/=?^`{|}~".contains(&b));
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']')).is_some_and(|ip| is_ipv4(ip, 3));
    let labels = domain.contains('.') && domain.split('.').all(is_label);
    local.split('.').all(atom) && (literal || labels)
}

/// A label of a host name.
fn is_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    (1..=63).contains(&bytes.len())
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

fn is_idn_email(text: &str) -> bool {
    let Some(at) = text.rfind('@') else { return false };
    let (local, domain) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
    let atom = |c: char| c > '\u{7f}' || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let dotted = |text: &str| text.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let literal = domain.starts_with('[') && domain.ends_with(']');
    (quoted || dotted(local)) && (literal || dotted(domain))
}

/// Dotted decimals; leading zeros are fine up to three digits.
fn is_ipv4(text: &str, width: usize) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let octet = |part: &&str| {
        (1..=width).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()) && part.parse().is_ok_and(|n: u32| n <= 255)
    };
    parts.len() == 4 && parts.iter().all(octet)
}

fn is_ipv6(text: &str) -> bool {
    let trimmed = text.trim_matches(is_space);
    let address = trimmed.split_once('%').map_or(trimmed, |(address, zone)| if zone.is_empty() { "" } else { address });
    address.parse::<Ipv6Addr>().is_ok()
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    is_scheme(scheme) && !rest.contains(is_space)
}

fn is_scheme(scheme: &str) -> bool {
    scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
}

/// RFC 3986 `URI-reference`: characters and percent escapes, and no colon in a first segment that is no scheme.
fn is_reference(text: &str, international: bool) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut hashes = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'%' => {
                if !text.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
                    return false;
                }
                at += 2;
            }
            b'#' => hashes += 1,
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => return false,
            b if *b <= b' ' || *b == 0x7f => return false,
            b if *b >= 0x80 && !international => return false,
            _ => {}
        }
        at += 1;
    }
    let head = text.split(['/', '?', '#']).next().unwrap_or_default();
    let colon = head.split_once(':').is_none_or(|(scheme, _)| is_scheme(scheme));
    let bracket = text.find(['[', ']']).is_none_or(|_| text.contains("//"));
    hashes <= 1 && colon && bracket
}

fn is_uuid(text: &str) -> bool {
    let widths: Vec<usize> = text.split('-').map(str::len).collect();
    widths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn is_pointer(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let mut chars = text.chars().peekable();
    if chars.next() != Some('/') {
        return false;
    }
    while let Some(c) = chars.next() {
        let escape = c == '~' && !matches!(chars.peek(), Some('0' | '1'));
        if escape || c > '\u{7f}' {
            return false;
        }
    }
    true
}

fn is_hostname(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    (1..=255).contains(&text.len()) && name.split('.').all(is_label)
}

fn is_style(text: &str) -> bool {
    matches(text, r"[\r\n\t ]*[^\r\n\t ][^:]*:[\r\n\t ]*[^\r\n\t ;]*[\r\n\t ]*;?", "")
}

fn is_color(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "aqua", "black", "blue", "fuchsia", "gray", "green", "lime", "maroon", "navy", "olive", "orange", "purple", "red", "silver",
        "teal", "white", "yellow",
    ];
    let hex = text.strip_prefix('#').unwrap_or(text);
    if NAMES.contains(&text) || (matches!(hex.len(), 3 | 6) && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return true;
    }
    let Some(inside) = text.strip_prefix("rgb(").and_then(|text| text.strip_suffix(')')) else { return false };
    let parts: Vec<&str> = inside.split(',').map(trim).collect();
    let number = |part: &&str| {
        let plain = *part == "0" || !part.starts_with('0');
        plain && (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()) && part.parse().is_ok_and(|n: u32| n <= 255)
    };
    let percent = |part: &&str| {
        part.strip_suffix('%').is_some_and(|n| n == "100" || ((1..=2).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit())))
    };
    parts.len() == 3 && (parts.iter().all(number) || parts.iter().all(percent))
}

fn is_phone(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('+') else { return false };
    let mut count = 0_usize;
    let mut previous_space = true;
    for c in rest.chars() {
        match c {
            c if c.is_ascii_digit() => {
                count += 1;
                previous_space = false;
            }
            ' ' if !previous_space => previous_space = true,
            _ => return false,
        }
    }
    (7..=15).contains(&count) && !previous_space
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        for (format, text, want) in [
            ("email", "me@x.yz", true),
            ("email", "me@x", false),
            ("date", "2020-13-01", false),
            ("date-time", "2020-01-01T00:00:00Z", true),
            ("ipv4", "300.1.1.1", false),
            ("ipv6", "::1", true),
            ("regex", "(", false),
            ("color", "#abc", true),
            ("uri", "https://x.y", true),
            ("phone", "+123456 7", true),
        ] {
            assert_eq!(conforms(text, format), want, "{format} {text}");
        }
    }
}

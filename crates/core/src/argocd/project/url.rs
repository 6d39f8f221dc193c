//! Go's `net/url` (1.27), as far as parsing and printing an absolute or relative reference goes.

use core::net::Ipv6Addr;
use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    UserPassword,
    Fragment,
}

/// A parsed reference. Texts are bytes: percent-decoding may leave UTF-8.
#[derive(Debug, Default)]
pub(super) struct Url {
    scheme: String,
    opaque: String,
    user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    host: Vec<u8>,
    path: Vec<u8>,
    raw_path: String,
    omit_host: bool,
    force_query: bool,
    raw_query: String,
    fragment: Vec<u8>,
    raw_fragment: String,
}

impl Url {
    /// `url.Parse`; none where Go has an error.
    pub(super) fn parse(raw: &str) -> Option<Self> {
        let (reference, fragment) = raw.split_once('#').unwrap_or((raw, ""));
        let mut url = Self::parse_reference(reference)?;
        if !fragment.is_empty() {
            url.fragment = unescape(fragment, Part::Fragment)?;
            if escape(&url.fragment, Part::Fragment) != fragment {
                url.raw_fragment = fragment.to_owned();
            }
        }
        Some(url)
    }

    fn parse_reference(raw: &str) -> Option<Self> {
        if raw.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return None;
        }
        let mut url = Self::default();
        if raw == "*" {
            url.path = b"*".to_vec();
            return Some(url);
        }
        let (scheme, mut rest) = split_scheme(raw)?;
        url.scheme = scheme.to_lowercase();
        if rest.ends_with('?') && rest.matches('?').count() == 1 {
            url.force_query = true;
            rest = rest.strip_suffix('?').unwrap_or(rest);
        } else if let Some((before, query)) = rest.split_once('?') {
            url.raw_query = query.to_owned();
            rest = before;
        }
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_owned();
                return Some(url);
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return None;
            }
        }
        match rest.strip_prefix("//") {
            Some(after) if !url.scheme.is_empty() || !rest.starts_with("///") => {
                let cut = after.find('/').unwrap_or(after.len());
                let (authority, path) = after.split_at_checked(cut)?;
                url.parse_authority(authority)?;
                rest = path;
            }
            _ => url.omit_host = !url.scheme.is_empty() && rest.starts_with('/'),
        }
        url.path = unescape(rest, Part::Path)?;
        if escape(&url.path, Part::Path) != rest {
            url.raw_path = rest.to_owned();
        }
        Some(url)
    }

    fn parse_authority(&mut self, authority: &str) -> Option<()> {
        let Some((userinfo, host)) = authority.rsplit_once('@') else {
            self.host = parse_host(&self.scheme, authority)?;
            return Some(());
        };
        self.host = parse_host(&self.scheme, host)?;
        let valid = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
        if !userinfo.chars().all(valid) {
            return None;
        }
        self.user = Some(match userinfo.split_once(':') {
            None => (unescape(userinfo, Part::UserPassword)?, None),
            Some((name, password)) => (unescape(name, Part::UserPassword)?, Some(unescape(password, Part::UserPassword)?)),
        });
        Some(())
    }

    fn escaped_path(&self) -> String {
        kept_or_escaped(&self.raw_path, &self.path, Part::Path)
    }
}

/// The raw spelling when it is valid and means the same, else the default one.
fn kept_or_escaped(raw: &str, decoded: &[u8], part: Part) -> String {
    if !raw.is_empty() && valid_encoded(raw, part) && unescape(raw, part).as_deref() == Some(decoded) {
        return raw.to_owned();
    }
    if part == Part::Path && decoded == b"*" {
        return "*".to_owned();
    }
    escape(decoded, part)
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}:", self.scheme)?;
        }
        if self.opaque.is_empty() {
            self.write_hierarchy(f)?;
        } else {
            f.write_str(&self.opaque)?;
        }
        if self.force_query || !self.raw_query.is_empty() {
            write!(f, "?{}", self.raw_query)?;
        }
        if !self.fragment.is_empty() {
            write!(f, "#{}", kept_or_escaped(&self.raw_fragment, &self.fragment, Part::Fragment))?;
        }
        Ok(())
    }
}

impl Url {
    fn write_hierarchy(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = self.omit_host && self.host.is_empty() && self.user.is_none();
        let mut empty = self.scheme.is_empty();
        if !bare && (!self.scheme.is_empty() || !self.host.is_empty() || self.user.is_some()) {
            if !self.host.is_empty() || !self.path.is_empty() || self.user.is_some() {
                f.write_str("//")?;
                empty = false;
            }
            if let Some((name, password)) = &self.user {
                f.write_str(&escape(name, Part::UserPassword))?;
                if let Some(password) = password {
                    write!(f, ":{}", escape(password, Part::UserPassword))?;
                }
                f.write_str("@")?;
            }
            f.write_str(&escape(&self.host, Part::Host))?;
        }
        let path = self.escaped_path();
        if bare && path.starts_with("//") {
            f.write_str("%2F")?;
            return f.write_str(path.strip_prefix('/').unwrap_or(&path));
        }
        if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
            f.write_str("/")?;
        }
        if empty && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
            f.write_str("./")?;
        }
        f.write_str(&path)
    }
}

fn split_scheme(raw: &str) -> Option<(&str, &str)> {
    for (at, byte) in raw.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return None,
            b':' => return Some((raw.get(..at)?, raw.get(at + 1..)?)),
            _ => return Some(("", raw)),
        }
    }
    Some(("", raw))
}

fn parse_host(scheme: &str, host: &str) -> Option<Vec<u8>> {
    match host.rfind('[') {
        Some(at) if at > 0 => return None,
        Some(_) => return parse_ip_literal(host),
        None => {}
    }
    if let Some(first) = host.find(':') {
        let strict = scheme == "http" || scheme == "https";
        let colon = if strict { first } else { host.rfind(':').unwrap_or(first) };
        if !valid_optional_port(host.get(colon..)?) {
            return None;
        }
    }
    unescape(host, Part::Host)
}

fn parse_ip_literal(host: &str) -> Option<Vec<u8>> {
    let close = host.rfind(']')?;
    let (inside, port) = (host.get(1..close)?, host.get(close + 1..)?);
    if !valid_optional_port(port) {
        return None;
    }
    let port = unescape(port, Part::Host)?;
    let name = match inside.find("%25") {
        Some(zone) => {
            let mut name = unescape(inside.get(..zone)?, Part::Host)?;
            name.extend(unescape(inside.get(zone..)?, Part::Zone)?);
            name
        }
        None => unescape(inside, Part::Host)?,
    };
    let text = std::str::from_utf8(&name).ok()?;
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    if zone == Some("") || address.parse::<Ipv6Addr>().is_err() {
        return None;
    }
    let mut out = vec![b'['];
    out.extend(&name);
    out.push(b']');
    out.extend(port);
    Some(out)
}

fn valid_optional_port(port: &str) -> bool {
    port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn valid_encoded(raw: &str, part: Part) -> bool {
    raw.bytes().all(|byte| b"!$&'()*+,;=:@[]%".contains(&byte) || !should_escape(byte, part))
}

fn should_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() {
        return false;
    }
    if matches!(part, Part::Host | Part::Zone) && b"!$&'()*+,;=:[]<>\"".contains(&byte) {
        return false;
    }
    match byte {
        b'-' | b'_' | b'.' | b'~' => false,
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match part {
            Part::Path => byte == b'?',
            Part::UserPassword => matches!(byte, b'@' | b'/' | b'?' | b':'),
            Part::Fragment => false,
            Part::Host | Part::Zone => true,
        },
        b'!' | b'(' | b')' | b'*' => part != Part::Fragment,
        _ => true,
    }
}

fn escape(bytes: &[u8], part: Part) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if should_escape(byte, part) {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push(char::from(byte));
        }
    }
    out
}

fn unescape(text: &str, part: Part) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'%' {
            if matches!(part, Part::Host | Part::Zone) && byte < 0x80 && should_escape(byte, part) {
                return None;
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let hex = |at: usize| bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
        let (high, low) = (hex(at + 1)?, hex(at + 2)?);
        let decoded = (high << 4) | low;
        let percent = decoded == b'%';
        if part == Part::Host && high < 8 && !percent {
            return None;
        }
        if part == Part::Zone && !percent && decoded != b' ' && should_escape(decoded, Part::Host) {
            return None;
        }
        out.push(decoded);
        at += 3;
    }
    Some(out)
}

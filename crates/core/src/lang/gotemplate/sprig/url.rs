//! `url.go` on Go's `net/url`.

use super::super::{
    convert::{any, text},
    env::Env,
    function::{Fault, Function, Outcome, Ty, fixed},
};
use crate::lang::gofmt::{Map, Text, Value};

/// URLs.
pub(super) fn functions() -> Vec<Function> {
    vec![fixed("urlParse", &[Ty::Str], url_parse), fixed("urlJoin", &[Ty::Map], url_join)]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Path,
    Host,
    Zone,
    UserPassword,
    Fragment,
}

#[derive(Debug, Default)]
struct Url {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

fn should_escape(c: u8, mode: Mode) -> bool {
    if c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.' | b'~') {
        return false;
    }
    match mode {
        Mode::Host | Mode::Zone => !b"!$&'()*+,;=:[]<>\"".contains(&c),
        Mode::Path => !b"$&+,/:;=@".contains(&c),
        Mode::UserPassword => !b"$&+,;=".contains(&c),
        Mode::Fragment => !b"$&+,/:;=?@!()*".contains(&c),
    }
}

fn escape(bytes: &[u8], mode: Mode) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if should_escape(*byte, mode) {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            out.push(*byte);
        }
    }
    out
}

fn unescape(bytes: &[u8], mode: Mode) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let hex = |byte: &u8| (*byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bad = |part: &[u8]| format!("invalid URL escape {:?}", String::from_utf8_lossy(part));
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'%' {
            if matches!(mode, Mode::Host | Mode::Zone) && first.is_ascii() && should_escape(*first, mode) {
                return Err(format!("invalid character {:?} in host name", char::from(*first).to_string()));
            }
            out.push(*first);
            rest = tail;
            continue;
        }
        let [Some(high), Some(low)] = [tail.first().and_then(hex), tail.get(1).and_then(hex)] else {
            return Err(bad(rest.get(..3).unwrap_or(rest)));
        };
        let value = high << 4 | low;
        let percent = tail.starts_with(b"25");
        let refused = match mode {
            Mode::Host => high < 8 && !percent,
            Mode::Zone => !percent && value != b' ' && should_escape(value, Mode::Host),
            _ => false,
        };
        if refused {
            return Err(bad(rest.get(..3).unwrap_or(rest)));
        }
        out.push(value);
        rest = tail.get(2..).unwrap_or_default();
    }
    Ok(out)
}

fn cut(bytes: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(at, bytes) {
        Some(index) => (bytes.get(..index).unwrap_or_default(), bytes.get(index + 1..)),
        None => (bytes, None),
    }
}

fn scheme(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (index, c) in bytes.iter().enumerate() {
        match c {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".into()),
            b':' => return Ok((bytes.get(..index).unwrap_or_default(), bytes.get(index + 1..).unwrap_or_default())),
            _ => break,
        }
    }
    Ok((b"", bytes))
}

fn parse(source: &[u8]) -> Result<Url, String> {
    let (before, fragment) = cut(source, b'#');
    let mut url = Url::default();
    if before.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
        return Err("net/url: invalid control character in URL".into());
    }
    if before == b"*" {
        url.path = b"*".to_vec();
    } else {
        parse_rest(&mut url, before)?;
    }
    url.fragment = unescape(fragment.unwrap_or_default(), Mode::Fragment)?;
    Ok(url)
}

fn parse_rest(url: &mut Url, source: &[u8]) -> Result<(), String> {
    let (found, mut rest) = scheme(source)?;
    url.scheme = found.to_ascii_lowercase();
    let (before, query) = cut(rest, b'?');
    url.query = query.unwrap_or_default().to_vec();
    rest = before;
    if !rest.starts_with(b"/") {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(());
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".into());
        }
    }
    if (!url.scheme.is_empty() || !rest.starts_with(b"///"))
        && let Some(authority) = rest.strip_prefix(b"//")
    {
        let end = memchr::memchr(b'/', authority).unwrap_or(authority.len());
        let (authority, path) = authority.split_at(end);
        rest = path;
        parse_authority(url, authority)?;
    }
    url.path = unescape(rest, Mode::Path)?;
    Ok(())
}

fn parse_authority(url: &mut Url, authority: &[u8]) -> Result<(), String> {
    let at = memchr::memrchr(b'@', authority);
    let host = at.map_or(authority, |at| authority.get(at + 1..).unwrap_or_default());
    let web = matches!(url.scheme.as_slice(), b"http" | b"https");
    url.host = parse_host(host, web)?;
    let Some(userinfo) = at.and_then(|at| authority.get(..at)) else { return Ok(()) };
    if !userinfo.iter().all(|c| c.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(c)) {
        return Err("net/url: invalid userinfo".into());
    }
    let (name, password) = cut(userinfo, b':');
    let password = password.map(|password| unescape(password, Mode::UserPassword)).transpose()?;
    url.user = Some((unescape(name, Mode::UserPassword)?, password));
    Ok(())
}

fn valid_port(port: &[u8]) -> bool {
    port.is_empty() || port.strip_prefix(b":").is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

fn parse_host(host: &[u8], web: bool) -> Result<Vec<u8>, String> {
    let port_error = |port: &[u8]| format!("invalid port {:?} after host", String::from_utf8_lossy(port));
    match memchr::memrchr(b'[', host) {
        Some(0) => {
            let close = memchr::memrchr(b']', host).ok_or("missing ']' in host")?;
            let (inside, port) = (host.get(1..close).unwrap_or_default(), host.get(close + 1..).unwrap_or_default());
            if !valid_port(port) {
                return Err(port_error(port));
            }
            let address = match memchr::memmem::find(inside, b"%25") {
                Some(at) => {
                    let (address, zone) = inside.split_at(at);
                    [unescape(address, Mode::Host)?, unescape(zone, Mode::Zone)?].concat()
                }
                None => unescape(inside, Mode::Host)?,
            };
            let bare = cut(&address, b'%').0;
            let valid = std::str::from_utf8(bare).is_ok_and(|text| text.parse::<core::net::Ipv6Addr>().is_ok());
            if !valid {
                return Err("invalid host: unable to parse IP".into());
            }
            return Ok([b"[", address.as_slice(), b"]", port].concat());
        }
        Some(_) => return Err("invalid IP-literal".into()),
        None => {}
    }
    if let Some(first) = memchr::memchr(b':', host) {
        let last = memchr::memrchr(b':', host).unwrap_or(first);
        let port = host.get(if web { first } else { last }..).unwrap_or_default();
        if !valid_port(port) {
            return Err(port_error(port));
        }
    }
    unescape(host, Mode::Host)
}

/// The scheme of a URL that `url.Parse` accepts.
pub(in crate::lang::gotemplate) fn scheme_of(source: &str) -> Result<String, String> {
    parse(source.as_bytes()).map(|url| String::from_utf8_lossy(&url.scheme).into_owned())
}

fn userinfo(user: &(Vec<u8>, Option<Vec<u8>>)) -> Vec<u8> {
    let mut out = escape(&user.0, Mode::UserPassword);
    if let Some(password) = &user.1 {
        out.push(b':');
        out.extend(escape(password, Mode::UserPassword));
    }
    out
}

fn hostname(host: &[u8]) -> &[u8] {
    let bare = match memchr::memrchr(b':', host) {
        Some(at) if valid_port(host.get(at..).unwrap_or_default()) => host.get(..at).unwrap_or_default(),
        _ => host,
    };
    bare.strip_prefix(b"[").and_then(|bare| bare.strip_suffix(b"]")).unwrap_or(bare)
}

fn url_parse(_: &Env, args: &[Value]) -> Outcome {
    let source = text(args, 0);
    let url =
        parse(source).map_err(|error| Fault::Call(format!("unable to parse url: parse {:?}: {error}", String::from_utf8_lossy(source))))?;
    let user = url.user.as_ref().map(userinfo).unwrap_or_default();
    let members: [(&str, &[u8]); 8] = [
        ("scheme", &url.scheme),
        ("host", &url.host),
        ("hostname", hostname(&url.host)),
        ("path", &url.path),
        ("query", &url.query),
        ("opaque", &url.opaque),
        ("fragment", &url.fragment),
        ("userinfo", &user),
    ];
    Ok(Value::Map(Map::any(members.iter().map(|(name, value)| (Text::from(*name), Value::text(*value))))))
}

fn url_join(_: &Env, args: &[Value]) -> Outcome {
    let member = |name: &str| -> Result<Vec<u8>, Fault> {
        let Value::Map(map) = any(args, 0) else { return Ok(Vec::new()) };
        match map.get(name.as_bytes()) {
            None => Ok(Vec::new()),
            Some(Value::Str(text)) => Ok(text.as_bytes().to_vec()),
            Some(Value::Nil | Value::Invalid) => Err("runtime error: invalid memory address or nil pointer dereference".into()),
            Some(other) => Err(format!("unable to parse {name} key, must be of type string, but {} found", other.kind().name()).into()),
        }
    };
    let mut url = Url {
        scheme: member("scheme")?,
        host: member("host")?,
        path: member("path")?,
        query: member("query")?,
        opaque: member("opaque")?,
        fragment: member("fragment")?,
        user: None,
    };
    let user = member("userinfo")?;
    if !user.is_empty() {
        let source = [b"proto://", user.as_slice(), b"@host"].concat();
        url.user = parse(&source).map_err(|error| Fault::Call(format!("unable to parse userinfo in dict: {error}")))?.user;
    }
    Ok(Value::text(join(&url)))
}

/// `URL.String()`
fn join(url: &Url) -> Vec<u8> {
    let mut out = Vec::new();
    if !url.scheme.is_empty() {
        out.extend_from_slice(&url.scheme);
        out.push(b':');
    }
    if url.opaque.is_empty() {
        if !url.scheme.is_empty() || !url.host.is_empty() || url.user.is_some() {
            if !url.host.is_empty() || !url.path.is_empty() || url.user.is_some() {
                out.extend_from_slice(b"//");
            }
            if let Some(user) = &url.user {
                out.extend(userinfo(user));
                out.push(b'@');
            }
            out.extend(escape(&url.host, Mode::Host));
        }
        let path = if url.path == b"*" { b"*".to_vec() } else { escape(&url.path, Mode::Path) };
        if !path.is_empty() && !path.starts_with(b"/") && !url.host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(path);
    } else {
        out.extend_from_slice(&url.opaque);
    }
    if !url.query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(&url.query);
    }
    if !url.fragment.is_empty() {
        out.push(b'#');
        out.extend(escape(&url.fragment, Mode::Fragment));
    }
    out
}

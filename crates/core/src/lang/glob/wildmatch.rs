//! Git's `wildmatch`: bytes, `*`, `**`, `?`, `[…]` with POSIX classes, `\`.

/// How slashes and case count.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    /// `WM_PATHNAME`: only `**` crosses slashes.
    pub(super) pathname: bool,
    /// `WM_CASEFOLD`: ASCII case is ignored.
    pub(super) casefold: bool,
}

/// Whether a byte makes a path spec a glob.
pub(super) fn special(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[' | b'\\')
}

/// Whether the whole text matches.
pub(super) fn matches(pattern: &[u8], text: &[u8], flags: Flags) -> bool {
    let mut wild = Wild { pattern, text, flags, budget: 5_000_000 };
    wild.run(0, 0, 0) == Answer::Match
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Match,
    NoMatch,
    AbortAll,
    AbortToStarStar,
}

struct Wild<'w> {
    pattern: &'w [u8],
    text: &'w [u8],
    flags: Flags,
    budget: u64,
}

impl Wild<'_> {
    /// A zero byte stands for the end, as in C.
    fn p(&self, at: usize) -> u8 {
        self.pattern.get(at).copied().unwrap_or(0)
    }

    fn t(&self, at: usize) -> u8 {
        let byte = self.text.get(at).copied().unwrap_or(0);
        if self.flags.casefold { byte.to_ascii_lowercase() } else { byte }
    }

    fn folded(&self, byte: u8) -> u8 {
        if self.flags.casefold { byte.to_ascii_lowercase() } else { byte }
    }

    fn run(&mut self, start: usize, text: usize, depth: usize) -> Answer {
        let (mut p, mut t) = (start, text);
        while self.p(p) != 0 {
            self.budget = self.budget.saturating_sub(1);
            if self.budget == 0 || depth > 500 {
                return Answer::AbortAll;
            }
            let (wanted, found) = (self.folded(self.p(p)), self.t(t));
            if found == 0 && wanted != b'*' {
                return Answer::AbortAll;
            }
            match wanted {
                b'?' if self.flags.pathname && found == b'/' => return Answer::NoMatch,
                b'?' => {}
                b'*' => match self.star(start, p, t, depth) {
                    Ok(slash) => {
                        (p, t) = slash;
                    }
                    Err(answer) => return answer,
                },
                b'[' => match self.class(p + 1, found) {
                    None => return Answer::AbortAll,
                    Some((matched, _)) if !matched || (self.flags.pathname && found == b'/') => return Answer::NoMatch,
                    Some((_, end)) => p = end,
                },
                b'\\' => {
                    p += 1;
                    if found != self.p(p) {
                        return Answer::NoMatch;
                    }
                }
                _ if found != wanted => return Answer::NoMatch,
                _ => {}
            }
            p += 1;
            t += 1;
        }
        if self.t(t) == 0 { Answer::Match } else { Answer::NoMatch }
    }

    /// Either the places of the slash after which the caller goes on, or the answer.
    fn star(&mut self, start: usize, at: usize, text: usize, depth: usize) -> Result<(usize, usize), Answer> {
        let mut p = at + 1;
        let mut t = text;
        let mut cross = !self.flags.pathname;
        if self.p(p) == b'*' {
            while self.p(p) == b'*' {
                p += 1;
            }
            let alone_before = at == start || at.checked_sub(1).map(|before| self.p(before)) == Some(b'/');
            let alone_after = matches!(self.p(p), 0 | b'/') || (self.p(p) == b'\\' && self.p(p + 1) == b'/');
            if self.flags.pathname && alone_before && alone_after {
                if self.p(p) == b'/' && self.run(p + 1, t, depth + 1) == Answer::Match {
                    return Err(Answer::Match);
                }
                cross = true;
            }
        }
        let rest = self.text.get(t..).unwrap_or_default();
        if self.p(p) == 0 {
            return Err(if !cross && rest.contains(&b'/') { Answer::NoMatch } else { Answer::Match });
        }
        if !cross && self.p(p) == b'/' {
            return memchr::memchr(b'/', rest).map(|slash| (p, t + slash)).ok_or(Answer::NoMatch);
        }
        while self.t(t) != 0 {
            if !special(self.p(p)) {
                let wanted = self.folded(self.p(p));
                while self.t(t) != 0 && (cross || self.t(t) != b'/') && self.t(t) != wanted {
                    t += 1;
                }
                if self.t(t) != wanted {
                    return Err(Answer::NoMatch);
                }
            }
            match self.run(p, t, depth + 1) {
                Answer::NoMatch if !cross && self.t(t) == b'/' => return Err(Answer::AbortToStarStar),
                Answer::NoMatch => {}
                Answer::AbortToStarStar if cross => {}
                answer => return Err(answer),
            }
            t += 1;
        }
        Err(Answer::AbortAll)
    }

    /// Whether the class whose first byte is at `p` holds the byte, and where its `]` is.
    fn class(&self, mut p: usize, found: u8) -> Option<(bool, usize)> {
        let negated = matches!(self.p(p), b'!' | b'^');
        p += usize::from(negated);
        let (mut matched, mut previous) = (false, 0);
        loop {
            let mut byte = self.p(p);
            match byte {
                0 => return None,
                b'\\' => {
                    p += 1;
                    byte = self.p(p);
                    if byte == 0 {
                        return None;
                    }
                    matched |= found == byte;
                }
                b'-' if previous != 0 && !matches!(self.p(p + 1), 0 | b']') => {
                    p += 1;
                    let mut high = self.p(p);
                    if high == b'\\' {
                        p += 1;
                        high = self.p(p);
                        if high == 0 {
                            return None;
                        }
                    }
                    let inside = |c: u8| previous <= c && c <= high;
                    matched |= inside(found) || (self.flags.casefold && inside(found.to_ascii_uppercase()));
                    byte = 0;
                }
                b'[' if self.p(p + 1) == b':' => {
                    let name = p + 2;
                    let mut end = name;
                    while !matches!(self.p(end), 0 | b']') {
                        end += 1;
                    }
                    if self.p(end) == 0 {
                        return None;
                    }
                    if end > name && self.p(end - 1) == b':' {
                        matched |= posix(self.pattern.get(name..end - 1)?, found, self.flags.casefold)?;
                        p = end;
                        byte = 0;
                    } else {
                        matched |= found == b'[';
                    }
                }
                _ => matched |= found == byte,
            }
            previous = byte;
            p += 1;
            if self.p(p) == b']' {
                return Some((matched != negated, p));
            }
        }
    }
}

fn posix(name: &[u8], byte: u8, casefold: bool) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => matches!(byte, 0x20..=0x7e),
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => matches!(byte, b' ' | b'\t'..=b'\r'),
        b"upper" => byte.is_ascii_uppercase() || (casefold && byte.is_ascii_lowercase()),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

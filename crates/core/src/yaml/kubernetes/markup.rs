//! Anchors, aliases, tags and directives.

use super::chars::{is_uri, is_word};
use super::scanner::{Scan, Scanner};
use super::token::Kind;

impl Scanner<'_> {
    fn skip_blanks(&mut self) {
        while matches!(self.byte(0), b' ' | b'\t') {
            self.skip();
        }
    }

    /// `*name` or `&name`.
    pub(super) fn scan_anchor(&mut self, alias: bool) -> Scan<()> {
        let start = self.at;
        self.skip();
        while is_word(self.byte(0)) {
            self.skip();
        }
        let name = self.text.get(start + 1..self.at).unwrap_or_default();
        let ends = self.is_blank_or_end(0) || b"?:,]}%@`".contains(&self.byte(0));
        if name.is_empty() || !ends {
            return self.refuse("did not find expected alphabetic or numeric character");
        }
        let kind = if alias { Kind::Alias(name) } else { Kind::Anchor(name) };
        self.push(kind, start, self.at);
        Ok(())
    }

    /// `!<uri>`, `!handle!suffix`, `!suffix` or `!`.
    pub(super) fn scan_tag(&mut self) -> Scan<()> {
        let start = self.at;
        let (handle, suffix);
        if self.byte(1) == b'<' {
            self.skip();
            self.skip();
            suffix = self.tag_uri("")?;
            handle = String::new();
            if self.byte(0) != b'>' {
                return self.refuse("did not find the expected '>'");
            }
            self.skip();
        } else {
            let head = self.tag_handle(false)?;
            if head.len() > 1 && head.ends_with('!') {
                suffix = self.tag_uri("")?;
                handle = head;
            } else {
                let rest = self.tag_uri(&head)?;
                (handle, suffix) = if rest.is_empty() { (String::new(), "!".to_owned()) } else { ("!".to_owned(), rest) };
            }
        }
        if !self.is_blank_or_end(0) {
            return self.refuse("did not find expected whitespace or line break");
        }
        self.push(Kind::Tag(Box::new((handle, suffix))), start, self.at);
        Ok(())
    }

    fn tag_handle(&mut self, directive: bool) -> Scan<String> {
        if self.byte(0) != b'!' {
            return self.refuse("did not find expected '!'");
        }
        let start = self.at;
        self.skip();
        while is_word(self.byte(0)) {
            self.skip();
        }
        if self.byte(0) == b'!' {
            self.skip();
        } else if directive && self.at > start + 1 {
            return self.refuse("did not find expected '!'");
        }
        Ok(self.text.get(start..self.at).unwrap_or_default().to_owned())
    }

    /// A URI after `head`, whose first character does not belong to it.
    fn tag_uri(&mut self, head: &str) -> Scan<String> {
        let mut uri: Vec<u8> = head.bytes().skip(1).collect();
        let mut any = !head.is_empty();
        while is_uri(self.byte(0)) {
            any = true;
            if self.byte(0) == b'%' {
                self.uri_escape(&mut uri)?;
            } else {
                uri.push(self.byte(0));
                self.skip();
            }
        }
        if !any {
            return self.refuse("did not find expected tag URI");
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// The escaped octets of one character.
    fn uri_escape(&mut self, uri: &mut Vec<u8>) -> Scan<()> {
        let mut left = None;
        while left != Some(0) {
            let octet = match self.rest(0) {
                [b'%', high, low, ..] => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
                _ => None,
            };
            let Some(octet) = octet else { return self.refuse("did not find URI escaped octet") };
            let width = match (left, octet) {
                (Some(left), 0x80..=0xbf) => left,
                (Some(_), _) => return self.refuse("found an incorrect trailing UTF-8 octet"),
                (None, 0..=0x7f) => 1,
                (None, 0xc0..=0xdf) => 2,
                (None, 0xe0..=0xef) => 3,
                (None, 0xf0..=0xf7) => 4,
                (None, _) => return self.refuse("found an incorrect leading UTF-8 octet"),
            };
            uri.push(octet);
            self.at += 3;
            self.column += 3;
            left = Some(width - 1);
        }
        Ok(())
    }

    /// `%YAML 1.1` or `%TAG handle prefix`, with the rest of its line.
    pub(super) fn scan_directive(&mut self) -> Scan<()> {
        let start = self.at;
        self.skip();
        let name_at = self.at;
        while is_word(self.byte(0)) {
            self.skip();
        }
        let name = self.text.get(name_at..self.at).unwrap_or_default();
        if name.is_empty() {
            return self.refuse("could not find expected directive name");
        }
        if !self.is_blank_or_end(0) {
            return self.refuse("found unexpected non-alphabetical character");
        }
        let kind = match name {
            "YAML" => {
                self.skip_blanks();
                let major = self.version_number()?;
                if self.byte(0) != b'.' {
                    return self.refuse("did not find expected digit or '.' character");
                }
                self.skip();
                Kind::Version(major, self.version_number()?)
            }
            "TAG" => self.tag_directive()?,
            _ => return self.refuse("found unknown directive name"),
        };
        let end = self.at;
        self.skip_blanks();
        if self.byte(0) == b'#' {
            self.skip_to_break();
        }
        if self.at < self.bytes.len() && !self.is_break(0) {
            return self.refuse("did not find expected comment or line break");
        }
        self.skip_break();
        self.push(kind, start, end);
        Ok(())
    }

    fn version_number(&mut self) -> Scan<u8> {
        let start = self.at;
        while self.byte(0).is_ascii_digit() {
            if self.at - start == 2 {
                return self.refuse("found extremely long version number");
            }
            self.skip();
        }
        match self.text.get(start..self.at).map(str::parse) {
            Some(Ok(number)) => Ok(number),
            _ => self.refuse("did not find expected version number"),
        }
    }

    fn tag_directive<'a>(&mut self) -> Scan<Kind<'a>> {
        self.skip_blanks();
        let handle = self.tag_handle(true)?;
        if !matches!(self.byte(0), b' ' | b'\t') {
            return self.refuse("did not find expected whitespace");
        }
        self.skip_blanks();
        let prefix = self.tag_uri("")?;
        if !self.is_blank_or_end(0) {
            return self.refuse("did not find expected whitespace or line break");
        }
        Ok(Kind::TagDirective(Box::new((handle, prefix))))
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

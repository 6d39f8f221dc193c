//! A name with members and filters without arguments, or compared with a constant, which most code in tags is, read without tokens.
//!
//! Whatever else a piece of code holds is left to [`ExpressionParser`](super::expression::ExpressionParser), its messages included.

use smallvec::smallvec;

use super::super::ast::{Arguments, Compare, CompareOp, Expr, ExprKind, Filter, Literal, Name};
use super::code::name_end;
use super::expression::is_literal_name;
use super::token::is_reserved;

/// Longer numbers are read by the parser.
const MAX_DIGITS: usize = 9;

/// A piece of code with the place up to which it is read.
struct Plain<'s> {
    source: &'s str,
    at: usize,
    /// Where the code starts in the template.
    offset: usize,
    /// Reserved names are left to the parser, which refuses them.
    closed: bool,
}

impl Plain<'_> {
    /// What comes after blanks.
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.source.as_bytes().get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// A name after blanks, and where it stands in the template.
    fn name(&mut self) -> Option<(Name, u32)> {
        self.next();
        let end = name_end(self.source, self.at, false)?;
        let name = self.source.get(self.at..end).filter(|name| !self.closed || !is_reserved(name))?;
        let at = self.offset + self.at;
        self.at = end;
        Some((name.into(), at as u32))
    }

    /// A name with members.
    fn path(&mut self) -> Option<Expr> {
        let (name, at) = self.name().filter(|(name, _)| !is_literal_name(name) && &**name != "not")?;
        let mut value = Expr { at, kind: ExprKind::Symbol { name, slot: None } };
        while self.next() == Some(b'.') {
            self.at += 1;
            let (key, at) = self.name()?;
            value = Expr { at, kind: ExprKind::Member { target: Box::new(value), key } };
        }
        Some(value)
    }

    fn comparison(&mut self) -> Option<CompareOp> {
        use CompareOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual, StrictEqual, StrictNotEqual};
        let (op, length) = match self.source.as_bytes().get(self.at..)? {
            [b'=', b'=', b'=', ..] => (StrictEqual, 3),
            [b'!', b'=', b'=', ..] => (StrictNotEqual, 3),
            [b'=', b'=', ..] => (Equal, 2),
            [b'!', b'=', ..] => (NotEqual, 2),
            [b'<', b'=', ..] => (LessEqual, 2),
            [b'>', b'=', ..] => (GreaterEqual, 2),
            [b'<', ..] => (Less, 1),
            [b'>', ..] => (Greater, 1),
            _ => return None,
        };
        self.at += length;
        Some(op)
    }

    /// A text without escapes, or a short whole number.
    fn constant(&mut self) -> Option<Expr> {
        let first = self.next()?;
        let start = self.at;
        let rest = self.source.get(start..)?;
        let (literal, length) = if matches!(first, b'"' | b'\'') {
            let inside = rest.get(1..)?;
            let length = inside.bytes().position(|byte| byte == first || byte == b'\\')?;
            let text = inside.get(..length).filter(|_| inside.as_bytes().get(length) == Some(&first))?;
            (Literal::Text(text.into()), length + 2)
        } else {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number: u32 = rest.get(..length).filter(|digits| digits.len() <= MAX_DIGITS)?.parse().ok()?;
            (Literal::Number(number.into()), length)
        };
        self.at += length;
        Some(Expr { at: (self.offset + start) as u32, kind: ExprKind::Literal(literal) })
    }

    fn expression(&mut self) -> Option<Expr> {
        let mut value = self.path()?;
        if !matches!(self.next(), None | Some(b'|')) {
            let op = self.comparison()?;
            let compare = Compare { operations: smallvec![(op, self.constant()?)], first: value };
            value = Expr { at: compare.first.at, kind: ExprKind::Compare(Box::new(compare)) };
            return self.next().is_none().then_some(value);
        }
        while self.next() == Some(b'|') {
            self.at += 1;
            let (name, at) = self.name()?;
            value = Expr { at, kind: ExprKind::Filter(Box::new(Filter { name, input: value, arguments: Arguments::default() })) };
        }
        self.next().is_none().then_some(value)
    }
}

/// The expression, if it is such a one.
pub(super) fn expression(source: &str, offset: usize, closed: bool) -> Option<Expr> {
    Plain { source, at: 0, offset, closed }.expression()
}

#[cfg(test)]
mod tests {
    use super::super::expression::ExpressionParser;
    use super::super::token::Lexicon;
    use super::*;

    #[test]
    fn reads_what_the_parser_reads() {
        let codes = [
            "a",
            " a ",
            "a.b",
            "a . b.c|d",
            "a|b|c ",
            "a.b1._c\n|\tupper",
            "if",
            "in.is",
            "a.true|none",
            "_",
            "r",
            "r.r|r",
            "true",
            "none",
            "not",
            "not a",
            "a b",
            "a.",
            "a|",
            ".a",
            "|a",
            "",
            " ",
            "a.1",
            "1a",
            "a.1b",
            "a|b.c",
            "a|b(1)",
            "a(1)",
            "a[0]",
            "a.constructor",
            "prototype",
            "a|__proto__",
            "a\u{a0}",
            "aé",
            "é",
            "a'b'",
            "a if b",
            "a is b",
            "a-b",
            "-a",
            "r/a/",
            "a == 'b'",
            "a.b>2",
            "a <= 10 ",
            "a !== \"x y\"",
            "a===0",
            "a == 'b\\n'",
            "a > 2.5",
            "a > 2b",
            "a > -1",
            "a > b",
            "a > 2 > 1",
            "a | b > 1",
            "a == '",
            "a = 1",
            "a > 00012",
            "a == é",
            "a > 9999999999",
            "a$",
            "a.b$c",
        ];
        let mut plain = 0;
        for (code, closed) in codes.into_iter().flat_map(|code| [(code, true), (code, false)]) {
            let Some(read) = expression(code, 7, closed) else { continue };
            plain += 1;
            let mut lexicon = Lexicon::default();
            let parsed = ExpressionParser::new(&mut lexicon, code, 7, closed).and_then(ExpressionParser::expression);
            let parsed = parsed.unwrap_or_else(|error| panic!("{code:?}: {error}"));
            assert_eq!(format!("{read:?}"), format!("{parsed:?}"), "{code:?}");
        }
        assert_eq!(plain, 39);
    }
}

//! `fmt.Sprintf`: reading the directives.

use super::{
    TooLarge, Value,
    print::{Flags, Printer},
    quote::decode,
};

const TOO_LARGE: i64 = 1_000_000;

struct Reader<'a> {
    format: &'a [u8],
    at: usize,
    arguments: &'a [Value],
    next: usize,
    reordered: bool,
    good: bool,
    after_index: bool,
}

/// `fmt.Sprintf`.
///
/// # Errors
/// When the text would be too large or a value is too deep.
pub fn sprintf(format: &[u8], arguments: &[Value]) -> Result<Vec<u8>, TooLarge> {
    let mut printer = Printer::default();
    let mut reader = Reader { format, at: 0, arguments, next: 0, reordered: false, good: true, after_index: false };
    while reader.at < format.len() {
        let rest = format.get(reader.at..).unwrap_or_default();
        let text = memchr::memchr(b'%', rest).unwrap_or(rest.len());
        printer.write(rest.get(..text).unwrap_or_default());
        reader.at += text;
        if reader.at >= format.len() {
            break;
        }
        reader.at += 1;
        reader.good = true;
        reader.after_index = false;
        reader.directive(&mut printer);
    }
    if !reader.reordered && reader.next < arguments.len() {
        reader.extra(&mut printer);
    }
    printer.finish()
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn directive(&mut self, printer: &mut Printer) {
        printer.flags = Flags::default();
        while let Some(c) = self.peek() {
            match c {
                b'#' => printer.flags.sharp = true,
                b'0' => printer.flags.zero = true,
                b'+' => printer.flags.plus = true,
                b'-' => printer.flags.minus = true,
                b' ' => printer.flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        self.argument_number();
        self.width(printer);
        self.precision(printer);
        if !self.after_index {
            self.argument_number();
        }
        if self.at >= self.format.len() {
            return printer.write(b"%!(NOVERB)");
        }
        let rest = self.format.get(self.at..).unwrap_or_default();
        let (verb, width) = decode(rest);
        self.at += width.max(1);
        self.verb(printer, verb.unwrap_or('\u{fffd}'));
    }

    fn verb(&mut self, printer: &mut Printer, verb: char) {
        let shown = verb.to_string();
        if verb == '%' {
            return printer.write(b"%");
        }
        if !self.good {
            return printer.write(format!("%!{shown}(BADINDEX)").as_bytes());
        }
        let Some(argument) = self.arguments.get(self.next) else {
            return printer.write(format!("%!{shown}(MISSING)").as_bytes());
        };
        if verb == 'v' {
            printer.flags.sharp_v = std::mem::take(&mut printer.flags.sharp);
            printer.flags.plus = false;
        }
        printer.print_arg(argument, verb);
        self.next += 1;
    }

    fn width(&mut self, printer: &mut Printer) {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.int_argument() {
                Some(width) => {
                    if width < 0 {
                        printer.flags.minus = true;
                        printer.flags.zero = false;
                    }
                    printer.flags.width = Some(usize::try_from(width.unsigned_abs()).unwrap_or(0));
                }
                None => printer.write(b"%!(BADWIDTH)"),
            }
            self.after_index = false;
        } else {
            printer.flags.width = self.number();
            if self.after_index && printer.flags.width.is_some() {
                self.good = false;
            }
        }
    }

    fn precision(&mut self, printer: &mut Printer) {
        if self.at + 1 >= self.format.len() || self.peek() != Some(b'.') {
            return;
        }
        self.at += 1;
        if self.after_index {
            self.good = false;
        }
        self.argument_number();
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.int_argument() {
                Some(precision) if precision >= 0 => printer.flags.precision = usize::try_from(precision).ok(),
                _ => printer.write(b"%!(BADPREC)"),
            }
            self.after_index = false;
        } else {
            printer.flags.precision = Some(self.number().unwrap_or(0));
        }
    }

    /// Digits; far too many of them end the format, as `parsenum` has it.
    fn number(&mut self) -> Option<usize> {
        let mut value: Option<i64> = None;
        while let Some(c) = self.peek().filter(u8::is_ascii_digit) {
            if value.unwrap_or(0) > TOO_LARGE {
                self.at = self.format.len();
                return None;
            }
            value = Some(value.unwrap_or(0) * 10 + i64::from(c - b'0'));
            self.at += 1;
        }
        value.and_then(|v| usize::try_from(v).ok())
    }

    fn int_argument(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        let value = match argument {
            Value::Int(v) | Value::Int64(v) => *v,
            Value::Uint8(v) => i64::from(*v),
            Value::Uint64(v) => i64::try_from(*v).ok()?,
            Value::Foreign(foreign) => foreign.integer()?,
            _ => return None,
        };
        (value.abs() <= TOO_LARGE).then_some(value)
    }

    /// `[3]`
    fn argument_number(&mut self) {
        if self.peek() != Some(b'[') {
            self.after_index = false;
            return;
        }
        self.reordered = true;
        let rest = self.format.get(self.at..).unwrap_or_default();
        let close = if rest.len() < 3 { None } else { memchr::memchr(b']', rest) };
        let Some(close) = close else {
            self.good = false;
            self.at += 1;
            self.after_index = false;
            return;
        };
        let inside = rest.get(1..close).unwrap_or_default();
        let index = std::str::from_utf8(inside)
            .ok()
            .filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|text| text.parse::<i64>().ok())
            .filter(|v| *v <= TOO_LARGE);
        self.at += close + 1;
        match index {
            Some(index) if index >= 1 && index <= self.arguments.len() as i64 => {
                self.next = usize::try_from(index - 1).unwrap_or(0);
                self.after_index = true;
            }
            found => {
                self.good = false;
                self.after_index = found.is_some();
            }
        }
    }

    fn extra(&mut self, printer: &mut Printer) {
        printer.flags = Flags::default();
        printer.write(b"%!(EXTRA ");
        for (index, argument) in self.arguments.iter().skip(self.next).enumerate() {
            if index > 0 {
                printer.write(b", ");
            }
            if argument.is_nil_interface() {
                printer.write(b"<nil>");
            } else {
                printer.write(argument.type_name().as_bytes());
                printer.write(b"=");
                printer.print_arg(argument, 'v');
            }
        }
        printer.write(b")");
    }
}

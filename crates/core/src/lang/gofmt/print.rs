//! `fmt`: how each verb prints each kind of value.

use super::{
    Elem, Foreign, Kind, MAX_DEPTH, MAX_TEXT, TooLarge, Value, float,
    quote::{can_backquote, decode, quote, quote_char},
    unicode::is_print,
};

/// The flags, width and precision of one directive.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Flags {
    pub(super) sharp: bool,
    pub(super) sharp_v: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// Collects printed text and stops when there is too much of it.
#[derive(Debug, Default)]
pub struct Printer {
    pub(super) out: Vec<u8>,
    pub(super) flags: Flags,
    erroring: bool,
    exceeded: bool,
}

/// `fmt.Sprint`.
///
/// # Errors
/// When the text would be too large or the value is too deep.
pub fn sprint(values: &[Value]) -> Result<Vec<u8>, TooLarge> {
    let mut printer = Printer::default();
    printer.print(values);
    printer.finish()
}

/// The bytes of `fmt.Sprint` of one value, straight into a buffer.
pub fn sprint_bytes(value: &Value, out: &mut Vec<u8>) -> Result<(), TooLarge> {
    match value {
        Value::Str(text) => out.extend_from_slice(text.as_bytes()),
        other => out.extend(sprint(std::slice::from_ref(other))?),
    }
    Ok(())
}

/// `fmt.Sprintln`.
///
/// # Errors
/// As [`sprint`].
pub fn sprintln(values: &[Value]) -> Result<Vec<u8>, TooLarge> {
    let mut printer = Printer::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ');
        }
        printer.print_arg(value, 'v');
    }
    printer.out.push(b'\n');
    printer.finish()
}

impl Printer {
    /// The text, unless a limit was reached.
    ///
    /// # Errors
    /// When a limit was reached.
    pub fn finish(self) -> Result<Vec<u8>, TooLarge> {
        if self.exceeded || self.out.len() > MAX_TEXT { Err(TooLarge) } else { Ok(self.out) }
    }

    fn print(&mut self, values: &[Value]) {
        let mut previous_text = false;
        for (index, value) in values.iter().enumerate() {
            let text = matches!(value, Value::Str(_));
            if index > 0 && !text && !previous_text {
                self.out.push(b' ');
            }
            self.print_arg(value, 'v');
            previous_text = text;
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.out.len() + bytes.len() > MAX_TEXT {
            self.exceeded = true;
        } else {
            self.out.extend_from_slice(bytes);
        }
    }

    fn padding(&mut self, count: usize) {
        if self.out.len() + count > MAX_TEXT {
            self.exceeded = true;
            return;
        }
        let byte = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        self.out.resize(self.out.len() + count, byte);
    }

    pub(super) fn pad(&mut self, bytes: &[u8]) {
        let count = match self.flags.width {
            None | Some(0) => 0,
            Some(width) => width.saturating_sub(rune_count(bytes)),
        };
        if !self.flags.minus {
            self.padding(count);
        }
        self.write(bytes);
        if self.flags.minus {
            self.padding(count);
        }
    }

    fn pad_unzeroed(&mut self, bytes: &[u8]) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(bytes);
        self.flags.zero = zero;
    }

    pub(super) fn print_arg(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Invalid | Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Invalid | Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => self.fmt_s(value.type_name().as_bytes()),
            (Value::List(_) | Value::Map(_), 'p') => self.write(b"0xc000000000"),
            (_, 'p') => self.bad_verb(value, verb),
            _ => self.print_value(value, verb, 0),
        }
    }

    fn print_value(&mut self, value: &Value, verb: char, depth: usize) {
        if depth > MAX_DEPTH || self.exceeded {
            self.exceeded = true;
            return;
        }
        if verb == 'w' {
            return self.bad_verb(value, verb);
        }
        match value {
            Value::Invalid | Value::Nil if self.flags.sharp_v => self.write(b"interface {}(nil)"),
            Value::Invalid | Value::Nil => self.write(b"<nil>"),
            Value::Bool(v) if matches!(verb, 't' | 'v') => self.pad(if *v { b"true" } else { b"false" }),
            Value::Int(v) | Value::Int64(v) => self.integer(value, *v < 0, v.unsigned_abs(), true, verb),
            Value::Uint8(v) => self.integer(value, false, u64::from(*v), false, verb),
            Value::Uint64(v) => self.integer(value, false, *v, false, verb),
            Value::Float(v) => self.float(value, *v, verb),
            Value::Complex(real, imaginary) => self.complex(value, *real, *imaginary, verb),
            Value::Str(text) => self.string(value, text.as_bytes(), verb),
            Value::List(list) if list.elem == Elem::Byte && matches!(verb, 's' | 'q' | 'x' | 'X') => {
                let bytes: Vec<u8> = list.to_vec().iter().map(|v| if let Value::Uint8(b) = v { *b } else { 0 }).collect();
                self.string(value, &bytes, verb);
            }
            Value::List(list) => self.list(list, verb, depth),
            Value::Map(map) => self.map(map, verb, depth),
            Value::Foreign(foreign) => self.foreign(value, foreign.as_ref(), verb),
            Value::Bool(_) => self.bad_verb(value, verb),
        }
    }

    fn list(&mut self, list: &super::List, verb: char, depth: usize) {
        let sharp = self.flags.sharp_v;
        if sharp {
            self.write(list.elem.slice_type().as_bytes());
            if list.is_nil() {
                return self.write(b"(nil)");
            }
        }
        self.write(if sharp { b"{" } else { b"[" });
        for index in 0..list.len() {
            if self.exceeded {
                return;
            }
            if index > 0 {
                self.write(if sharp { b", " } else { b" " });
            }
            if let Some(item) = list.get(index) {
                self.print_value(&item, verb, depth + 1);
            }
        }
        self.write(if sharp { b"}" } else { b"]" });
    }

    fn map(&mut self, map: &super::Map, verb: char, depth: usize) {
        let sharp = self.flags.sharp_v;
        if sharp {
            self.write(map.type_name().as_bytes());
            if map.is_nil() {
                return self.write(b"(nil)");
            }
            self.write(b"{");
        } else {
            self.write(b"map[");
        }
        if let Some(entries) = map.entries() {
            for (index, (key, item)) in entries.iter().enumerate() {
                if self.exceeded {
                    return;
                }
                if index > 0 {
                    self.write(if sharp { b", " } else { b" " });
                }
                self.print_value(&Value::Str(key.clone()), verb, depth + 1);
                self.write(b":");
                self.print_value(item, verb, depth + 1);
            }
        }
        self.write(if sharp { b"}" } else { b"]" });
    }

    fn foreign(&mut self, value: &Value, foreign: &dyn Foreign, verb: char) {
        if !self.erroring
            && !self.flags.sharp_v
            && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
            && let Some(text) = foreign.string()
        {
            return self.string(value, &text, verb);
        }
        match foreign.integer() {
            Some(v) => self.integer(value, v < 0, v.unsigned_abs(), true, verb),
            None => self.write(&foreign.plain()),
        }
    }

    /// `%!d(string=x)`
    fn bad_verb(&mut self, value: &Value, verb: char) {
        let erroring = std::mem::replace(&mut self.erroring, true);
        self.write(b"%!");
        self.write(verb.encode_utf8(&mut [0; 4]).as_bytes());
        self.write(b"(");
        if value.is_nil_interface() {
            self.write(b"<nil>");
        } else {
            self.write(value.type_name().as_bytes());
            self.write(b"=");
            self.print_value(value, 'v', 0);
        }
        self.write(b")");
        self.erroring = erroring;
    }

    fn string(&mut self, value: &Value, bytes: &[u8], verb: char) {
        match verb {
            'v' if self.flags.sharp_v => self.fmt_q(bytes),
            'v' | 's' => self.fmt_s(bytes),
            'x' => self.fmt_sx(bytes, b"0123456789abcdefx"),
            'X' => self.fmt_sx(bytes, b"0123456789ABCDEFX"),
            'q' => self.fmt_q(bytes),
            _ => self.bad_verb(value, verb),
        }
    }

    pub(super) fn fmt_s(&mut self, bytes: &[u8]) {
        let cut = truncate(bytes, self.flags.precision);
        self.pad(cut);
    }

    fn fmt_q(&mut self, bytes: &[u8]) {
        let cut = truncate(bytes, self.flags.precision);
        if self.flags.sharp && can_backquote(cut) {
            let raw = [b"`", cut, b"`"].concat();
            return self.pad(&raw);
        }
        let quoted = quote(cut, self.flags.plus);
        self.pad(&quoted);
    }

    fn fmt_sx(&mut self, bytes: &[u8], digits: &[u8; 17]) {
        let [.., x] = *digits;
        let bytes = bytes.get(..self.flags.precision.unwrap_or(bytes.len()).min(bytes.len())).unwrap_or_default();
        if bytes.is_empty() {
            return self.padding(self.flags.width.unwrap_or(0));
        }
        let mut text = Vec::with_capacity(bytes.len() * 2 + 2);
        for (index, byte) in bytes.iter().enumerate() {
            if self.flags.space && index > 0 {
                text.push(b' ');
            }
            if self.flags.sharp && (index == 0 || self.flags.space) {
                text.extend_from_slice(&[b'0', x]);
            }
            text.extend(digits.get(usize::from(byte >> 4)));
            text.extend(digits.get(usize::from(byte & 15)));
        }
        let count = self.flags.width.unwrap_or(0).saturating_sub(text.len());
        if !self.flags.minus {
            self.padding(count);
        }
        self.write(&text);
        if self.flags.minus {
            self.padding(count);
        }
    }

    fn integer(&mut self, value: &Value, negative: bool, magnitude: u64, signed: bool, verb: char) {
        match verb {
            'v' if self.flags.sharp_v && !signed => {
                let sharp = std::mem::replace(&mut self.flags.sharp, true);
                self.fmt_integer(false, magnitude, 16, verb, b'x');
                self.flags.sharp = sharp;
            }
            'v' | 'd' => self.fmt_integer(negative, magnitude, 10, verb, b'x'),
            'b' => self.fmt_integer(negative, magnitude, 2, verb, b'x'),
            'o' | 'O' => self.fmt_integer(negative, magnitude, 8, verb, b'x'),
            'x' => self.fmt_integer(negative, magnitude, 16, verb, b'x'),
            'X' => self.fmt_integer(negative, magnitude, 16, verb, b'X'),
            'c' | 'q' => {
                let code = if negative { magnitude.wrapping_neg() } else { magnitude };
                let c = u32::try_from(code).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
                if verb == 'c' {
                    self.pad(c.encode_utf8(&mut [0; 4]).as_bytes());
                } else {
                    let quoted = quote_char(c, self.flags.plus);
                    self.pad(&quoted);
                }
            }
            'U' => self.unicode(if negative { magnitude.wrapping_neg() } else { magnitude }),
            _ => self.bad_verb(value, verb),
        }
    }

    fn unicode(&mut self, code: u64) {
        let precision = self.flags.precision.filter(|p| *p > 4).unwrap_or(4);
        let mut text = format!("U+{code:0precision$X}");
        if self.flags.sharp
            && let Some(c) = u32::try_from(code).ok().and_then(char::from_u32)
            && is_print(c)
        {
            text.push_str(&format!(" '{c}'"));
        }
        self.pad_unzeroed(text.as_bytes());
    }

    fn fmt_integer(&mut self, negative: bool, magnitude: u64, base: u32, verb: char, x: u8) {
        let flags = self.flags;
        let mut precision = 0;
        if let Some(wanted) = flags.precision {
            precision = wanted;
            if wanted == 0 && magnitude == 0 {
                let zero = std::mem::take(&mut self.flags.zero);
                self.padding(flags.width.unwrap_or(0));
                self.flags.zero = zero;
                return;
            }
        } else if flags.zero && !flags.minus && flags.width.is_some() {
            precision = flags.width.unwrap_or(0);
            if negative || flags.plus || flags.space {
                precision = precision.saturating_sub(1);
            }
        }
        let digits = match base {
            2 => format!("{magnitude:b}"),
            8 => format!("{magnitude:o}"),
            16 if x == b'X' => format!("{magnitude:X}"),
            16 => format!("{magnitude:x}"),
            _ => magnitude.to_string(),
        };
        let mut text = Vec::with_capacity(digits.len().max(precision) + 4);
        if negative {
            text.push(b'-');
        } else if flags.plus {
            text.push(b'+');
        } else if flags.space {
            text.push(b' ');
        }
        if verb == 'O' {
            text.extend_from_slice(b"0o");
        }
        let zeros = precision.saturating_sub(digits.len());
        if flags.sharp {
            match base {
                2 => text.extend_from_slice(b"0b"),
                8 if zeros == 0 && !digits.starts_with('0') => text.push(b'0'),
                16 => text.extend_from_slice(&[b'0', x]),
                _ => {}
            }
        }
        text.resize(text.len() + zeros, b'0');
        text.extend_from_slice(digits.as_bytes());
        self.pad_unzeroed(&text);
    }

    fn float(&mut self, value: &Value, number: f64, verb: char) {
        match verb {
            'v' => self.fmt_float(number, b'g', -1),
            'b' | 'g' | 'G' | 'x' | 'X' => self.fmt_float(number, verb as u8, -1),
            'f' | 'e' | 'E' => self.fmt_float(number, verb as u8, 6),
            'F' => self.fmt_float(number, b'f', 6),
            _ => self.bad_verb(value, verb),
        }
    }

    fn complex(&mut self, value: &Value, real: f64, imaginary: f64, verb: char) {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return self.bad_verb(value, verb);
        }
        let plus = self.flags.plus;
        self.write(b"(");
        self.float(value, real, verb);
        self.flags.plus = true;
        self.float(value, imaginary, verb);
        self.flags.plus = plus;
        self.write(b"i)");
    }

    fn fmt_float(&mut self, number: f64, verb: u8, precision: i32) {
        let precision = self.flags.precision.map_or(precision, |p| i32::try_from(p).unwrap_or(i32::MAX));
        let text = float::format(number, verb, precision);
        let (mut sign, body) = match text.strip_prefix(['+', '-']) {
            Some(body) => (text.as_bytes().first().copied().unwrap_or(b'+'), body.to_owned()),
            None => (b'+', text),
        };
        if self.flags.space && sign == b'+' && !self.flags.plus {
            sign = b' ';
        }
        if number.is_nan() || number.is_infinite() {
            let show = sign != b'+' || self.flags.plus || number.is_infinite();
            let text = if show && !(number.is_nan() && !self.flags.space && !self.flags.plus) {
                [&[sign], body.as_bytes()].concat()
            } else {
                body.into_bytes()
            };
            return self.pad_unzeroed(&text);
        }
        let body = if self.flags.sharp && verb != b'b' { sharpened(&body, verb, precision) } else { body };
        if self.flags.plus || sign != b'+' {
            let width = self.flags.width.unwrap_or(0);
            if self.flags.zero && !self.flags.minus && width > body.len() + 1 {
                self.write(&[sign]);
                self.padding(width - body.len() - 1);
                return self.write(body.as_bytes());
            }
            let text = [&[sign], body.as_bytes()].concat();
            return self.pad(&text);
        }
        self.pad(body.as_bytes());
    }
}

/// The `#` flag: always a decimal point, and for `%g` the trailing zeros.
fn sharpened(body: &str, verb: u8, precision: i32) -> String {
    let mut digits = match verb {
        b'g' | b'G' | b'x' if precision < 0 => 6,
        b'g' | b'G' | b'x' => precision,
        _ => 0,
    };
    let split = body.find(|c: char| matches!(c, 'p' | 'P') || (matches!(c, 'e' | 'E') && !matches!(verb, b'x' | b'X')));
    let (number, tail) = body.split_at(split.unwrap_or(body.len()));
    let mut nonzero = false;
    for c in number.chars().filter(|c| *c != '.') {
        nonzero |= c != '0';
        if nonzero {
            digits -= 1;
        }
    }
    let mut text = number.to_owned();
    if !number.contains('.') {
        if number == "0" {
            digits -= 1;
        }
        text.push('.');
    }
    for _ in 0..digits.max(0) {
        text.push('0');
    }
    text.push_str(tail);
    text
}

fn rune_count(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().count(),
        Err(_) => bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum(),
    }
}

fn truncate(bytes: &[u8], precision: Option<usize>) -> &[u8] {
    let Some(mut left) = precision else { return bytes };
    let mut at = 0;
    while at < bytes.len() {
        if left == 0 {
            return bytes.get(..at).unwrap_or_default();
        }
        left -= 1;
        at += decode(bytes.get(at..).unwrap_or_default()).1;
    }
    bytes
}

impl Value {
    /// Whether it is a slice, which is what most list functions ask.
    pub fn is_slice(&self) -> bool {
        self.kind() == Kind::Slice
    }
}

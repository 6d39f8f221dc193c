//! Number literals: every type that the text may have.

use super::{lex::Kind, node::Number};
use crate::lang::gofmt::{
    number::{parse_float, parse_int, parse_uint},
    quote::unquote_char,
};

/// Reads a literal.
pub(super) fn number(text: &str, kind: Kind) -> Result<Number, String> {
    let mut number = Number { text: text.to_owned(), ..Number::default() };
    match kind {
        Kind::CharConstant => {
            let mut bytes = Vec::new();
            let inside = text.get(1..).unwrap_or_default();
            let rest = unquote_char(inside, '\'', &mut bytes).ok_or("invalid syntax")?;
            if rest != "'" || inside.starts_with('\'') {
                return Err(format!("malformed character constant: {text}"));
            }
            let code = match std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
                Some(c) => u32::from(c),
                None => bytes.first().copied().map_or(0, u32::from),
            };
            number.int = Some(i64::from(code));
            number.uint = Some(u64::from(code));
            number.float = Some(f64::from(code));
            return Ok(number);
        }
        Kind::Complex => {
            let bare = text.strip_suffix('i').unwrap_or(text);
            let split = bare
                .char_indices()
                .skip(1)
                .filter(|(at, c)| matches!(c, '+' | '-') && !bare.get(..*at).is_some_and(|head| head.ends_with(['e', 'E', 'p', 'P'])))
                .map(|(at, _)| at)
                .last()
                .ok_or("syntax error scanning complex number")?;
            let (real, imaginary) = bare.split_at(split);
            let read = |part: &str| parse_float(part).map_err(|_| "syntax error scanning complex number".to_owned());
            number.simplify(read(real)?, read(imaginary)?);
            return Ok(number);
        }
        _ => {}
    }
    if let Some(bare) = text.strip_suffix('i')
        && let Ok(imaginary) = parse_float(bare)
    {
        number.simplify(0.0, imaginary);
        return Ok(number);
    }
    number.uint = parse_uint(text, 0).ok();
    number.int = parse_int(text, 0).ok();
    if number.int == Some(0) {
        number.uint = Some(number.uint.unwrap_or(0));
    }
    if let Some(int) = number.int {
        number.float = Some(int as f64);
    } else if let Some(uint) = number.uint {
        number.float = Some(uint as f64);
    } else if let Ok(float) = parse_float(text) {
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {text:?}"));
        }
        number.float = Some(float);
        number.fit(float);
    }
    if number.int.is_none() && number.uint.is_none() && number.float.is_none() {
        return Err(format!("illegal number syntax: {text:?}"));
    }
    Ok(number)
}

impl Number {
    fn simplify(&mut self, real: f64, imaginary: f64) {
        self.complex = Some((real, imaginary));
        if imaginary == 0.0 {
            self.float = Some(real);
            self.fit(real);
        }
    }

    fn fit(&mut self, float: f64) {
        let whole = float.fract() == 0.0;
        if whole && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float) {
            self.int = Some(float as i64);
        }
        if whole && (0.0..18_446_744_073_709_551_616.0).contains(&float) {
            self.uint = Some(float as u64);
        }
    }
}

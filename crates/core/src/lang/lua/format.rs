//! `string.format`, which gopher-lua hands to Go's `fmt`.

use super::number;
use super::value::Value;

/// Formats with the common verbs; surplus arguments are dropped, missing ones show as Go shows them.
pub(super) fn format(template: &[u8], arguments: &[Value]) -> String {
    let template = String::from_utf8_lossy(template).into_owned();
    let mut arguments = arguments.iter();
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = chars.peek().copied().filter(|c| "+-# 0".contains(*c)) {
            flags.push(flag);
            chars.next();
        }
        let width = digits(&mut chars);
        let precision = if chars.peek() == Some(&'.') {
            chars.next();
            Some(digits(&mut chars).unwrap_or(0))
        } else {
            None
        };
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => match arguments.next() {
                None => out.push_str(&format!("%!{verb}(MISSING)")),
                Some(argument) => out.push_str(&pad(&one(verb, argument, &flags, precision), width.unwrap_or(0), &flags)),
            },
        }
    }
    out
}

fn digits(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<usize> {
    let mut number: Option<usize> = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize).min(10_000));
        chars.next();
    }
    number
}

fn pad(text: &str, width: usize, flags: &str) -> String {
    let missing = width.saturating_sub(text.chars().count());
    if flags.contains('-') {
        return format!("{text}{}", " ".repeat(missing));
    }
    if flags.contains('0') {
        let (sign, digits) = match text.strip_prefix(['-', '+']) {
            Some(digits) => (text.get(..1).unwrap_or_default(), digits),
            None => ("", text),
        };
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    format!("{}{text}", " ".repeat(missing))
}

fn one(verb: char, argument: &Value, flags: &str, precision: Option<usize>) -> String {
    let signed = |text: String| if flags.contains('+') && !text.starts_with('-') { format!("+{text}") } else { text };
    let cut = |text: String| precision.map_or(text.clone(), |count| text.chars().take(count).collect());
    match argument {
        Value::Number(value) => match verb {
            's' => cut(number::format(*value)),
            'q' => format!("\"{}\"", number::format(*value)),
            'd' | 'i' => signed(format!("{}", *value as i64)),
            'x' => format!("{:x}", *value as i64),
            'X' => format!("{:X}", *value as i64),
            'o' => format!("{:o}", *value as i64),
            'b' => format!("{:b}", *value as i64),
            'c' => char::from_u32(*value as u32).map(String::from).unwrap_or_default(),
            'f' | 'F' => signed(format!("{value:.*}", precision.unwrap_or(6))),
            'e' => signed(exponent(*value, precision.unwrap_or(6))),
            'g' | 'v' => signed(number::format(*value)),
            other => format!("%!{other}(float64={})", number::format(*value)),
        },
        Value::Text(text) => {
            let text = String::from_utf8_lossy(text).into_owned();
            match verb {
                's' | 'v' | 'd' | 'i' => cut(text),
                'q' => crate::lang::gofmt_quote(&text),
                'x' => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
                other => format!("%!{other}(string={text})"),
            }
        }
        Value::Bool(value) => match verb {
            't' | 'v' => value.to_string(),
            's' => format!("%!s(lua.LBool={value})"),
            other => format!("%!{other}(lua.LBool={value})"),
        },
        other => other.display(),
    }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

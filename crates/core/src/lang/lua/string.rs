//! The `string` library.

use super::ast::Bytes;
use super::format;
use super::library::{Arguments, Builtin};
use super::machine::{Machine, Ran};
use super::pattern::{self, Capture, Match};
use super::value::{Table, Value};

pub(super) fn call(machine: &mut Machine<'_>, builtin: Builtin, arguments: &Arguments) -> Ran<Vec<Value>> {
    if builtin == Builtin::Char {
        let mut bytes = Vec::new();
        for at in 1..=arguments.len() {
            bytes.push(arguments.integer(machine, at)?.to_le_bytes()[0]);
        }
        return Ok(vec![Value::Text(bytes.into())]);
    }
    if builtin == Builtin::GmatchStep {
        return gmatch_step(machine, arguments);
    }
    let text = arguments.text(machine, 1)?;
    Ok(match builtin {
        Builtin::Len => vec![Value::Number(text.len() as f64)],
        Builtin::Lower => vec![Value::text(String::from_utf8_lossy(&text).to_lowercase())],
        Builtin::Upper => vec![Value::text(String::from_utf8_lossy(&text).to_uppercase())],
        Builtin::Reverse => vec![Value::Text(text.iter().rev().copied().collect())],
        Builtin::Rep => {
            let count = usize::try_from(arguments.integer(machine, 2)?).unwrap_or(0);
            machine.charge(text.len().saturating_mul(count))?;
            vec![Value::Text(text.repeat(count).into())]
        }
        Builtin::Byte => {
            let from = arguments.integer_or(machine, 2, 1)? - 1;
            let to = arguments.integer_or(machine, 3, -1)?;
            let length = i64::try_from(text.len()).unwrap_or(0);
            let from = if from < 0 { (length + from + 1).max(0) } else { from };
            let to = if arguments.len() == 2 || arguments.len() == 1 {
                from + 1
            } else if to < 0 {
                length + to + 1
            } else {
                to
            };
            let range = usize::try_from(from).unwrap_or(0)..usize::try_from(to.min(length)).unwrap_or(0);
            text.get(range).unwrap_or_default().iter().map(|byte| Value::Number(f64::from(*byte))).collect()
        }
        Builtin::Sub => {
            let start = place(&text, arguments.integer(machine, 2)?, true);
            let end = place(&text, arguments.integer_or(machine, 3, -1)?, false);
            vec![Value::Text(text.get(start..end).unwrap_or_default().into())]
        }
        Builtin::Format => {
            let written = format::format(&text, arguments.0.get(1..).unwrap_or_default());
            machine.charge(written.len())?;
            vec![Value::text(written)]
        }
        Builtin::Find => find(machine, &text, arguments)?,
        Builtin::Match => {
            let pattern = arguments.text(machine, 2)?;
            let init = arguments.integer_or(machine, 3, 1)?;
            let init = if init < 0 { i64::try_from(text.len()).unwrap_or(0) + init + 1 } else { init };
            let found = search(machine, &pattern, &text, usize::try_from(init - 1).unwrap_or(0), Some(1))?;
            match found.first() {
                None => Vec::new(),
                Some(found) => captures_or_whole(&text, found),
            }
        }
        Builtin::Gsub => gsub(machine, &text, arguments)?,
        Builtin::Gmatch => {
            let pattern = arguments.text(machine, 2)?;
            let found = search(machine, &pattern, &text, 0, None)?;
            let mut matches = Table::default();
            for found in &found {
                let mut row = Table::default();
                for value in captures_or_whole(&text, found) {
                    row.push(value);
                }
                let row = machine.heap.adopt(row);
                matches.push(row);
            }
            vec![Value::Builtin(Builtin::GmatchStep), machine.heap.adopt(matches), Value::Nil]
        }
        _ => Vec::new(),
    })
}

/// The rows were made at once; each step takes the next.
fn gmatch_step(machine: &mut Machine<'_>, arguments: &Arguments) -> Ran<Vec<Value>> {
    let at = arguments.table(machine, 1)?;
    let Some(rows) = machine.heap.tables.get_mut(at) else { return Ok(vec![Value::Nil]) };
    if rows.array().is_empty() {
        return Ok(vec![Value::Nil]);
    }
    match rows.array_mut().remove(0) {
        Value::Table(row) => Ok(machine.heap.tables.get(row).map(|row| row.array().to_vec()).unwrap_or_default()),
        _ => Ok(vec![Value::Nil]),
    }
}

fn place(text: &[u8], at: i64, start: bool) -> usize {
    let length = i64::try_from(text.len()).unwrap_or(0);
    let at = if start && at != 0 { at.saturating_sub(1) } else { at };
    let at = if at < 0 { length.saturating_add(at).saturating_add(1) } else { at };
    let at = at.max(0);
    usize::try_from(if start { at } else { at.min(length) }).unwrap_or(0)
}

fn search(machine: &mut Machine<'_>, pattern: &[u8], text: &[u8], init: usize, limit: Option<usize>) -> Ran<Vec<Match>> {
    match pattern::find(pattern, text, init, limit) {
        Ok(found) => Ok(found),
        Err(problem) => machine.error(problem),
    }
}

fn capture(text: &[u8], capture: Capture) -> Value {
    match capture {
        Capture::Position(at) => Value::Number(at as f64),
        Capture::Range(start, end) => Value::Text(text.get(start..end).unwrap_or_default().into()),
        Capture::Open(start) => Value::Text(text.get(start..).unwrap_or_default().into()),
    }
}

fn captures_or_whole(text: &[u8], found: &Match) -> Vec<Value> {
    if found.captures.is_empty() {
        return vec![Value::Text(text.get(found.start..found.end).unwrap_or_default().into())];
    }
    found.captures.iter().map(|at| capture(text, *at)).collect()
}

fn find(machine: &mut Machine<'_>, text: &[u8], arguments: &Arguments) -> Ran<Vec<Value>> {
    let pattern = arguments.text(machine, 2)?;
    if pattern.is_empty() {
        return Ok(vec![Value::Number(1.0), Value::Number(0.0)]);
    }
    let init = place(text, arguments.integer_or(machine, 3, 1)?, true);
    if arguments.len() == 4 && arguments.get(4).truthy() {
        let rest = text.get(init..).unwrap_or_default();
        return Ok(match rest.windows(pattern.len()).position(|window| window == &*pattern) {
            Some(at) => vec![Value::Number((init + at + 1) as f64), Value::Number((init + at + pattern.len()) as f64)],
            None => vec![Value::Nil],
        });
    }
    Ok(match search(machine, &pattern, text, init, Some(1))?.first() {
        None => vec![Value::Nil],
        Some(found) => [Value::Number((found.start + 1) as f64), Value::Number(found.end as f64)]
            .into_iter()
            .chain(found.captures.iter().map(|at| capture(text, *at)))
            .collect(),
    })
}

fn gsub(machine: &mut Machine<'_>, text: &Bytes, arguments: &Arguments) -> Ran<Vec<Value>> {
    let pattern = arguments.text(machine, 2)?;
    let replacement = match arguments.get(3) {
        number @ Value::Number(_) => Value::text(number.display()),
        ok @ (Value::Text(_) | Value::Table(_) | Value::Closure(_) | Value::Builtin(_)) => ok,
        other => return Arguments::complain(machine, 3, format!("string or table or function expected, got {}", other.kind())),
    };
    let limit = arguments.integer_or(machine, 4, -1)?;
    let found = search(machine, &pattern, text, 0, usize::try_from(limit).ok())?;
    let mut out = Vec::new();
    let mut from = 0;
    for found in &found {
        let first = captures_or_whole(text, found).into_iter().next().unwrap_or_default();
        let new = match &replacement {
            Value::Text(template) => Some(expand(machine, template, text, found)?),
            Value::Table(_) => replaced(&machine.index(&replacement, &first)?),
            function => {
                let values = machine.call(function, captures_or_whole(text, found), b"?"[..].into())?;
                replaced(values.first().unwrap_or(&Value::Nil))
            }
        };
        out.extend_from_slice(text.get(from..found.start).unwrap_or_default());
        match new {
            Some(new) => out.extend_from_slice(&new),
            None => out.extend_from_slice(text.get(found.start..found.end).unwrap_or_default()),
        }
        from = found.end;
        machine.charge(out.len() / 64)?;
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    machine.charge(out.len())?;
    Ok(vec![Value::Text(out.into()), Value::Number(found.len() as f64)])
}

fn replaced(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Text(text) => Some(text.to_vec()),
        Value::Number(_) => Some(value.display().into_bytes()),
        value if value.truthy() => Some(Vec::new()),
        _ => None,
    }
}

/// `%0` to `%9` in a replacement; any other `%x` stays.
fn expand(machine: &Machine<'_>, template: &[u8], text: &[u8], found: &Match) -> Ran<Vec<u8>> {
    let mut out = Vec::new();
    let mut bytes = template.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'0') => out.extend_from_slice(text.get(found.start..found.end).unwrap_or_default()),
            Some(digit @ b'1'..=b'9') => {
                let at = usize::from(digit - b'1');
                let value = match found.captures.get(at) {
                    Some(found) => capture(text, *found),
                    None if at == 0 && found.captures.is_empty() => {
                        Value::Text(text.get(found.start..found.end).unwrap_or_default().into())
                    }
                    None => return machine.error("invalid capture index"),
                };
                out.extend_from_slice(value.display().as_bytes());
            }
            Some(b'%') => out.push(b'%'),
            Some(other) => out.extend_from_slice(&[b'%', other]),
            None => out.push(b'%'),
        }
    }
    Ok(out)
}

//! The base library.

use std::rc::Rc;

use super::library::{self, Arguments, Builtin};
use super::machine::{Machine, Ran};
use super::value::Value;
use super::{LuaError, number, parser};

pub(super) fn call(machine: &mut Machine<'_>, builtin: Builtin, arguments: Arguments) -> Ran<Vec<Value>> {
    Ok(match builtin {
        Builtin::Assert => {
            if !arguments.get(1).truthy() {
                let message = if arguments.get(2).is_nil() { "assertion failed!".into() } else { arguments.get(2).display() };
                return machine.error(message);
            }
            arguments.0
        }
        Builtin::Error => return raise(machine, &arguments),
        Builtin::Ipairs => {
            let table = arguments.table(machine, 1)?;
            vec![Value::Builtin(Builtin::IpairsStep), Value::Table(table), Value::Number(0.0)]
        }
        Builtin::IpairsStep => {
            let at = arguments.get(2).as_number().unwrap_or(0.0) + 1.0;
            let value = machine.index(&arguments.get(1), &Value::Number(at))?;
            if value.is_nil() { vec![Value::Nil] } else { vec![Value::Number(at), value] }
        }
        Builtin::Pairs => {
            let table = arguments.table(machine, 1)?;
            vec![Value::Builtin(Builtin::Next), Value::Table(table), Value::Nil]
        }
        Builtin::Next => {
            let table = arguments.table(machine, 1)?;
            match machine.heap.tables.get(table).and_then(|table| table.next(&arguments.get(2))) {
                Some((key, value)) => vec![key, value],
                None => vec![Value::Nil],
            }
        }
        Builtin::Pcall | Builtin::Xpcall => return protected(machine, builtin, arguments),
        Builtin::LoadString => {
            let source = arguments.text(machine, 1)?;
            machine.charge(source.len())?;
            match parser::parse(&String::from_utf8_lossy(&source)) {
                Ok(proto) => {
                    machine.heap.closures.push(super::value::Closure { proto: Rc::new(proto), upvalues: Rc::from([]) });
                    vec![Value::Closure(machine.heap.closures.len() - 1)]
                }
                Err(message) => vec![Value::Nil, Value::text(message)],
            }
        }
        Builtin::RawEqual => vec![Value::Bool(arguments.any(machine, 1)?.same(&arguments.any(machine, 2)?))],
        Builtin::RawGet => {
            let table = arguments.table(machine, 1)?;
            vec![machine.heap.tables.get(table).map(|table| table.get(&arguments.get(2))).unwrap_or_default()]
        }
        Builtin::RawSet => {
            let table = arguments.table(machine, 1)?;
            if let Some(table) = machine.heap.tables.get_mut(table) {
                table.set(&arguments.get(2), arguments.get(3));
            }
            Vec::new()
        }
        Builtin::Require => require(machine, &arguments)?,
        Builtin::Select => select(machine, &arguments)?,
        Builtin::GetMetatable => vec![metatable(machine, &arguments.any(machine, 1)?)],
        Builtin::SetMetatable => set_metatable(machine, &arguments)?,
        Builtin::ToNumber => vec![to_number(machine, &arguments)?],
        Builtin::ToString => {
            let value = arguments.any(machine, 1)?;
            match machine.metamethod(&value, "__tostring") {
                Value::Nil => vec![Value::text(value.display())],
                handler => machine.call(&handler, vec![value], b"?"[..].into())?,
            }
        }
        Builtin::Type => vec![Value::text(arguments.any(machine, 1)?.kind())],
        Builtin::Unpack => unpack(machine, &arguments)?,
        // What is printed goes nowhere, as in the controller.
        _ => Vec::new(),
    })
}

fn unpack(machine: &mut Machine<'_>, arguments: &Arguments) -> Ran<Vec<Value>> {
    let table = arguments.table(machine, 1)?;
    let length = machine.heap.tables.get(table).map_or(0, super::value::Table::length);
    let from = arguments.integer_or(machine, 2, 1)?;
    let to = arguments.integer_or(machine, 3, i64::try_from(length).unwrap_or(0))?;
    let count = usize::try_from(to.saturating_sub(from).saturating_add(1)).unwrap_or(0);
    machine.charge(count.saturating_mul(16))?;
    let table = machine.heap.tables.get(table);
    Ok((from..=to).map(|at| table.map(|table| table.get(&Value::Number(at as f64))).unwrap_or_default()).collect())
}

fn raise(machine: &Machine<'_>, arguments: &Arguments) -> Ran<Vec<Value>> {
    let value = arguments.any(machine, 1)?;
    let level = arguments.integer_or(machine, 2, 1)?;
    Err(LuaError::value(match value {
        Value::Text(text) if level > 0 => Value::text(format!("<string>:{}: {}", machine.line, String::from_utf8_lossy(&text))),
        other => other,
    }))
}

fn protected(machine: &mut Machine<'_>, builtin: Builtin, mut arguments: Arguments) -> Ran<Vec<Value>> {
    let function = arguments.any(machine, 1)?;
    let handler = if builtin == Builtin::Xpcall { Some(arguments.function(machine, 2)?) } else { None };
    let rest = if handler.is_some() { Vec::new() } else { arguments.0.split_off(1) };
    let line = machine.line;
    Ok(match machine.call(&function, rest, b"?"[..].into()) {
        Ok(values) => std::iter::once(Value::Bool(true)).chain(values).collect(),
        Err(error) => {
            machine.line = line;
            // Out of time is final: a program cannot go on by catching it.
            machine.step()?;
            let mut results = vec![Value::Bool(false)];
            match handler {
                Some(handler) => results.extend(machine.call(&handler, vec![error.into_value()], b"?"[..].into())?),
                None => results.push(error.into_value()),
            }
            results
        }
    })
}

fn require(machine: &mut Machine<'_>, arguments: &Arguments) -> Ran<Vec<Value>> {
    let name = arguments.text(machine, 1)?;
    if &*name == b"os" {
        return Ok(vec![library::safe_os(machine)]);
    }
    let found = machine.global(&name);
    let known = ["table", "string", "math", "os", "io", "coroutine", "debug", "_G"].iter().any(|module| module.as_bytes() == &*name);
    if known && !found.is_nil() {
        return Ok(vec![found]);
    }
    let name = String::from_utf8_lossy(&name).into_owned();
    machine.error(format!("module {name} not found:\n\tno field package.preload['{name}'], "))
}

fn select(machine: &Machine<'_>, arguments: &Arguments) -> Ran<Vec<Value>> {
    match arguments.get(1) {
        Value::Number(index) => {
            let count = i64::try_from(arguments.len()).unwrap_or(0);
            let mut index = index as i64;
            if index < 0 {
                index += count;
            } else if index > count {
                index = count;
            }
            if index < 1 {
                return Arguments::complain(machine, 1, "index out of range");
            }
            Ok(arguments.0.get(usize::try_from(index).unwrap_or(0)..).unwrap_or_default().to_vec())
        }
        Value::Text(text) if &*text == b"#" => Ok(vec![Value::Number((arguments.len() - 1) as f64)]),
        Value::Text(text) => Arguments::complain(machine, 1, format!("invalid string '{}'", String::from_utf8_lossy(&text))),
        other => Arguments::complain(machine, 1, format!("number or string expected, got {}", other.kind())),
    }
}

fn metatable(machine: &Machine<'_>, value: &Value) -> Value {
    let at = match value {
        Value::Table(at) => machine.heap.tables.get(*at).and_then(|table| table.metatable),
        Value::Text(_) => machine.strings,
        _ => None,
    };
    let Some(at) = at else { return Value::Nil };
    match machine.heap.tables.get(at).map(|table| table.get_text("__metatable")).unwrap_or_default() {
        Value::Nil => Value::Table(at),
        hidden => hidden,
    }
}

fn set_metatable(machine: &mut Machine<'_>, arguments: &Arguments) -> Ran<Vec<Value>> {
    let table = arguments.table(machine, 1)?;
    let metatable = match arguments.get(2) {
        Value::Nil => None,
        Value::Table(at) => Some(at),
        other => return Arguments::complain(machine, 2, format!("nil or table expected, got {}", other.kind())),
    };
    let guarded = machine.metamethod(&Value::Table(table), "__metatable");
    if !guarded.is_nil() {
        return machine.error("cannot change a protected metatable");
    }
    if let Some(table) = machine.heap.tables.get_mut(table) {
        table.metatable = metatable;
    }
    Ok(vec![Value::Table(table)])
}

fn to_number(machine: &Machine<'_>, arguments: &Arguments) -> Ran<Value> {
    let base = arguments.integer_or(machine, 2, 10)?;
    Ok(match arguments.any(machine, 1)? {
        Value::Number(value) => Value::Number(value),
        Value::Text(text) => {
            let text = String::from_utf8_lossy(&text);
            let text = text.trim_matches([' ', '\n', '\t']);
            let parsed = if text.contains('.') {
                text.parse::<f64>().ok()
            } else if arguments.get(2).is_nil() && text.to_ascii_lowercase().starts_with("0x") {
                text.get(2..).and_then(|digits| number::parse_radix(digits, 16))
            } else {
                u32::try_from(base).ok().filter(|base| (2..=36).contains(base)).and_then(|base| number::parse_radix(text, base))
            };
            parsed.map_or(Value::Nil, Value::Number)
        }
        _ => Value::Nil,
    })
}

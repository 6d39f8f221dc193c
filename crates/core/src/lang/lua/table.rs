//! The `table` library.

use super::library::{Arguments, Builtin};
use super::machine::{Machine, Ran};
use super::value::{Table, Value};

pub(super) fn call(machine: &mut Machine<'_>, builtin: Builtin, arguments: Arguments) -> Ran<Vec<Value>> {
    let at = arguments.table(machine, 1)?;
    let length = machine.heap.tables.get(at).map_or(0, Table::length);
    Ok(match builtin {
        Builtin::GetN => vec![Value::Number(length as f64)],
        Builtin::MaxN => {
            let mut largest = 0.0_f64;
            let mut key = Value::Nil;
            while let Some((next, _)) = machine.heap.tables.get(at).and_then(|table| table.next(&key)) {
                machine.step()?;
                if let Value::Number(number) = next {
                    largest = largest.max(number);
                }
                key = next;
            }
            vec![Value::Number(largest)]
        }
        Builtin::Concat => concat(machine, at, length, &arguments)?,
        Builtin::Insert => {
            if arguments.len() == 1 {
                return machine.error("wrong number of arguments");
            }
            machine.charge(24)?;
            if arguments.len() == 2 {
                append(machine, at, arguments.get(2));
            } else {
                let place = arguments.integer(machine, 2)?;
                insert(machine, at, place, arguments.get(3))?;
            }
            Vec::new()
        }
        Builtin::Remove => {
            let place = if arguments.len() == 1 { -1 } else { arguments.integer(machine, 2)? };
            vec![remove(machine, at, place)]
        }
        Builtin::Sort => {
            let order = if arguments.len() == 1 { None } else { Some(arguments.function(machine, 2)?) };
            sort(machine, at, order.as_ref())?;
            Vec::new()
        }
        _ => Vec::new(),
    })
}

/// Behind the last value; a nil is not kept.
fn append(machine: &mut Machine<'_>, at: usize, value: Value) {
    if value.is_nil() {
        return;
    }
    if let Some(table) = machine.heap.tables.get_mut(at) {
        let length = table.length();
        table.array_mut().truncate(length);
        table.push(value);
    }
}

fn insert(machine: &mut Machine<'_>, at: usize, place: i64, value: Value) -> Ran<()> {
    let length = machine.heap.tables.get(at).map_or(0, |table| table.array().len());
    let index = if place < 0 { i64::try_from(length).unwrap_or(0) + place + 1 } else { place - 1 };
    let Some(table) = machine.heap.tables.get_mut(at) else { return Ok(()) };
    match usize::try_from(index) {
        Ok(index) if index < length => table.array_mut().insert(index, value),
        Ok(_) => {
            machine.charge(usize::try_from(index).unwrap_or(0).saturating_mul(8))?;
            if let Some(table) = machine.heap.tables.get_mut(at) {
                table.set(&Value::Number(place as f64), value);
            }
        }
        Err(_) => table.set(&Value::Number(place as f64), value),
    }
    Ok(())
}

fn remove(machine: &mut Machine<'_>, at: usize, place: i64) -> Value {
    let Some(table) = machine.heap.tables.get_mut(at) else { return Value::Nil };
    let array = table.array_mut();
    if array.is_empty() {
        return Value::Nil;
    }
    let last = i64::try_from(array.len() - 1).unwrap_or(0);
    let index = place - 1;
    if index >= i64::try_from(array.len()).unwrap_or(0) {
        return Value::Nil;
    }
    if index == last || index < 0 {
        return array.pop().unwrap_or_default();
    }
    usize::try_from(index).map_or(Value::Nil, |index| array.remove(index))
}

fn concat(machine: &mut Machine<'_>, at: usize, length: usize, arguments: &Arguments) -> Ran<Vec<Value>> {
    let separator = if arguments.get(2).is_nil() { b""[..].into() } else { arguments.text(machine, 2)? };
    let length = i64::try_from(length).unwrap_or(0);
    let mut from = arguments.integer_or(machine, 3, 1)?;
    let mut to = arguments.integer_or(machine, 4, length)?;
    if arguments.len() >= 3 && (from > length || from < 1 || to > length || to < 1) && from > to {
        return Ok(vec![Value::text("")]);
    }
    from = from.min(length).max(1);
    to = to.min(length);
    let mut bytes = Vec::new();
    let mut index = from;
    while index <= to {
        let value = machine.heap.tables.get(at).map(|table| table.get(&Value::Number(index as f64))).unwrap_or_default();
        match &value {
            Value::Text(text) => bytes.extend_from_slice(text),
            Value::Number(_) => bytes.extend_from_slice(value.display().as_bytes()),
            other => return machine.error(format!("invalid value ({}) at index {index} in table for concat", other.kind())),
        }
        if index != to {
            bytes.extend_from_slice(&separator);
        }
        index += 1;
    }
    machine.charge(bytes.len())?;
    Ok(vec![Value::Text(bytes.into())])
}

/// Merge sort: the order of equals is upstream's accident, the rest is not.
fn sort(machine: &mut Machine<'_>, at: usize, order: Option<&Value>) -> Ran<()> {
    let values = machine.heap.tables.get(at).map(|table| table.array().to_vec()).unwrap_or_default();
    let sorted = merge_sort(machine, values, order)?;
    if let Some(table) = machine.heap.tables.get_mut(at) {
        *table.array_mut() = sorted;
    }
    Ok(())
}

fn merge_sort(machine: &mut Machine<'_>, mut values: Vec<Value>, order: Option<&Value>) -> Ran<Vec<Value>> {
    if values.len() < 2 {
        return Ok(values);
    }
    let right = values.split_off(values.len() / 2);
    let left = merge_sort(machine, values, order)?;
    let right = merge_sort(machine, right, order)?;
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        machine.step()?;
        let before = match order {
            None => machine.less(b, a)?,
            Some(order) => machine.call(order, vec![b.clone(), a.clone()], b"?"[..].into())?.first().is_some_and(Value::truthy),
        };
        merged.extend(if before { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

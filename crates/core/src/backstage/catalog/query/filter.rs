//! `filter=` parameters (upstream `parseEntityFilterParams`).

use super::predicate::{FieldTest, Predicate};
use crate::lang::javascript::trim;
use crate::{Error, Result};
use serde_json::Value;

/// Reads filter parameters: statements of one are joined by and, parameters by or. `None` when nothing is filtered.
pub fn parse_filter<S: AsRef<str>>(parameters: &[S]) -> Result<Option<Predicate>> {
    if parameters.len() == 1 && parameters.iter().any(|parameter| parameter.as_ref().is_empty()) {
        return Err(Error::upstream("Empty value found for query parameter 'filter'"));
    }
    let mut outer = Vec::new();
    for parameter in parameters {
        let text = parameter.as_ref();
        let mut fields = statements(text)?;
        match fields.len() {
            0 => {}
            1 => outer.extend(fields.pop()),
            _ => outer.push(Predicate::All(fields)),
        }
    }
    Ok(match outer.len() {
        0 => None,
        1 => outer.pop(),
        _ => Some(Predicate::Any(outer)),
    })
}

/// The statements of one parameter, merged by key.
fn statements(text: &str) -> Result<Vec<Predicate>> {
    let mut by_key: Vec<(&str, Option<Vec<&str>>)> = Vec::new();
    for statement in text.split(',').map(trim).filter(|statement| !statement.is_empty()) {
        let (key, value) = match statement.split_once('=') {
            None => (statement, None),
            Some((key, value)) => (trim(key), Some(trim(value))),
        };
        if key.is_empty() {
            let message = format!("Invalid filter, '{statement}' is not a valid statement (expected a string on the form a=b or a= or a)");
            return Err(Error::upstream(message));
        }
        let at = by_key.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            by_key.push((key, None));
            by_key.len() - 1
        });
        if let (Some((_, values)), Some(value)) = (by_key.get_mut(at), value) {
            values.get_or_insert_default().push(value);
        }
    }
    by_key
        .into_iter()
        .map(|(key, values)| {
            if ["$all", "$any", "$not"].contains(&key) {
                return Err(Error::upstream("Invalid filter predicate: top-level primitive values are not supported"));
            }
            let text = |value: &str| Value::String(value.to_owned());
            let test = match values.as_deref() {
                None => FieldTest::Exists(true),
                Some([one]) => FieldTest::Equals(text(one)),
                Some(many) => FieldTest::In(many.iter().map(|value| text(value)).collect()),
            };
            Ok(Predicate::Fields(vec![(key.to_owned(), test)]))
        })
        .collect()
}

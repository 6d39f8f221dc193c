//! Label selectors (apimachinery `labels`, and ApplicationSet's own copy).

mod parser;

use std::fmt;

use serde_json::{Map, Value};

use crate::error::{Error, Result};

use super::names;

/// How a requirement compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `key = value`.
    Equals,
    /// `key == value`.
    DoubleEquals,
    /// `key != value`.
    NotEquals,
    /// `key in (..)`.
    In,
    /// `key notin (..)`.
    NotIn,
    /// `key`.
    Exists,
    /// `!key`.
    DoesNotExist,
    /// `key > 1`.
    GreaterThan,
    /// `key < 1`.
    LessThan,
}

/// One condition on the labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

/// What labels must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Nothing matches: a selector that is null.
    Nothing,
    /// All requirements must hold; none hold always.
    All(Vec<Requirement>),
}

/// Which code reads a `LabelSelector`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// apimachinery: keys and values are checked.
    Strict,
    /// ApplicationSet's copy: only keys are.
    Lax,
}

/// Reads a selector's text: `labels.Parse`.
///
/// # Errors
/// When the text is no selector.
pub fn parse(text: &str) -> Result<Selector> {
    let mut requirements = parser::parse(text)?;
    requirements.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(Selector::All(requirements))
}

/// The `LabelSelector` of the API: `matchLabels` and `matchExpressions`.
#[derive(Debug, Clone, Copy)]
pub struct LabelSelector;

impl LabelSelector {
    /// The selector of a `LabelSelector` document: `LabelSelectorAsSelector`.
    /// Null selects nothing, an empty one everything.
    ///
    /// # Errors
    /// When the document is none, or a key, operator or value is invalid.
    pub fn from_value(value: &Value) -> Result<Selector> {
        from_value(value, Rules::Strict)
    }

    /// The same by ApplicationSet's own copy, which does not check values.
    ///
    /// # Errors
    /// When the document is none, or a key or operator is invalid.
    pub fn from_value_lax(value: &Value) -> Result<Selector> {
        from_value(value, Rules::Lax)
    }
}

fn wrong_type(value: &Value, target: &str) -> Error {
    Error::upstream(format!("json: cannot unmarshal {value} into Go value of type {target}"))
}

/// A member as a Go field reads it: absent and null are the same.
fn member<'v>(map: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    map.get(name).filter(|value| !value.is_null())
}

fn string(value: Option<&Value>) -> Result<String> {
    match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(wrong_type(other, "string")),
    }
}

fn list(value: Option<&Value>) -> Result<&[Value]> {
    match value {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(wrong_type(other, "slice")),
    }
}

fn from_value(value: &Value, rules: Rules) -> Result<Selector> {
    let selector = match value {
        Value::Null => return Ok(Selector::Nothing),
        Value::Object(map) => map,
        other => return Err(wrong_type(other, "v1.LabelSelector")),
    };
    let mut requirements = Vec::new();
    match member(selector, "matchLabels") {
        None => {}
        Some(Value::Object(labels)) => {
            for (key, value) in labels {
                requirements.push(Requirement::new(key.clone(), Operator::Equals, vec![string(Some(value))?], rules)?);
            }
        }
        Some(other) => return Err(wrong_type(other, "map[string]string")),
    }
    for expression in list(member(selector, "matchExpressions"))? {
        let empty = Map::new();
        let expression = match expression {
            Value::Object(map) => map,
            Value::Null => &empty,
            other => return Err(wrong_type(other, "v1.LabelSelectorRequirement")),
        };
        let operator = match string(expression.get("operator"))?.as_str() {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            other => return Err(Error::upstream(format!("{other:?} is not a valid label selector operator"))),
        };
        let values = list(member(expression, "values"))?.iter().map(|value| string(Some(value))).collect::<Result<_>>()?;
        requirements.push(Requirement::new(string(expression.get("key"))?, operator, values, rules)?);
    }
    requirements.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(Selector::All(requirements))
}

impl Requirement {
    fn new(key: String, operator: Operator, values: Vec<String>, rules: Rules) -> Result<Self> {
        let mut messages = names::qualified_name(&key);
        let message = match operator {
            Operator::In | Operator::NotIn if values.is_empty() => Some("for 'in', 'notin' operators, values set can't be empty"),
            Operator::Equals | Operator::DoubleEquals | Operator::NotEquals if values.len() != 1 => {
                Some("exact-match compatibility requires one single value")
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                Some("values set must be empty for exists and does not exist")
            }
            Operator::GreaterThan | Operator::LessThan if values.len() != 1 => {
                Some("for 'Gt', 'Lt' operators, exactly one value is required")
            }
            Operator::GreaterThan | Operator::LessThan if values.iter().any(|value| value.parse::<i64>().is_err()) => {
                Some("for 'Gt', 'Lt' operators, the value must be an integer")
            }
            _ => None,
        };
        messages.extend(message.map(str::to_owned));
        if rules == Rules::Strict {
            messages.extend(values.iter().flat_map(|value| names::label_value(value)));
        }
        if messages.is_empty() {
            return Ok(Self { key, operator, values });
        }
        Err(Error::upstream(format!("key: Invalid value: {key:?}: {}", messages.join("; "))))
    }

    /// The label it is about.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How it compares.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// What it compares with.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Whether it holds, given the value of its label.
    fn holds(&self, value: Option<&str>) -> bool {
        let listed = |value: &str| self.values.iter().any(|wanted| wanted == value);
        match self.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => value.is_some_and(listed),
            Operator::NotIn | Operator::NotEquals => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan | Operator::LessThan => {
                let number = |text: &str| text.parse::<i64>().ok();
                match (value.and_then(number), self.values.first().and_then(|bound| number(bound))) {
                    (Some(value), Some(bound)) if self.operator == Operator::GreaterThan => value > bound,
                    (Some(value), Some(bound)) => value < bound,
                    _ => false,
                }
            }
        }
    }
}

impl Selector {
    /// Whether the labels of an object are selected; values that are no
    /// strings count as absent.
    pub fn matches(&self, labels: &Map<String, Value>) -> bool {
        self.matches_with(|key| labels.get(key).and_then(Value::as_str))
    }

    /// Whether labels are selected, looked up by key.
    pub fn matches_with<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        match self {
            Self::Nothing => false,
            Self::All(requirements) => requirements.iter().all(|requirement| requirement.holds(label(&requirement.key))),
        }
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::All(requirements) if requirements.is_empty())
    }

    /// Its requirements, sorted by key.
    pub fn requirements(&self) -> &[Requirement] {
        match self {
            Self::Nothing => &[],
            Self::All(requirements) => requirements,
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        let key = &self.key;
        match self.operator {
            Operator::Equals => write!(formatter, "{key}={values}"),
            Operator::DoubleEquals => write!(formatter, "{key}=={values}"),
            Operator::NotEquals => write!(formatter, "{key}!={values}"),
            Operator::In => write!(formatter, "{key} in ({values})"),
            Operator::NotIn => write!(formatter, "{key} notin ({values})"),
            Operator::Exists => formatter.write_str(key),
            Operator::DoesNotExist => write!(formatter, "!{key}"),
            Operator::GreaterThan => write!(formatter, "{key}>{values}"),
            Operator::LessThan => write!(formatter, "{key}<{values}"),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, requirement) in self.requirements().iter().enumerate() {
            if at > 0 {
                formatter.write_str(",")?;
            }
            requirement.fmt(formatter)?;
        }
        Ok(())
    }
}

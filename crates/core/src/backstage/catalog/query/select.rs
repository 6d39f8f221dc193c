//! Predicates over the index: as SQL sees them, on search rows (upstream `applyPredicateEntityFilterToQuery`).

use serde_json::Value;

use super::index::{Entry, Index};
use super::predicate::{FieldTest, Predicate};
use crate::lang::javascript::{stringify, to_text};
use crate::{Error, Result};

/// A set of entities.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    words: Vec<u64>,
    len: usize,
}

impl Selection {
    pub(super) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    pub(super) fn all(len: usize) -> Self {
        let mut selection = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        selection.trim();
        selection
    }

    /// Clears the bits past the end.
    fn trim(&mut self) {
        let used = self.len % 64;
        if used > 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }

    /// Some of `len` entities.
    pub(super) fn of(len: usize, members: impl IntoIterator<Item = u32>) -> Self {
        let mut selection = Self::none(len);
        members.into_iter().for_each(|at| selection.insert(at));
        selection
    }

    pub(super) fn insert(&mut self, at: u32) {
        if let Some(word) = self.words.get_mut(at as usize / 64) {
            *word |= 1 << (at % 64);
        }
    }

    pub(super) fn contains(&self, at: u32) -> bool {
        self.words.get(at as usize / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        // Word by word, so that a sparse selection costs little.
        self.words.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(|(at, word)| {
            let base = at as u32 * 64;
            Bits(*word).map(move |bit| base + bit)
        })
    }

    pub(super) fn and(mut self, other: &Self) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
        self
    }

    pub(super) fn or(mut self, other: &Self) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
        self
    }

    fn not(mut self) -> Self {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
        self
    }
}

/// The places of the ones in a word.
struct Bits(u64);

impl Iterator for Bits {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros())?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

impl DoubleEndedIterator for Bits {
    fn next_back(&mut self) -> Option<u32> {
        let bit = (self.0 != 0).then(|| 63 - self.0.leading_zeros())?;
        self.0 &= !(1 << bit);
        Some(bit)
    }
}

impl Index {
    pub(super) fn of_entries<'a>(&self, entries: impl IntoIterator<Item = &'a Entry>) -> Selection {
        Selection::of(self.len(), entries.into_iter().map(|entry| entry.entity))
    }

    /// The entities that fit a predicate.
    pub(super) fn select(&self, predicate: &Predicate) -> Result<Selection> {
        match predicate {
            Predicate::Primitive(value) => Err(Error::upstream(format!(
                "Invalid filter predicate: top-level primitive values are not supported. Wrap the value in a field expression, e.g. {{ \"kind\": {} }}",
                stringify(value)
            ))),
            Predicate::Not(inner) => self.select(inner).map(Selection::not),
            Predicate::All(all) => {
                all.iter().try_fold(Selection::all(self.len()), |selection, inner| Ok(selection.and(&self.select(inner)?)))
            }
            Predicate::Any(any) => {
                any.iter().try_fold(Selection::none(self.len()), |selection, inner| Ok(selection.or(&self.select(inner)?)))
            }
            Predicate::Fields(fields) => fields.iter().try_fold(Selection::all(self.len()), |selection, (key, test)| {
                Ok(selection.and(&self.select_field(&key.to_lowercase(), test)?))
            }),
        }
    }

    fn select_field(&self, key: &str, test: &FieldTest) -> Result<Selection> {
        match test {
            FieldTest::Equals(value) => Ok(self.equal(key, &[to_text(value).to_lowercase()])),
            FieldTest::Exists(wanted) => {
                let present = self.having(key);
                Ok(if *wanted { present } else { present.not() })
            }
            FieldTest::In(values) => Ok(self.equal(key, &values.iter().map(|value| to_text(value).to_lowercase()).collect::<Vec<_>>())),
            FieldTest::HasPrefix(prefix) => {
                let entries = self.column(key).map(|column| column.starting_with(&prefix.to_lowercase()));
                Ok(self.of_entries(entries.into_iter().flatten()))
            }
            FieldTest::Contains(target) => match &**target {
                Predicate::Primitive(value) => Ok(self.equal(key, &[to_text(value).to_lowercase()])),
                Predicate::Fields(fields) if key == "relations" => self.select_relation(fields),
                Predicate::All(_) | Predicate::Any(_) | Predicate::Not(_) if key == "relations" => {
                    Err(Error::upstream("Unsupported key in $contains for \"relations\". Only \"type\" and \"targetRef\" are supported"))
                }
                _ => Err(Error::upstream(format!("Object form of $contains is not supported for field \"{key}\""))),
            },
        }
    }

    /// The entities that have the key at all.
    pub(super) fn having(&self, key: &str) -> Selection {
        let Some(column) = self.column(key) else { return Selection::none(self.len()) };
        let mut selection = column.present(self.len()).into_owned();
        column.nulls.iter().for_each(|at| selection.insert(*at));
        selection
    }

    fn equal(&self, key: &str, values: &[String]) -> Selection {
        let entries = self.column(key).into_iter().flat_map(|column| values.iter().flat_map(|value| column.equal(value)));
        self.of_entries(entries)
    }

    fn select_relation(&self, fields: &[(String, FieldTest)]) -> Result<Selection> {
        let (mut kind, mut targets) = (None, None);
        for (raw, test) in fields {
            let duplicate = || Error::upstream(format!("Duplicate key \"{raw}\" in $contains for \"relations\""));
            match raw.to_lowercase().as_str() {
                "type" => match test {
                    _ if kind.is_some() => return Err(duplicate()),
                    FieldTest::Equals(Value::String(text)) => kind = Some(text.to_lowercase()),
                    _ => return Err(Error::upstream("The $contains operator for \"relations\" requires a \"type\" string property")),
                },
                "targetref" if targets.is_some() => return Err(duplicate()),
                "targetref" => targets = Some(target_refs(test)?),
                _ => {
                    let message =
                        format!("Unsupported key \"{raw}\" in $contains for \"relations\". Only \"type\" and \"targetRef\" are supported");
                    return Err(Error::upstream(message));
                }
            }
        }
        let kind = kind.filter(|kind| !kind.is_empty());
        let kind = kind.ok_or_else(|| Error::upstream("The $contains operator for \"relations\" requires a \"type\" string property"))?;
        let key = format!("relations.{kind}");
        Ok(match targets {
            None => self.having(&key),
            Some(targets) => self.equal(&key, &targets),
        })
    }
}

fn target_refs(test: &FieldTest) -> Result<Vec<String>> {
    match test {
        FieldTest::Equals(Value::String(text)) => Ok(vec![text.to_lowercase()]),
        FieldTest::In(values) if values.is_empty() => {
            Err(Error::upstream("Empty \"$in\" array for $contains on \"relations\" is not allowed"))
        }
        FieldTest::In(values) if values.iter().all(Value::is_string) => {
            Ok(values.iter().filter_map(Value::as_str).map(str::to_lowercase).collect())
        }
        _ => Err(Error::upstream("Unsupported value in $contains for \"relations\": expected a string or { \"$in\": [strings] }")),
    }
}

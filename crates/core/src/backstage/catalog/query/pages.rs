//! Pages of `by-query` (upstream `DefaultEntitiesCatalog.queryEntities`).

use super::index::{Column, Entry, Index};
use super::predicate::Predicate;
use super::request::Order;
use super::select::Selection;
use crate::lang::javascript::trim;
use crate::{Error, Result};

/// Items of a page when no limit is given.
const DEFAULT_LIMIT: usize = 200;

/// What the first page is asked with; cursors carry it on.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// Who is wanted.
    pub predicate: Option<Predicate>,
    /// Only the first field counts.
    pub order: Vec<Order>,
    /// The text to look for.
    pub term: String,
    /// Where to look for it.
    pub term_fields: Option<Vec<String>>,
}

/// One page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Positions of the entities; one that sorts under several values appears once for each.
    pub items: Vec<u32>,
    /// How many entities fit.
    pub total: usize,
    /// Leads on.
    pub next: Option<Cursor>,
    /// Leads back.
    pub previous: Option<Cursor>,
}

/// Where a page starts; opaque upstream.
#[derive(Debug, Clone)]
pub struct Cursor {
    from: Position,
    first: Option<Position>,
    backwards: bool,
    total: usize,
}

/// A row's sort value and entity.
type Position = (Option<Box<str>>, u32);

impl Index {
    /// The first page.
    pub(super) fn first_page(&self, request: &PageRequest, limit: Option<usize>, offset: usize) -> Result<Page> {
        self.page(request, None, limit, offset)
    }

    /// The page a cursor leads to.
    pub(super) fn page_at(&self, request: &PageRequest, cursor: &Cursor, limit: Option<usize>) -> Result<Page> {
        // Upstream writes the order into the cursor and refuses to read it back when it was left out.
        if request.order.iter().any(|order| order.descending.is_none()) {
            return Err(Error::upstream("Malformed cursor: the order of a field is missing"));
        }
        if request.predicate.as_ref().is_some_and(has_operator_key) {
            return Err(Error::upstream("Malformed cursor: the query is not a predicate"));
        }
        self.page(request, Some(cursor), limit, 0)
    }

    fn page(&self, request: &PageRequest, cursor: Option<&Cursor>, limit: Option<usize>, offset: usize) -> Result<Page> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        let sort = request.order.first();
        let key = sort.map(|order| order.field.to_lowercase());
        let rows = self.rows(request, key.as_deref())?;
        let total = match cursor {
            Some(cursor) => cursor.total,
            None => self.total(request, key.as_deref())?,
        };
        if limit == 0 {
            return Ok(Page { total, ..Page::default() });
        }
        let backwards = cursor.is_some_and(|cursor| cursor.backwards);
        let descending = sort.is_some_and(|order| order.descending == Some(true)) != backwards;
        let mut rows: Vec<Position> = match cursor {
            None => rows,
            Some(cursor) => rows.into_iter().filter(|row| if descending { *row < cursor.from } else { *row > cursor.from }).collect(),
        };
        if descending {
            rows.reverse();
        }
        let mut rows: Vec<Position> = rows.into_iter().skip(offset).take(if backwards { limit } else { limit + 1 }).collect();
        if backwards {
            rows.reverse();
        }
        let more = backwards || rows.len() > limit;
        rows.truncate(limit);
        let first = cursor.and_then(|cursor| cursor.first.clone()).or_else(|| rows.first().cloned());
        let next = rows.last().filter(|_| more).map(|last| Cursor { from: last.clone(), first: first.clone(), backwards: false, total });
        let previous = cursor.and_then(|cursor| {
            let start = rows.first().filter(|start| Some(*start) != cursor.first.as_ref())?;
            Some(Cursor { from: start.clone(), first: cursor.first.clone(), backwards: true, total })
        });
        Ok(Page { items: rows.iter().map(|(_, entity)| *entity).collect(), total, next, previous })
    }

    /// All rows in ascending order.
    fn rows(&self, request: &PageRequest, key: Option<&str>) -> Result<Vec<Position>> {
        let fields = request.text_fields(key);
        let term = request.pattern();
        let in_scope = matches!((key, fields.as_slice()), (Some(key), [field]) if field == key);
        let selected = self.fitting(request, &fields, if in_scope { None } else { term.as_ref() })?;
        Ok(match key {
            None => selected.iter().map(|entity| (None, entity)).collect(),
            Some(key) => {
                let entries = self.column(key).into_iter().flat_map(|column| &column.entries);
                let fits = |entry: &&Entry| {
                    selected.contains(entry.entity) && (!in_scope || term.as_ref().is_none_or(|term| like(term, &entry.value)))
                };
                entries.filter(fits).map(|entry| (Some(entry.value.clone()), entry.entity)).collect()
            }
        })
    }

    fn total(&self, request: &PageRequest, key: Option<&str>) -> Result<usize> {
        let fields = request.text_fields(key);
        let selected = self.fitting(request, &fields, request.pattern().as_ref())?;
        Ok(match key {
            None => selected.count(),
            Some(key) => selected.and(&self.of_entries(self.column(key).into_iter().flat_map(|column| &column.entries))).count(),
        })
    }

    /// The entities that fit the predicate and the text.
    fn fitting(&self, request: &PageRequest, fields: &[String], term: Option<&Pattern>) -> Result<Selection> {
        let selected = request.predicate.as_ref().map_or_else(|| Ok(Selection::all(self.len())), |predicate| self.select(predicate))?;
        let Some(term) = term else { return Ok(selected) };
        let columns = fields.iter().filter_map(|field| self.column(&field.to_lowercase()));
        let entries = columns.flat_map(|column: &Column| &column.entries).filter(|entry| like(term, &entry.value));
        Ok(selected.and(&self.of_entries(entries)))
    }
}

impl PageRequest {
    fn text_fields(&self, key: Option<&str>) -> Vec<String> {
        self.term_fields.clone().unwrap_or_else(|| vec![key.filter(|key| !key.is_empty()).unwrap_or("metadata.uid").to_owned()])
    }

    fn pattern(&self) -> Option<Pattern> {
        let term = trim(&self.term);
        if term.is_empty() { None } else { Some(format!("%{}%", term.to_lowercase()).chars().map(fold).collect()) }
    }
}

fn has_operator_key(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Primitive(_) => false,
        Predicate::All(inner) | Predicate::Any(inner) => inner.iter().any(has_operator_key),
        Predicate::Not(inner) => has_operator_key(inner),
        Predicate::Fields(fields) => fields.iter().any(|(key, _)| key.starts_with('$')),
    }
}

/// A pattern of SQL's LIKE.
type Pattern = Vec<char>;

fn fold(c: char) -> char {
    c.to_ascii_lowercase()
}

/// SQLite's LIKE: `%` is any text, `_` any character, ASCII without case.
fn like(pattern: &[char], text: &str) -> bool {
    let text: Vec<char> = text.chars().map(fold).collect();
    let (mut at, mut from) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(at), text.get(from)) {
            (Some('%'), _) => {
                retry = Some((at + 1, from));
                at += 1;
            }
            (Some(wanted), Some(c)) if *wanted == '_' || wanted == c => {
                at += 1;
                from += 1;
            }
            (None, None) => return true,
            _ => match retry {
                Some((after, start)) if start < text.len() => {
                    retry = Some((after, start + 1));
                    at = after;
                    from = start + 1;
                }
                _ => return false,
            },
        }
    }
}

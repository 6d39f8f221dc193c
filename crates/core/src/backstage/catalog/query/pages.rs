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
        let search = Search::new(self, request, key.as_deref())?;
        let total = cursor.map_or_else(|| search.total(), |cursor| cursor.total);
        if limit == 0 {
            return Ok(Page { total, ..Page::default() });
        }
        let backwards = cursor.is_some_and(|cursor| cursor.backwards);
        let descending = sort.is_some_and(|order| order.descending == Some(true)) != backwards;
        let from = cursor.map(|cursor| (cursor.from.0.as_deref(), cursor.from.1));
        let follows = |row: &Row<'_>| from.is_none_or(|from| if descending { *row < from } else { *row > from });
        let mut rows: Vec<Row<'_>> =
            search.rows(descending).filter(follows).skip(offset).take(if backwards { limit } else { limit + 1 }).collect();
        if backwards {
            rows.reverse();
        }
        let more = backwards || rows.len() > limit;
        rows.truncate(limit);
        let owned = |row: &Row<'_>| -> Position { (row.0.map(Box::from), row.1) };
        let first = cursor.and_then(|cursor| cursor.first.clone()).or_else(|| rows.first().map(owned));
        let next = rows.last().filter(|_| more).map(|last| Cursor { from: owned(last), first: first.clone(), backwards: false, total });
        let previous = cursor.and_then(|cursor| {
            let start = rows.first().map(owned).filter(|start| Some(start) != cursor.first.as_ref())?;
            Some(Cursor { from: start, first: cursor.first.clone(), backwards: true, total })
        });
        Ok(Page { items: rows.iter().map(|(_, entity)| *entity).collect(), total, next, previous })
    }
}

/// A row's sort value and entity.
type Row<'i> = (Option<&'i str>, u32);

/// What a request looks for.
struct Search<'i> {
    index: &'i Index,
    /// Who fits the predicate, and the text unless it is looked for in the rows.
    selected: Selection,
    /// The column to sort by.
    column: Option<Option<&'i Column>>,
    /// The text to look for in the rows that are sorted by.
    in_rows: Option<Pattern>,
}

impl<'i> Search<'i> {
    fn new(index: &'i Index, request: &PageRequest, key: Option<&str>) -> Result<Self> {
        let fields = request.text_fields(key);
        let mut term = request.pattern();
        let in_scope = matches!((key, fields.as_slice()), (Some(key), [field]) if field == key);
        let in_rows = if in_scope { term.take() } else { None };
        let mut selected =
            request.predicate.as_ref().map_or_else(|| Ok(Selection::all(index.len())), |predicate| index.select(predicate))?;
        if let Some(term) = &term {
            let columns = fields.iter().filter_map(|field| index.column(&field.to_lowercase()));
            let entities = columns.flat_map(|column| term.rows(column)).map(|entry| entry.entity);
            selected = selected.and(&Selection::of(index.len(), entities));
        }
        Ok(Self { index, selected, column: key.map(|key| index.column(key)), in_rows })
    }

    /// How many entities fit.
    fn total(&self) -> usize {
        let len = self.index.len();
        match (self.column, &self.in_rows) {
            (None, _) => self.selected.count(),
            (Some(None), _) => 0,
            (Some(Some(column)), None) => self.selected.clone().and(&column.present(len)).count(),
            (Some(Some(column)), Some(term)) => {
                let found = Selection::of(len, term.rows(column).map(|entry| entry.entity));
                self.selected.clone().and(&found).count()
            }
        }
    }

    /// The rows in order, as they are asked for.
    fn rows(&self, descending: bool) -> Box<dyn Iterator<Item = Row<'i>> + '_> {
        let Some(column) = self.column else {
            let row = |entity| (None, entity);
            return if descending { Box::new(self.selected.iter().rev().map(row)) } else { Box::new(self.selected.iter().map(row)) };
        };
        let Some(column) = column else { return Box::new(std::iter::empty()) };
        let fits = |entry: &&Entry| {
            self.selected.contains(entry.entity) && self.in_rows.as_ref().is_none_or(|term| term.matches(column.value(entry)))
        };
        let row = |entry: &'i Entry| (Some(column.value(entry)), entry.entity);
        let entries = column.entries.iter();
        if descending { Box::new(entries.rev().filter(fits).map(row)) } else { Box::new(entries.filter(fits).map(row)) }
    }
}

impl PageRequest {
    fn text_fields(&self, key: Option<&str>) -> Vec<String> {
        self.term_fields.clone().unwrap_or_else(|| vec![key.filter(|key| !key.is_empty()).unwrap_or("metadata.uid").to_owned()])
    }

    fn pattern(&self) -> Option<Pattern> {
        let term = trim(&self.term).to_lowercase();
        match term.as_str() {
            "" => None,
            plain if !plain.contains(['%', '_', '\0']) => Some(Pattern::Plain(term)),
            wild => Some(Pattern::Wild(format!("%{wild}%").chars().map(fold).collect())),
        }
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

/// `%term%` of SQL's LIKE, on values in lower case.
enum Pattern {
    /// Without wildcards of its own.
    Plain(String),
    /// With them.
    Wild(Vec<char>),
}

impl Pattern {
    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Plain(term) => value.contains(term.as_str()),
            Self::Wild(pattern) => like(pattern, value),
        }
    }

    /// The rows of a column that match.
    fn rows<'c>(&'c self, column: &'c Column) -> Box<dyn Iterator<Item = &'c Entry> + 'c> {
        match self {
            Self::Plain(term) => Box::new(column.containing(term)),
            Self::Wild(pattern) => Box::new(column.entries.iter().filter(move |entry| like(pattern, column.value(entry)))),
        }
    }
}

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

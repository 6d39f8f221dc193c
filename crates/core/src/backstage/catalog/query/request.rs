//! The routes of the entities API, on SQLite.

use std::collections::BTreeMap;
use std::ops::Deref;

use serde_json::Value;

use super::fields::{parse as parse_fields, project};
use super::filter::parse_filter;
use super::index::Index;
use super::pages::{Page, PageRequest};
use super::predicate::Predicate;
use super::select::Selection;
use crate::{Error, Result};

/// Which route is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Route {
    /// `GET` or `POST /entities/by-query`.
    #[default]
    ByQuery,
    /// `GET /entities`.
    Entities,
    /// `POST /entities/by-refs`.
    ByRefs,
    /// `/entity-facets`.
    Facets,
}

/// A field to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Dotted path.
    pub field: String,
    /// Largest first; `None` when the request does not say.
    pub descending: Option<bool>,
}

/// A question, as its route takes it.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// The route.
    pub route: Route,
    /// `filter=` parameters.
    pub filter: Vec<String>,
    /// A predicate.
    pub query: Option<Value>,
    /// `orderField=field[,asc|desc]`, for by-query.
    pub order_field: Vec<String>,
    /// `{field, order}`, for by-query with a body.
    pub order_by: Option<Vec<(String, String)>>,
    /// `order=asc:field`, for entities.
    pub order: Vec<String>,
    /// The text to look for, and where.
    pub full_text: Option<(Option<String>, Option<Vec<String>>)>,
    /// Wanted fields.
    pub fields: Vec<String>,
    /// Largest number of items.
    pub limit: Option<i64>,
    /// Items to skip.
    pub offset: Option<i64>,
    /// How many next cursors to follow.
    pub pages: usize,
    /// For by-refs.
    pub entity_refs: Vec<String>,
    /// For facets.
    pub facets: Vec<String>,
}

/// One entity of an answer; small, as there may be many.
#[derive(Debug, Clone)]
pub enum Item<'i> {
    /// All of it, lent by the index.
    Whole(&'i Value),
    /// The wanted fields.
    Part(Box<Value>),
}

impl Item<'_> {
    /// The entity, or its part, given away.
    pub fn into_owned(self) -> Value {
        match self {
            Self::Whole(entity) => entity.clone(),
            Self::Part(part) => *part,
        }
    }
}

impl Deref for Item<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Whole(entity) => entity,
            Self::Part(part) => part,
        }
    }
}

/// The values of a facet with how many rows have them.
pub(crate) type FacetCounts = Vec<(String, usize)>;

/// What a route answers.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "one answer per question")]
pub enum Answer<'i> {
    /// Pages; the first, those that cursors lead to, and the one that leads back.
    Pages {
        /// The first page.
        first: (Vec<Item<'i>>, Page),
        /// The next pages.
        next: Vec<(Vec<Item<'i>>, Page)>,
        /// The page behind the last one's previous cursor.
        back: Option<(Vec<Item<'i>>, Page)>,
    },
    /// Entities, and whether there are more.
    Entities(Vec<Item<'i>>, bool),
    /// Entities aligned with the refs that were asked for.
    ByRefs(Vec<Option<Item<'i>>>),
    /// Counts by facet, in the order asked.
    Facets(Vec<(String, FacetCounts)>),
}

/// Answers a question.
pub fn answer<'i>(index: &'i Index, query: &Query) -> Result<Answer<'i>> {
    match query.route {
        Route::ByQuery => by_query(index, query),
        Route::Entities => entities(index, query),
        Route::ByRefs => by_refs(index, query),
        Route::Facets => facets(index, query),
    }
}

fn natural(value: Option<i64>, what: &str) -> Result<Option<usize>> {
    match value {
        None => Ok(None),
        Some(value) => usize::try_from(value).map(Some).map_err(|_| Error::upstream(format!("{what} must be >= 0"))),
    }
}

/// A predicate of a request body: it must be an object.
fn body_predicate(value: Option<&Value>) -> Result<Option<Predicate>> {
    match value {
        None => Ok(None),
        Some(value) if !value.is_object() => Err(Error::upstream("query must be object")),
        Some(value) => Predicate::parse(value).map(Some),
    }
}

fn no_empty(values: &[String], name: &str) -> Result<()> {
    if values.len() == 1 && values.iter().any(String::is_empty) {
        Err(Error::upstream(format!("Empty value found for query parameter '{name}'")))
    } else {
        Ok(())
    }
}

fn by_query<'i>(index: &'i Index, query: &Query) -> Result<Answer<'i>> {
    let body = query.query.is_some() || query.order_by.is_some();
    let (limit, offset) = (natural(query.limit, "limit")?, natural(query.offset, "offset")?);
    let (term, term_fields) = query.full_text.clone().unwrap_or_default();
    let fields = parse_fields(&query.fields, true)?;
    let mut request = PageRequest { term: term.unwrap_or_default(), term_fields, ..PageRequest::default() };
    if body {
        request.predicate = body_predicate(query.query.as_ref())?;
        for (field, order) in query.order_by.iter().flatten() {
            let descending =
                direction(order).ok_or_else(|| Error::upstream("order must be equal to one of the allowed values: asc, desc"))?;
            request.order.push(Order { field: field.clone(), descending: Some(descending) });
        }
    } else {
        if query.full_text.as_ref().is_some_and(|(term, _)| term.as_deref() == Some("")) {
            return Err(Error::upstream("Empty value found for query parameter 'fullTextFilterTerm'"));
        }
        no_empty(&query.order_field, "orderField")?;
        no_empty(&query.fields, "fields")?;
        request.term_fields = request.term_fields.filter(|fields| !fields.is_empty());
        request.predicate = parse_filter(&query.filter)?;
        for parameter in &query.order_field {
            let mut parts = parameter.split(',');
            let field = parts.next().unwrap_or_default().to_owned();
            let descending =
                parts.next().map(|order| direction(order).ok_or_else(|| Error::upstream("Invalid order field order, must be asc or desc")));
            request.order.push(Order { field, descending: descending.transpose()? });
        }
    }
    let show = |page: Page| (page.items.iter().filter_map(|at| entity(index, *at, fields.as_deref())).collect::<Vec<_>>(), page);
    let first = index.first_page(&request, limit, offset.unwrap_or(0))?;
    let mut current = first.clone();
    let mut next = Vec::new();
    let mut back = None;
    if query.pages > 0 {
        for _ in 0..query.pages {
            let Some(cursor) = current.next.clone() else { break };
            current = index.page_at(&request, &cursor, limit)?;
            next.push(show(current.clone()));
        }
        if let Some(cursor) = &current.previous {
            back = Some(show(index.page_at(&request, cursor, limit)?));
        }
    }
    Ok(Answer::Pages { first: show(first), next, back })
}

fn direction(order: &str) -> Option<bool> {
    match order {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    }
}

/// The whole entity is lent, a part of it is made.
fn entity<'i>(index: &'i Index, at: u32, fields: Option<&[String]>) -> Option<Item<'i>> {
    let entity = index.entities.get(at as usize)?;
    Some(match fields {
        None => Item::Whole(entity),
        Some(fields) => Item::Part(Box::new(project(entity, fields))),
    })
}

fn entities<'i>(index: &'i Index, query: &Query) -> Result<Answer<'i>> {
    let (limit, offset) = (natural(query.limit, "limit")?, natural(query.offset, "offset")?);
    let predicate = parse_filter(&query.filter)?;
    no_empty(&query.fields, "fields")?;
    let fields = parse_fields(&query.fields, true)?;
    let mut order = Vec::new();
    for parameter in &query.order {
        let parsed = parameter.split_once(':').and_then(|(way, field)| Some((direction(way)?, field)));
        let parsed = parsed.filter(|(_, field)| !field.is_empty() && !field.contains('\n'));
        let (descending, field) = parsed
            .ok_or_else(|| Error::upstream(format!("Invalid order parameter \"{parameter}\", expected \"<asc or desc>:<field name>\"")))?;
        order.push(Order { field: field.to_owned(), descending: Some(descending) });
    }
    if limit == Some(0) {
        return Err(Error::upstream("Invalid limit, must be greater than zero"));
    }
    let show = |items: Vec<u32>| items.into_iter().filter_map(|at| entity(index, at, fields.as_deref())).collect();
    if limit.is_none() && offset.is_none() && order.is_empty() {
        let selected = predicate.map_or_else(|| Ok(Selection::all(index.len())), |predicate| index.select(&predicate))?;
        let mut items = Vec::with_capacity(selected.count());
        items.extend(selected.iter().filter_map(|at| entity(index, at, fields.as_deref())));
        return Ok(Answer::Entities(items, false));
    }
    if limit.is_none() && offset.is_none() {
        // Without pagination the route streams by-query pages.
        let request = PageRequest { predicate, order, ..PageRequest::default() };
        let page = index.first_page(&request, Some(usize::MAX - 1), 0)?;
        return Ok(Answer::Entities(show(page.items), false));
    }
    let selected = predicate.as_ref().map_or_else(|| Ok(Selection::all(index.len())), |predicate| index.select(predicate))?;
    let mut items: Vec<u32> = ordered(index, &selected, &order).into_iter().skip(offset.unwrap_or(0)).collect();
    let more = limit.is_some_and(|limit| items.len() > limit);
    items.truncate(limit.unwrap_or(usize::MAX));
    Ok(Answer::Entities(show(items), more))
}

/// `GET /entities` with pagination: entities without the field come last; without an order, by ref.
fn ordered(index: &Index, selected: &Selection, order: &[Order]) -> Vec<u32> {
    if order.is_empty() {
        let mut items: Vec<u32> = selected.iter().collect();
        items.sort_by_key(|at| index.refs.get(*at as usize));
        return items;
    }
    // A join for every field: an entity appears once for each combination of its values.
    let mut rows: Vec<(u32, Vec<Option<&str>>)> = selected.iter().map(|at| (at, Vec::new())).collect();
    let single = order.len() == 1;
    for field in order {
        let mut values: BTreeMap<u32, Vec<Option<&str>>> = BTreeMap::new();
        if let Some(column) = index.column(&field.field) {
            for entry in &column.entries {
                values.entry(entry.entity).or_default().push(Some(column.value(entry)));
            }
            if !single {
                for at in &column.nulls {
                    values.entry(*at).or_default().push(None);
                }
            }
        }
        rows = rows
            .into_iter()
            .flat_map(|(at, known)| {
                let options = values.get(&at).cloned().unwrap_or_else(|| vec![None]);
                options.into_iter().map(move |value| {
                    let mut known = known.clone();
                    known.push(value);
                    (at, known)
                })
            })
            .collect();
    }
    rows.sort_by(|(a, left), (b, right)| {
        let fields = order.iter().zip(left.iter().zip(right)).map(|(order, (left, right))| {
            let nulls = left.is_none().cmp(&right.is_none());
            nulls.then_with(|| if order.descending == Some(true) { right.cmp(left) } else { left.cmp(right) })
        });
        fields.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then(a.cmp(b))
    });
    rows.into_iter().map(|(at, _)| at).collect()
}

fn by_refs<'i>(index: &'i Index, query: &Query) -> Result<Answer<'i>> {
    let fields = parse_fields(&query.fields, false)?;
    let filter = parse_filter(&query.filter)?;
    let body = body_predicate(query.query.as_ref())?;
    if query.entity_refs.is_empty() {
        return Ok(Answer::ByRefs(Vec::new()));
    }
    let predicate = match (filter, body) {
        (Some(filter), Some(body)) => Some(Predicate::All(vec![filter, body])),
        (filter, body) => filter.or(body),
    };
    let selected = predicate.map(|predicate| index.select(&predicate)).transpose()?;
    let one = |entity_ref: &String| {
        let at = index.position(entity_ref).filter(|at| selected.as_ref().is_none_or(|selected| selected.contains(*at)))?;
        entity(index, at, fields.as_deref())
    };
    Ok(Answer::ByRefs(query.entity_refs.iter().map(one).collect()))
}

fn facets<'i>(index: &'i Index, query: &Query) -> Result<Answer<'i>> {
    let predicate = match &query.query {
        Some(query) => body_predicate(Some(query))?,
        None => {
            no_empty(&query.facets, "facet")?;
            parse_filter(&query.filter)?
        }
    };
    let wanted: Vec<&String> = query.facets.iter().filter(|facet| !facet.is_empty()).collect();
    if wanted.is_empty() {
        return Err(Error::upstream("Missing or empty facets parameter"));
    }
    let selected = predicate.map(|predicate| index.select(&predicate)).transpose()?;
    let count = |facet: &String| {
        let Some(column) = index.column(&facet.to_lowercase()) else { return (facet.clone(), Vec::new()) };
        if let (None, Some(known)) = (&selected, column.facets()) {
            return (facet.clone(), known.iter().map(|(value, count)| (value.to_string(), *count)).collect());
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in column.entries.iter().filter(|entry| selected.as_ref().is_none_or(|selected| selected.contains(entry.entity))) {
            *counts.entry(column.original(entry)).or_default() += 1;
        }
        (facet.clone(), counts.into_iter().map(|(value, count)| (value.to_owned(), count)).collect())
    };
    Ok(Answer::Facets(wanted.into_iter().map(count).collect()))
}

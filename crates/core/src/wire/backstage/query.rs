//! Operations that find entities: `catalog.query` and `catalog.predicate`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::backstage::catalog::query::{Answer, Index, Item, Page, Predicate, Query, Route, answer};
use crate::backstage::catalog::reference::stringify_entity;
use crate::wire::Op;
use crate::{Error, Result};

pub(super) fn ops() -> Vec<Op> {
    vec![
        Op::new("catalog.query", "Find entities as the catalog's API does", query),
        Op::new("catalog.predicate", "Whether an entity fits a filter predicate, in memory", predicate),
    ]
}

/// An entity and a predicate.
#[derive(Debug, Deserialize, JsonSchema)]
struct PredicateRequest {
    /// The entity, or any value.
    entity: Value,
    /// The predicate.
    predicate: Value,
}

/// The verdict.
#[derive(Debug, Serialize, JsonSchema)]
struct PredicateAnswer {
    /// Whether it fits.
    matches: bool,
}

fn predicate(request: PredicateRequest) -> Result<PredicateAnswer> {
    Ok(PredicateAnswer { matches: Predicate::parse(&request.predicate)?.matches(&request.entity) })
}

/// Entities, and a question about them.
#[derive(Debug, Deserialize, JsonSchema)]
struct QueryRequest {
    /// Final entities, in the order of their database ids.
    entities: Vec<Value>,
    #[serde(flatten)]
    question: Question,
}

/// A question to the entities API.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    /// `by-query` (default), `entities`, `by-refs` or `facets`.
    #[serde(default)]
    route: Option<String>,
    /// `filter=` parameters.
    #[serde(default)]
    filter: Vec<String>,
    /// A predicate.
    #[serde(default, deserialize_with = "present")]
    query: Option<Value>,
    /// `orderField=` parameters of by-query.
    #[serde(default)]
    order_field: Vec<String>,
    /// Order of by-query with a predicate.
    order_by: Option<Vec<OrderBy>>,
    /// `order=` parameters of entities.
    #[serde(default)]
    order: Vec<String>,
    /// Text to look for.
    full_text_filter: Option<FullTextFilter>,
    /// Wanted fields.
    #[serde(default)]
    fields: Vec<String>,
    /// Largest number of items.
    limit: Option<i64>,
    /// Items to skip.
    offset: Option<i64>,
    /// How many next cursors to follow.
    #[serde(default)]
    pages: usize,
    /// Refs for by-refs.
    #[serde(default)]
    entity_refs: Vec<String>,
    /// Keys for facets.
    #[serde(default)]
    facets: Vec<String>,
}

/// Keeps an explicit null apart from an absent member.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A field to sort by.
#[derive(Debug, Deserialize, JsonSchema)]
struct OrderBy {
    /// Dotted path.
    field: String,
    /// `asc` or `desc`.
    order: String,
}

/// Text to look for.
#[derive(Debug, Deserialize, JsonSchema)]
struct FullTextFilter {
    /// The text; `%` and `_` are wildcards.
    term: Option<String>,
    /// Where to look; by default the sort field, else the uid.
    fields: Option<Vec<String>>,
}

fn query(request: QueryRequest) -> Result<Value> {
    ask(&Index::new(request.entities), request.question)
}

/// Answers a question from an index.
pub(super) fn ask(index: &Index, request: Question) -> Result<Value> {
    let route = match request.route.as_deref() {
        None | Some("by-query") => Route::ByQuery,
        Some("entities") => Route::Entities,
        Some("by-refs") => Route::ByRefs,
        Some("facets") => Route::Facets,
        Some(other) => return Err(Error::invalid(format!("there is no route {other:?}"))),
    };
    let whole = request.fields.is_empty();
    let question = Query {
        route,
        filter: request.filter,
        query: request.query,
        order_field: request.order_field,
        order_by: request.order_by.map(|order| order.into_iter().map(|by| (by.field, by.order)).collect()),
        order: request.order,
        full_text: request.full_text_filter.map(|filter| (filter.term, filter.fields)),
        fields: request.fields,
        limit: request.limit,
        offset: request.offset,
        pages: request.pages,
        entity_refs: request.entity_refs,
        facets: request.facets,
    };
    let followed = question.pages > 0;
    Ok(match answer(index, &question)? {
        Answer::Pages { first, next, back } => {
            let mut out = page(first, whole, false);
            if followed {
                out.insert("pages".to_owned(), next.into_iter().map(|next| Value::Object(page(next, whole, true))).collect());
            }
            if let Some(back) = back {
                out.insert("back".to_owned(), Value::Object(page(back, whole, true)));
            }
            Value::Object(out)
        }
        Answer::Entities(items, more) => {
            let mut out = listed(items.into_iter().map(Some).collect(), whole);
            out.insert("hasNextPage".to_owned(), Value::Bool(more));
            Value::Object(out)
        }
        Answer::ByRefs(items) => Value::Object(listed(items, whole)),
        Answer::Facets(facets) => {
            let facets: Map<String, Value> = facets
                .into_iter()
                .map(|(name, counts)| (name, counts.into_iter().map(|(value, count)| json!({ "value": value, "count": count })).collect()))
                .collect();
            json!({ "facets": facets })
        }
    })
}

/// Refs when entities are whole, else the items.
fn listed(items: Vec<Option<Item<'_>>>, whole: bool) -> Map<String, Value> {
    let (key, list): (&str, Vec<Value>) = if whole {
        let canonical = |item: Option<Item<'_>>| item.map_or(Value::Null, |entity| Value::String(stringify_entity(&entity)));
        ("refs", items.into_iter().map(canonical).collect())
    } else {
        ("items", items.into_iter().map(|item| item.map_or(Value::Null, Item::into_owned)).collect())
    };
    Map::from_iter([(key.to_owned(), Value::Array(list))])
}

fn page((items, page): (Vec<Item<'_>>, Page), whole: bool, later: bool) -> Map<String, Value> {
    let mut out = listed(items.into_iter().map(Some).collect(), whole);
    out.insert("totalItems".to_owned(), page.total.into());
    out.insert("hasNextPage".to_owned(), page.next.is_some().into());
    if later {
        out.insert("hasPrevPage".to_owned(), page.previous.is_some().into());
    }
    out
}

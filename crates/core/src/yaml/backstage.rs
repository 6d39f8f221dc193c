//! Backstage's dialect.
use super::Document;
use crate::error::Result;
use serde_json::Value;
/// Documents of a catalog file.
///
/// # Errors
/// When the text cannot be read.
pub fn parse(text: &str, _merge: bool) -> Result<Vec<Result<Document>>> {
    Ok(super::kubernetes::parse(text)?.into_iter().map(Ok).collect())
}
/// Values of a catalog file.
///
/// # Errors
/// When the text cannot be read.
pub fn documents(text: &str, merge: bool) -> Result<Vec<Result<Value>>> {
    Ok(parse(text, merge)?.into_iter().map(|d| d.map(Document::into_value)).collect())
}

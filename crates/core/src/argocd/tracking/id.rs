//! The tracking id: `application:group/kind:namespace/name`.

use std::fmt;

use crate::argocd::unstructured::{self, Gvk};
use crate::{Error, Result, Value};

/// What a tracking id says (`AppInstanceValue`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppInstance {
    /// The instance name of the Application.
    pub application_name: String,
    /// The group, empty for core.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The object's namespace, or the destination namespace.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

impl AppInstance {
    /// Reads a tracking id (`ParseAppInstanceValue`).
    pub fn parse(text: &str) -> Result<Self> {
        let mut parts = text.splitn(3, ':');
        let (Some(app), Some(kind), Some(object)) = (parts.next(), parts.next(), parts.next()) else { return Err(wrong_format()) };
        let pair = |text: &str| match text.split_once('/') {
            Some((left, right)) if !right.contains('/') => Ok((left.to_owned(), right.to_owned())),
            _ => Err(wrong_format()),
        };
        let ((group, kind), (namespace, name)) = (pair(kind)?, pair(object)?);
        Ok(Self { application_name: app.to_owned(), group, kind, namespace, name })
    }

    /// What the tracking id of an object should say (`UnstructuredToAppInstanceValue`).
    pub fn of(object: &Value, app: &str, default_namespace: &str) -> Self {
        let Gvk { group, kind, .. } = unstructured::gvk(object);
        let own = unstructured::namespace(object);
        Self {
            application_name: app.to_owned(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: if own.is_empty() { default_namespace } else { own }.to_owned(),
            name: unstructured::name(object).to_owned(),
        }
    }
}

impl fmt::Display for AppInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}:{}/{}", self.application_name, self.group, self.kind, self.namespace, self.name)
    }
}

fn wrong_format() -> Error {
    Error::upstream("wrong resource tracking format, should be <application-name>:<group>/<kind>:<namespace>/<name>")
}

/// The longest label value.
const LABEL_MAX_LENGTH: usize = 63;

/// Cuts a label value to 63 bytes, and further until it ends in a letter or digit (`TruncateLabel`).
/// A value that is short enough is returned as it is, however it ends.
pub fn truncate_label(value: &str) -> Result<String> {
    if value.len() <= LABEL_MAX_LENGTH {
        return Ok(value.to_owned());
    }
    let cut = value.as_bytes().get(..LABEL_MAX_LENGTH).unwrap_or_default();
    let keep = cut.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |at| at + 1);
    match value.get(..keep) {
        Some(kept) if keep > 0 => Ok(kept.to_owned()),
        _ => Err(Error::upstream("unable to truncate label to not end with a special character")),
    }
}

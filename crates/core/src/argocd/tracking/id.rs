//! The tracking id: `application:group/kind:namespace/name`.

use std::fmt;

use crate::argocd::unstructured::{self, Gvk};
use crate::kube::resource_key::KeyRef;
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
        let (app, key) = parse(text).ok_or_else(wrong_format)?;
        Ok(Self {
            application_name: app.to_owned(),
            group: key.group.to_owned(),
            kind: key.kind.to_owned(),
            namespace: key.namespace.to_owned(),
            name: key.name.to_owned(),
        })
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

/// The Application and the object that a tracking id names.
pub(super) fn parse(text: &str) -> Option<(&str, KeyRef<'_>)> {
    let mut parts = text.splitn(3, ':');
    let (app, kind, object) = (parts.next()?, parts.next()?, parts.next()?);
    let pair = |text| str::split_once(text, '/').filter(|(_, right)| !right.contains('/'));
    let ((group, kind), (namespace, name)) = (pair(kind)?, pair(object)?);
    Some((app, KeyRef { group, kind, namespace, name }))
}

/// The tracking id that an object should have.
pub(super) fn of_object(object: &Value, app: &str, default_namespace: &str) -> String {
    let KeyRef { group, kind, namespace, name } = KeyRef::of(object);
    let namespace = if namespace.is_empty() { default_namespace } else { namespace };
    [app, ":", group, "/", kind, ":", namespace, "/", name].concat()
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

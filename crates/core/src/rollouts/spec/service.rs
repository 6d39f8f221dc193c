//! core/v1 Service, as far as a rollout looks at one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ObjectMeta;
use crate::{Result, Value};

/// corev1.Service: who selects which pods.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: ServiceSpec,
}

/// corev1.ServiceSpec.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceSpec {
    pub(crate) selector: BTreeMap<String, String>,
}

impl Service {
    /// Reads one as the API machinery does.
    pub fn read(document: &Value) -> Result<Self> {
        super::read("Service", document, super::Reading::Lenient)
    }
}

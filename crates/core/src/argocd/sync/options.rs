//! The sync options that Argo CD knows, and where each of them works.

/// Where an option works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// In `spec.syncPolicy.syncOptions`, and in an operation.
    pub application: bool,
    /// In the annotation of a resource.
    pub resource: bool,
}

const BOTH: Scope = Scope { application: true, resource: true };
const APPLICATION: Scope = Scope { application: true, resource: false };
const RESOURCE: Scope = Scope { application: false, resource: true };

/// Every option that has an effect somewhere.
pub const SYNC_OPTIONS_KNOWN: [(&str, Scope); 29] = [
    ("Prune=false", BOTH),
    ("Prune=confirm", BOTH),
    ("Prune=true", BOTH),
    ("Delete=false", BOTH),
    ("Delete=confirm", BOTH),
    ("Delete=true", BOTH),
    ("Validate=false", BOTH),
    ("Validate=true", BOTH),
    ("SkipDryRunOnMissingResource=true", BOTH),
    ("ApplyOutOfSyncOnly=true", APPLICATION),
    ("ApplyOutOfSyncOnly=false", APPLICATION),
    ("PruneLast=true", BOTH),
    ("PruneLast=false", BOTH),
    ("PrunePropagationPolicy=background", APPLICATION),
    ("PrunePropagationPolicy=foreground", APPLICATION),
    ("PrunePropagationPolicy=orphan", APPLICATION),
    ("Replace=true", BOTH),
    ("Replace=false", BOTH),
    ("Force=true", RESOURCE),
    ("ServerSideApply=true", BOTH),
    ("ServerSideApply=false", BOTH),
    ("ClientSideApplyMigration=false", APPLICATION),
    ("ClientSideApplyMigration=true", APPLICATION),
    ("CreateNamespace=true", APPLICATION),
    ("CreateNamespace=false", APPLICATION),
    ("FailOnSharedResource=true", APPLICATION),
    ("FailOnSharedResource=false", APPLICATION),
    ("RespectIgnoreDifferences=true", APPLICATION),
    ("RespectIgnoreDifferences=false", APPLICATION),
];

/// Where an option works; none when it is unknown.
pub fn scope(option: &str) -> Option<Scope> {
    SYNC_OPTIONS_KNOWN.iter().find(|(known, _)| *known == option).map(|(_, scope)| *scope)
}

/// The known word nearest to one that is not known, if it is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.trim().to_lowercase();
    known
        .map(|candidate| (strsim::damerau_levenshtein(&candidate.to_lowercase(), &folded), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 5))
        .map(|(_, candidate)| candidate)
}

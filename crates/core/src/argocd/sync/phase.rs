//! The words of gitops-engine: sync phases, operation phases, result codes.

/// When a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SyncPhase {
    /// Before everything else.
    PreSync,
    /// The resources themselves, and hooks among them.
    Sync,
    /// After all resources are healthy.
    PostSync,
    /// Only when the sync fails.
    SyncFail,
}

impl SyncPhase {
    /// All phases, in order.
    pub const ALL: [Self; 4] = [Self::PreSync, Self::Sync, Self::PostSync, Self::SyncFail];

    /// Upstream's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreSync => "PreSync",
            Self::Sync => "Sync",
            Self::PostSync => "PostSync",
            Self::SyncFail => "SyncFail",
        }
    }

    /// The phase of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text)
    }
}

/// How an operation, or one task of it, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationPhase {
    /// Under way.
    Running,
    /// Somebody asked for its end.
    Terminating,
    /// Ended badly.
    Failed,
    /// Ended because something unexpected happened.
    Error,
    /// Ended well.
    Succeeded,
}

impl OperationPhase {
    const ALL: [Self; 5] = [Self::Running, Self::Terminating, Self::Failed, Self::Error, Self::Succeeded];

    /// Upstream's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Terminating => "Terminating",
            Self::Failed => "Failed",
            Self::Error => "Error",
            Self::Succeeded => "Succeeded",
        }
    }

    /// The phase of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text)
    }

    /// Failed, Error or Succeeded.
    pub fn completed(self) -> bool {
        matches!(self, Self::Failed | Self::Error | Self::Succeeded)
    }
}

/// What applying or pruning one object came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResultCode {
    /// Applied.
    Synced,
    /// Refused.
    SyncFailed,
    /// Deleted.
    Pruned,
    /// Left alone.
    PruneSkipped,
}

impl ResultCode {
    const ALL: [Self; 4] = [Self::Synced, Self::SyncFailed, Self::Pruned, Self::PruneSkipped];

    /// Upstream's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "Synced",
            Self::SyncFailed => "SyncFailed",
            Self::Pruned => "Pruned",
            Self::PruneSkipped => "PruneSkipped",
        }
    }

    /// The code of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// How the task stands after it (`operationPhases`).
    pub(crate) fn operation_phase(self) -> OperationPhase {
        match self {
            Self::Synced => OperationPhase::Running,
            Self::SyncFailed => OperationPhase::Failed,
            Self::Pruned | Self::PruneSkipped => OperationPhase::Succeeded,
        }
    }
}

//! What holds an operation between two passes.

use super::task::TaskView;

/// Why nothing goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// Resources that are not healthy yet hold the next wave.
    Health,
    /// Hooks run.
    Hook,
    /// Deleted objects are still there.
    Deletion,
    /// Somebody has to approve of a prune.
    Confirmation,
    /// The project's sync windows are shut.
    Window,
    /// The last attempt failed; the next is not due.
    Retry,
}

impl WaitReason {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Hook => "hook",
            Self::Deletion => "deletion",
            Self::Confirmation => "confirmation",
            Self::Window => "window",
            Self::Retry => "retry",
        }
    }
}

/// What an operation waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Why.
    pub reason: WaitReason,
    /// For which tasks; none for windows and retries.
    pub tasks: Vec<TaskView>,
}

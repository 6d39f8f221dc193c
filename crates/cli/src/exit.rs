//! What the process says to its caller.

use std::process::ExitCode;

use lofting::text::Location;

/// The three exit codes every verb has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, nothing to report.
    Clean,
    /// 1: done, with findings or differences.
    Findings,
    /// 2: not done.
    Failed,
}

impl Exit {
    /// Findings if there are any.
    pub(crate) fn of(findings: bool) -> Self {
        if findings { Self::Findings } else { Self::Clean }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::from(0),
            Exit::Findings => Self::from(1),
            Exit::Failed => Self::from(2),
        }
    }
}

/// Why a command could not be done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The core refused.
    Refused(lofting::Error),
    /// A file or a stream.
    Io(String, std::io::Error),
    /// The arguments make no sense together.
    Usage(String),
}

impl Failure {
    /// Our reader has gone away: nothing to complain about.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Io(_, error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// Where in a file, if it is about one.
    pub(crate) fn location(&self) -> Option<&Location> {
        match self {
            Self::Refused(error) => error.location.as_deref(),
            Self::Io(..) | Self::Usage(_) => None,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "{}", error.message),
            Self::Io(what, error) => write!(f, "{what}: {error}"),
            Self::Usage(message) => f.write_str(message),
        }
    }
}

impl From<lofting::Error> for Failure {
    fn from(error: lofting::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Io("writing the answer".into(), error)
    }
}

/// What a command gives back.
pub(crate) type Outcome = Result<Exit, Failure>;

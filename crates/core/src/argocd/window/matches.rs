//! Which windows concern an Application (`SyncWindows.Matches`).

use super::spec::SyncWindow;
use crate::lang::glob::gobwas;

/// What windows look at in an Application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowedApplication<'a> {
    /// The Application's name; its namespace plays no part.
    pub name: &'a str,
    /// `spec.destination.name`, as written.
    pub cluster_name: &'a str,
    /// `spec.destination.server`, as written.
    pub cluster_server: &'a str,
    /// `spec.destination.namespace`.
    pub namespace: &'a str,
}

/// Whether the window is about this Application.
pub fn matches(window: &SyncWindow, application: &WindowedApplication<'_>) -> bool {
    let cluster = |pattern: &String| {
        (!application.cluster_name.is_empty() && hit(pattern, application.cluster_name))
            || (!application.cluster_server.is_empty() && hit(pattern, application.cluster_server))
    };
    let answers = [
        (!window.applications.is_empty(), window.applications.iter().any(|pattern| hit(pattern, application.name))),
        (!window.clusters.is_empty(), window.clusters.iter().any(cluster)),
        (!window.namespaces.is_empty(), window.namespaces.iter().any(|pattern| hit(pattern, application.namespace))),
    ];
    let mut set = answers.iter().filter(|(set, _)| *set).map(|(_, matched)| *matched).peekable();
    set.peek().is_some() && if window.and_operator { set.all(|matched| matched) } else { set.any(|matched| matched) }
}

fn hit(pattern: &str, value: &str) -> bool {
    pattern == "*" || gobwas::matches(pattern, value, &[])
}

//! The diagnostic codes of Applications.

use crate::{Code, Severity};

/// Every code that this room can give.
pub const CODES: &[Code] = &[
    Code {
        code: "argocd-application-cycle",
        severity: Severity::Error,
        title: "Applications bring along one another",
        help: "An Application's manifests hold an Application whose manifests lead back to it. Argo CD syncs them for ever in turn and cannot delete them in order.",
        upstream: "Argo CD v3.6.1, app of apps",
    },
    Code {
        code: "argocd-application-too-deep",
        severity: Severity::Warning,
        title: "Applications nest too deeply",
        help: "Applications that bring along Applications are followed 32 levels down.",
        upstream: "lofting's own limit",
    },
    Code {
        code: "argocd-application-missing-path",
        severity: Severity::Error,
        title: "The path of an Application's source does not exist",
        help: "Argo CD answers `app path does not exist` and the Application's sync status is Unknown.",
        upstream: "Argo CD v3.6.1, reposerver/repository",
    },
    Code {
        code: "argocd-application-needs-renderer",
        severity: Severity::Info,
        title: "A source needs a renderer",
        help: "Lofting does not render. Give what the tool makes of the source: `helm template`, `kustomize build`, or the plugin's output.",
        upstream: "Argo CD v3.6.1, reposerver/repository",
    },
];

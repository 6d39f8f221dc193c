//! The diagnostic codes of ApplicationSets.

use crate::{Code, Severity};

const UPSTREAM: &str = "Argo CD v3.6.1, applicationset";

/// Every code that this room can give.
pub const CODES: &[Code] = &[
    Code {
        code: "argocd-appset-deletes-resources",
        severity: Severity::Error,
        title: "An Application would be deleted with its resources",
        help: "The Application carries the resources finalizer: when the controller deletes it, Argo CD prunes every resource that it manages. Set `preserveResourcesOnDeletion: true`, or a policy without deletion, before such an edit.",
        upstream: UPSTREAM,
    },
    Code {
        code: "argocd-appset-deletes-application",
        severity: Severity::Warning,
        title: "An Application would be deleted, its resources kept",
        help: "The Application has no resources finalizer, so what it deployed stays behind unmanaged.",
        upstream: UPSTREAM,
    },
    Code {
        code: "argocd-appset-dotted-tag",
        severity: Severity::Warning,
        title: "A Go template tag in a set without goTemplate",
        help: "The simple engine replaces `{{name}}` only; `{{.name}}` stays as it is written. Add `goTemplate: true`.",
        upstream: UPSTREAM,
    },
    Code {
        code: "argocd-appset-duplicate-name",
        severity: Severity::Error,
        title: "Two parameter sets give one Application name",
        help: "Upstream refuses every Application of that name: it is neither created nor updated, and an existing one is kept.",
        upstream: "Argo CD v3.6.1, validateGeneratedApplications",
    },
    Code {
        code: "argocd-appset-empty-name",
        severity: Severity::Error,
        title: "A parameter set gives an empty Application name",
        help: "Upstream refuses an Application without a name.",
        upstream: "Argo CD v3.6.1, validateGeneratedApplications",
    },
    Code {
        code: "argocd-appset-no-generator",
        severity: Severity::Warning,
        title: "An entry of generators names no generator",
        help: "An unknown or misspelt key generates nothing and raises no error. Under the default policy the Applications that it generated before are deleted.",
        upstream: "Argo CD v3.6.1, CheckInvalidGenerators",
    },
    Code {
        code: "argocd-appset-patch-without-go-template",
        severity: Severity::Warning,
        title: "templatePatch in a set without goTemplate",
        help: "The simple engine knows no conditions or loops; their tags stay in the patch and usually break it.",
        upstream: UPSTREAM,
    },
    Code {
        code: "argocd-appset-rename",
        severity: Severity::Warning,
        title: "A rename: one Application deleted, another created",
        help: "Upstream knows Applications by name. A changed name deletes the old one, with its resources where the finalizer says so, and creates the new one.",
        upstream: UPSTREAM,
    },
    Code {
        code: "argocd-appset-unassigned-application",
        severity: Severity::Warning,
        title: "An Application is in no step of the rolling sync",
        help: "It is never synced by the rollout, and its automated sync is switched off all the same.",
        upstream: "Argo CD v3.6.1, progressivesync",
    },
    Code {
        code: "argocd-appset-unused-parameter",
        severity: Severity::Info,
        title: "A parameter that no template reads",
        help: "It may be misspelt in the template, or left over.",
        upstream: UPSTREAM,
    },
];

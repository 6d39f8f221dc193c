//! The diagnostic codes of syncing.

use crate::{Code, Severity};

const ENGINE: &str = "Argo CD v3.6.1, gitops-engine/pkg/sync";
const CONTROLLER: &str = "Argo CD v3.6.1, controller/sync.go";

/// Every code that this room can give.
pub const CODES: &[Code] = &[
    Code {
        code: "argocd-sync-app-of-apps",
        severity: Severity::Info,
        title: "Waves do not wait for what a child Application deploys",
        help: "Argo CD judges no health of Applications unless `resource.customizations` has a check for them, so a later wave starts as soon as the Application object is written. Add the documented health check for `argoproj.io/Application` to make waves wait.",
        upstream: "Argo CD v3.6.1, gitops-engine/pkg/health; docs/operator-manual/health.md",
    },
    Code {
        code: "argocd-sync-generated-name",
        severity: Severity::Warning,
        title: "Several resources with generateName become one",
        help: "Resources are told apart by name, and a resource with `generateName` has none yet: of those of one kind in one namespace only one is made. Make them hooks, or give them names.",
        upstream: ENGINE,
    },
    Code {
        code: "argocd-sync-hook-ignored",
        severity: Severity::Warning,
        title: "A hook without a known type never runs",
        help: "The object carries a hook annotation, but none of its types is one that Argo CD runs: it is neither applied, nor pruned, nor counted. Types are spelt exactly: PreSync, Sync, PostSync, SyncFail, Skip, PreDelete, PostDelete; of Helm's, pre- and post-install, -upgrade and -delete.",
        upstream: "Argo CD v3.6.1, gitops-engine/pkg/sync/hook",
    },
    Code {
        code: "argocd-sync-never-finishes",
        severity: Severity::Warning,
        title: "The sync would never finish",
        help: "As the world stands, nothing will change what the operation waits for. It runs until somebody terminates it, unless the controller has a sync timeout.",
        upstream: ENGINE,
    },
    Code {
        code: "argocd-sync-non-string-annotation",
        severity: Severity::Error,
        title: "An annotation that is no string",
        help: "Kubernetes takes strings only, and Argo CD reads no annotation of an object at all when one of them is something else. Quote numbers and booleans.",
        upstream: "Kubernetes 1.37, unstructured.GetAnnotations; Argo CD v3.6.1, util/kube",
    },
    Code {
        code: "argocd-sync-option-scope",
        severity: Severity::Warning,
        title: "A sync option where it has no effect",
        help: "Some options hold for the whole Application (`spec.syncPolicy.syncOptions`), some for single resources (the annotation), some for both. Set at the wrong place, or with a value that means nothing there, an option is passed over without a word.",
        upstream: "Argo CD v3.6.1, docs/user-guide/sync-options.md; gitops-engine/pkg/sync/common",
    },
    Code {
        code: "argocd-sync-options-replaced",
        severity: Severity::Warning,
        title: "An operation's options replace the Application's",
        help: "An operation that carries `syncOptions` of its own does not add to those of the Application: what it does not repeat, such as CreateNamespace=true, does not hold.",
        upstream: CONTROLLER,
    },
    Code {
        code: "argocd-sync-server-side-diff",
        severity: Severity::Info,
        title: "Differences need the API server's dry run",
        help: "Applications with ServerSideApply=true or ServerSideDiff=true are compared by a dry run of the API server. Without one the client-side comparison decides what ApplyOutOfSyncOnly leaves out.",
        upstream: "Argo CD v3.6.1, controller/state.go shouldUseServerSideDiff",
    },
    Code {
        code: "argocd-sync-tie",
        severity: Severity::Info,
        title: "Two tasks whose order upstream leaves to chance",
        help: "Tasks of one phase and wave are ordered by kind and name only. Where both are the same, upstream's order is random; here the namespace decides, then the group.",
        upstream: "Argo CD v3.6.1, gitops-engine/pkg/sync/sync_tasks.go",
    },
    Code {
        code: "argocd-sync-unknown-annotation",
        severity: Severity::Warning,
        title: "A misspelt annotation of Argo CD",
        help: "Argo CD passes over annotations that it does not know, so the setting has no effect.",
        upstream: "Argo CD v3.6.1, docs/user-guide/annotations-and-labels.md",
    },
    Code {
        code: "argocd-sync-unknown-delete-policy",
        severity: Severity::Warning,
        title: "A hook delete policy that Argo CD does not know",
        help: "Unknown words are dropped, and without any policy BeforeHookCreation holds. Known are HookSucceeded, HookFailed, BeforeHookCreation, and Helm's hook-succeeded, hook-failed, before-hook-creation.",
        upstream: "Argo CD v3.6.1, gitops-engine/pkg/sync/hook",
    },
    Code {
        code: "argocd-sync-unknown-hook-type",
        severity: Severity::Warning,
        title: "A hook type that Argo CD does not know",
        help: "Unknown words are dropped; the case matters.",
        upstream: "Argo CD v3.6.1, gitops-engine/pkg/sync/hook",
    },
    Code {
        code: "argocd-sync-unknown-option",
        severity: Severity::Warning,
        title: "A sync option that Argo CD does not know",
        help: "Options are compared as whole texts, case and spaces included. An unknown one is passed over without a word.",
        upstream: "Argo CD v3.6.1, gitops-engine/pkg/sync/common",
    },
    Code {
        code: "argocd-sync-wave-not-integer",
        severity: Severity::Warning,
        title: "A wave that is no integer",
        help: "The value is passed over: Helm's hook weight counts, else wave 0.",
        upstream: "Argo CD v3.6.1, gitops-engine/pkg/sync/syncwaves",
    },
];

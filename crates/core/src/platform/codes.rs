//! The codes of findings about the platform as a whole.

use crate::text::{Code, Severity};

/// Every code of this room.
pub const CODES: &[Code] = &[
    Code {
        code: "platform-unreadable-file",
        severity: Severity::Warning,
        title: "A file that claims to be YAML cannot be read",
        help: "Argo CD and Backstage would stop at this file. The message gives the place; everything else of the platform is still judged without it.",
        upstream: "sigs.k8s.io/yaml v1.6.0 as Argo CD v3.6.1 calls it",
    },
    Code {
        code: "platform-unreadable-rollout",
        severity: Severity::Error,
        title: "A Rollout does not decode",
        help: "A member has a type that the Rollout's Go struct cannot hold, so the API server refuses the object.",
        upstream: "argo-rollouts v1.10.2, pkg/apis/rollouts/v1alpha1",
    },
    Code {
        code: "platform-duplicate-entity",
        severity: Severity::Error,
        title: "Two catalog files declare the same entity",
        help: "The catalog keeps the one it saw first and reports a conflict for the other. Give one of them another name or namespace, or delete it.",
        upstream: "@backstage/plugin-catalog-backend 4.0.0, DefaultProcessingDatabase",
    },
    Code {
        code: "platform-dangling-reference",
        severity: Severity::Warning,
        title: "An entity refers to one that is not in the catalog",
        help: "Backstage accepts it and shows a warning on the entity's page. Register the missing entity, or correct the reference.",
        upstream: "@backstage/plugin-catalog, EntityRelationWarning",
    },
    Code {
        code: "platform-application-cycle",
        severity: Severity::Error,
        title: "Applications yield one another in a circle",
        help: "Each sync of one changes the other. Decide which is the root and take it out of the other's path.",
        upstream: "Argo CD v3.6.1, app-of-apps pattern",
    },
    Code {
        code: "platform-duplicate-application",
        severity: Severity::Error,
        title: "Two sources make an Application of the same name",
        help: "They overwrite each other's spec at every reconciliation; with prune, deleting one deletes what the other deployed.",
        upstream: "Argo CD v3.6.1, applicationset/controllers",
    },
    Code {
        code: "platform-unwired-component",
        severity: Severity::Warning,
        title: "A Component's Application cannot be found",
        help: "The Argo CD card of the portal stays empty. Add `argocd/app-name` (or `argocd/app-selector`) with the Application's name; `argocd/app-namespace` and `argocd/project-name` narrow it.",
        upstream: "Argo CD plugin of the Backstage community, annotations",
    },
    Code {
        code: "platform-adoption-threshold",
        severity: Severity::Error,
        title: "Adoption is below what was agreed",
        help: "`adoption` in lofting.yaml names the least share, in percent, that a metric of `lofting adoption` may have. The JSON answer lists who does not fulfil it.",
        upstream: "lofting, `lofting adoption`",
    },
    Code {
        code: "platform-out-of-sync",
        severity: Severity::Warning,
        title: "A resource of the snapshot is not what Git says",
        help: "The message names the fields, the preview who changed them as far as `managedFields` tell. Sync the Application to undo a hand edit, or bring the edit into Git; for a field that a controller owns (replicas under an autoscaler) add `ignoreDifferences`.",
        upstream: "Argo CD v3.6.1, controller/state.go CompareAppState",
    },
    Code {
        code: "platform-assumed-repository",
        severity: Severity::Info,
        title: "This tree is taken to be the repository that Applications name",
        help: "lofting.yaml names no repository, and most paths that Applications read from this one are here. Write it down to be sure: `repositories: {URL: .}`, or the directory that holds the repository's tree.",
        upstream: "lofting, lofting.yaml, `repositories`",
    },
    Code {
        code: "platform-unknown",
        severity: Severity::Info,
        title: "Something is not known, and so is not judged",
        help: "The answer says `unknown` with the reason: a renderer that is missing, a repository whose tree is not here, facts that only a cluster has. Nothing is guessed.",
        upstream: "lofting, DESIGN.md: three-valued answers",
    },
];

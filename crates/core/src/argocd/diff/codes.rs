//! The diagnostic codes of diffs and ignore rules.

use crate::{Code, Severity};

const IGNORE: &str = "Argo CD v3.6.1, util/argo/normalizers/diff_normalizer.go";

/// Every code that this room can give.
pub const CODES: &[Code] = &[
    Code {
        code: "argocd-diff-field-unknown",
        severity: Severity::Warning,
        title: "A field that the kind does not have switches off canonical form",
        help: "Argo CD brings objects of built-in kinds into the spelling of the API server before it compares them, but not when a single field is unknown: then `1000m` differs from `1` and an empty list from none. Correct the name of the field, or take it out.",
        upstream: "Argo CD v3.6.1, gitops-engine/pkg/diff/diff.go remarshal",
    },
    Code {
        code: "argocd-diff-ignore-endless",
        severity: Severity::Warning,
        title: "A jq expression of an ignore rule takes too long",
        help: "Argo CD stops an expression after a second (`--ignore-normalizer-jq-execution-timeout-seconds`), logs it, and compares the object as if the rule were not there. Here a limit on steps and size stands for the second. Ask for the field by its path.",
        upstream: IGNORE,
    },
    Code {
        code: "argocd-diff-ignore-managers-core",
        severity: Severity::Warning,
        title: "Trusted managers of a core kind are never looked up",
        help: "The controller asks for the override of `/Kind`, but settings keep those of the core group under `Kind`. Write the managers into the Application, or under `all`.",
        upstream: "Argo CD v3.6.1, util/argo/diff/ignore.go HasIgnoreDifference",
    },
    Code {
        code: "argocd-diff-ignore-nothing",
        severity: Severity::Info,
        title: "An ignore rule matches the object and finds nothing to leave out",
        help: "The field is on neither side: misspelt, or no longer needed. A JSON pointer begins with a slash and writes a slash inside a name as `~1`; a jq expression has to give paths that exist.",
        upstream: IGNORE,
    },
    Code {
        code: "argocd-diff-ignore-pointer",
        severity: Severity::Warning,
        title: "A JSON pointer without a slash never applies",
        help: "What stands before the first slash is skipped, so a pointer without any slash points nowhere. Write `/spec/replicas`, not `spec.replicas`.",
        upstream: "evanphx/json-patch v5.9.11 (API of v4), as Argo CD v3.6.1 calls it",
    },
    Code {
        code: "argocd-diff-last-applied",
        severity: Severity::Warning,
        title: "What was last applied cannot be read",
        help: "The annotation `kubectl.kubernetes.io/last-applied-configuration` of the live object is no object, so the diff is made without it: fields removed in Git are not noticed. The next sync writes the annotation again.",
        upstream: "Argo CD v3.6.1, gitops-engine/pkg/diff/diff.go GetLastAppliedConfigAnnotation",
    },
];

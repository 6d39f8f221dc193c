//! The diagnostic codes of Backstage's room.

use crate::text::{Code, Severity};

const fn error(code: &'static str, title: &'static str, help: &'static str, upstream: &'static str) -> Code {
    Code { code, severity: Severity::Error, title, help, upstream }
}

const fn warning(code: &'static str, title: &'static str, help: &'static str, upstream: &'static str) -> Code {
    Code { code, severity: Severity::Warning, title, help, upstream }
}

const fn info(code: &'static str, title: &'static str, help: &'static str, upstream: &'static str) -> Code {
    Code { code, severity: Severity::Info, title, help, upstream }
}

/// Every code of the room.
pub const CODES: &[Code] = &[
    error(
        "backstage-catalog-yaml",
        "The document is not valid YAML",
        "Backstage reads YAML 1.2 (core schema) without merge keys; duplicate keys and unknown aliases are errors. The other documents of the file still count, but a Location that points to it fails as a whole.",
        "plugin-catalog-node 2.2.5 parseEntityYaml",
    ),
    error(
        "backstage-catalog-root",
        "The document is not an object",
        "An entity is a mapping with `apiVersion`, `kind`, `metadata` and mostly `spec`.",
        "plugin-catalog-node 2.2.5 parseEntityYaml",
    ),
    error(
        "backstage-catalog-circular",
        "The entity contains itself",
        "An alias stands for a mapping or list around it (`spec: &a [*a]`). The YAML is valid and Backstage reads it, but then cannot write it as JSON: the entity is not processed.",
        "plugin-catalog-backend 4.0.0 DefaultCatalogProcessingOrchestrator",
    ),
    error(
        "backstage-catalog-envelope",
        "The entity's envelope is incomplete",
        "`apiVersion`, `kind` and `metadata.name` must be non-empty strings, and `metadata.annotations` a mapping. The whole Location that emits such a document fails.",
        "plugin-catalog-backend 4.0.0 ProcessorOutputCollector",
    ),
    error(
        "backstage-catalog-placeholder",
        "A placeholder cannot be resolved",
        "`$text`, `$json` and `$yaml` take one string: a relative path or a URL inside the same repository. Under `file` locations relative placeholders never resolve.",
        "plugin-catalog-backend 4.0.0 PlaceholderProcessor",
    ),
    error(
        "backstage-catalog-policy",
        "The entity breaks a catalog policy",
        "The strict entity schema, the allowed root fields (`apiVersion`, `kind`, `metadata`, `spec`) or the format of a name, key, value, tag or link.",
        "catalog-model 1.10.1 EntityPolicies",
    ),
    error(
        "backstage-catalog-changed",
        "The entity's ref changed during processing",
        "A placeholder may not change `kind`, `metadata.namespace` or `metadata.name`.",
        "plugin-catalog-backend 4.0.0 DefaultCatalogProcessingOrchestrator",
    ),
    error(
        "backstage-catalog-unrecognized",
        "No processor knows this apiVersion and kind",
        "The spelling of `kind` matters, and built-in kinds need `backstage.io/v1alpha1` or `backstage.io/v1beta1` (`scaffolder.backstage.io/v1beta3` for templates).",
        "plugin-catalog-backend 4.0.0 DefaultCatalogProcessingOrchestrator",
    ),
    error(
        "backstage-catalog-kind",
        "The spec does not fit the kind",
        "A required field is missing or has the wrong type. The server reports only the first violation.",
        "catalog-model 1.10.1 entityKindSchemaValidator",
    ),
    error(
        "backstage-catalog-location",
        "The Location cannot be registered or read",
        "Its `spec.type` must be its own type or `url`, its targets must exist unless `presence: optional`, and every document behind them must have a sound envelope: one failure takes the whole Location down.",
        "plugin-catalog-backend 4.0.0 DefaultCatalogProcessingOrchestrator",
    ),
    error(
        "backstage-catalog-relations",
        "A reference in spec cannot be read",
        "`dependsOn` and `dependencyOf` have no default kind: write `component:name` or `resource:name`. A reference that cannot be read fails the whole entity.",
        "plugin-catalog-backend 4.0.0 BuiltinKindsEntityProcessor",
    ),
    error(
        "backstage-catalog-rules",
        "The catalog's rules do not allow this kind",
        "`catalog.rules` (by default only Component, API and Location) is matched against the registered location; one entity that is not allowed fails its whole Location.",
        "plugin-catalog-backend 4.0.0 DefaultCatalogRulesEnforcer",
    ),
    error(
        "backstage-template-yaml",
        "The template is not valid YAML",
        "Nothing of the file can be registered or run.",
        "plugin-catalog-node 2.2.5 parseEntityYaml",
    ),
    error(
        "backstage-template-schema",
        "The template does not fit its schema",
        "The server refuses to register and to run it.",
        "plugin-scaffolder-common Template.v1beta3.schema",
    ),
    error(
        "backstage-template-unknown-action",
        "No such action is installed",
        "A step whose condition holds fails the task. Organisations add their own actions to the registry.",
        "plugin-scaffolder-backend 4.2.0 TemplateActionRegistry",
    ),
    warning(
        "backstage-template-duplicate-step",
        "Two steps have the same id",
        "The later output replaces the earlier one.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner",
    ),
    error(
        "backstage-template-unknown-input",
        "The action takes no such input",
        "Inputs are closed: one name too many fails the step.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner",
    ),
    error(
        "backstage-template-missing-input",
        "The action needs an input that is not given",
        "The step fails before the action is called.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner",
    ),
    error(
        "backstage-template-input",
        "The input has the wrong shape",
        "The step fails before the action is called.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner",
    ),
    error(
        "backstage-template-expression",
        "The expression cannot be read",
        "The server does not fail: it takes the text as it is written. In a condition that is always true.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner.render",
    ),
    info(
        "backstage-template-undefined",
        "An expression is undefined with the values of this run",
        "Keys whose value is undefined vanish, items of lists become null, and text around the expression stays. Give it a `default(…)` if that is not what you want.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner.render",
    ),
    error(
        "backstage-template-filter",
        "There is no such filter",
        "The expression fails, and the server takes the text as it is written.",
        "nunjitsu filters",
    ),
    error(
        "backstage-template-unknown-name",
        "The name is not known there",
        "It is undefined: keys vanish, texts become empty.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner",
    ),
    error(
        "backstage-template-secrets",
        "Secrets are not visible there",
        "Conditions and outputs never see secrets.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner",
    ),
    error(
        "backstage-template-unknown-step",
        "There is no such step",
        "The reference is undefined.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner",
    ),
    error(
        "backstage-template-later-step",
        "The step runs later",
        "Its output is undefined until it ran.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner",
    ),
    error(
        "backstage-template-unknown-output",
        "The action has no such output",
        "The reference is undefined.",
        "plugin-scaffolder-node action schemas",
    ),
    error(
        "backstage-template-unknown-parameter",
        "The form has no such field",
        "The reference is undefined.",
        "plugin-scaffolder-backend 4.2.0",
    ),
    warning(
        "backstage-template-unused-parameter",
        "A field of the form is never read",
        "People fill it in for nothing.",
        "plugin-scaffolder-backend 4.2.0",
    ),
    error(
        "backstage-template-each",
        "The step cannot run for each of it",
        "`each` must resolve to a list or a mapping; anything else fails the task.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner.executeStep",
    ),
    warning(
        "backstage-template-condition",
        "The condition always comes to the same",
        "A condition is rendered, and what comes out is true unless it is empty, false, 0 or an empty list. A text without an expression, the text \"false\", and text around an expression are all true.",
        "plugin-scaffolder-backend 4.2.0 isTruthy",
    ),
    warning(
        "backstage-template-unknown-member",
        "The value has no such member",
        "The schema of the form, or of the action's output, does not tell of it: it is undefined.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner",
    ),
    info(
        "backstage-template-left-out",
        "The step that it reads may be left out",
        "A step whose condition does not hold has no output: what reads it is undefined, keys vanish. Give the reader the same condition, or a `default(…)`.",
        "plugin-scaffolder-backend 4.2.0 NunjucksWorkflowRunner.executeStep",
    ),
    warning(
        "backstage-template-field",
        "The form names a field that the scaffolder does not have",
        "A portal may bring fields of its own; those of the scaffolder are spelt like `OwnerPicker` and `EntityPicker`.",
        "plugin-scaffolder 1.39.0 DEFAULT_SCAFFOLDER_FIELD_EXTENSIONS",
    ),
    warning(
        "backstage-template-picker",
        "The form and the catalog do not fit together",
        "A picker offers nothing, or a value names an entity that the catalog does not have or that the picker does not offer. The server does not look: the task runs with it.",
        "plugin-scaffolder 1.39.0 EntityPicker, OwnerPicker",
    ),
    error("backstage-template-skeleton", "The skeleton is not there", "The step fails.", "plugin-scaffolder-node fetchContents"),
    error(
        "backstage-template-skeleton-syntax",
        "A file of the skeleton cannot be rendered",
        "One file that fails fails the whole step; there is no fallback as in the template itself.",
        "plugin-scaffolder-backend 4.2.0 createTemplateActionHandler",
    ),
    warning(
        "backstage-template-blanked",
        "A file of the skeleton reads a name it cannot see",
        "Skeletons see `values` (or `cookiecutter`) only; what belongs to another language, like `${{ secrets.X }}` of GitHub's workflows, is rendered as nothing. Wrap it in raw, or list the file in `copyWithoutTemplating`.",
        "plugin-scaffolder-backend 4.2.0 createTemplateActionHandler",
    ),
    warning(
        "backstage-template-missing-value",
        "A file of the skeleton reads a value that is not passed",
        "It is rendered as nothing.",
        "plugin-scaffolder-backend 4.2.0 createTemplateActionHandler",
    ),
    warning(
        "backstage-catalog-dangling",
        "A reference leads to no entity of the catalog",
        "Backstage shows a relation to nothing, and a missing owner as unknown. The entity may come from a file that was not given.",
        "catalog-model 1.10.1 relations",
    ),
    warning(
        "backstage-catalog-cycle",
        "Entities depend on each other in a circle",
        "The catalog accepts it, but neither can be changed, or recovered, before the other.",
        "catalog-model 1.10.1 relations",
    ),
    error(
        "backstage-techdocs-ref",
        "The annotation backstage.io/techdocs-ref leads nowhere",
        "It is a location of type `dir` or `url`: mostly `dir:.`, the folder of the entity's own file. A relative `dir` is resolved from that file, and may not leave the repository.",
        "techdocs-node 2.0.0 getLocationForEntity",
    ),
    error(
        "backstage-techdocs-config",
        "The configuration of the documentation is not sound",
        "MkDocs, or Backstage before it, refuses it.",
        "techdocs-node 2.0.0 helpers",
    ),
    error(
        "backstage-techdocs-docs-dir",
        "docs_dir leads out of the folder",
        "Backstage refuses to build the documentation.",
        "techdocs-node 2.0.0 validateMkdocsYaml",
    ),
    warning(
        "backstage-techdocs-removed",
        "Backstage removes a part of the configuration",
        "Only an operator can allow more, with techdocs.generator.mkdocs.dangerouslyAllowAdditionalKeys and …Plugins.",
        "techdocs-node 2.0.0 sanitizeMkdocsYml",
    ),
    error(
        "backstage-techdocs-index",
        "The documentation has no first page",
        "TechDocs opens index.html, which MkDocs makes of index.md or README.md in docs_dir.",
        "MkDocs",
    ),
    warning("backstage-techdocs-nav", "The navigation names a page that is not there", "MkDocs warns, and fails under strict.", "MkDocs"),
    warning("backstage-techdocs-unreachable", "No page leads there", "The page is built, but only the search finds it.", "MkDocs"),
    warning("backstage-techdocs-link", "A link leads nowhere", "MkDocs warns, and fails under strict.", "MkDocs"),
];

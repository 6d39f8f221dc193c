//! The codes of the lints.

use crate::text::{Code, Severity};

const fn code(code: &'static str, severity: Severity, title: &'static str, help: &'static str, upstream: &'static str) -> Code {
    Code { code, severity, title, help, upstream }
}

use Severity::{Error, Info, Warning};

const PLUGIN: &str = "@backstage-community/plugin-argocd 3.1.0";
const AUTOSYNC: &str = "Argo CD v3.6.1, docs/user-guide/auto_sync.md; controller autoSync";
const APPSET: &str = "Argo CD v3.6.1, applicationset/controllers";
const SCAFFOLDER: &str = "@backstage/plugin-scaffolder-backend, template v1beta3";

/// Every code that only the lints give.
pub const CODES: &[Code] = &[
    code(
        "platform-allow",
        Warning,
        "A suppression that is not sound",
        "`# lofting: allow CODE reason` stands on the line of a finding or above it. The code must exist, the reason must be given, and there must be something to allow; else the comment is reported and allows nothing.",
        "lofting, `lofting lint`",
    ),
    code(
        "platform-allow-empty-production",
        Error,
        "A production Application may delete everything it deployed",
        "With `allowEmpty: true` automated sync prunes every resource when its source yields nothing: a wrong path, an emptied directory, a generator that failed. Without it Argo CD refuses to. Set it to false; the fix does.",
        AUTOSYNC,
    ),
    code(
        "platform-app-name-and-project",
        Info,
        "Annotations that only one Argo CD plugin accepts",
        "`argocd/app-name` together with `argocd/project-name` narrows the search in the community plugin; Roadie's plugin refuses the two together. Remove `argocd/project-name` if the portal may ever change plugins.",
        "@backstage-community/plugin-argocd 3.1.0; @roadiehq/backstage-plugin-argo-cd 2.12.5",
    ),
    code(
        "platform-app-name-and-selector",
        Error,
        "Both an Application's name and a selector",
        "The card shows \"Cannot provide both argocd/app-name and argocd/app-selector annotations\" and nothing else. Keep one of them.",
        PLUGIN,
    ),
    code(
        "platform-application-by-hand",
        Info,
        "An Application that nothing in Git makes",
        "Where an app-of-apps or an ApplicationSet exists, an Application that neither of them yields is somebody's manual step: it is not there after a rebuild, and nobody reviews its changes. Move its file below the root Application's path. Roots themselves are applied by hand once; they are not reported.",
        "Argo CD v3.6.1, docs/operator-manual/cluster-bootstrapping.md",
    ),
    code(
        "platform-appset-empty",
        Warning,
        "An ApplicationSet that generates nothing",
        "Under the default policy the controller deletes every Application that the set made before, and with the resources finalizer what they deployed. Look for a path that matches nothing or a selector that fits no cluster; set `preserveResourcesOnDeletion: true` or a policy without deletion while that can happen.",
        APPSET,
    ),
    code(
        "platform-appset-missingkey",
        Warning,
        "A Go template that prints `<no value>`",
        "Without `goTemplateOptions: [\"missingkey=error\"]` a misspelt parameter becomes the text `<no value>` in a name, a path or a namespace. With it the generation fails and nothing is changed. The fix adds it.",
        "Argo CD v3.6.1, docs/operator-manual/applicationset/GoTemplate.md",
    ),
    code(
        "platform-component-incomplete",
        Info,
        "A service's page has gaps",
        "Whoever is paged opens this page. Add `metadata.description`, `backstage.io/techdocs-ref`, an on-call annotation (`pagerduty.com/service-id`, `opsgenie.com/component-selector` …) and a dashboard (`grafana/dashboard-selector` …, or a link of that kind). The message says what is missing.",
        "Backstage, well-known annotations",
    ),
    code(
        "platform-copied-skeletons",
        Warning,
        "Templates that are copies of one another",
        "Most lines of the two skeletons are the same, so every repair must be made twice. Move what they share into one skeleton that both fetch with a second `fetch:template` step. The share of common lines is measured; `thresholds.sharedLines` in lofting.yaml moves the border.",
        SCAFFOLDER,
    ),
    code(
        "platform-endless-pause",
        Warning,
        "An automated Application waits for a person",
        "The Application is synced automatically, and its Rollout stops at a pause without a duration: every merge ends in a half-finished update until somebody promotes it. Give the pause a duration with an analysis after it, or sync by hand.",
        "argo-rollouts v1.10.2, rollout/canary.go; Argo CD v3.6.1, automated sync",
    ),
    code(
        "platform-golden-path-drift",
        Warning,
        "A generated repository has left the golden path",
        "The template, run again with the same answers, makes other files than the repository has. `base` in lofting.yaml (the template as it was) tells whose change each one is. Bring the template's changes into the repository, or the repository's into the template.",
        SCAFFOLDER,
    ),
    code(
        "platform-hook-never-deleted",
        Warning,
        "A hook that leaves an object behind at every sync",
        "A hook with `generateName` and no delete policy of its own has `BeforeHookCreation`, which looks for the same name and never finds one: the objects pile up. Add `argocd.argoproj.io/hook-delete-policy: HookSucceeded`; the fix does.",
        "Argo CD v3.6.1, gitops-engine/pkg/sync/hook",
    ),
    code(
        "platform-hook-runs-once",
        Warning,
        "A hook that runs only once",
        "A Job with a fixed name and a policy that keeps it after success is already complete at the next sync: it is applied unchanged, counts as succeeded and does not run. Use `BeforeHookCreation` (the default) or `HookSucceeded`.",
        "Argo CD v3.6.1, gitops-engine/pkg/sync",
    ),
    code(
        "platform-hpa-above-replicas",
        Warning,
        "The autoscaler's minimum is more than Git's replicas",
        "Every sync sets the replicas of Git, the autoscaler raises them again, and a Rollout computes the pods of its steps from the lower number meanwhile. Leave `spec.replicas` out, ignore it, or make the two agree.",
        "Kubernetes 1.37, HorizontalPodAutoscaler; argo-rollouts v1.10.2",
    ),
    code(
        "platform-hpa-self-heal",
        Warning,
        "Self-heal fights the autoscaler",
        "The HorizontalPodAutoscaler changes `spec.replicas`, Git says something else, and self-heal sets it back each time: pods come and go under load. Add `ignoreDifferences` for `/spec/replicas` with the option RespectIgnoreDifferences=true (the fix does), or leave `spec.replicas` out of Git.",
        AUTOSYNC,
    ),
    code(
        "platform-image-latest",
        Warning,
        "An image without a fixed version",
        "`latest`, or no tag at all, means another image on the next node that pulls it: Argo CD sees no difference, a rollback brings nothing back, and a Rollout has no new revision to roll out. Use a version or a digest.",
        "Kubernetes 1.37, imagePullPolicy; Argo CD v3.6.1, best practices",
    ),
    code(
        "platform-manual-step",
        Warning,
        "A template that hands out a ticket",
        "A step waits, only notifies somebody, opens an issue, or says TODO: what the template promises is still done by hand. Make it an action, or take it out of the golden path.",
        SCAFFOLDER,
    ),
    code(
        "platform-mega-template",
        Warning,
        "One template for everything",
        "Many parameters, or steps that depend on the technology, make one template that nobody dares to change. One golden path a technology, with the shared parts in skeletons of their own, is easier to own. `thresholds.templateParameters` and `thresholds.templateConditions` in lofting.yaml move the border.",
        SCAFFOLDER,
    ),
    code(
        "platform-no-adoption",
        Info,
        "Nobody can tell what a template made",
        "The template writes a `catalog-info.yaml` without `backstage.io/source-template`, so no metric can say which Components came from it. `catalog:write` adds the annotation by itself; in a skeleton write it: `backstage.io/source-template: template:default/NAME`.",
        "Backstage, well-known annotations; catalog:write",
    ),
    code(
        "platform-owner-concentration",
        Warning,
        "One team owns what others build",
        "The platform team owns a product's service, or one owner has most of the catalog: requests for change become tickets for that team. Give each Component the team that answers its pager. `platformTeams` and `thresholds.ownerShare` in lofting.yaml say who and how much.",
        "Backstage, descriptor format, spec.owner",
    ),
    code(
        "platform-pdb-blocks",
        Warning,
        "A disruption budget that lets no pod go",
        "With as many pods required as there are, or none allowed to be missing, no node can be drained: upgrades of the cluster stop there. Require fewer pods, or run more.",
        "Kubernetes 1.37, PodDisruptionBudget",
    ),
    code(
        "platform-plain-secret",
        Error,
        "A secret in plain text",
        "Whoever can read the repository, or any old clone of it, can read this. Change the secret, and keep it in a store (External Secrets, Sealed Secrets, SOPS, Vault). Values are not shown here.",
        "Argo CD v3.6.1, docs/operator-manual/secret-management.md",
    ),
    code(
        "platform-production-self-heal",
        Warning,
        "Self-heal or prune in production from day one",
        "Automated sync that heals or prunes acts at once on a mistake in Git, and this Application has hardly been deployed yet. Sync it by hand until the first deployments went well (`thresholds.productionHistory`), or begin with `automated` alone.",
        AUTOSYNC,
    ),
    code(
        "platform-service-uncatalogued",
        Warning,
        "A deployed service that the portal does not know",
        "The Application deploys workloads, and no Component of the catalog stands for it: nobody finds its owner, its documentation or its state in the portal. Add a Component with `argocd/app-name`. The largest services (`thresholds.topServices`) count as warnings, the others as remarks.",
        PLUGIN,
    ),
    code(
        "platform-single-template",
        Info,
        "A platform with one template",
        "One golden path for every technology is either too narrow or about to become the one template for everything. Look at what teams deploy, and pave the second road.",
        SCAFFOLDER,
    ),
    code(
        "platform-skeleton-files",
        Warning,
        "A template that leaves out what the others bring",
        "Services on the golden path come with the same set of files, whatever their technology: image, pipeline, manifests, catalog entry, documentation. `infrastructureFiles` in lofting.yaml names the set; without it, what most templates produce counts.",
        SCAFFOLDER,
    ),
    code(
        "platform-template-unused",
        Info,
        "A template that nobody has used",
        "No Component says that it came from this template, although others say so of theirs. Ask why, or retire it.",
        "Backstage, well-known annotations, backstage.io/source-template",
    ),
    code(
        "platform-unquoted-template",
        Error,
        "An unquoted `{{ }}`",
        "In YAML a value that begins with `{` is a mapping, so the file cannot be read, or says something else than it seems to. Put the value in quotes; the fix does.",
        "Argo CD v3.6.1, docs/operator-manual/applicationset/Template.md",
    ),
    code(
        "platform-wrong-namespace",
        Warning,
        "The Component looks into another namespace than its Application",
        "The Kubernetes tab shows the namespace of `backstage.io/kubernetes-namespace`, the Argo CD card the Application that deploys elsewhere: the page contradicts itself. Make the two agree.",
        "Backstage, Kubernetes plugin annotations; @backstage-community/plugin-argocd 3.1.0",
    ),
];

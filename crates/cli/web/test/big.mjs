// An answer of any size, drawn from nothing but numbers, for what the page does with large platforms.

const pick = (list, n) => list[n % list.length];

export function big({ applications = 2000, entities = 600, rollouts = 20 } = {}) {
  const owners = Array.from({ length: 24 }, (_, n) => `group:default/team-${n}`);
  const entity = (n) => ({
    ref: `component:default/service-${n}`, kind: "Component", name: `service-${n}`, owner: pick(owners, n), type: "service",
    location: { file: `catalog/service-${n}.yaml`, line: 1, column: 1 },
    relations: [
      { type: "ownedBy", target: pick(owners, n), found: true },
      { type: "dependsOn", target: `component:default/service-${(n * 7 + 3) % entities}`, found: true },
    ],
  });
  const diff = "@@ -4,7 +4,7 @@\n   namespace: shop\n spec:\n-  replicas: 5\n+  replicas: 3\n   selector:\n     matchLabels:\n       app: a\n";
  const application = (n) => {
    const out = n % 9 === 0;
    const name = n % 50 === 0 ? `root-${n}` : `app-${n}`;
    const key = `apps/Deployment/ns-${n}/service-${n}`;
    return {
      name, namespace: "argocd", project: `project-${n % 12}`, destination: { cluster: `https://cluster-${n % 5}.example`, namespace: `ns-${n}` },
      sources: [{ repoURL: "https://git.example/platform", path: `services/service-${n}`, targetRevision: "main", type: "Directory" }],
      syncPolicy: "manual", origin: n % 50 === 0 ? "file" : { application: `root-${n - (n % 50)}` }, wave: 0, depth: n % 50 === 0 ? 0 : 1,
      location: { file: `apps/service-${n}.yaml`, line: 4, column: 9 },
      state: {
        sync: out ? "OutOfSync" : "Synced", health: pick(["Healthy", "Healthy", "Healthy", "Degraded", "Progressing"], n), conditions: [],
        resources: Array.from({ length: 6 }, (_, r) => ({
          key: r ? `ConfigMap/ns-${n}/config-${r}` : key, status: out && !r ? "OutOfSync" : "Synced", health: "Healthy", requiresPruning: false,
          changes: out && !r ? [{ path: "/spec/replicas", before: 5, after: 3, cause: "set in the cluster by kubectl-scale" }] : [],
          ...(out && !r && { diff }),
        })),
        ...(out && { plan: { phases: [{ phase: "Sync", waves: [{ wave: 0, tasks: [`apply Deployment/service-${n}`] }] }], outcome: "Succeeded", passes: 1 } }),
        history: [{ revision: n.toString(16).padStart(40, "0"), deployedAt: "2026-11-26T11:41:45Z" }],
      },
    };
  };
  const moments = Array.from({ length: 12 }, (_, n) => ({
    at: n * 60, phase: n === 11 ? "Healthy" : n ? "Progressing" : "Healthy", step: n, weight: Math.min(100, n * 10), events: [],
    sets: [{ name: "r1", role: "stable", wanted: 10 - Math.min(n, 10), ready: 10 - Math.min(n, 10) }, { name: "r2", role: "new", wanted: n, ready: n }],
  }));
  const rollout = (n) => ({
    name: `service-${n}`, strategy: "canary", replicas: 10, steps: [{ text: "setWeight: 10", weight: 10, canary: 1, stable: 9 }], notes: [],
    location: { file: `apps/service-${n}/rollout.yaml`, line: 4, column: 9 },
    timelines: [{ scenario: "every check passes", moments, summary: { end: "stable", phase: "Healthy", message: "", at: 660, duration: 660, peakPods: 11, exposedSeconds: 300, rollbackSeconds: null } }],
  });
  const list = (count, make) => Array.from({ length: count }, (_, n) => make(n));
  const preview = {
    tree: { files: applications * 3, classes: { argoCd: applications, kubernetes: applications * 2 }, notUnderstood: [] },
    catalog: {
      entities: [...owners.map((ref) => ({ ref, kind: "Group", name: ref.slice(14), type: "team", relations: [] })), ...list(entities, entity)],
      byKind: { Component: entities, Group: owners.length }, refused: 0, dangling: [],
    },
    templates: [], applications: list(applications, application), applicationSets: [], rollouts: list(rollouts, rollout),
    wiring: list(entities, (n) => ({ component: `component:default/service-${n}`, applications: n % 50 ? [`app-${n}`] : [`root-${n}`], workloads: [`Deployment/ns-${n}/service-${n}`], rollouts: [], status: "wired" })),
    diagnostics: list(Math.floor(applications / 3), (n) => ({
      code: pick(["platform-out-of-sync", "lint-latest-image"], n), severity: pick(["warning", "info", "warning"], n), path: "",
      message: `app-${n * 9}: apps/Deployment/ns-${n} is OutOfSync: /spec/replicas`, location: { file: `apps/service-${n}.yaml`, line: 4, column: 9 },
    })).sort((a, b) => Number(a.severity === "info") - Number(b.severity === "info")),
  };
  return { title: "large", version: "test", preview, excerpts: {} };
}

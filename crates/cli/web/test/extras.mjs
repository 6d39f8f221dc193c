// The members of an answer that not every platform has: status cards, documentation, adoption, flows.

export function extras() {
  const stage = (number, title, verdict, problems = []) => ({ number, name: `stage${number}`, title, verdict, summary: `summary ${number}`, product: [`product ${number}`], problems });
  return {
    cards: [
      {
        entity: "component:default/service-1", owner: "group:default/team-1", missing: ["argocd/app-name would name the Application"],
        applications: [{
          name: "app-1", namespace: "argocd", project: "project-1", destination: "https://cluster.example ns-1", sync: "Synced", health: "Degraded",
          healthMessage: "a pod does not start", revision: "1234567", images: ["registry.example/service-1:1.0"], lastSynced: "2026-11-26T11:41:45Z",
          commit: { revision: "1234567", message: "Raise the limit\n\nBecause.", author: "ada", date: "2026-11-26T11:00:00Z" }, operation: "Succeeded",
          link: "https://argocd.example/applications/argocd/app-1",
          history: [2, 1].map((id) => ({ id, revision: `000000${id}`, deployedAt: `2026-11-2${id}T00:00:00Z` })),
          rollouts: [{ name: "service-1", namespace: "ns-1", phase: "Paused", step: "2/6", canary: 10 }],
        }],
      },
    ],
    techdocs: [
      { entity: "component:default/service-1", reference: "dir:.", folder: "services/service-1", siteName: "Service 1", pages: 3, problems: [] },
      { entity: "component:default/service-2", reference: "dir:.", folder: "services/service-2", pages: 0, problems: ["docs/index.md is not there"] },
    ],
    adoption: {
      components: { total: 3, byOwner: { "group:default/team-1": 2, "": 1 }, byType: { service: 3 }, byOwnerAndType: {} },
      metrics: [
        { name: "wired", title: "wired to an Application", count: 2, of: 3, percent: 66.7, threshold: 80, missing: ["component:default/service-2"] },
        { name: "slo", title: "with objectives", count: 0, of: 0, missing: [] },
      ],
      templates: [{ template: "template:default/node", uses: 2, byOwner: { "group:default/team-1": 2 }, byMonth: { "2026-09": 1, "2026-10": 1 } }],
      delivery: { deployments: 12, perWeek: 3.5, leadTimeSeconds: 7200, changeFailurePercent: 8.3, failures: [{ application: "app-3", why: "rolled back" }], byDay: { "2026-11-20": 5, "2026-11-21": 7 }, applications: [] },
      generated: [{ dir: "services/service-1", template: "templates/node/template.yaml", files: [{}] }], diagnostics: [],
    },
    flows: [
      { answers: "templates/node/answers/good.yaml", flow: { template: "template:default/node", name: "shiny", applications: ["shiny"], files: [{ path: "README.md", text: "" }], needs: [], stages: [stage(1, "The form is filled in correctly", "passed"), stage(2, "The template writes the repository", "passed")] } },
      { answers: "templates/node/answers/bad.yaml", flow: { template: "template:default/node", name: "", applications: [], files: [], needs: [], stages: [
        stage(1, "The form is filled in correctly", "failed", [{ message: "name does not match the pattern", location: { file: "templates/node/answers/bad.yaml", line: 1, column: 7 } }]),
        stage(2, "The template writes the repository", "skipped"),
      ] } },
    ],
  };
}

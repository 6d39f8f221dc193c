// The answer of `platform.preview`, as far as the page reads it, and the tables it looks things up in.

export interface Location { file: string; line: number; column: number; end?: { line: number; column: number } }
export type Severity = "error" | "warning" | "info";
export interface Diagnostic { code: string; severity: Severity; message: string; path: string; location?: Location; help?: string }
export interface Relation { type: string; target: string; found: boolean }
export interface Entity {
  ref: string; kind: string; name: string; owner?: string; type?: string; location?: Location; relations: Relation[];
}
export interface Catalog {
  entities: Entity[]; byKind: Record<string, number>; refused: number;
  dangling: { source: string; field: string; target: string; didYouMean?: string }[];
}
export interface Change { path: string; before?: unknown; after?: unknown; cause: string }
export interface Resource {
  key: string; status: string; health?: string; requiresPruning: boolean; changes: Change[]; diff?: string;
}
export interface Plan { phases: { phase: string; waves: { wave: number; tasks: string[] }[] }[]; outcome: string; passes: number }
export interface State {
  sync: string; health: string; healthMessage?: string; unknown?: string; resources: Resource[]; conditions: string[];
  plan?: Plan; history: { revision: string; deployedAt: string; initiatedBy?: string }[];
}
export type Origin = "file" | { application: string } | { applicationSet: string };
export interface Application {
  name: string; namespace: string; project: string; destination: { cluster: string; namespace: string };
  sources: { repoURL: string; path: string; targetRevision: string; type: string }[];
  syncPolicy: string; origin: Origin; location?: Location; wave: number; depth: number; state: State;
}
export interface ApplicationSet { name: string; location?: Location; applications: string[]; error?: string; needs: unknown[] }
export interface Pods { name: string; role: string; wanted: number; ready: number }
export interface Moment {
  at: number; phase: string; message?: string; step?: number; weight: number; sets: Pods[]; analysis?: string[]; events?: string[];
}
export interface Timeline {
  scenario: string; description?: string; file?: string; moments: Moment[]; omitted?: number; error?: string;
  summary?: {
    end: string; phase: string; message: string; at: number; duration: number; peakPods: number; exposedSeconds: number;
    rollbackSeconds?: number | null;
  };
}
export interface Rollout {
  name: string; strategy: string; replicas: number; routedBy?: string; notes: string[]; location?: Location; timelines?: Timeline[];
  steps: { text: string; weight?: number; canary: number; stable: number }[];
}
export interface Template {
  ref: string; title: string; owner?: string; outputs: string[]; location?: Location;
  pages: { title: string; fields: { name: string; type: string; required: boolean; picker?: string }[] }[];
  steps: { id: string; name: string; action: string; if?: string }[];
}
export interface Wire {
  component: string; applications: string[]; workloads: string[]; rollouts: string[]; repository?: string; status: string; why?: string;
}
export interface Commit { revision: string; message: string; author: string; date: string }
export interface CardApplication {
  name: string; namespace: string; instance?: string; project: string; destination: string; sync: string; health: string;
  healthMessage?: string; revision?: string; commit?: Commit; commitUrl?: string; images: string[]; lastSynced?: string;
  operation?: string; operationMessage?: string; link: string;
  history: { id: number; revision: string; deployedAt: string; initiatedBy?: string; commit?: Commit }[];
  rollouts: { name: string; namespace: string; phase: string; message?: string; step?: string; canary?: number }[];
}
/** The status card of a Component, as the portal shows it. */
export interface Card { entity: string; owner?: string; error?: string; applications: CardApplication[]; missing: string[] }
export interface Docs { entity: string; reference: string; folder?: string; siteName?: string; pages: number; problems: string[] }
export interface Adoption {
  components: { total: number; byOwner: Record<string, number>; byType: Record<string, number> };
  metrics: { name: string; title: string; count: number; of: number; percent?: number; threshold?: number; missing: string[] }[];
  templates: { template: string; uses: number; byOwner: Record<string, number>; byMonth: Record<string, number> }[];
  delivery: {
    deployments: number; perWeek?: number; leadTimeSeconds?: number; failures: { application: string; why: string }[];
    changeFailurePercent?: number; byDay: Record<string, number>;
  };
  generated: { dir: string; template: string; files: unknown[]; error?: string }[];
}
/** A template played from its form to the first deployment. */
export interface Flow {
  template: string; name: string; applications: string[]; files: { path: string }[]; card?: Card;
  stages: {
    number: number; name: string; title: string; verdict: string; summary: string; product: string[];
    problems: { message: string; location: Location }[];
  }[];
}
export interface Preview {
  tree: { files: number; classes: Record<string, number>; notUnderstood: { path: string; reason: string }[] };
  catalog: Catalog; templates: Template[]; applications: Application[]; applicationSets: ApplicationSet[]; rollouts: Rollout[];
  wiring: Wire[]; diagnostics: Diagnostic[]; cards?: Card[]; techdocs?: Docs[]; adoption?: Adoption;
}
export interface Excerpt { first: number; lines: string[] }
export interface Data { title: string; version: string; preview: Preview; excerpts: Record<string, Excerpt>; flows?: { answers: string; flow?: Flow; error?: string }[] }

export interface Model extends Data {
  entities: Map<string, Entity>;
  applications: Map<string, Application>;
  /** Owner of an Application, through the Component wired to it. */
  owners: Map<string, string>;
  components: Map<string, string>;
  /** Relations that end at an entity. */
  incoming: Map<string, { source: string; type: string }[]>;
}

export function model(data: Data): Model {
  const { catalog, applications, wiring } = data.preview;
  const entities = new Map(catalog.entities.map((entity) => [entity.ref, entity]));
  const owners = new Map<string, string>();
  const components = new Map<string, string>();
  for (const wire of wiring) {
    for (const name of wire.applications) {
      components.set(name, wire.component);
      const owner = entities.get(wire.component)?.owner;
      if (owner) owners.set(name, owner);
    }
  }
  const incoming = new Map<string, { source: string; type: string }[]>();
  for (const entity of catalog.entities) {
    for (const { type, target } of entity.relations) {
      const list = incoming.get(target);
      if (list) list.push({ source: entity.ref, type });
      else incoming.set(target, [{ source: entity.ref, type }]);
    }
  }
  return { ...data, entities, applications: new Map(applications.map((app) => [app.name, app])), owners, components, incoming };
}

/** `group:default/shop` as people write it: `shop`, with what differs from the default. */
export function short(ref: string): string {
  const found = /^([^:]+):([^/]+)\/(.+)$/.exec(ref);
  if (!found) return ref;
  return found[2] === "default" ? found[3]! : `${found[2]}/${found[3]}`;
}

export const kindOf = (ref: string): string => ref.slice(0, Math.max(0, ref.indexOf(":")));

export function origin(app: Application): string {
  if (app.origin === "file") return "a file";
  return "application" in app.origin ? `Application ${app.origin.application}` : `ApplicationSet ${app.origin.applicationSet}`;
}

/** Seconds as `1h02m03s`. */
export function clock(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), Math.floor(seconds % 60)];
  const two = (n: number) => String(n).padStart(2, "0");
  return h ? `${h}h${two(m)}m${two(s)}s` : m ? `${m}m${two(s)}s` : `${s}s`;
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** The texts that a search looks at, made once. */
export function haystack(...parts: (string | undefined)[]): string {
  return parts.filter(Boolean).join("\n").toLowerCase();
}

/** Every word of the question occurs. */
export function matches(hay: string, question: string): boolean {
  return question.toLowerCase().split(/\s+/).every((word) => hay.includes(word));
}

export function tally<T>(items: readonly T[], key: (item: T) => string | undefined): [string, number][] {
  const counts = new Map<string, number>();
  for (const item of items) {
    const name = key(item);
    if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

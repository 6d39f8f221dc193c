import { diff, LoftingError } from 'lofting';
import type { Deployment, Drift, ServiceDeployments, Source } from './types';

interface Application {
  metadata: { name: string; namespace?: string };
  spec: { destination: { server?: string; name?: string; namespace?: string }; ignoreDifferences?: unknown[] };
  status?: {
    sync?: { status?: string };
    health?: { status?: string; message?: string };
    history?: { revision?: string; deployedAt?: string; initiatedBy?: { username?: string } }[];
    resources?: { group?: string; kind: string; namespace?: string; name: string; status?: string; requiresPruning?: boolean }[];
  };
}

interface ManagedResource { group?: string; kind: string; namespace?: string; name: string; targetState?: string; liveState?: string }

export interface ArgoCdOptions {
  /** As users open it, without `/api/v1`. */
  url: string;
  token?: string;
  /** For tests. */
  fetch?: typeof fetch;
}

/** A running Argo CD: its verdicts, and lofting's word on which fields differ and who set them. */
export class ArgoCdSource implements Source {
  readonly #options: ArgoCdOptions;

  constructor(options: ArgoCdOptions) {
    this.#options = options;
  }

  async services(): Promise<string[]> {
    const list = await this.#get<{ items?: Application[] | null }>('/applications?fields=items.metadata.name');
    return (list?.items ?? []).map(app => app.metadata.name).sort();
  }

  async deployments(service: string): Promise<ServiceDeployments | undefined> {
    const name = encodeURIComponent(service);
    const app = await this.#get<Application>(`/applications/${name}`);
    if (!app) return undefined;
    const managed = await this.#get<{ items?: ManagedResource[] | null }>(`/applications/${name}/managed-resources`);
    return { service, applications: [deployment(app, managed?.items ?? [])] };
  }

  /** `undefined` when Argo CD has no such thing: it answers 404, and 403 to those who may not know. */
  async #get<T>(route: string): Promise<T | undefined> {
    const { url, token, fetch: ask = fetch } = this.#options;
    const answer = await ask(`${url.replace(/\/+$/, '')}/api/v1${route}`, {
      headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(15_000),
    });
    if (answer.status === 404 || answer.status === 403) return undefined;
    if (!answer.ok) throw new Error(`Argo CD answers ${answer.status} to ${route}`);
    return (await answer.json()) as T;
  }
}

function deployment(app: Application, managed: ManagedResource[]): Deployment {
  const { status = {}, spec } = app;
  return {
    name: app.metadata.name,
    namespace: spec.destination.namespace ?? '',
    cluster: spec.destination.server ?? spec.destination.name ?? '',
    sync: status.sync?.status ?? 'Unknown',
    health: status.health?.status ?? 'Unknown',
    ...(status.health?.message && { message: status.health.message }),
    history: [...(status.history ?? [])].reverse().slice(0, 10).map(row => ({
      revision: row.revision ?? '',
      deployedAt: row.deployedAt ?? '',
      ...(row.initiatedBy?.username && { initiatedBy: row.initiatedBy.username }),
    })),
    drift: (status.resources ?? []).filter(one => one.status === 'OutOfSync').map(one => {
      const state = managed.find(item => item.kind === one.kind && item.name === one.name &&
        (item.group ?? '') === (one.group ?? '') && (item.namespace ?? '') === (one.namespace ?? ''));
      return explain(one, state, spec.ignoreDifferences);
    }),
  };
}

type Row = { path: string; before?: unknown; after?: unknown; cause: unknown };

function explain(
  one: NonNullable<NonNullable<Application['status']>['resources']>[number],
  state: ManagedResource | undefined,
  ignoreDifferences: unknown[] | undefined,
): Drift {
  const resource = [one.group, one.kind, one.namespace, one.name].filter(Boolean).join('/');
  if (one.requiresPruning) return { resource, why: 'not in Git any more', changes: [] };
  const object = (text: string | undefined) => (text && text !== 'null' ? JSON.parse(text) : undefined);
  const [target, live] = [object(state?.targetState), object(state?.liveState)];
  if (!live) return { resource, why: target ? 'not in the cluster' : 'Argo CD does not show its states', changes: [] };
  try {
    const { changes } = diff.compare({ target, live, ...(ignoreDifferences && { ignoreDifferences }) } as never) as unknown as { changes: Row[] };
    return { resource, changes: changes.map(({ path, before, after, cause }) => ({ path, live: before, git: after, cause: String(cause) })) };
  } catch (error) {
    if (!(error instanceof LoftingError)) throw error;
    return { resource, why: error.message, changes: [] };
  }
}

import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { platform } from 'lofting';
import type { Deployment, ServiceDeployments, Source } from './types';

/** The part of the answer of `platform.preview` that is read here. */
interface Preview {
  wiring: { component: string; applications: string[]; status: string; why?: string }[];
  applications: {
    name: string;
    destination: { cluster: string; namespace: string };
    state: {
      sync: string;
      health: string;
      healthMessage?: string;
      unknown?: string;
      history: { revision: string; deployedAt: string; initiatedBy?: string }[];
      resources: { key: string; status: string; requiresPruning: boolean; changes: { path: string; before?: unknown; after?: unknown; cause: string }[] }[];
      plan?: { phases: { phase: string; waves: { wave: number; tasks: string[] }[] }[] };
    };
  }[];
}

/** Larger files are no manifests. */
const LIMIT = 4 * 1024 * 1024;
const SKIPPED = new Set(['.git', 'node_modules', 'target']);

/** A platform repository on disk with the snapshot of a cluster beside it: lofting answers, no cluster is asked. */
export class SnapshotSource implements Source {
  readonly #dir: string;
  readonly #keep: number;
  #answer: { at: number; preview: Promise<Preview> } | undefined;

  constructor(dir: string, options: { keepSeconds?: number } = {}) {
    this.#dir = dir;
    this.#keep = (options.keepSeconds ?? 10) * 1000;
  }

  async services(): Promise<string[]> {
    const { wiring } = await this.#preview();
    return wiring.map(wire => nameOf(wire.component)).sort();
  }

  async deployments(service: string): Promise<ServiceDeployments | undefined> {
    const { wiring, applications } = await this.#preview();
    const wire = wiring.find(one => nameOf(one.component) === service);
    const names = new Set(wire ? wire.applications : [service]);
    const found = applications.filter(app => names.has(app.name));
    if (!wire && found.length === 0) return undefined;
    return {
      service,
      ...(wire && { component: wire.component }),
      ...(wire?.why && { missing: wire.why }),
      applications: found.map(deployment),
    };
  }

  /** One reading serves all who ask within a few seconds. */
  #preview(): Promise<Preview> {
    const now = Date.now();
    if (!this.#answer || now - this.#answer.at > this.#keep) {
      const preview = read(this.#dir).then(files => platform.preview.async({ files }) as unknown as Promise<Preview>);
      preview.catch(() => { this.#answer = undefined; });
      this.#answer = { at: now, preview };
    }
    return this.#answer.preview;
  }
}

const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

function deployment(app: Preview['applications'][number]): Deployment {
  const { state } = app;
  const message = state.unknown ?? state.healthMessage;
  const tasks = state.plan?.phases.flatMap(phase =>
    phase.waves.flatMap(wave => wave.tasks.filter(task => !task.startsWith('unchanged')).map(task => `${phase.phase} wave ${wave.wave}: ${task}`)));
  return {
    name: app.name,
    namespace: app.destination.namespace,
    cluster: app.destination.cluster,
    sync: state.sync,
    health: state.health,
    ...(message && { message }),
    history: state.history,
    drift: state.resources
      .filter(one => one.status === 'OutOfSync')
      .map(one => ({
        resource: one.key,
        ...(one.requiresPruning && { why: 'not in Git any more' }),
        changes: one.changes.map(({ path: at, before, after, cause }) => ({ path: at, live: before, git: after, cause })),
      })),
    ...(tasks && { nextSync: tasks }),
  };
}

/** Every text below a directory; links are not followed. */
async function read(root: string): Promise<{ path: string; text: string }[]> {
  const names: string[] = [];
  const walk = async (dir: string): Promise<void> => {
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      const full = path.join(dir, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) await walk(full);
      else if (entry.isFile()) names.push(full);
    }
  };
  await walk(root);
  const files = await Promise.all(names.sort().map(async full => {
    if ((await stat(full)).size > LIMIT) return [];
    const text = await readFile(full, 'utf8');
    return text.includes('\u0000') ? [] : [{ path: path.relative(root, full).split(path.sep).join('/'), text }];
  }));
  return files.flat();
}

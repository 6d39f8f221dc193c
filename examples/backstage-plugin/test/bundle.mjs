// The backend's sources as a module that Node can load.
import { build } from 'esbuild';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function backend() {
  const outfile = path.join(root, 'plugins/deployment-tracker-backend/dist/index.mjs');
  await mkdir(path.dirname(outfile), { recursive: true });
  await build({ absWorkingDir: root, entryPoints: ['plugins/deployment-tracker-backend/src/index.ts'], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' });
  return import(pathToFileURL(outfile).href);
}

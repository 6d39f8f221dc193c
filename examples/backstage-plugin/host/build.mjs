// Bundles the host's two halves into host/dist: server.mjs keeps its packages outside, app.js holds everything.
import { build } from 'esbuild';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(root, 'dist');
await mkdir(path.join(dist, 'static'), { recursive: true });

/** Our plugins are sources and are bundled; what is installed stays outside. */
const outside = {
  name: 'outside',
  setup(plugin) {
    plugin.onResolve({ filter: /^[^./]/ }, ({ path: name }) => (name.startsWith('@lofting/') ? undefined : { path: name, external: true }));
  },
};

await Promise.all([
  build({
    absWorkingDir: root, entryPoints: { server: 'src/server.ts' }, outdir: dist, outExtension: { '.js': '.mjs' },
    bundle: true, platform: 'node', format: 'esm', target: 'node20', plugins: [outside], sourcemap: 'inline',
  }),
  build({
    absWorkingDir: root, entryPoints: { app: 'src/app.tsx' }, outdir: path.join(dist, 'static'),
    bundle: true, platform: 'browser', format: 'esm', splitting: true, target: 'es2022', jsx: 'automatic', minify: true,
    mainFields: ['browser', 'module', 'main'],
    define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'globalThis' },
    loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.md': 'text' },
    logLevel: 'error',
  }),
  copyFile(path.join(root, 'src', 'index.html'), path.join(dist, 'static', 'index.html')),
]);

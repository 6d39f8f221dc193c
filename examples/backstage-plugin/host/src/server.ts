// A Backstage backend with three plugins: ours, a catalog that lofting computes, and the app's files.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBackend } from '@backstage/backend-defaults';
import { coreServices, createBackendPlugin, createServiceFactory } from '@backstage/backend-plugin-api';
import { ConfigReader } from '@backstage/config';
import deploymentTracker from '@lofting/plugin-deployment-tracker-backend';
import express from 'express';
import { catalogPlugin } from './catalog';

const here = path.dirname(fileURLToPath(import.meta.url));
const port = Number(process.env.PORT ?? 7007);
const platform = path.resolve(process.env.PLATFORM ?? path.join(here, '../../../../demo'));
const { ARGOCD_URL: url, ARGOCD_TOKEN: token } = process.env;
const baseUrl = `http://localhost:${port}`;

/** Keys for the tokens between plugins. They live as long as the host, so that it needs no database. */
function keys() {
  const dir = mkdtempSync(path.join(tmpdir(), 'lofting-host-'));
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const [publicKeyFile, privateKeyFile] = [path.join(dir, 'public.pem'), path.join(dir, 'private.pem')];
  writeFileSync(publicKeyFile, publicKey);
  writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
  return { type: 'static', static: { keys: [{ publicKeyFile, privateKeyFile, keyId: 'host', algorithm: 'ES256' }] } };
}

const config = new ConfigReader({
  app: { title: 'Deployment tracker', baseUrl },
  backend: {
    baseUrl,
    listen: { port, host: '127.0.0.1' },
    // The host has no sign-in. A real one leaves this out, and Backstage asks every caller for a token.
    auth: { dangerouslyDisableDefaultAuthPolicy: true, pluginKeyStore: keys() },
    csp: { 'upgrade-insecure-requests': false },
  },
  platform,
  deploymentTracker: url ? { argocd: { url, ...(token && { token }) } } : { snapshot: platform },
});

const app = createBackendPlugin({
  pluginId: 'app',
  register(env) {
    env.registerInit({
      // What no other plugin answers comes to the plugin `app`.
      deps: { http: coreServices.httpRouter },
      async init({ http }) {
        const dist = path.join(here, 'static');
        const router = express.Router();
        router.use('/static', express.static(dist));
        router.get('*', (_request, response) => response.sendFile(path.join(dist, 'index.html')));
        http.use(router);
        http.addAuthPolicy({ path: '/', allow: 'unauthenticated' });
      },
    });
  },
});

const backend = createBackend();
backend.add(createServiceFactory({ service: coreServices.rootConfig, deps: {}, factory: () => config }));
backend.add(deploymentTracker);
backend.add(catalogPlugin);
backend.add(app);
await backend.start();
console.log(`ready: ${baseUrl}/deployment-tracker`);

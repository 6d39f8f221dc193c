import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { backend } from './bundle.mjs';

const demo = fileURLToPath(new URL('../../../demo', import.meta.url));
const servers = [];
let tracker;

before(async () => { tracker = await backend(); });
after(() => servers.forEach(server => { server.closeAllConnections(); server.close(); }));

async function listen(handler) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

/** The router as Backstage serves it: errors by name become statuses. */
async function serve(source) {
  const app = express();
  app.use(tracker.createRouter({ source }));
  app.use((error, _request, response, _next) => {
    const status = { InputError: 400, NotFoundError: 404 }[error.name] ?? 500;
    response.status(status).json({ error: { name: error.name, message: error.message } });
  });
  const base = await listen(app);
  return async route => {
    const answer = await fetch(base + route);
    return { status: answer.status, body: await answer.json() };
  };
}

test('a snapshot: what is deployed of order-service, and what drifted', async () => {
  const get = await serve(new tracker.SnapshotSource(demo));
  const { status, body } = await get('/deployments/order-service');
  assert.equal(status, 200);
  assert.equal(body.component, 'component:default/order-service');
  const app = body.applications.find(one => one.name === 'order-service');
  assert.equal(app.sync, 'OutOfSync');
  assert.equal(app.health, 'Healthy');
  assert.match(app.history[0].revision, /^[0-9a-f]{40}$/);
  const replicas = app.drift.flatMap(one => one.changes).find(change => change.path === '/spec/replicas');
  assert.deepEqual({ live: replicas.live, git: replicas.git }, { live: 5, git: 3 });
  assert.match(replicas.cause, /kubectl/);
  assert.ok(app.nextSync.some(task => task.includes('hook Job/db-migrate')), JSON.stringify(app.nextSync));
});

test('a snapshot: a Component whose annotation names no Application says so', async () => {
  const get = await serve(new tracker.SnapshotSource(demo));
  const { status, body } = await get('/deployments/notification-service');
  assert.equal(status, 200);
  assert.match(body.missing, /notifications/);
});

test('services are listed; names that are none are refused; unknown ones are not found', async () => {
  const get = await serve(new tracker.SnapshotSource(demo));
  assert.ok((await get('/deployments')).body.services.includes('payment-service'));
  assert.equal((await get('/deployments/no-such-service')).status, 404);
  assert.equal((await get('/deployments/..%2F..%2Fetc')).status, 400);
  assert.deepEqual((await get('/health')).body, { status: 'ok' });
});

test('questions at the same time share one reading; a directory that is not there is an error, and asked again', async () => {
  const source = new tracker.SnapshotSource(demo, { keepSeconds: 60 });
  const [a, b] = await Promise.all([source.deployments('order-service'), source.deployments('payment-service')]);
  assert.ok(a && b);
  const gone = await serve(new tracker.SnapshotSource('/no/such/directory'));
  assert.equal((await gone('/deployments/a')).status, 500);
  assert.equal((await gone('/deployments/a')).status, 500);
});

test('Argo CD: its verdicts, with the fields that differ', async () => {
  const deployment = replicas => ({
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop', namespace: 'shop' },
    spec: { replicas, selector: { matchLabels: { app: 'shop' } }, template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'shop', image: 'shop:1' }] } } },
  });
  const asked = [];
  const url = await listen((request, response) => {
    asked.push([request.url, request.headers.authorization]);
    const answer = value => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    if (request.url === '/api/v1/applications/shop') {
      return answer({
        metadata: { name: 'shop', namespace: 'argocd' }, spec: { destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' } },
        status: {
          sync: { status: 'OutOfSync' }, health: { status: 'Healthy' },
          history: [{ revision: 'a'.repeat(40), deployedAt: '2026-01-01T00:00:00Z' }, { revision: 'b'.repeat(40), deployedAt: '2026-01-02T00:00:00Z' }],
          resources: [{ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'shop', status: 'OutOfSync' }, { kind: 'Service', namespace: 'shop', name: 'shop', status: 'Synced' }, { kind: 'ConfigMap', namespace: 'shop', name: 'old', status: 'OutOfSync', requiresPruning: true }],
        },
      });
    }
    if (request.url === '/api/v1/applications/shop/managed-resources') {
      return answer({ items: [{ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'shop', targetState: JSON.stringify(deployment(3)), liveState: JSON.stringify(deployment(5)) }] });
    }
    response.statusCode = request.url.endsWith('/broken') ? 502 : 403;
    answer({});
  });
  const get = await serve(new tracker.ArgoCdSource({ url, token: 'secret' }));
  const { body } = await get('/deployments/shop');
  const [app] = body.applications;
  assert.equal(app.history[0].revision, 'b'.repeat(40));
  assert.equal(app.drift.length, 2);
  const [{ live, git, path }] = app.drift[0].changes;
  assert.deepEqual({ path, live, git }, { path: '/spec/replicas', live: 5, git: 3 });
  assert.equal(app.drift[1].why, 'not in Git any more');
  assert.ok(asked.every(([, authorization]) => authorization === 'Bearer secret'));
  assert.equal((await get('/deployments/other')).status, 404);
  assert.equal((await get('/deployments/broken')).status, 500);
});

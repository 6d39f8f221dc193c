// The host as a user meets it: a real Backstage backend, the app in a real browser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(one => one && existsSync(one));
const skip = found ? false : 'no Chromium here: `apt-get install chromium`, or name one in CHROMIUM';
const SHOTS = process.env.SHOTS;
let host, base, browser;

const freePort = () => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

before(async () => {
  if (skip) return;
  const port = await freePort();
  base = `http://localhost:${port}`;
  host = spawn(process.execPath, [path.join(root, 'host/dist/server.mjs')], { env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  await new Promise((resolve, reject) => {
    const hear = chunk => {
      said += chunk;
      if (said.includes('ready: ')) resolve();
    };
    host.stdout.on('data', hear);
    host.stderr.on('data', hear);
    host.once('exit', code => reject(new Error(`the host ends with ${code}:\n${said.slice(0, 4000)}`)));
    setTimeout(() => reject(new Error(`the host does not start:\n${said}`)), 90_000).unref();
  });
  browser = await chromium.launch({ executablePath: found, args: ['--no-sandbox'] });
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  host?.kill();
});

async function open(t, route) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const complaints = [];
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => request.url().startsWith(base) || request.url().startsWith('data:') || complaints.push(`asks for ${request.url()}`));
  t.after(async () => {
    await page.close();
    assert.deepEqual(complaints, []);
  });
  await page.goto(base + route);
  return page;
}

const shot = (page, name) => SHOTS && page.screenshot({ path: path.join(SHOTS, `${name}.png`) });

test('the plugin is served by a real backend', { skip }, async () => {
  const answer = await fetch(`${base}/api/deployment-tracker/deployments/order-service`);
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).applications[0].sync, 'OutOfSync');
  const missing = await fetch(`${base}/api/deployment-tracker/deployments/nothing`);
  assert.equal(missing.status, 404);
  assert.equal((await missing.json()).error.name, 'NotFoundError');
});

test('the page shows a service, its drift and the next sync', { skip }, async t => {
  const page = await open(t, '/deployment-tracker?service=order-service');
  await page.getByText('Drift of order-service').waitFor();
  await page.getByText('/spec/replicas').waitFor();
  await page.getByText('OutOfSync').first().waitFor();
  assert.match(await page.getByTestId('deployments').innerText(), /db-migrate/);
  await page.waitForTimeout(300);
  await shot(page, 'plugin-page');
});

test('from the catalog to the card of an entity', { skip }, async t => {
  const page = await open(t, '/');
  await page.getByRole('link', { name: 'payment-service' }).click();
  await page.getByText('as Argo CD sees them').waitFor();
  await page.getByText('Deployments of payment-service').waitFor();
  await page.getByText('not in Git any more').waitFor();
  await page.waitForTimeout(300);
  await shot(page, 'plugin-card');
});

test('a Component that no Application belongs to says what is missing', { skip }, async t => {
  const page = await open(t, '/catalog/default/component/notification-service');
  await page.getByText(/no Application has that name/).waitFor();
});

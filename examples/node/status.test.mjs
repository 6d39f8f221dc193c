import assert from "node:assert/strict";
import http from "node:http";
import path from "node:path";
import test from "node:test";

import { handler, open } from "./status.mjs";

const demo = path.resolve(path.dirname(new URL(import.meta.url).pathname), "../../demo");

test("the demo's Applications over HTTP", async (t) => {
  const platform = await open(demo);
  const server = http.createServer(handler(platform)).listen(0);
  t.after(() => server.close());
  t.after(() => platform.close());
  const get = async (where, options) => {
    const response = await fetch(`http://localhost:${server.address().port}${where}`, options);
    return [response.status, await response.json()];
  };
  const [status, order] = await get("/applications/order-service");
  assert.equal(status, 200);
  assert.equal(order.sync, "OutOfSync");
  assert.ok(order.outOfSync.includes("apps/Deployment/shop-order/order-service"), JSON.stringify(order));
  assert.match(order.lastDeployed.revision, /^[0-9a-f]{7,}$/);
  const [, all] = await get("/applications");
  assert.ok(all.length > 10 && all.every((one) => one.sync && one.health));
  assert.equal((await get("/applications/nope"))[0], 404);
  assert.equal((await get("/applications/%E0%A4%A"))[0], 400);
  assert.equal((await get("/"))[0], 404);
  assert.equal((await get("/applications", { method: "POST" }))[0], 405);
});

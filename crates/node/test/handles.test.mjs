// Kept state: the same answers as the operations, freed when told, safe while questions are being answered.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import test from "node:test";

import lofting, { Catalog, catalog as catalogs, LoftingError, Platform, platform as platforms } from "../index.mjs";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../../..");

const entities = (number) =>
  Array.from({ length: number }, (_, n) => ({
    apiVersion: "backstage.io/v1alpha1",
    kind: "Component",
    metadata: { name: `service-${n}`, namespace: "default" },
    spec: { type: "service", lifecycle: "production", owner: `team-${n % 1000}` },
  }));

test("a catalog answers as the operation", async () => {
  const some = entities(50);
  const catalog = new Catalog({ entities: some });
  for (const question of [{ filter: ["spec.owner=team-7"] }, { limit: 3, pages: 1 }, { route: "facets", facets: ["kind"] }]) {
    const whole = catalogs.query({ entities: some, ...question });
    assert.deepEqual(catalog.query(question), whole);
    assert.deepEqual(await catalog.query.async(question), whole);
  }
  assert.deepEqual(catalog.coverage(), catalogs.coverage({ entities: some }));
  catalog.close();
});

test("a platform keeps its picture", async () => {
  const demo = path.join(root, "demo");
  const files = readdirSync(demo, { recursive: true })
    .filter((name) => statSync(path.join(demo, name)).isFile())
    .map((name) => ({ path: name.split(path.sep).join("/"), text: readFileSync(path.join(demo, name), "utf8") }));
  const platform = await Platform.open({ files });
  assert.ok(platform instanceof Platform);
  assert.deepEqual(await platform.preview.async(), platforms.preview({ files }));
  platform.close();
});

test("a platform answers lint and status", async () => {
  const text = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop}\nspec: {type: service, lifecycle: production, owner: team}\n";
  const files = [{ path: "catalog-info.yaml", text }];
  const platform = new Platform({ files });
  const report = platform.lint();
  assert.deepEqual(report, platforms.lint({ files }));
  assert.ok(report.diagnostics.some((one) => one.code === "platform-component-incomplete"));
  const known = await platform.lint.async({ baseline: report.diagnostics.map((one) => one.fingerprint) });
  assert.deepEqual([known.diagnostics, known.baselined], [[], report.diagnostics.length]);
  assert.deepEqual(platform.status({ entity: "shop" }), platforms.status({ files, entity: "shop" }));
  assert.throws(() => platform.status({ entity: "shpo" }), /did you mean component:default\/shop/);
  platform.close();
});

test("use after close is a clear error", async () => {
  const catalog = new Catalog({ entities: entities(1) });
  assert.equal(catalog.closed, false);
  catalog[Symbol.dispose]();
  assert.equal(catalog.closed, true);
  catalog.close();
  const closed = (error) => error instanceof LoftingError && error.code === "closed" && /has been closed/.test(error.message);
  assert.throws(() => catalog.query(), closed);
  await assert.rejects(catalog.query.async({}), closed);
});

test("what cannot be opened says why", async () => {
  const refused = (error) => error instanceof LoftingError && error.code === "invalidRequest" && /entities or with files/.test(error.message);
  assert.throws(() => new Catalog({}), refused);
  assert.throws(() => new Catalog(), refused);
  await assert.rejects(Catalog.open({}), refused);
});

test("closing does not wait for answers, and does not lose them", async () => {
  const catalog = new Catalog({ entities: entities(20_000) });
  const asked = Array.from({ length: 32 }, () => catalog.query.async({ filter: ["spec.owner=team-3"] }).then((answer) => answer.totalItems, (error) => error.code));
  catalog.close();
  for (const answer of await Promise.all(asked)) assert.ok(answer === 20 || answer === "closed", String(answer));
});

test("opening leaves the main thread free", async () => {
  const request = { entities: entities(50_000) };
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const catalog = await Catalog.open(request);
  clearInterval(timer);
  assert.equal(catalog.query({ filter: ["metadata.name=service-4711"] }).totalItems, 1);
  assert.ok(ticks > 1, "the event loop stood still");
  catalog.close();
});

test("classes are named and listed", () => {
  for (const name of ["Catalog", "Platform"]) assert.equal(lofting[name].name, name);
});

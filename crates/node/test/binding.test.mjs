import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test from "node:test";

import lofting, { call, callAsync, health, lang, LoftingError, operations } from "../index.mjs";

test("an error has a code and a message", () => {
  assert.throws(
    () => lang.quantity({ text: "12 apples" }),
    (error) => error instanceof LoftingError && error.code.length > 0 && error.message.length > 0,
  );
});

test("an unknown operation is named", () => assert.match(call("health.asess", "{}"), /unknownOperation/));

test("every operation has a function", () => {
  for (const name of operations()) {
    const found = name.split(".").reduce((here, part) => here[part], lofting);
    assert.equal(typeof found, "function", name);
    assert.equal(typeof found.async, "function", name);
  }
});

test("CommonJS gives the same object", () => {
  assert.equal(createRequire(import.meta.url)("../index.cjs"), lofting);
});

test("the README's example", () => {
  const object = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { type: "LoadBalancer" } };
  assert.equal(health.assess({ object }).status, "Progressing");
});

test("the asynchronous twin leaves the main thread free", async () => {
  const text = Array.from({ length: 60_000 }, (_, n) => `kind: ConfigMap\nmetadata: {name: c${n}}\n`).join("---\n");
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const answer = JSON.parse(await callAsync("lang.yaml.documents", JSON.stringify({ text })));
  clearInterval(timer);
  assert.equal(answer.ok.documents.length, 60_000);
  assert.ok(ticks > 1, "the event loop stood still");
});

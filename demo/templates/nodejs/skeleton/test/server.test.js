import assert from "node:assert/strict";
import test from "node:test";
import { answer } from "../src/server.js";

test("is healthy", () => assert.equal(answer("/healthz"), "ok"));

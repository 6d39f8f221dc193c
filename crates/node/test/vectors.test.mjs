// The committed vectors, through the public functions.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";

import lofting, { LoftingError } from "../index.mjs";
import { judge } from "./judge.mjs";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../../..");
const vectors = path.join(root, "tests/vectors");
const known = new Set(
  [...readFileSync(path.join(root, "tests/divergences.yaml"), "utf8").matchAll(/^\s*-?\s*id:\s*["']?([^"'\s]+)/gm)].map((m) => m[1]),
);

for (const room of readdirSync(vectors).sort()) {
  for (const file of readdirSync(path.join(vectors, room)).filter((name) => name.endsWith(".jsonl")).sort()) {
    test(`${room}/${file}`, () => {
      const wrong = [];
      for (const line of readFileSync(path.join(vectors, room, file), "utf8").split("\n").filter(Boolean)) {
        const vector = JSON.parse(line);
        if (known.has(vector.id)) continue;
        let answer;
        try {
          const operation = vector.op.split(".").reduce((here, part) => here[part], lofting);
          answer = { ok: operation(vector.input) };
        } catch (error) {
          if (!(error instanceof LoftingError)) throw error;
          answer = { error: { code: error.code } };
        }
        const bad = judge(vector, answer);
        // JavaScript has doubles only: what it cannot carry is tested in Rust and Python.
        if (bad && !/(?<![\w.])-?\d{16,}/.test(line)) wrong.push(`${vector.id}: ${bad}`);
      }
      if (wrong.length) throw new Error(`${wrong.length} disagree: ${wrong.slice(0, 5).join("; ")}`);
    });
  }
}

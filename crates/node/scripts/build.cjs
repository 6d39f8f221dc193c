// Builds the native library with cargo and puts it beside index.cjs. `npm install` runs it.
"use strict";
const { execFileSync } = require("node:child_process");
const { copyFileSync, renameSync, realpathSync } = require("node:fs");
const path = require("node:path");

const here = realpathSync(path.join(__dirname, ".."));
const profile = process.env.LOFTING_PROFILE || "release";
const output = execFileSync(
  "cargo",
  ["build", "--profile", profile, "-p", "lofting-node", "--message-format", "json-render-diagnostics"],
  { cwd: here, maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] },
);
const library = output
  .toString()
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line))
  .filter((message) => message.reason === "compiler-artifact" && message.target.name === "lofting_node")
  .flatMap((message) => message.filenames)
  .find((file) => /\.(so|dylib|dll)$/.test(file));
if (!library) throw new Error("cargo built no library for lofting-node");
// A running process may have the old file mapped: put the new one in its place, do not write into it.
const target = path.join(here, "lofting.node");
copyFileSync(library, `${target}.new`);
renameSync(`${target}.new`, target);

// Bundles the page into dist/page.html; with --check, says whether the committed file is what the sources give.
import { build } from "esbuild";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const target = path.join(root, "dist", "page.html");

const bundle = async (entry) => {
  const made = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome109", "firefox115", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    charset: "utf8",
    define: { "process.env.NODE_ENV": '"production"' },
    metafile: true,
  });
  return { text: made.outputFiles[0].text.trim(), inputs: Object.keys(made.metafile.inputs) };
};

// The licences of what is inside travel with it.
const notice = async (inputs) => {
  const names = new Set();
  for (const input of inputs) {
    const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (found) names.add(found[1]);
  }
  const lines = [];
  for (const name of [...names].sort()) {
    const dir = path.join(root, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(path.join(dir, "package.json"), "utf8"));
    const text = await readFile(path.join(dir, "LICENSE"), "utf8").catch(() => "");
    const copyright = text.split("\n").find((line) => /^\s*copyright .*\d{4}/i.test(line))?.trim() ?? "";
    lines.push(`${name} ${version}, ${license}. ${copyright}`.replaceAll("--", "- -"));
  }
  return lines.join("\n");
};

const [script, style, shell] = await Promise.all([
  bundle("src/main.tsx"),
  bundle("src/style.css"),
  readFile(path.join(root, "src", "shell.html"), "utf8"),
]);
// A bundle that held the end of its own element would end there.
const inline = (text, tag) => text.replaceAll(`</${tag}`, `<\\/${tag}`);
const licences = await notice(script.inputs);
const page = shell
  .replace("%NOTICE%", () => licences)
  .replace("%STYLE%", () => inline(style.text, "style"))
  .replace("%SCRIPT%", () => inline(script.text, "script"));

if (process.argv.includes("--check")) {
  const committed = await readFile(target, "utf8").catch(() => "");
  if (committed !== page) {
    console.error("crates/cli/web/dist/page.html is not what its sources give: run `make web` and commit it");
    process.exit(1);
  }
} else {
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, page);
  console.log(`dist/page.html: ${(page.length / 1024).toFixed(0)} KiB`);
}

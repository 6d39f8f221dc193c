// The page in a real browser: LOFTING names the binary that writes it, CHROMIUM the browser.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { big } from "./big.mjs";
import { extras } from "./extras.mjs";
import { fill } from "./fill.mjs";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const lofting = process.env.LOFTING ?? path.join(root, "target", "ci", "lofting");
const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((one) => one && existsSync(one));
const skip = found ? false : "no Chromium here: `apt-get install chromium`, or name one in CHROMIUM";
const SHOTS = process.env.SHOTS;

let browser, dir, demo, large;

before(async () => {
  if (skip) return;
  dir = await mkdtemp(path.join(tmpdir(), "lofting-page-"));
  [demo, large] = [path.join(dir, "demo.html"), path.join(dir, "large.html")];
  const run = promisify(execFile);
  const { stdout } = await run(lofting, ["preview", path.join(root, "demo"), "-o", "html", "-q"], { maxBuffer: 1 << 28 }).catch((error) => {
    if (error.code !== 1) throw error; // 1: there are findings
    return error;
  });
  await writeFile(demo, stdout);
  await writeFile(large, await fill(big()));
  browser = await chromium.launch({ executablePath: found, args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  if (dir) await rm(dir, { recursive: true });
});

/** Opens the page; what it says on the console or asks of the network is an error. */
async function open(t, file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => request.url().startsWith("file:") || request.url().startsWith("data:") || complaints.push(`asks for ${request.url()}`));
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector("html[data-ready]");
  return page;
}

const go = async (page, name) => {
  await page.getByRole("navigation").getByRole("link", { name }).click();
  await page.getByRole("heading", { level: 2, name }).waitFor();
};
const shot = async (page, name) => SHOTS && page.screenshot({ path: path.join(SHOTS, `${name}.png`) });
const rows = (page, label) => page.locator(`[aria-label="${label}"] .row`);

test("every section of the demo shows what the answer holds", { skip }, async (t) => {
  const page = await open(t, demo);
  await page.getByText("OutOfSync").first().waitFor();
  await shot(page, "overview-light");
  for (const [name, text] of [["Applications", "order-service"], ["Catalog", "payment-api"], ["Wiring", "notification-service"], ["Rollouts", "payment-canary-bad"], ["Templates", ".NET service"], ["Findings", "lofting rule "]]) {
    await go(page, name);
    await page.getByText(text).first().waitFor();
    await page.waitForTimeout(200);
    await shot(page, `${name.toLowerCase()}-light`);
  }
});

test("what the demo's answer holds besides has its section: status cards, flows, documentation, adoption", { skip }, async (t) => {
  const page = await open(t, demo);
  const answer = await page.evaluate(async () => {
    const bytes = Uint8Array.from(atob(document.getElementById("data").textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const { preview, flows } = JSON.parse(await new Response(stream).text());
    return { "Status cards": preview.cards?.length, TechDocs: preview.techdocs?.length, "Self-service flow": flows?.length, Adoption: preview.adoption && 1 };
  });
  for (const [name, held] of Object.entries(answer)) {
    assert.equal(await page.getByRole("navigation").getByRole("link", { name }).count(), held ? 1 : 0, name);
    if (!held) continue;
    await go(page, name);
    await page.waitForTimeout(150);
    assert.deepEqual(await page.evaluate(contrast), [], name);
    await shot(page, `demo-${name.toLowerCase().replaceAll(" ", "-")}-light`);
  }
});

test("differences stand side by side, with the plan of the next sync", { skip }, async (t) => {
  const page = await open(t, demo);
  await go(page, "Applications");
  await page.getByRole("treeitem", { name: /^▾?\s*order-service/ }).click();
  const diff = page.getByRole("region", { name: /Differences of ConfigMap.*order-service/ });
  await diff.waitFor();
  assert.match(await diff.locator("td.removed").last().innerText(), /currency: USD/);
  assert.match(await diff.locator("td.added").last().innerText(), /currency: EUR/);
  await page.getByRole("heading", { name: "PreSync" }).waitFor();
  assert.match(await page.locator(".plan").innerText(), /db-migrate/);
  await shot(page, "application-light");
});

test("search and filters narrow the Applications, and say how far", { skip }, async (t) => {
  const page = await open(t, demo);
  await go(page, "Applications");
  const all = await rows(page, "Applications").count();
  await page.getByLabel("Search").fill("payment");
  await page.waitForFunction((n) => document.querySelectorAll('[aria-label="Applications"] .row').length < n, all);
  for (const text of await rows(page, "Applications").allInnerTexts()) assert.match(text, /payment/);
  await page.getByLabel("Search").fill("");
  await page.getByLabel("Sync").selectOption("OutOfSync");
  await page.waitForFunction(() => [...document.querySelectorAll('[aria-label="Applications"] .row')].every((row) => row.textContent.includes("OutOfSync")));
  assert.match(await page.locator(".count").innerText(), /^\d+ of \d+ Applications$/);
  await page.getByLabel("Search").fill("nothing of that name");
  await page.getByText("No Application matches").waitFor();
});

test("the catalog's graph zooms, pans, and follows owner and selection", { skip }, async (t) => {
  const page = await open(t, demo);
  await go(page, "Catalog");
  const graph = () => page.evaluate(() => {
    const core = document.querySelector(".graph").graph;
    return { nodes: core.nodes().length, zoom: core.zoom(), pan: core.pan(), chosen: core.nodes(".chosen").map((node) => node.id()) };
  });
  await page.waitForFunction(() => document.querySelector(".graph")?.graph?.nodes().length > 5);
  const before = await graph();
  await page.getByRole("button", { name: "Zoom in" }).click();
  assert.ok((await graph()).zoom > before.zoom);
  await page.locator(".graph").focus();
  await page.keyboard.press("ArrowRight");
  assert.notDeepEqual((await graph()).pan, before.pan);
  const box = await page.locator(".graph").boundingBox();
  await page.mouse.move(box.x + 300, box.y + 150);
  await page.mouse.wheel(0, -300);
  await page.getByLabel("Owner").selectOption("group:default/payments");
  await page.waitForFunction((n) => document.querySelector(".graph").graph.nodes().length < n, before.nodes);
  await page.getByLabel("Owner").selectOption("");
  await page.waitForFunction((n) => document.querySelector(".graph").graph.nodes().length === n, before.nodes);
  await page.getByRole("option", { name: /^order-service/ }).click();
  await page.waitForFunction(() => document.querySelector(".graph").graph.nodes(".chosen").length === 1);
  assert.deepEqual((await graph()).chosen, ["component:default/order-service"]);
  await page.getByRole("heading", { name: "Relations", exact: true }).waitFor();
});

test("the slider moves through a rollout's time", { skip }, async (t) => {
  const page = await open(t, demo);
  await go(page, "Rollouts");
  await page.getByRole("option", { name: /payment-service/ }).click();
  await page.getByLabel(/payment-canary-bad/).check();
  const slider = page.getByRole("slider");
  const end = Number(await slider.getAttribute("max"));
  assert.ok(end > 60, `the timeline ends at ${end}`);
  await slider.fill(String(end));
  await page.locator(".instant").getByText("Degraded").waitFor();
  await slider.focus();
  await page.keyboard.press("Home");
  assert.match(await slider.getAttribute("aria-valuetext"), /^0s/);
  const state = () => page.locator(".instant").getAttribute("data-moment");
  const first = await state();
  await page.getByRole("button", { name: "Next state" }).click();
  await page.getByRole("button", { name: "Next state" }).click();
  assert.notEqual(await state(), first);
  await page.getByLabel(/payment-canary-good/).check();
  await page.getByRole("slider").fill("600");
  await page.locator(".instant").getByText("50 %").waitFor();
  await shot(page, "timeline-light");
});

test("a finding shows the lines it is about", { skip }, async (t) => {
  const page = await open(t, demo);
  await go(page, "Findings");
  const said = "owner group:default/messaging is not in the catalog";
  await page.getByLabel("Search").fill(said);
  // The list follows what is typed a moment later: by its own words, not by its place.
  await page.locator(".finding-row", { hasText: said }).first().click();
  await page.locator(".finding h3", { hasText: said }).waitFor();
  assert.equal((await page.locator(".lines mark").innerText()).trim(), "messaging");
  await page.getByRole("button", { name: /catalog-info\.yaml:\d+:\d+/ }).first().waitFor();
});

test("the keyboard is enough", { skip }, async (t) => {
  const page = await open(t, demo);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await go(page, "Applications");
  await page.getByRole("tree").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.getByRole("treeitem", { selected: true }).getAttribute("aria-expanded"), "false");
  const closed = await rows(page, "Applications").count();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((n) => document.querySelectorAll('[aria-label="Applications"] .row').length > n, closed);
  await page.keyboard.press("ArrowDown");
  const second = await page.getByRole("treeitem", { selected: true }).innerText();
  assert.match(second, /inventory-service/);
  assert.match(await page.locator(".detail-head h3").first().innerText(), /inventory-service/);
});

/** The contrast of the text with what is behind it, as WCAG counts it, for everything that is visible. */
const contrast = () => {
  const parse = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const channel = (n) => (n / 255 <= 0.03928 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(one).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll("#app *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest("svg, :disabled, .graph") || !element.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push(`${element.className || element.tagName}: ${element.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return low;
};

for (const colorScheme of ["light", "dark"]) {
  test(`text is legible (${colorScheme}), and every control has a name`, { skip }, async (t) => {
    const page = await open(t, demo, { colorScheme });
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = ground.match(/\d+/g).map(Number).every((n) => n < 80);
    assert.equal(dark, colorScheme === "dark");
    for (const name of ["Overview", "Applications", "Catalog", "Wiring", "Rollouts", "Templates", "Findings"]) {
      await go(page, name);
      await page.waitForTimeout(150);
      assert.deepEqual(await page.evaluate(contrast), [], name);
      const nameless = await page.$$eval("input, select, button, a", (all) => all.filter((one) => !(one.labels?.length || one.getAttribute("aria-label") || one.textContent.trim())).length);
      assert.equal(nameless, 0, `${name}: controls without a name`);
      await shot(page, `${name.toLowerCase()}-${colorScheme}`);
    }
  });
}

test("the theme can be chosen", { skip }, async (t) => {
  const page = await open(t, demo, { colorScheme: "light" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await ground();
  await page.getByLabel("Theme").selectOption("dark");
  await page.waitForFunction((old) => getComputedStyle(document.body).backgroundColor !== old, before);
});

test("2,000 Applications: small, quick to open, quick to filter", { skip }, async (t) => {
  const { size } = await stat(large);
  assert.ok(size < 5 * 1024 * 1024, `${size} bytes`);
  const started = performance.now();
  const page = await open(t, large);
  await go(page, "Applications");
  await rows(page, "Applications").first().waitFor();
  const opened = performance.now() - started;
  assert.ok((await rows(page, "Applications").count()) < 60, "only what is visible is drawn");
  const filtered = await page.evaluate(async () => {
    const input = document.querySelector('input[type="search"]');
    const start = performance.now();
    input.value = "service-1999";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    while (document.querySelectorAll('[aria-label="Applications"] .row').length !== 1) {
      if (performance.now() - start > 5000) throw new Error("the filter does not come to an end");
      await new Promise(requestAnimationFrame);
    }
    return performance.now() - start;
  });
  t.diagnostic(`${(size / 1024).toFixed(0)} KiB, opened in ${opened.toFixed(0)} ms, filtered in ${filtered.toFixed(0)} ms`);
  assert.ok(filtered < 1000, `filtered in ${filtered} ms`);
  assert.ok(opened < 8000, `opened in ${opened} ms`);
  await page.getByLabel("Search").fill("");
  await page.getByRole("tree").focus();
  await page.keyboard.press("End");
  await page.getByRole("treeitem", { name: /app-1999/ }).waitFor();
  await go(page, "Catalog");
  await page.waitForFunction(() => document.querySelector(".graph")?.graph?.nodes().length > 100);
  await shot(page, "large-catalog");
});

test("status cards, documentation, adoption and flows are shown when the answer has them", { skip }, async (t) => {
  const small = big({ applications: 20, entities: 5, rollouts: 1 });
  const { flows, ...members } = extras();
  const file = path.join(dir, "extras.html");
  await writeFile(file, await fill({ ...small, preview: { ...small.preview, ...members }, flows }));
  const page = await open(t, file);
  for (const [name, ...texts] of [
    ["Status cards", "Raise the limit", "a pod does not start", "step 2/6", "argocd/app-name would name the Application"],
    ["Self-service flow", "shiny", "The template writes the repository"],
    ["TechDocs", "Service 1", "docs/index.md is not there"],
    ["Adoption", "wired to an Application", "wanted 80 %", "rolled back", "3.5"],
  ]) {
    await go(page, name);
    const said = await page.locator("main").innerText();
    for (const text of texts) assert.ok(said.includes(text), `${name}: ${text}`);
    assert.deepEqual(await page.evaluate(contrast), [], name);
    await shot(page, `${name.toLowerCase().replaceAll(" ", "-")}-light`);
  }
  await go(page, "Self-service flow");
  await page.getByLabel(/node\/answers\/bad/).check();
  await page.getByText("name does not match the pattern").waitFor();
  await page.getByRole("button", { name: "templates/node/answers/bad.yaml:1:7" }).waitFor();
  const without = await open(t, large);
  assert.equal(await without.getByRole("navigation").getByRole("link", { name: "Adoption" }).count(), 0);
});

test("on paper everything is there", { skip }, async (t) => {
  const page = await open(t, demo);
  await go(page, "Findings");
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  const text = await page.locator("main").innerText();
  for (const part of ["Overview", "us-inventory-service", "payment-canary-good", "payment-canary-bad", ".NET service", "component:default/order-service"]) assert.ok(text.includes(part), part);
  if (SHOTS) await page.pdf({ path: path.join(SHOTS, "print.pdf") });
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
});

test("a page without an answer says so", { skip }, async (t) => {
  const file = path.join(dir, "empty.html");
  await writeFile(file, (await fill({})).replace(/(id="data">)[^<]*/, "$1"));
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  await page.getByRole("alert").getByText("holds no answer").waitFor();
});

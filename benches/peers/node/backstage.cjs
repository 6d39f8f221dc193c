'use strict';
// node backstage.cjs ORACLE INPUTS: times the npm packages on the inputs of benches/backstage.rs. Processor time, one process.
const fs = require('fs'), os = require('os'), path = require('path'), url = require('url');
const { createRequire } = require('module');
const [oracle, inputs] = process.argv.slice(2).map(name => path.resolve(name));
const load = createRequire(path.join(oracle, 'oracle.cjs'));
const read = name => fs.readFileSync(path.join(inputs, name), 'utf8');
const processor = () => { const used = process.cpuUsage(); return (used.user + used.system) * 1e3; };
async function row(name, once, seconds = 2) {
  for (let warm = 0; warm < 3; warm++) await once();
  let runs = 0;
  const start = processor();
  let spent = 0;
  while (spent < seconds * 1e9 || runs < 5) { await once(); runs++; spent = processor() - start; }
  console.log(`${name} ${(spent / runs).toFixed(0)} ns`);
}
// Many short calls a reading of the clock.
const many = (count, once) => () => { for (let at = 0; at < count; at++) once(); };
async function rowOfMany(name, count, once) {
  for (let warm = 0; warm < 20; warm++) once();
  let runs = 0;
  const start = processor();
  let spent = 0;
  const batch = many(count, once);
  while (spent < 2e9) { batch(); runs += count; spent = processor() - start; }
  console.log(`${name} ${(spent / runs).toFixed(0)} ns`);
}
async function main() {
  const { check, internal } = load('./lib/catalog.cjs');
  const medium = read('catalog-medium.yaml');
  const catalogs = { small: read('catalog-small.yaml'), medium, large: Array(20).fill(medium).join('---\n') };
  for (const [name, text] of Object.entries(catalogs)) {
    const judged = await check({ files: [{ path: 'catalog-info.yaml', text }] });
    if (!(judged.expect ?? judged).accepted) throw new Error(`${name} is refused`);
    await row(`backstage-verdict-${name}`, () => check({ files: [{ path: 'catalog-info.yaml', text }] }));
  }
  const { renderer } = load('./lib/render.cjs');
  const context = renderer.prepareContext(JSON.parse(read('render-context.json')));
  for (const [name, count] of [['small', 2000], ['medium', 500], ['large', 20]]) {
    const text = read(`render-${name}.txt`);
    await rowOfMany(`backstage-render-${name}`, count, () => renderer.renderValue(text, context));
  }
  await dryRuns();
  await questions(internal);
  process.exit(0);
}
async function dryRuns() {
  const YAML = load('yaml'), backend = load('@backstage/plugin-scaffolder-backend');
  const { ScmIntegrations } = load('@backstage/integration'), { ConfigReader } = load('@backstage/config');
  const dist = path.join(path.dirname(load.resolve('@backstage/plugin-scaffolder-backend/package.json')), 'dist');
  const { createDryRunner } = require(path.join(dist, 'scaffolder/dryrun/createDryRunner.cjs.js'));
  const integrations = ScmIntegrations.fromConfig(new ConfigReader({}));
  const logger = { child: () => logger, debug() {}, info() {}, warn() {}, error() {} };
  const actions = new Map([backend.createDebugLogAction(), backend.createFetchTemplateAction({ integrations, reader: {} })].map(action => [action.id, action]));
  const workingDirectory = fs.mkdtempSync(path.join(os.tmpdir(), 'lofting-bench-'));
  const run = createDryRunner({
    // A registry refuses what it does not have; the runner then looks at its own.
    actionRegistry: { get: async id => { if (!actions.has(id)) throw new Error(`no action ${id}`); return actions.get(id); }, list: async () => actions },
    integrations, logger, workingDirectory, config: new ConfigReader({}),
    metrics: { createCounter: () => ({ add() {} }), createHistogram: () => ({ record() {} }) },
  });
  let serial = 0;
  for (const [name, made] of [['dryrun-1-step', 0], ['dryrun-100-files', 100]]) {
    const input = JSON.parse(read(`${name}.json`)), template = YAML.parse(input.files[0].text);
    const directoryContents = input.files.map(file => ({ path: file.path, content: Buffer.from(file.text) }));
    const once = () => run({
      spec: { apiVersion: template.apiVersion, steps: template.spec.steps.map(step => ({ name: step.action, ...step })), output: template.spec.output ?? {}, parameters: input.values, user: {} },
      templateInfo: { entityRef: 'template:default/dry-run', entity: { metadata: template.metadata }, baseUrl: url.pathToFileURL(path.join(workingDirectory, `c${serial++}`, 'template.yaml')).toString() },
      directoryContents, secrets: {}, credentials: {},
    });
    const answer = await once();
    if (answer.directoryContents.length !== made) throw new Error(`${name}: ${answer.directoryContents.length} files`);
    await row(`backstage-${name}`, once, 4);
  }
  fs.rmSync(workingDirectory, { recursive: true, force: true });
}
async function questions(internal) {
  const base = JSON.parse(read('query-base.json'));
  const entities = Array.from({ length: 10000 }, (_, at) => {
    const entity = structuredClone(base[at % base.length]);
    entity.metadata.name += `-${Math.floor(at / base.length)}`;
    entity.metadata.uid = `00000000-0000-4000-8000-${String(at + 1).padStart(12, '0')}`;
    return entity;
  });
  const { knex } = await load('./lib/query.cjs').load(entities);
  const { DefaultEntitiesCatalog } = internal('service/DefaultEntitiesCatalog.cjs.js');
  const logger = { child: () => logger, debug() {}, info() {}, warn() {}, error() {} };
  const catalog = new DefaultEntitiesCatalog({ database: knex, logger });
  const request = name => internal(`service/request/${name}.cjs.js`)[name];
  let at = 0;
  for (const question of JSON.parse(read('query-questions.json'))) {
    const name = `backstage-query-${at++}`;
    const orderFields = question.orderField ? request('parseEntityOrderFieldParams')({ orderField: question.orderField }) : undefined;
    const filter = question.query ?? request('parseEntityFilterParams')({ filter: question.filter });
    if (question.route === 'facets') await row(name, () => catalog.facets({ facets: question.facets, credentials: {} }));
    else if (question.route === 'entities') await row(name, () => catalog.queryEntities({ limit: 10000, totalItems: 'exclude', credentials: {} }));
    else await row(name, () => catalog.queryEntities({ filter, orderFields, limit: question.limit, fullTextFilter: question.fullTextFilter, credentials: {} }));
  }
}
main().catch(error => { console.error(error); process.exit(1); });

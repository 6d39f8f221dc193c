import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import { type Entity, stringifyEntityRef } from '@backstage/catalog-model';
import { NotFoundError } from '@backstage/errors';
import PromiseRouter from 'express-promise-router';
import { catalog } from 'lofting';

async function read(root: string): Promise<{ path: string; text: string }[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const names = entries.filter(entry => entry.isFile() && /\.ya?ml$/.test(entry.name)).map(entry => path.join(entry.parentPath ?? entry.path, entry.name));
  return Promise.all(names.sort().map(async name => ({ path: path.relative(root, name).split(path.sep).join('/'), text: await readFile(name, 'utf8') })));
}

/** `catalog.locations` and `catalog.rules` as an app-config would have them; lofting takes a repository to lie at `/srv/platform`. */
const ROOT = { type: 'file', target: '/srv/platform/catalog-info.yaml' };
const RULES = [{ allow: ['Component', 'API', 'Resource', 'System', 'Domain', 'Group', 'User', 'Location'] }];

/** The catalog's API for reading, as far as the real client of a page needs it; the entities are those that Backstage would end up with. */
export const catalogPlugin = createBackendPlugin({
  pluginId: 'catalog',
  register(env) {
    env.registerInit({
      deps: { config: coreServices.rootConfig, logger: coreServices.logger, http: coreServices.httpRouter },
      async init({ config, logger, http }) {
        const files = await read(path.join(config.getString('platform'), 'catalog'));
        const processed = catalog.process({ files, locations: [ROOT], rules: RULES } as never) as unknown as { entities: Entity[] };
        const entities = processed.entities.filter(entity => entity.kind !== 'Location');
        const byRef = new Map(entities.map(entity => [stringifyEntityRef(entity), entity]));
        logger.info(`${entities.length} entities`);
        const router = PromiseRouter();
        router.get('/entities', (_request, response) => { response.json(entities); });
        router.get('/entities/by-name/:kind/:namespace/:name', (request, response) => {
          const { kind, namespace, name } = request.params;
          const entity = byRef.get(stringifyEntityRef({ kind, namespace, name }));
          if (!entity) throw new NotFoundError(`no entity ${kind}:${namespace}/${name}`);
          response.json(entity);
        });
        http.use(router);
      },
    });
  },
});

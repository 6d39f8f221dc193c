import path from 'node:path';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import { ArgoCdSource } from './argocd';
import { createRouter } from './router';
import { SnapshotSource } from './snapshot';

/** Serves `/api/deployment-tracker`; `deploymentTracker.snapshot` or `deploymentTracker.argocd` says where answers come from. */
export const deploymentTrackerPlugin = createBackendPlugin({
  pluginId: 'deployment-tracker',
  register(env) {
    env.registerInit({
      deps: { config: coreServices.rootConfig, logger: coreServices.logger, httpRouter: coreServices.httpRouter },
      async init({ config, logger, httpRouter }) {
        const argocd = config.getOptionalConfig('deploymentTracker.argocd');
        const snapshot = config.getOptionalString('deploymentTracker.snapshot');
        if (!argocd && !snapshot) throw new Error('set deploymentTracker.snapshot to a directory, or deploymentTracker.argocd.url');
        const token = argocd?.getOptionalString('token');
        const source = argocd
          ? new ArgoCdSource({ url: argocd.getString('url'), ...(token && { token }) })
          : new SnapshotSource(path.resolve(snapshot!));
        logger.info(argocd ? `deployments from Argo CD at ${argocd.getString('url')}` : `deployments from the snapshot in ${snapshot}`);
        httpRouter.use(createRouter({ source }));
        httpRouter.addAuthPolicy({ path: '/health', allow: 'unauthenticated' });
      },
    });
  },
});

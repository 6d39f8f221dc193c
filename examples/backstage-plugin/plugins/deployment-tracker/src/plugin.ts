import {
  createApiFactory, createComponentExtension, createPlugin, createRoutableExtension, createRouteRef, discoveryApiRef, fetchApiRef,
} from '@backstage/core-plugin-api';
import { DeploymentTrackerClient, deploymentTrackerApiRef } from './api';

export const rootRouteRef = createRouteRef({ id: 'deployment-tracker' });

export const deploymentTrackerPlugin = createPlugin({
  id: 'deployment-tracker',
  apis: [
    createApiFactory({
      api: deploymentTrackerApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: apis => new DeploymentTrackerClient(apis),
    }),
  ],
  routes: { root: rootRouteRef },
});

/** All services, and what is deployed of each. */
export const DeploymentTrackerPage = deploymentTrackerPlugin.provide(
  createRoutableExtension({
    name: 'DeploymentTrackerPage',
    component: () => import('./components/DeploymentTrackerPage').then(module => module.DeploymentTrackerPage),
    mountPoint: rootRouteRef,
  }),
);

/** What is deployed of the entity of the page it stands on. */
export const EntityDeploymentsCard = deploymentTrackerPlugin.provide(
  createComponentExtension({
    name: 'EntityDeploymentsCard',
    component: { lazy: () => import('./components/EntityDeploymentsCard').then(module => module.EntityDeploymentsCard) },
  }),
);

export { ArgoCdSource, type ArgoCdOptions } from './argocd';
export { deploymentTrackerPlugin as default, deploymentTrackerPlugin } from './plugin';
export { createRouter } from './router';
export { SnapshotSource } from './snapshot';
export type { Deployment, Drift, ServiceDeployments, Source } from './types';

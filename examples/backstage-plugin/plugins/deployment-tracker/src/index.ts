export { DeploymentTrackerClient, deploymentTrackerApiRef, type DeploymentTrackerApi } from './api';
export { DeploymentTrackerPage, EntityDeploymentsCard, deploymentTrackerPlugin } from './plugin';

import { createApiRef, type DiscoveryApi, type FetchApi } from '@backstage/core-plugin-api';
import { ResponseError } from '@backstage/errors';
import type { ServiceDeployments } from '../../deployment-tracker-backend/src/types';

export type { Deployment, Drift, ServiceDeployments } from '../../deployment-tracker-backend/src/types';

export interface DeploymentTrackerApi {
  services(): Promise<string[]>;
  deployments(service: string): Promise<ServiceDeployments>;
}

export const deploymentTrackerApiRef = createApiRef<DeploymentTrackerApi>({ id: 'plugin.deployment-tracker' });

export class DeploymentTrackerClient implements DeploymentTrackerApi {
  readonly #apis: { discoveryApi: DiscoveryApi; fetchApi: FetchApi };

  constructor(apis: { discoveryApi: DiscoveryApi; fetchApi: FetchApi }) {
    this.#apis = apis;
  }

  async services(): Promise<string[]> {
    return (await this.#get<{ services: string[] }>('/deployments')).services;
  }

  deployments(service: string): Promise<ServiceDeployments> {
    return this.#get(`/deployments/${encodeURIComponent(service)}`);
  }

  async #get<T>(route: string): Promise<T> {
    const base = await this.#apis.discoveryApi.getBaseUrl('deployment-tracker');
    const response = await this.#apis.fetchApi.fetch(`${base}${route}`);
    if (!response.ok) throw await ResponseError.fromResponse(response);
    return response.json();
  }
}

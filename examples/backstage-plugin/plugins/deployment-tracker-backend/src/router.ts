import { InputError, NotFoundError } from '@backstage/errors';
import express, { type Router } from 'express';
import PromiseRouter from 'express-promise-router';
import type { Source } from './types';

/** Names of entities and of Applications. */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,251}[A-Za-z0-9])?$/;

export function createRouter({ source }: { source: Source }): Router {
  const router = PromiseRouter();
  router.use(express.json());

  router.get('/health', (_request, response) => {
    response.json({ status: 'ok' });
  });

  router.get('/deployments', async (_request, response) => {
    response.json({ services: await source.services() });
  });

  router.get('/deployments/:serviceName', async (request, response) => {
    const { serviceName } = request.params;
    if (!NAME.test(serviceName)) throw new InputError(`${JSON.stringify(serviceName)} is not the name of a service`);
    const deployments = await source.deployments(serviceName);
    if (!deployments) throw new NotFoundError(`nothing is known of a service named ${serviceName}`);
    response.json(deployments);
  });

  return router;
}

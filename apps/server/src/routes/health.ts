import type { FastifyInstance } from 'fastify';

/** `GET /healthz`: the process lives. `GET /readyz`: it takes requests; 503 while it drains. */
export function registerHealthRoutes(app: FastifyInstance, closing: () => boolean): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) =>
    closing() ? reply.code(503).send({ status: 'draining' }) : { status: 'ready' },
  );
}

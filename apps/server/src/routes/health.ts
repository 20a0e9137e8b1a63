import type { FastifyInstance } from 'fastify';

/** `GET /healthz`: the process lives, with its version where that is known. `GET /readyz`: it takes requests; 503 while it drains. */
export function registerHealthRoutes(app: FastifyInstance, closing: () => boolean, version?: string): void {
  const health = { status: 'ok', ...(version !== undefined && { version }) };
  app.get('/healthz', async () => health);
  app.get('/readyz', async (_request, reply) =>
    closing() ? reply.code(503).send({ status: 'draining' }) : { status: 'ready' },
  );
}

import { contentTypes, formatFor } from '@hotpath/runtime/metrics';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';

/** `GET /metrics`: in OpenMetrics for whoever asks for it, else in Prometheus' text format. */
export function registerMetricsRoute(app: FastifyInstance, metrics: Pick<Metrics, 'render'>): void {
  app.get('/metrics', async (request, reply) => {
    const format = formatFor(request.headers.accept);
    const text = await metrics.render(format);
    return reply.header('content-type', contentTypes[format]).header('cache-control', 'no-store').send(text);
  });
}

import { credentialOf, formats, type Hotpath, type ModelInfo } from '@hotpath/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { modelNotFound } from '../errors.ts';
import { isRefusal } from '../keys/authenticate.ts';
import type { Gatekeeper } from '../keys/gatekeeper.ts';
import { pageOf } from './model-page.ts';

/** `GET /v1/models` and `GET /v1/models/{id}`, in the shape of the client's SDK. */
export function registerModelRoutes(
  app: FastifyInstance,
  hotpath: Pick<Hotpath, 'router' | 'simulated'>,
  gatekeeper?: Gatekeeper,
): void {
  const formatOf = ({ headers }: FastifyRequest) =>
    formats[headers['anthropic-version'] === undefined ? 'openai-chat' : 'anthropic-messages'];

  /** What there is for the one who asks. */
  const list = async (request: FastifyRequest, reply: FastifyReply) => {
    const principal = gatekeeper?.identify(request.headers);
    if (principal && isRefusal(principal)) {
      const { error, headers } = principal;
      reply.code(error.status).headers(headers).send(formatOf(request).encodeError(error));
      return undefined;
    }
    const credential = principal?.key ? undefined : credentialOf(request.headers);
    const { models, failures } = await hotpath.router.models(credential && { credential });
    const allowed = models.filter(({ id }) => !gatekeeper || gatekeeper.mayUse(principal?.key, id));
    // Whoever can ask a real provider has no use for the simulator that stands in for one.
    const real = hotpath.simulated && credential ? allowed.filter(({ provider }) => provider !== 'sim') : [];
    return { failures, models: real.length > 0 ? real : allowed };
  };

  app.get('/v1/models', async (request, reply) => {
    const listed = await list(request, reply);
    if (!listed) return reply;
    const { models, failures } = listed;
    if (failures.length > 0) reply.header('x-hotpath-unlisted', failures.map(({ provider }) => provider).join(', '));
    if (request.headers['anthropic-version'] === undefined) return { object: 'list', data: models.map(asOpenai) };
    const page = pageOf(models, request.query);
    if (!('models' in page)) return reply.code(page.status).send(formatOf(request).encodeError(page));
    return {
      data: page.models.map(asAnthropic),
      has_more: page.hasMore,
      first_id: page.models[0]?.id ?? null,
      last_id: page.models.at(-1)?.id ?? null,
    };
  });

  app.get('/v1/models/*', async (request, reply) => {
    const asked = (request.params as { '*': string })['*'];
    const listed = await list(request, reply);
    if (!listed) return reply;
    const { models } = listed;
    const found = models.find(({ id }) => id === asked) ?? models.find(({ model }) => model === asked);
    const anthropic = request.headers['anthropic-version'] !== undefined;
    if (found) return anthropic ? asAnthropic(found) : asOpenai(found);
    const error = modelNotFound(asked);
    return reply.code(404).send(formats[anthropic ? 'anthropic-messages' : 'openai-chat'].encodeError(error));
  });
}

// When a model was made is its provider's to say; both SDKs only ask for a date.
const asOpenai = ({ id, provider }: ModelInfo) => ({ id, object: 'model', created: 0, owned_by: provider });

const asAnthropic = ({ id, model }: ModelInfo) => ({
  type: 'model',
  id,
  display_name: model,
  created_at: '1970-01-01T00:00:00Z',
});

import { messageBatchView } from '../batches/anthropic-view.ts';
import { lineHeaders, readMessageBatchList } from './batch-request.ts';
import type { BatchScope } from './batch-scope.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const path = '/v1/messages/batches';

/** Anthropic's message batches. */
export function registerMessageBatchRoutes({ app, batches, ownerOf }: BatchScope): void {
  app.register(async (scope) => {
    // Read as it arrives: it may be larger than what fits in memory.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', (_request, _payload, done) => done(null));
    scope.post(path, async (request) => {
      const headers = lineHeaders(request.headers, 'anthropic-messages');
      return messageBatchView(await (await batches()).addMessageBatch(ownerOf(request), request.raw, headers));
    });
  });

  app.get(path, async (request) => {
    const page = readMessageBatchList(request.query);
    const { limit } = page;
    const found = (await batches()).batches(ownerOf(request), 'anthropic', { ...page, limit: limit + 1 });
    const isBackwards = page.after === undefined && page.before !== undefined;
    const shown = isBackwards ? found.slice(-limit) : found.slice(0, limit);
    const data = shown.map(messageBatchView);
    return {
      data,
      has_more: found.length > limit,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    };
  });
  app.get<Id>(`${path}/:id`, async (request) =>
    messageBatchView((await batches()).batch(ownerOf(request), 'anthropic', request.params.id)),
  );
  app.post<Id>(`${path}/:id/cancel`, { bodyLimit: 65_536 }, async (request) =>
    messageBatchView((await batches()).cancel(ownerOf(request), 'anthropic', request.params.id)),
  );
  app.get<Id>(`${path}/:id/results`, async (request, reply) => {
    const { bytes, stream } = await (await batches()).results(ownerOf(request), request.params.id);
    return reply
      .headers({ 'content-type': 'application/x-jsonl', 'content-length': bytes, 'x-content-type-options': 'nosniff' })
      .send(stream);
  });
  app.delete<Id>(`${path}/:id`, async (request) => {
    const { id } = request.params;
    await (await batches()).deleteBatch(ownerOf(request), id);
    return { id, type: 'message_batch_deleted' };
  });
}

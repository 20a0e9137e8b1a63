import { batchView } from '../batches/openai-view.ts';
import { readBatchList, readNewBatch } from './batch-request.ts';
import type { BatchScope } from './batch-scope.ts';

interface Id {
  readonly Params: { readonly id: string };
}

/** OpenAI's batches. */
export function registerBatchRoutes({ app, batches, ownerOf }: BatchScope): void {
  app.post('/v1/batches', { bodyLimit: 65_536 }, async (request) => {
    const batch = readNewBatch(request.body, request.headers);
    return batchView(await (await batches()).addBatch(ownerOf(request), batch));
  });
  app.get('/v1/batches', async (request) => {
    const page = readBatchList(request.query);
    const found = (await batches()).batches(ownerOf(request), 'openai', { ...page, limit: page.limit + 1 });
    const data = found.slice(0, page.limit).map(batchView);
    const ids = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    return { object: 'list', data, ...ids, has_more: found.length > page.limit };
  });
  app.get<Id>('/v1/batches/:id', async (request) =>
    batchView((await batches()).batch(ownerOf(request), 'openai', request.params.id)),
  );
  app.post<Id>('/v1/batches/:id/cancel', { bodyLimit: 65_536 }, async (request) =>
    batchView((await batches()).cancel(ownerOf(request), 'openai', request.params.id)),
  );
}

import Anthropic from '@anthropic-ai/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BatchGateway, sqliteMissing, startBatchGateway, until } from './support/batch-gateway.ts';

let gateway: BatchGateway;
let client: Anthropic;

beforeAll(async () => {
  gateway = await startBatchGateway();
  client = gateway.anthropic;
});
afterEach(() => gateway.upstream.reset());
afterAll(() => gateway.close());

const request = (id: string, params: object = {}) => ({
  custom_id: id,
  params: {
    model: 'anthropic/claude-haiku-4-5',
    max_tokens: 50,
    messages: [{ role: 'user' as const, content: id }],
    ...params,
  },
});
const finish = (id: string, from = client) =>
  until(
    () => from.messages.batches.retrieve(id),
    ({ processing_status }) => processing_status === 'ended',
  );
const results = async (id: string) => {
  const found: Anthropic.Messages.MessageBatchIndividualResponse[] = [];
  for await (const result of await client.messages.batches.results(id)) found.push(result);
  return found;
};

describe.skipIf(sqliteMissing)('the Anthropic SDK', () => {
  it('has a batch of messages answered, by models of both protocols', async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `id-${at}`);
    const requests = ids.map((id, at) => request(id, at % 2 === 0 ? {} : { model: 'openai/gpt-4o' }));
    const made = await client.messages.batches.create({ requests });
    expect(made).toMatchObject({
      type: 'message_batch',
      processing_status: 'in_progress',
      request_counts: { processing: 20, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
      ended_at: null,
      results_url: null,
      cancel_initiated_at: null,
      archived_at: null,
    });
    expect(Date.parse(made.expires_at) - Date.parse(made.created_at)).toBe(86_400_000);
    const batch = await finish(made.id);
    expect(batch.request_counts).toEqual({ processing: 0, succeeded: 20, errored: 0, canceled: 0, expired: 0 });
    expect(batch.results_url).toBe(`/v1/messages/batches/${made.id}/results`);
    const found = await results(made.id);
    expect(found.map(({ custom_id }) => custom_id)).toEqual(ids);
    for (const { result } of found) {
      expect(result).toMatchObject({ type: 'succeeded', message: { type: 'message', role: 'assistant' } });
    }
  });

  it('finds errors among the results', async () => {
    const made = await client.messages.batches.create({
      requests: [request('good'), request('nobody', { model: 'nobody/has-it' }), request('streamed', { stream: true })],
    });
    const batch = await finish(made.id);
    expect(batch.request_counts).toMatchObject({ succeeded: 1, errored: 2 });
    const [, nobody, streamed] = await results(made.id);
    expect(nobody?.result).toMatchObject({
      type: 'errored',
      error: { type: 'error', request_id: expect.any(String), error: { type: 'not_found_error' } },
    });
    expect(streamed?.result).toMatchObject({ type: 'errored', error: { error: { type: 'invalid_request_error' } } });
  });

  it('cancels midway, then deletes', async () => {
    gateway.upstream.set({ firstTokenMs: 50 });
    const requests = Array.from({ length: 100 }, (_, at) => request(`midway-${at}`));
    const made = await client.messages.batches.create({ requests });
    await expect(client.messages.batches.delete(made.id)).rejects.toMatchObject({ status: 400 });
    await expect(client.messages.batches.results(made.id)).rejects.toThrow(/results_url/);
    await gateway.upstream.waitFor((its) => its.requests.length > 8);
    const cancelled = await client.messages.batches.cancel(made.id);
    expect(cancelled).toMatchObject({ processing_status: 'canceling', request_counts: { processing: 100 } });
    expect(cancelled.cancel_initiated_at).toEqual(expect.any(String));
    const { request_counts: counts } = await finish(made.id);
    expect(counts.succeeded).toBe(gateway.upstream.requests.length);
    expect(counts.succeeded + counts.canceled).toBe(100);
    expect((await results(made.id)).at(-1)?.result).toEqual({ type: 'canceled' });
    expect(await client.messages.batches.delete(made.id)).toEqual({ id: made.id, type: 'message_batch_deleted' });
    await expect(client.messages.batches.retrieve(made.id)).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  });

  it('pages forwards and backwards, and sees nobody else', async () => {
    const other = new Anthropic({ baseURL: gateway.url, apiKey: 'pages', maxRetries: 0 });
    const made: string[] = [];
    for (let at = 0; at < 5; at++) {
      made.unshift((await other.messages.batches.create({ requests: [request('a')] })).id);
    }
    const listed: string[] = [];
    for await (const { id } of other.messages.batches.list({ limit: 2 })) listed.push(id);
    expect(listed).toEqual(made);
    const before = await other.messages.batches.list({ limit: 2, before_id: made[4] ?? '' });
    expect(before.data.map(({ id }) => id)).toEqual(made.slice(2, 4));
    expect(before.has_more).toBe(true);
    expect((await before.getNextPage()).data.map(({ id }) => id)).toEqual(made.slice(0, 2));
    await expect(client.messages.batches.retrieve(made[0] ?? '')).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    await finish(made[0] ?? '', other);
    await expect(client.messages.batches.delete(made[0] ?? '')).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    await expect(client.messages.batches.list({ after_id: made[0] ?? '' })).rejects.toMatchObject({ status: 400 });
  });

  it('is refused requests that are none, before anything is asked', async () => {
    const refusal = async (requests: unknown) =>
      client.messages.batches.create({ requests: requests as [] }).then(
        () => undefined,
        ({ status, error }) => [status, error.error.type, error.error.message.split('"')[1]],
      );
    const invalid = 'invalid_request_error';
    expect(await refusal([])).toEqual([400, invalid, 'requests']);
    expect(await refusal({})).toEqual([400, invalid, 'requests']);
    expect(await refusal([request('a'), 7])).toEqual([400, invalid, 'requests']);
    expect(await refusal([request('a'), request('a')])).toEqual([400, invalid, 'requests.1.custom_id']);
    expect(await refusal([request('not an id')])).toEqual([400, invalid, 'requests.0.custom_id']);
    expect(await refusal([{ custom_id: 'a' }])).toEqual([400, invalid, 'requests.0.params']);
    expect(gateway.upstream.requests).toEqual([]);
  });
});

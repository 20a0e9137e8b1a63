import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchGateway, jsonl, sqliteMissing, startBatchGateway, until } from './support/batch-gateway.ts';

describe.skipIf(sqliteMissing)('a batch of the gateway', () => {
  let gateway: BatchGateway;
  beforeAll(async () => {
    gateway = await startBatchGateway({ economy: true });
  });
  afterAll(() => gateway.close());

  it('is answered by one batch of the provider, also where many lines ask the same', async () => {
    const { openai, upstream } = gateway;
    const line = (index: number) => ({
      custom_id: `line-${index}`,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: `question ${index % 10}` }] },
    });
    const file = await openai.files.create({
      file: await jsonl(Array.from({ length: 40 }, (_, index) => line(index))),
      purpose: 'batch',
    });
    const made = await openai.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    });
    const done = await until(
      () => openai.batches.retrieve(made.id),
      ({ status }) => status === 'completed',
    );
    expect(done.request_counts).toEqual({ total: 40, completed: 40, failed: 0 });
    expect(upstream.batches).toHaveLength(1);
    expect(upstream.batches[0]?.customIds).toHaveLength(10);
    expect(upstream.requests.filter(({ path }) => path === '/v1/chat/completions')).toHaveLength(0);
  });
});

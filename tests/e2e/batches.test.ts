import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../upstream/index.ts';
import { startGateway, upstreamEnvironment } from './support/gateway.ts';

const sqliteMissing = process.getBuiltinModule('node:sqlite') ? undefined : 'this Node has no node:sqlite';
let upstream: Upstream;
let home: string;

beforeAll(async () => {
  upstream = await startUpstream({ firstTokenMs: 60 });
  home = await mkdtemp(join(tmpdir(), 'hotpath-e2e-batches-'));
  // Each line is a call of its own here, not one of a batch of the provider.
  await writeFile(join(home, 'hotpath.config.yaml'), 'economy: { enabled: false }\n');
});
afterAll(async () => {
  await upstream.close();
  await rm(home, { recursive: true });
});

describe.skipIf(sqliteMissing)('a batch of "hotpath serve"', () => {
  it('goes on where it was after the gateway was killed', async () => {
    const start = async () => {
      const gateway = await startGateway(upstreamEnvironment(upstream.url), { home });
      return { gateway, client: new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'mine', maxRetries: 0 }) };
    };
    const ids = Array.from({ length: 120 }, (_, at) => `line-${at}`);
    const lines = ids.map((id) => ({
      custom_id: id,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: id }] },
    }));
    const first = await start();
    const file = new File([lines.map((line) => JSON.stringify(line)).join('\n')], 'in.jsonl');
    const { id: fileId } = await first.client.files.create({ file, purpose: 'batch' });
    const { id } = await first.client.batches.create({
      input_file_id: fileId,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    });
    await upstream.waitFor(({ requests }) => requests.length > 40);
    await first.gateway.stop('SIGKILL');
    const asked = upstream.requests.length;
    expect(asked).toBeLessThan(120);

    const second = await start();
    let batch = await second.client.batches.retrieve(id);
    while (batch.status !== 'completed') {
      expect(['in_progress', 'finalizing']).toContain(batch.status);
      await new Promise((resolve) => setTimeout(resolve, 50));
      batch = await second.client.batches.retrieve(id);
    }
    expect(batch.request_counts).toEqual({ total: 120, completed: 120, failed: 0 });
    const output = await (await second.client.files.content(batch.output_file_id ?? '')).text();
    const results = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ custom_id: customId }) => customId)).toEqual(ids);
    // What was on its way is asked again, and nothing else.
    expect(upstream.requests.length).toBeLessThanOrEqual(120 + 16);
    expect(await second.gateway.stop()).toBe(0);
    expect(first.gateway.complaints() + second.gateway.complaints()).not.toMatch(/error|batch/i);
  });
});

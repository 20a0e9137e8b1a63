import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { createHotpath } from '@hotpath/runtime';
import { startServer } from '@hotpath/server';
import OpenAI, { toFile } from 'openai';
import { startUpstream, type Upstream } from '../../upstream/index.ts';

/** Why batches cannot be tested here; undefined where they can. */
export const sqliteMissing: string | undefined = process.getBuiltinModule('node:sqlite')
  ? undefined
  : `node:sqlite is not in Node ${process.versions.node}`;

export interface BatchGateway {
  readonly url: string;
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
  readonly upstream: Upstream;
  close(): Promise<void>;
}

/** A gateway with files and batches, before an upstream of both protocols. `economy`: lines wait for batches of the providers. */
export const startBatchGateway = async ({ economy = false } = {}): Promise<BatchGateway> => {
  const home = await mkdtemp(join(tmpdir(), 'hotpath-batches-'));
  const upstream = await startUpstream();
  const hotpath = await createHotpath(
    {
      providers: {
        sim: { type: 'sim' },
        openai: { type: 'openai', apiKey: 'k', baseUrl: upstream.openaiUrl },
        anthropic: { type: 'anthropic', apiKey: 'k', baseUrl: upstream.url },
      },
      detect: { environment: false, ollama: false },
      attempts: { maxAttempts: 1 },
      economy: { enabled: economy, windowMs: 50, pollMs: 20 },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  const server = await startServer({ hotpath, port: 0, batches: { folder: join(home, 'state', 'batches') } });
  const { url } = server;
  return {
    url,
    upstream,
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'mine', maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: url, apiKey: 'mine', maxRetries: 0 }),
    async close() {
      await server.close({ graceMs: 0 });
      await hotpath.close();
      await upstream.close();
      await rm(home, { recursive: true });
    },
  };
};

/** Polls until a batch has ended. */
export const until = async <Batch>(ask: () => Promise<Batch>, isOver: (batch: Batch) => boolean): Promise<Batch> => {
  for (;;) {
    const batch = await ask();
    if (isOver(batch)) return batch;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

export const jsonl = (lines: readonly unknown[]) =>
  toFile(
    Buffer.from(lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')),
    'in.jsonl',
  );

export const parseLines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

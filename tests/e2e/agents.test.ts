import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startUpstream, type Upstream } from '../upstream/index.ts';
import { type Gateway, startGateway, upstreamEnvironment } from './support/gateway.ts';

const cli = fileURLToPath(new URL('../../apps/cli/dist/hotpath.js', import.meta.url));

let home: string;
let upstream: Upstream;
let gateway: Gateway;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-agents-'));
  upstream = await startUpstream({ models: ['listed-model'] });
  gateway = await startGateway(upstreamEnvironment(upstream.url), { home });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  await rm(home, { recursive: true, force: true });
});

const analytics = async (...words: readonly string[]) => {
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'analytics', ...words, '--json'], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, HOTPATH_HOME: home },
  });
  return JSON.parse(stdout);
};

const messages = (text: string) => [{ role: 'user' as const, content: text }];

describe('what was asked through a gateway', () => {
  it('is told by what asked, and by what it has in common, whichever SDK it came by', async () => {
    const shared = { apiKey: 'mine', maxRetries: 0 };
    const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, ...shared });
    const reviewer = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      ...shared,
      defaultHeaders: { 'x-hotpath-agent': 'reviewer' },
    });
    const anthropic = new Anthropic({ baseURL: gateway.url, ...shared });
    for (const [client, order] of [
      [openai, 17],
      [openai, 17],
      [reviewer, 18],
    ] as const)
      await client.chat.completions.create({
        model: 'openai/gpt-4o-mini',
        messages: messages(`Where is order ${order}?`),
      });
    await openai.responses.create({ model: 'anthropic/claude-sonnet-4-5', input: 'Where is order 19?' });
    await anthropic.messages.create({
      model: 'anthropic/claude-sonnet-4-5',
      max_tokens: 9,
      messages: messages('where is order 2,000?'),
    });

    await vi.waitFor(async () => expect((await analytics('summary')).total.requests).toBe(5), 10_000);
    const { groups } = await analytics('summary', '--by', 'agent');
    const counts = groups.map(({ name, requests }: { name: string; requests: number }) => [name, requests]);
    expect(Object.fromEntries(counts)).toEqual({ 'openai-js': 3, 'anthropic-js': 1, reviewer: 1 });
    expect(await analytics('patterns')).toMatchObject({
      basis: 'shape',
      patterns: [
        { requests: 5, reused: 1, repeated: 0, near: 3, agents: ['openai-js', expect.any(String), expect.any(String)] },
      ],
    });
    const of = await analytics('patterns', '--where', 'agent=openai-js');
    expect(of.patterns).toMatchObject([{ requests: 3 }]);
    for (const { headers } of upstream.requests) expect(headers).not.toHaveProperty('x-hotpath-agent');
  }, 30_000);

  it('is known again by the next gateway of the same user', async () => {
    const key = await readFile(join(home, 'state', 'shape.key'), 'utf8');
    await gateway.stop();
    gateway = await startGateway(upstreamEnvironment(upstream.url), { home });
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'mine', maxRetries: 0 });
    await client.chat.completions.create({ model: 'openai/gpt-4o-mini', messages: messages('Where is order 20?') });
    await vi.waitFor(
      async () => expect((await analytics('patterns')).patterns).toMatchObject([{ requests: 6, near: 4 }]),
      10_000,
    );
    expect(await readFile(join(home, 'state', 'shape.key'), 'utf8')).toBe(key);
  }, 30_000);
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from './support/gateway.ts';

const code = `
let asked = 0;
let left = 0;
export default {
  activate: () => ({
    providers: {
      parrot: ({ id, textProvider }) =>
        textProvider({
          id,
          models: ['parrot-1'],
          async *answer({ messages, signal }) {
            asked += 1;
            const { text } = messages.at(-1);
            if (text === 'fall') throw new Error('the parrot fell off');
            if (text.startsWith('who left?')) return void (yield String(left));
            signal.addEventListener('abort', () => { left += 1; });
            for (const word of text.split(' ')) {
              signal.throwIfAborted();
              yield word + ' ';
              if (text.endsWith('slowly')) await new Promise((resolve) => setTimeout(resolve, 20));
            }
            yield '(' + asked + ')';
          },
        }),
    },
  }),
};
`;

let home: string;
let gateway: Gateway;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-e2e-'));
  const folder = join(home, 'plugins', 'parrot');
  mkdirSync(folder, { recursive: true });
  const contributes = { providers: [{ name: 'parrot' }] };
  const manifest = { name: 'parrot', version: '1.0.0', main: './index.mjs', contributes };
  writeFileSync(join(folder, 'plugin.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'index.mjs'), code);
  gateway = await startGateway({}, { home });
  openai = new OpenAI({ apiKey: 'none', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: 'none', baseURL: gateway.url, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.stop();
  await rm(home, { recursive: true, force: true });
});

const chat = (content: string) => ({ model: 'parrot/parrot-1', messages: [{ role: 'user' as const, content }] });

describe('the provider of a plugin, behind the gateway', () => {
  it('is listed, and answers both SDKs, whole and streamed, from the cache the second time', async () => {
    const models = await openai.models.list();
    expect(models.data.map(({ id }) => id)).toEqual(['parrot/parrot-1']);
    const first = await openai.chat.completions.create(chat('hello there'));
    expect(first.choices[0]?.message.content).toBe('hello there (1)');
    expect(first.usage?.completion_tokens).toBeGreaterThan(0);
    const again = await openai.chat.completions.create(chat('hello there'));
    expect(again.choices[0]?.message.content).toBe('hello there (1)');

    let streamed = '';
    let pieces = 0;
    for await (const chunk of await openai.chat.completions.create({ ...chat('one two slowly'), stream: true })) {
      const piece = chunk.choices[0]?.delta.content ?? '';
      streamed += piece;
      if (piece !== '') pieces += 1;
    }
    expect(streamed).toBe('one two slowly (2)');
    expect(pieces).toBeGreaterThan(2);

    const letter = anthropic.messages.stream({ ...chat('a b slowly'), max_tokens: 50 });
    expect(await letter.finalText()).toBe('a b slowly (3)');
    const { usage, stop_reason } = await letter.finalMessage();
    expect(usage.output_tokens).toBeGreaterThan(0);
    expect(stop_reason).toBe('end_turn');
  });

  it('that fails is an error of the SDK that names it, and the next question is answered', async () => {
    await expect(openai.chat.completions.create(chat('fall'))).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining('the parrot fell off'),
    });
    const { choices } = await openai.chat.completions.create(chat('up again'));
    expect(choices[0]?.message.content).toMatch(/^up again/);
  });

  it('no longer works for whoever has left', async () => {
    const abort = new AbortController();
    const stream = await openai.chat.completions.create(
      { ...chat(`${'word '.repeat(200)}slowly`), stream: true },
      { signal: abort.signal },
    );
    let seen = 0;
    for await (const _ of stream) {
      seen += 1;
      if (seen === 3) abort.abort();
    }
    let asked = 0;
    const left = async () => {
      asked += 1;
      const { choices } = await openai.chat.completions.create(chat(`who left? ${asked}`));
      return choices[0]?.message.content;
    };
    await expect.poll(left, { timeout: 2_000 }).toBe('1');
  });
});

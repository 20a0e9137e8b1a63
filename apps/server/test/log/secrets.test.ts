import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cacheChannels,
  createHotpath,
  type Hotpath,
  RouterError,
  routerChannels,
  runtimeChannels,
} from '@hotpath/runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { announceRefusal } from '../../src/events.ts';
import { logTraffic } from '../../src/log/traffic-log.ts';
import { type RunningServer, startServer } from '../../src/start-server.ts';
import { keptLog } from '../support/log-lines.ts';

/** Each place has a secret of its own, so that a leak says where it came from. */
const secrets = new Set<string>();
const secretOf = (place: string): string => {
  const secret = `sk-${place}-4f9a1c7e2b`;
  secrets.add(secret);
  return secret;
};
/** Words, as of prompts and answers, which look like nothing. */
const wordsOf = (place: string): string => {
  const words = `the ${place} is confidential`;
  secrets.add(words);
  return words;
};

let home: string;
let upstream: Server;
let hotpath: Hotpath;
let server: RunningServer;

/** Behaves by the model that is asked, and repeats in each answer what it was sent. */
const misbehave = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const said = `${wordsOf('answer')} ${body} ${JSON.stringify(request.headers)}`;
    const { model, stream } = JSON.parse(body);
    const choices = (delta: object, finish: string | null) => ({ index: 0, ...delta, finish_reason: finish });
    if (model === 'refuses') {
      response.writeHead(401, { 'content-type': 'application/json' });
      const error = { message: said, type: secretOf('error-type'), code: secretOf('error-code'), param: said };
      response.end(JSON.stringify({ error }));
    } else if (model === 'breaks') {
      response.writeHead(500, { 'content-type': 'text/html' }).end(`<h1>${said}</h1>`);
    } else if (model === 'garbles') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(`{"choices": ${said}`);
    } else if (stream) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const event = { id: 'x', model, choices: [choices({ delta: { role: 'assistant', content: said } }, null)] };
      response.write(`data: ${JSON.stringify(event)}\n\n`);
      if (model === 'cuts') setTimeout(() => response.destroy(), 10);
      else {
        const last = { id: 'x', model, choices: [choices({ delta: {} }, 'stop')] };
        response.end(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`);
      }
    } else {
      const message = { role: 'assistant', content: said };
      const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
      response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': secretOf('upstream-id') });
      response.end(JSON.stringify({ id: 'x', model, choices: [choices({ message }, 'stop')], usage }));
    }
  });
});

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-secrets-'));
  upstream = misbehave.listen(0, '127.0.0.1');
  await new Promise((resolve) => upstream.once('listening', resolve));
  const baseUrl = `http://user:${secretOf('url-password')}@127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  hotpath = await createHotpath(
    {
      providers: {
        up: {
          type: 'openai-compatible',
          baseUrl,
          apiKey: secretOf('provider-key'),
          headers: { 'x-team': secretOf('provider-header') },
        },
      },
      aliases: { [secretOf('alias')]: 'up/answers' },
      attempts: { maxAttempts: 2, backoffMs: 1 },
      detect: { environment: false, ollama: false },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  server = await startServer({ hotpath, port: 0 });
});
afterEach(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  await new Promise((resolve) => upstream.close(resolve));
  await rm(home, { recursive: true });
});

const bodyOf = (model: string, more: object = {}) => ({
  model,
  messages: [
    { role: 'system', content: wordsOf('system prompt') },
    { role: 'user', content: `${wordsOf('prompt')} ${secretOf('prompt')}` },
  ],
  user: secretOf('user'),
  metadata: { note: secretOf('metadata') },
  tools: [{ type: 'function', function: { name: 'f', description: wordsOf('tool'), parameters: {} } }],
  ...more,
});

const post = async (path: string, body: unknown): Promise<void> => {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${secretOf('bearer')}`,
      'x-api-key': secretOf('api-key'),
      'x-request-id': secretOf('request-id'),
      'anthropic-beta': secretOf('beta-header'),
      cookie: secretOf('cookie'),
      'user-agent': secretOf('user-agent'),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  await response.text().catch(() => {});
};

it('nothing of prompts, answers and keys is in a log, wherever they were put', async () => {
  const kept = keptLog();
  const stop = logTraffic({ log: kept.log, windowMs: 0 });
  const chat = '/v1/chat/completions';

  for (const model of ['answers', 'refuses', 'breaks', 'garbles', 'cuts']) {
    for (const stream of [false, true]) {
      await post(`${chat}?key=${secretOf('query')}`, bodyOf(`up/${model}`, { stream }));
    }
  }
  // From the cache, in another protocol, by an alias, by a name that is a key.
  await post(chat, bodyOf('up/answers'));
  await post('/v1/messages', { ...bodyOf('up/answers'), max_tokens: 9, system: wordsOf('system prompt') });
  await post(chat, bodyOf(secretOf('alias')));
  await post(chat, bodyOf(secretOf('model')));
  await post(chat, bodyOf(`up/${secretOf('provider-model')}`));
  // What never reaches a model.
  await post(chat, `{"prompt": "${wordsOf('broken body')}`);
  await post(`/v1/${secretOf('path')}`, {});
  await post(chat, { ...bodyOf('up/answers'), unknown: { [secretOf('field')]: 1 } });
  // What the parts announce, with everything in it that an error can carry.
  const error = new RouterError('ROUTER_INTERNAL', wordsOf('error message'), {
    status: 500,
    type: secretOf('type'),
    reason: secretOf('reason'),
    param: wordsOf('param'),
    cause: Object.assign(new Error(wordsOf('cause')), { code: secretOf('cause-code') }),
  });
  const request = { protocol: 'openai-chat', provider: 'up', model: secretOf('event-model'), stream: false };
  const about = { requestId: secretOf('event-id'), asked: secretOf('event-asked'), durationMs: 1 };
  routerChannels.requestEnd.publish({ ...request, ...about, cache: 'miss', outcome: 'failed', error });
  routerChannels.attemptEnd.publish({ ...request, ...about, outcome: 'failed', status: 500, error });
  routerChannels.cacheFault.publish({ operation: 'get', error });
  cacheChannels.storeFault.publish({ store: 'redis', operation: 'get', error });
  cacheChannels.entryDropped.publish({ store: 'sqlite', reason: 'damaged', entries: 1, error });
  announceRefusal('openai-chat', { status: 401, code: secretOf('refusal') }, { requestId: secretOf('refused-id') });
  runtimeChannels.configReload.publish({
    cause: 'file',
    outcome: 'rejected',
    file: '/etc/hotpath.config.ts',
    durationMs: 1,
    needsRestart: [],
    warnings: [],
    error: { code: 'CONFIG_UNREADABLE', message: `it threw ${secretOf('config-error')}`, problems: [] },
  });

  stop();
  await kept.log.flush();
  const text = kept.text();
  // Everything above was heard of: a log that says nothing would have no secrets either.
  const count = (message: string) => kept.entries().filter(({ msg }) => msg === message).length;
  expect(count('request')).toBeGreaterThan(14);
  expect(count('attempt failed')).toBeGreaterThan(6);
  for (const message of ['cache fault', 'store fault', 'entries dropped', 'request refused']) {
    expect(count(message), message).toBeGreaterThan(0);
  }
  const leaks = [...secrets].filter((secret) => text.includes(secret));
  expect(leaks).toEqual([]);
  // Nor a part of them.
  expect(text).not.toContain('4f9a1c7e2b');
  expect(text).not.toContain('confidential');
});

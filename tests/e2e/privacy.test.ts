import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { cacheChannels, createHotpath, routerChannels, runtimeChannels } from '@hotpath/runtime';
import { openTelemetry } from '@hotpath/runtime/telemetry';
import { startServer } from '@hotpath/server';
import { keyFileIn, openKeyStore } from '@hotpath/server/keys';
import { channels as telemetryChannels } from '@hotpath/telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import { canMountDisk, mountDisk, unmountDisk } from '../support/small-disk.ts';
import { startUpstream, type Upstream } from '../upstream/index.ts';
import { startGateway, upstreamEnvironment } from './support/gateway.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const secrets = ['jane.doe@example.com', 'sk-proj-abcdEFGH12345678', '4111 1111 1111 1111'];
// As long as the pieces are in which it is streamed.
const answerMarker = 'zqxjkvw';
const question = `Why promptmarker? ${secrets.join(', ')}`;
const answer = `${answerMarker} is why. Write to john.roe@example.org or charge 5500-0000-0000-0004.`;
const all = [...secrets, 'john.roe', '5500-0000', 'promptmarker', answerMarker];
const upstreamKeys = ['sk-upstream-of-openai', 'sk-ant-upstream-of-anthropic'] as const;

const bodies: Readonly<Record<string, object>> = {
  '/v1/chat/completions': { model: 'openai/gpt-4o', messages: [{ role: 'user', content: question }] },
  '/v1/responses': { model: 'anthropic/claude-haiku-4-5', input: question, store: false },
  '/v1/messages': {
    model: 'anthropic/claude-haiku-4-5',
    max_tokens: 99,
    messages: [{ role: 'user', content: question }],
  },
};

/** After so many pieces of the answer it has broken off within an address, and within the number of a card. */
const breaks = { 5: 'n.roe@e', 9: '5500-00' };

/** Reads a stream until something stands in it. */
const readUntil = async (body: ReadableStream<Uint8Array> | null, text: string): Promise<void> => {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let read = '';
  while (!read.includes(text)) {
    const next = await reader?.read();
    if (next?.value === undefined) throw new Error(`it ended before ${text}: ${read}`);
    read += decoder.decode(next.value, { stream: true });
  }
};

/** Asks by each API, whole and streamed, twice each; then what fails, is refused, or is left. */
const askEverything = async (url: string, key: string, upstream: Upstream): Promise<void> => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const post = (path: string, body: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { method: 'POST', headers, body, ...init });
  for (const [path, body] of Object.entries(bodies))
    for (const stream of [false, false, true, true]) {
      const response = await post(path, JSON.stringify({ ...body, stream }));
      expect([path, stream, response.status]).toEqual([path, stream, 200]);
      expect(await response.text()).toContain(answerMarker);
    }
  const chat = '/v1/chat/completions';
  for (const model of ['nobody/promptless', 'openai/gpt-4o'])
    await (await post(chat, JSON.stringify({ ...bodies[chat], model, n: -1, temperature: 9 }))).text();
  await (await post(chat, `{"broken": "${question}`)).text();
  for (const [after, last] of Object.entries(breaks)) {
    upstream.inject({ name: 'stall-stream', after: Number(after) }, { times: 1 });
    const leaving = new AbortController();
    const asked = JSON.stringify({ ...bodies[chat], stream: true, seed: Number(after) });
    const left = await post(chat, asked, { signal: leaving.signal });
    await readUntil(left.body, last);
    leaving.abort();
  }
};

/** Which of some texts stand in the files below a folder. */
const foundIn = async (folder: string, texts: readonly string[]): Promise<readonly string[]> => {
  const entries = existsSync(folder) ? await readdir(folder, { recursive: true, withFileTypes: true }) : [];
  const files = await Promise.all(
    entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => readFile(join(parentPath, name))),
  );
  return texts.filter((text) => files.some((bytes) => bytes.includes(text)));
};

interface Found {
  readonly id: number;
  readonly outcome: string;
}

interface Shown {
  readonly entry: { readonly answer: string };
}

/** A key for clients, in the state folder of a gateway. */
const makeKey = (state: string): string => {
  const store = openKeyStore({ path: keyFileIn(state) });
  const { secret } = store.create({ name: 'client' });
  store.close();
  return secret;
};

/** A gateway of somebody's own, with a key, before an upstream that always says the same. */
const start = async (config?: object) => {
  const home = await mkdtemp(join(tmpdir(), 'hotpath-privacy-'));
  ends.push(() => rm(home, { recursive: true, force: true }));
  if (config) await writeFile(join(home, 'hotpath.config.json'), JSON.stringify(config));
  const upstream = await startUpstream({ text: answer });
  ends.push(() => upstream.close());
  const [openai, anthropic] = upstreamKeys;
  const keys = { OPENAI_API_KEY: openai, ANTHROPIC_API_KEY: anthropic, HOTPATH_LOG_LEVEL: 'debug' };
  const state = join(home, 'state');
  const key = makeKey(state);
  const gateway = await startGateway({ ...upstreamEnvironment(upstream.url), ...keys }, { home });
  return { home, state, gateway, key, upstream };
};

describe('what a gateway writes down', () => {
  it('has no byte of a prompt or an answer in it by default, killed or stopped', async () => {
    const { home, state, gateway, key, upstream } = await start();
    await askEverything(gateway.url, key, upstream);
    // The keys were used.
    const sent = JSON.stringify(upstream.requests.map(({ headers }) => headers));
    for (const used of upstreamKeys) expect(sent).toContain(used);
    // The events themselves are there.
    await expect.poll(() => foundIn(state, ['gpt-4o']), { timeout: 10_000 }).toEqual(['gpt-4o']);
    const never = [...all, ...upstreamKeys, key];
    await gateway.stop('SIGKILL');
    expect(await foundIn(state, never)).toEqual([]);
    const again = await startGateway({}, { home });
    await again.stop();
    expect(await foundIn(state, never)).toEqual([]);
    expect(never.filter((text) => gateway.complaints().includes(text))).toEqual([]);
  });

  it('has prompts and answers where they are captured, and no key, e-mail address or card', async () => {
    const { state, gateway, key, upstream } = await start({ telemetry: { content: { enabled: true } } });
    await askEverything(gateway.url, key, upstream);
    const content = async (path: string) => (await fetch(`${gateway.url}/api/dashboard/v1/content${path}`)).json();
    const search = async (outcome: string): Promise<readonly Found[]> => {
      const { entries } = (await content(`?search=${answerMarker}`)) as { readonly entries: readonly Found[] };
      return entries.filter((entry) => entry.outcome === outcome);
    };
    const countOf = async (outcome: string): Promise<number> => (await search(outcome)).length;
    await expect.poll(() => countOf('complete'), { timeout: 10_000 }).toBeGreaterThanOrEqual(12);
    await expect.poll(() => countOf('left'), { timeout: 10_000 }).toBe(2);
    const left = await search('left');
    const kept = await Promise.all(left.map(({ id }) => content(`/${id}`) as Promise<Shown>));
    expect(kept.map(({ entry }) => entry.answer).sort()).toEqual([
      `${answerMarker} is why. Write to `,
      `${answerMarker} is why. Write to [e-mail] or charge `,
    ]);
    await gateway.stop('SIGKILL');
    expect(await foundIn(state, [...all, ...upstreamKeys, key])).toEqual(['promptmarker', answerMarker]);
  });

  it.skipIf(!canMountDisk())('answers all the same where there is no room to capture anything', async () => {
    const disk = await mkdtemp(join(tmpdir(), 'hotpath-disk-'));
    mountDisk(disk, 'size=64k');
    ends.push(async () => {
      unmountDisk(disk);
      await rm(disk, { recursive: true, force: true });
    });
    const path = join(disk, 'content.sqlite');
    const { gateway, key, upstream } = await start({ telemetry: { content: { enabled: true, path } } });
    await askEverything(gateway.url, key, upstream);
    await askEverything(gateway.url, key, upstream);
    await expect.poll(() => gateway.complaints(), { timeout: 10_000 }).toMatch(/disk is full|cannot be used/);
    expect(await gateway.stop()).toBe(0);
  });
});

it('tells content on one channel, and on no other, though everybody listens', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hotpath-privacy-'));
  const upstream = await startUpstream({ text: answer });
  const [openai, anthropic] = upstreamKeys;
  const hotpath = await createHotpath(
    {
      detect: { environment: false, ollama: false },
      providers: {
        openai: { type: 'openai', apiKey: openai, baseUrl: upstream.openaiUrl },
        anthropic: { type: 'anthropic', apiKey: anthropic, baseUrl: upstream.url },
      },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  const heard: { readonly name: string | symbol; readonly text: string }[] = [];
  const everywhere = [routerChannels, cacheChannels, runtimeChannels, telemetryChannels].flatMap(Object.values);
  const listener = (event: unknown, name: string | symbol): void =>
    void heard.push({ name, text: inspect(event, { depth: 12, maxStringLength: null, maxArrayLength: null }) });
  for (const channel of everywhere) channel.subscribe(listener);
  const telemetry = openTelemetry({ config: hotpath.config.telemetry, command: 'serve', isLong: true });
  const state = join(home, 'state');
  const key = makeKey(state);
  const keys = openKeyStore({ path: keyFileIn(state) });
  const server = await startServer({ hotpath, port: 0, keys });
  ends.push(
    () => rm(home, { recursive: true, force: true }),
    () => upstream.close(),
    () => telemetry.close(),
    () => hotpath.close(),
    () => keys.close(),
    () => server.close({ graceMs: 0 }),
    () => {
      for (const channel of everywhere) channel.unsubscribe(listener);
    },
  );
  await askEverything(server.url, key, upstream);
  const speaking = heard.filter(({ text }) => all.some((secret) => text.includes(secret)));
  const telling = heard.filter(({ text }) => [key, ...upstreamKeys].some((secret) => text.includes(secret)));
  expect(telling.map(({ name }) => name)).toEqual([]);
  expect(new Set(speaking.map(({ name }) => name))).toEqual(new Set(['hotpath:ai-router:content']));
  expect(new Set(heard.map(({ name }) => name)).size).toBeGreaterThan(4);
});

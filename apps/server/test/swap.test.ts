import { createHotpath, type Hotpath } from '@hotpath/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/start-server.ts';
import { createSwap, type Swap } from '../src/swap.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A composition in which "m" is answered by a provider of this name. */
const compose = (provider: string, tokensPerSecond = 0): Promise<Hotpath> =>
  createHotpath(
    {
      providers: { [provider]: { type: 'sim', ...(tokensPerSecond > 0 && { tokensPerSecond }) } },
      aliases: { m: `${provider}/sim-1` },
      detect: { environment: false, ollama: false },
      cache: { enabled: false },
    },
    { environment: {} },
  );

const start = async (first: Hotpath): Promise<{ swap: Swap; server: RunningServer }> => {
  const swap = createSwap(first);
  const server = await startServer({ hotpath: swap.hotpath, port: 0 });
  stops.push(
    () => swap.hotpath.close(),
    () => server.close({ graceMs: 0 }),
  );
  return { swap, server };
};

let asked = 0;
const ask = (server: RunningServer, stream: boolean, signal?: AbortSignal) =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: `question ${asked++}` }] }),
    ...(signal && { signal }),
  });
const answeredBy = (response: Response) => response.headers.get('x-hotpath-model')?.split('/')[0];

/** Resolves to whether the promise is settled once everything that is due has run. */
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
};

describe('a replacement', () => {
  it('loses no request and answers none twice, however often it happens under load', async () => {
    const replacements = 50;
    const first = await compose('g0', 2_000);
    const { swap, server } = await start(first);
    let inUse = 0;
    let isOver = false;
    let wholes = 0;
    let streams = 0;

    const client = async (stream: boolean): Promise<void> => {
      while (!isOver) {
        const atLeast = inUse;
        const response = await ask(server, stream);
        const text = await response.text();
        expect(response.status, text).toBe(200);
        const generation = Number(answeredBy(response)?.slice(1));
        expect(generation).toBeGreaterThanOrEqual(atLeast);
        expect(generation).toBeLessThanOrEqual(inUse);
        if (stream) {
          expect(text.match(/data: \[DONE\]/g)).toHaveLength(1);
          streams += 1;
        } else {
          expect(JSON.parse(text).choices[0].finish_reason).toBe('stop');
          wholes += 1;
        }
      }
    };
    const clients = Array.from({ length: 12 }, (_, index) => client(index % 2 === 0));
    const closed: Promise<void>[] = [];
    for (let generation = 1; generation <= replacements; generation += 1) {
      const next = await compose(`g${generation}`, 2_000);
      // In the same turn: nothing comes between.
      closed.push(swap.replace(next));
      inUse = generation;
      // Each of them is to answer somebody.
      const response = await ask(server, true);
      expect(answeredBy(response)).toBe(`g${generation}`);
      await response.text();
    }
    isOver = true;
    await Promise.all(clients);
    await Promise.all(closed);
    expect(wholes).toBeGreaterThan(replacements);
    expect(streams).toBeGreaterThan(replacements);
  }, 60_000);

  it('lets a stream end where it began, and closes what was replaced only then', async () => {
    const old = await compose('old', 50);
    const { swap, server } = await start(old);
    const running = await ask(server, true);
    const replaced = swap.replace(await compose('new'));
    expect(swap.current.config.aliases).toEqual({ m: 'new/sim-1' });
    expect(await isSettled(replaced)).toBe(false);
    const later = await ask(server, false);
    expect(answeredBy(later)).toBe('new');
    expect(await running.text()).toMatch(/data: \[DONE\]\n\n$/);
    expect(answeredBy(running)).toBe('old');
    await replaced;
    await expect(old.router.query({ model: 'm', prompt: 'Are you there?' })).rejects.toMatchObject({
      code: 'ROUTER_CLOSED',
    });
  });

  it('does not wait for a client that left', async () => {
    const { swap, server } = await start(await compose('old', 20));
    const leaving = new AbortController();
    const running = await ask(server, true, leaving.signal);
    const replaced = swap.replace(await compose('new'));
    leaving.abort();
    await expect(running.text()).rejects.toThrow();
    await replaced;
  });

  it('may come before the last one is done: each ends by itself', async () => {
    const { swap, server } = await start(await compose('a', 50));
    const first = await ask(server, true);
    const b = swap.replace(await compose('b', 50));
    const second = await ask(server, true);
    const c = swap.replace(await compose('c'));
    const texts = await Promise.all([first.text(), second.text()]);
    for (const text of texts) expect(text).toMatch(/data: \[DONE\]\n\n$/);
    await Promise.all([b, c]);
    expect([answeredBy(first), answeredBy(second), answeredBy(await ask(server, false))]).toEqual(['a', 'b', 'c']);
  });

  it('shows the server what is in use, and counts what it is asked besides', async () => {
    const { swap } = await start(await compose('old'));
    const { hotpath } = swap;
    const listing = hotpath.router.models();
    const stream = hotpath.router.stream({ model: 'm', prompt: 'Hello' });
    const query = hotpath.router.query({ model: 'm', prompt: 'Hello' });
    const batch = hotpath.router.batchQuery(['Hello']);
    const vectors = hotpath.router.embed({ model: 'm', input: 'Hello' });
    const count = hotpath.router.countTokens({ model: 'm', prompt: 'Hello' });
    await swap.replace(await compose('new'));
    // All of these were over before the old one was closed.
    expect((await listing).models.map(({ provider }) => provider)).toEqual(['old']);
    expect((await stream.result).provider).toBe('old');
    expect((await query).provider).toBe('old');
    expect(await batch).toHaveLength(1);
    expect((await vectors).provider).toBe('old');
    expect(await count).toMatchObject({ provider: 'old', isEstimate: true });
    expect(hotpath.providers.map(({ id }) => id)).toEqual(['new']);
    expect(hotpath.config).toBe(swap.current.config);
    expect((await hotpath.router.query({ model: 'm', prompt: 'Hello' })).provider).toBe('new');
  });

  it('after the end closes what comes too late', async () => {
    const { swap } = await start(await compose('old'));
    await swap.hotpath.close();
    const late = await compose('late');
    await swap.replace(late);
    expect(swap.current).not.toBe(late);
    await expect(late.router.query({ model: 'm', prompt: 'Hello' })).rejects.toMatchObject({ code: 'ROUTER_CLOSED' });
  });
});

describe('the end', () => {
  it('fails what is still asked of one that was replaced', async () => {
    const { swap, server } = await start(await compose('old', 20));
    const running = await ask(server, true);
    const replaced = swap.replace(await compose('new'));
    await swap.hotpath.close();
    expect(await running.text()).toContain('ROUTER_CLOSED');
    await replaced;
  });
});

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { economyRig, hour, withoutSqlite } from './support/rig.ts';

const running = { batchPolls: Number.POSITIVE_INFINITY };
const question = (content: string, more: object = {}) => ({ messages: [{ role: 'user', content }], ...more });

describe.skipIf(withoutSqlite)('who waits for a batch', () => {
  it('and leaves before it goes out drops the request', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const { ticket } = ask();
    await rig.settle();
    ticket.leave();
    rig.clock.advance(hour);
    await rig.settle();
    expect(rig.upstream.requests).toHaveLength(0);
    expect(rig.clock.held).toBe(0);
  });

  it('and leaves after that finds the answer in the cache', async () => {
    const rig = await economyRig();
    const { ask, router } = rig.router();
    const { ticket, sink } = ask();
    await rig.until(() => rig.upstream.batches.length === 1);
    ticket.leave();
    await rig.until(() => rig.cache.entries.size === 1);
    expect(sink.body).toBeUndefined();
    const again = ask();
    await rig.settle();
    expect(again.sink.head).toMatchObject({ status: 200, cache: 'hit' });
    expect(router.savings().total).toMatchObject({ requests: 2 });
    expect(router.savings().total.saved.batch).toBeGreaterThan(0);
  });

  it('keeps its process alive, and nobody else does', async () => {
    const rig = await economyRig(running);
    const { ask } = rig.router();
    const { ticket } = ask();
    await rig.settle();
    expect(rig.clock.held).toBe(1);
    await rig.until(() => rig.upstream.batches.length === 1);
    expect(rig.clock.held).toBe(1);
    ticket.leave();
    expect(rig.clock.held).toBe(0);
    expect(rig.clock.pending).toBeGreaterThan(0);
  });

  it('shares the answer with others who ask the same', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const first = ask();
    const second = ask();
    await rig.until(() => first.sink.body !== undefined && second.sink.body !== undefined);
    expect(rig.upstream.batches[0]?.customIds).toHaveLength(1);
    expect(second.sink.head).toMatchObject({ cache: 'coalesced', costUsd: 0, lane: 'batch' });
  });

  it('is told when it begins to wait and when it is asked live, also where it shares the answer', async () => {
    const rig = await economyRig(running);
    const { ask } = rig.router();
    const told: string[] = [];
    const hear = (who: string) => ({ deadlineMs: hour, onLane: (lane: string) => void told.push(`${who} ${lane}`) });
    const first = ask({}, hear('first'));
    await rig.settle();
    const second = ask({}, hear('second'));
    await rig.settle();
    expect(told).toEqual(['first batch', 'second batch']);
    await rig.until(() => first.sink.body !== undefined && second.sink.body !== undefined);
    expect(told.slice(2)).toEqual(['first live', 'second live']);
  });

  it('and leaves as soon as it is told to be asked live is not asked', async () => {
    const rig = await economyRig(running);
    const { ask } = rig.router();
    const told: string[] = [];
    const first = ask(
      {},
      {
        deadlineMs: hour,
        onLane: (lane: string) => {
          told.push(lane);
          if (lane === 'live') first.ticket.leave();
        },
      },
    );
    await rig.until(() => told.length === 2);
    await rig.settle();
    expect(rig.upstream.requests.filter(({ path }) => path === '/v1/chat/completions')).toHaveLength(0);
  });

  it('with a query is told as well', async () => {
    const rig = await economyRig();
    const { router } = rig.router();
    const told: string[] = [];
    const asked = router.query({
      model: 'openai/gpt-4o-mini',
      prompt: 'Hello',
      deadlineMs: hour,
      onLane: (lane) => void told.push(lane),
    });
    await rig.until(() => rig.upstream.batches.length === 1);
    let isOver = false;
    asked.finally(() => {
      isOver = true;
    });
    await rig.until(() => isOver);
    expect([told, (await asked).lane]).toEqual([['batch'], 'batch']);
  });

  it('shares it across streams and whole answers', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const whole = ask();
    const stream = ask({ stream: true });
    await rig.until(() => whole.sink.body !== undefined && stream.sink.body !== undefined);
    expect(rig.upstream.batches[0]?.customIds).toHaveLength(1);
    expect(stream.sink.head?.contentType).toContain('text/event-stream');
    expect(whole.sink.head?.contentType).toContain('application/json');
  });

  it('does not share it where each wants one of its own', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const [first, second] = [ask({ temperature: 1 }), ask({ temperature: 1 })];
    await rig.until(() => first.sink.body !== undefined && second.sink.body !== undefined);
    expect(rig.upstream.batches[0]?.customIds).toHaveLength(2);
  });

  it('never sees the answer of another tenant', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const [ours, theirs] = [ask({}, { tenant: 'ours' }), ask({}, { tenant: 'theirs' })];
    await rig.until(() => ours.sink.body !== undefined && theirs.sink.body !== undefined);
    expect(rig.upstream.batches[0]?.customIds).toHaveLength(2);
  });

  it('is answered live together with one who cannot wait', async () => {
    const rig = await economyRig(running);
    const { ask } = rig.router();
    const patient = ask();
    await rig.until(() => rig.upstream.batches.length === 1);
    const hurried = ask({}, { deadlineMs: Number.POSITIVE_INFINITY });
    rig.clock.advance(0);
    await rig.settle();
    expect(hurried.sink.head).toMatchObject({ status: 200, cache: 'coalesced' });
    expect(patient.sink.head).toMatchObject({ status: 200, lane: 'live' });
    expect(rig.upstream.requests.filter(({ path }) => path === '/v1/chat/completions')).toHaveLength(1);
    expect(rig.upstream.batches).toMatchObject([{ status: 'cancelled' }]);
  });

  it('is asked live by the earliest of the deadlines', async () => {
    const rig = await economyRig(running);
    const { ask } = rig.router();
    const startedAt = rig.clock.now();
    const late = ask({}, { deadlineMs: 6 * hour });
    const early = ask({}, { deadlineMs: hour });
    await rig.until(() => early.sink.body !== undefined && late.sink.body !== undefined);
    expect(rig.clock.now() - startedAt).toBe(hour - 300_000);
  });

  it('has a live call the whole of its time, however long it waited', async () => {
    const rig = await economyRig({ ...running, firstTokenMs: 20 });
    const { ask } = rig.router({}, { timeouts: { totalMs: 250 } });
    const { sink } = ask({}, { deadlineMs: hour });
    await rig.until(() => rig.upstream.batches.length === 1);
    await delay(300);
    await rig.until(() => sink.body !== undefined || sink.error !== undefined);
    expect(sink.head).toMatchObject({ status: 200, lane: 'live' });
  });

  it('takes the answer that came after it was cut off, after a restart', async () => {
    const rig = await economyRig(running);
    const first = rig.router();
    const lost = first.ask(question('lost', { temperature: 1 }));
    await rig.until(() => rig.upstream.batches.length === 1);
    await first.router.close();
    expect(lost.sink.error).toMatchObject({ code: 'ROUTER_CLOSED' });
    rig.upstream.finishBatches();
    const second = rig.router();
    // It comes before anybody asks again.
    await rig.until(() => rig.events.some(({ type }) => type === 'ended'));
    const again = second.ask(question('lost', { temperature: 1 }));
    await rig.settle();
    expect(again.sink.head).toMatchObject({ status: 200, lane: 'batch' });
    // One answer for one who asks.
    rig.upstream.set({ batchPolls: 0 });
    const other = second.ask(question('lost', { temperature: 1 }));
    await rig.until(() => other.sink.body !== undefined);
    expect(rig.upstream.batches).toHaveLength(2);
  });

  it('is not collected from a process that ended before the window did, but the next one sends it', async () => {
    const rig = await economyRig();
    const first = rig.router();
    first.ask(question('queued'));
    await rig.settle();
    await first.router.close();
    expect(rig.upstream.batches).toHaveLength(0);
    rig.router();
    await rig.until(() => rig.cache.entries.size === 1);
    expect(rig.upstream.batches).toMatchObject([{ customIds: [expect.any(String)] }]);
  });

  it('is forgotten when its deadline has passed and nobody waits', async () => {
    const rig = await economyRig(running);
    const first = rig.router();
    first.ask(question('old'), { deadlineMs: hour });
    await rig.until(() => rig.upstream.batches.length === 1);
    await first.router.close();
    const second = rig.router();
    await rig.until(() => rig.upstream.batches[0]?.status === 'cancelled');
    expect(rig.events.map(({ type }) => type)).toContain('cancelled');
    await second.router.close();
    expect(rig.clock.pending).toBe(0);
  });

  it('is asked live where the journal cannot be used, which is told once', async () => {
    const rig = await economyRig();
    mkdirSync(rig.journalPath);
    const { ask } = rig.router({ resume: false });
    const asked = [ask(question('a')), ask(question('b'))];
    for (const { sink } of asked) {
      await sink.done;
      expect(sink.head).toMatchObject({ status: 200, lane: 'live' });
    }
    expect(rig.events).toMatchObject([{ type: 'fault', error: { code: 'ROUTER_JOURNAL_UNUSABLE' } }]);
  });

  it('leaves a file alone that is not its journal', async () => {
    const rig = await economyRig();
    writeFileSync(rig.journalPath, 'my notes');
    const { ask } = rig.router();
    const { sink } = ask();
    await sink.done;
    expect(sink.head).toMatchObject({ lane: 'live' });
    expect(readFileSync(rig.journalPath, 'utf8')).toBe('my notes');
  });

  it.skipIf(process.platform === 'win32')('has its words written where nobody else reads them', async () => {
    const rig = await economyRig();
    rig.router().ask();
    await rig.settle();
    expect(statSync(rig.journalPath).mode & 0o077).toBe(0);
  });

  it('is stopped by the limits of its key, not by those of the provider', async () => {
    const rig = await economyRig();
    const limits = {
      providers: { openai: { concurrency: 0 } },
      others: (name: string) => (name === 'key:few' ? { requestsPerMinute: 1 } : undefined),
      queueMs: 0,
    };
    const { ask } = rig.router({}, { limits });
    const first = ask(question('first'), { limits: ['key:few'] });
    const second = ask(question('second'), { limits: ['key:few'] });
    await rig.until(() => first.sink.body !== undefined && (second.sink.body ?? second.sink.error) !== undefined);
    expect(first.sink.head).toMatchObject({ status: 200, lane: 'batch' });
    expect(second.sink.error).toMatchObject({ code: 'ROUTER_LIMITED' });
  });

  it('is handed to the next target of a route where its answer is not accepted', async () => {
    const rig = await economyRig({ text: 'no' });
    const routes = {
      careful: {
        targets: ['openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5'],
        strategy: 'cascade',
        check: { minCharacters: 5 },
      },
    } as const;
    const { ask, router } = rig.router({}, { routes });
    const { sink } = ask({ model: 'careful', max_tokens: 50 });
    await rig.until(() => sink.body !== undefined);
    expect(sink.head).toMatchObject({ provider: 'anthropic', lane: 'batch' });
    expect(rig.upstream.batches).toMatchObject([{ kind: 'openai' }, { kind: 'anthropic' }]);
    expect(sink.head?.costUsd).toBeCloseTo(router.savings().total.paidDollars, 12);
  });

  it('is told what the answer cost that was not accepted, where the next target fails', async () => {
    const rig = await economyRig({ text: 'no' });
    const targets = ['openai/gpt-4o-mini', 'openai/gpt-4o-missing'];
    const routes = { careful: { targets, strategy: 'cascade', check: { minCharacters: 5 } } } as const;
    const { ask, router } = rig.router({}, { routes });
    rig.upstream.set({ failItem: ({ model }) => model === 'gpt-4o-missing' });
    const { sink } = ask({ model: 'careful', max_tokens: 50 });
    rig.upstream.inject('context-length');
    await rig.until(() => sink.error !== undefined);
    const { paidDollars } = router.savings().total;
    expect(paidDollars).toBeGreaterThan(0);
    expect(sink.cost?.costUsd).toBeCloseTo(paidDollars, 12);
  });

  it('gets the answer that was not accepted at the price of a batch, where the route gives it and the next target fails', async () => {
    const rig = await economyRig({ text: 'no' });
    const routes = {
      careful: {
        targets: ['openai/gpt-4o-mini', 'openai/gpt-4o-missing'],
        strategy: 'cascade',
        check: { minCharacters: 5 },
        onExhausted: 'answer',
      },
    } as const;
    const { ask } = rig.router({}, { routes });
    rig.upstream.set({ failItem: ({ model }) => model === 'gpt-4o-missing' });
    const { sink } = ask({ model: 'careful', max_tokens: 50 });
    rig.upstream.inject('context-length');
    await rig.until(() => sink.body !== undefined);
    expect(sink.head).toMatchObject({
      model: 'gpt-4o-mini',
      lane: 'batch',
      rejected: 'it has fewer than 5 characters',
    });
    const { usage } = sink.head ?? {};
    const list = ((usage?.inputTokens ?? 0) * 0.15 + (usage?.outputTokens ?? 0) * 0.6) / 1_000_000;
    expect(sink.head?.costUsd).toBeCloseTo(list / 2, 12);
  });
});

import { describe, expect, it } from 'vitest';
import { credentialOf } from '../../src/credential.ts';
import { openai } from '../../src/providers/openai.ts';
import { record } from '../support/recorder.ts';
import { economyRig, hour, withoutSqlite } from './support/rig.ts';

const paths = (requests: readonly { readonly method: string; readonly path: string }[]) =>
  requests.map(({ method, path }) => `${method} ${path.replace(/[\w]*_[\w-]+/, '…')}`);

describe.skipIf(withoutSqlite)('requests with a deadline', () => {
  it('are answered by one batch, at half price', async () => {
    const rig = await economyRig({ batchPolls: 2 });
    const { router, ask } = rig.router();
    const asked = ['one', 'two', 'three'].map((content) => ask({ messages: [{ role: 'user', content }] }));
    await rig.until(() => asked.every(({ sink }) => sink.body));
    const [batch] = rig.upstream.batches;
    expect(rig.upstream.batches).toHaveLength(1);
    expect(batch?.bodies.map(({ messages }) => messages)).toEqual(
      ['one', 'two', 'three'].map((content) => [{ role: 'user', content }]),
    );
    const [first] = asked;
    expect(first?.sink.head).toMatchObject({
      status: 200,
      lane: 'batch',
      cache: 'miss',
      model: 'gpt-4o-mini',
      attempts: 1,
    });
    expect(JSON.parse(first?.sink.text ?? '')).toMatchObject({ object: 'chat.completion' });
    const { usage } = first?.sink.head ?? {};
    const list = ((usage?.inputTokens ?? 0) * 0.15 + (usage?.outputTokens ?? 0) * 0.6) / 1_000_000;
    expect(first?.sink.head?.costUsd).toBeCloseTo(list / 2, 12);
    const { total } = router.savings();
    expect(total.requests).toBe(3);
    expect(total.saved.batch).toBeCloseTo(total.paidDollars, 12);
    expect(total.saved.batch).toBeGreaterThan(0);
    expect(paths(rig.upstream.requests)).not.toContain('POST /v1/chat/completions');
  });

  it('are seen while they are collected, and while the provider has them', async () => {
    const rig = await economyRig({ batchPolls: 2 });
    const { router, ask } = rig.router();
    const asked = ['one', 'two'].map((content) => ask({ messages: [{ role: 'user', content }] }));
    await rig.until(() => router.economy()?.collecting[0]?.requests === 2);
    expect(router.economy()).toMatchObject({
      collecting: [{ provider: 'openai', requests: 2, bytes: expect.any(Number), dueAt: expect.any(Number) }],
      batches: [],
    });
    await rig.until(() => router.economy()?.batches[0]?.state === 'submitted');
    expect(router.economy()).toMatchObject({
      collecting: [],
      batches: [{ provider: 'openai', batchId: expect.any(String), requests: 2, isOwn: true }],
    });
    await rig.until(() => asked.every(({ sink }) => sink.body));
    await rig.until(() => router.economy()?.batches.length === 0);
  });

  it('are counted once for each state of a batch, however often it is looked at', async () => {
    const rig = await economyRig({ batchPolls: 2 });
    const { router, ask } = rig.router();
    const asked = ['one', 'two'].map((content) => ask({ messages: [{ role: 'user', content }] }));
    await rig.until(() => router.economy()?.batches[0]?.state === 'submitted');
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const journal = new DatabaseSync(rig.journalPath);
    journal.exec("UPDATE jobs SET submission = submission || '-elsewhere'");
    expect(router.economy()?.batches).toMatchObject([{ requests: 2 }]);
    journal.exec("UPDATE jobs SET submission = replace(submission, '-elsewhere', '')");
    journal.exec('UPDATE submissions SET sent_at = sent_at - 1');
    journal.exec('DELETE FROM jobs WHERE rowid = (SELECT max(rowid) FROM jobs)');
    journal.close();
    expect(router.economy()?.batches).toMatchObject([{ requests: 1 }]);
    for (const { ticket } of asked) ticket.leave();
  });

  it('are streamed to who asked for a stream', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const { sink } = ask({ stream: true, stream_options: { include_usage: true } });
    await rig.until(() => sink.body !== undefined);
    expect(rig.upstream.batches[0]?.bodies[0]).not.toHaveProperty('stream');
    expect(sink.head).toMatchObject({ lane: 'batch', contentType: expect.stringContaining('text/event-stream') });
    expect(sink.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(sink.text).toContain('"prompt_tokens"');
  });

  it('go to the batches of a provider that speaks another protocol', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const { sink } = ask({ model: 'anthropic/claude-haiku-4-5', max_tokens: 50 });
    await rig.until(() => sink.body !== undefined);
    expect(rig.upstream.batches).toMatchObject([{ kind: 'anthropic' }]);
    expect(JSON.parse(sink.text)).toMatchObject({ object: 'chat.completion' });
    expect(sink.head).toMatchObject({ lane: 'batch', provider: 'anthropic' });
  });

  it('for embeddings are answered by a batch too', async () => {
    const rig = await economyRig();
    const { router } = rig.router();
    const sink = record();
    const body = { model: 'openai/text-embedding-3-small', input: ['one', 'three'] };
    router.answer({ protocol: 'openai-embeddings', body, deadlineAt: rig.clock.now() + hour }, sink);
    await rig.until(() => sink.body !== undefined);
    expect(sink.head).toMatchObject({ status: 200, lane: 'batch', usage: { inputTokens: 2 } });
    expect(JSON.parse(sink.text).data).toMatchObject([{ embedding: [3, 0.5] }, { embedding: [5, 0.5] }]);
  });

  it('are kept in the cache', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const { sink } = ask();
    await rig.until(() => sink.body !== undefined);
    const again = ask({}, { deadlineMs: Number.POSITIVE_INFINITY });
    await rig.settle();
    expect(again.sink.head).toMatchObject({ cache: 'hit' });
    expect(again.sink.text).toBe(sink.text);
  });

  it('are asked live at once where the deadline is near, there is none, or no batch API', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const near = ask({ messages: [{ role: 'user', content: 'near' }] }, { deadlineMs: 600_000 });
    const none = ask({ messages: [{ role: 'user', content: 'none' }] }, { deadlineMs: Number.POSITIVE_INFINITY });
    await Promise.all([near.sink.done, none.sink.done]);
    expect(near.sink.head).toMatchObject({ status: 200, lane: 'live' });
    expect(none.sink.head).toMatchObject({ status: 200 });
    expect(none.sink.head).not.toHaveProperty('lane');
    expect(rig.upstream.batches).toHaveLength(0);
    expect(rig.clock.pending).toBe(0);
  });

  it('are asked live under the own key of their client, never in a batch under ours', async () => {
    const rig = await economyRig();
    const { ask } = rig.router(
      {},
      { providers: [openai({ apiKey: 'key', baseUrl: rig.upstream.openaiUrl, passThroughKeys: true })] },
    );
    const credential = credentialOf({ authorization: 'Bearer sk-proj-0123456789abcdefghijklmnop' });
    const { sink } = ask({}, credential && { credential });
    await rig.settle();
    expect(sink.head).toMatchObject({ status: 200, lane: 'live' });
    expect(rig.upstream.requests[0]?.headers.authorization).toContain('sk-proj-');
    expect(rig.upstream.batches).toHaveLength(0);
  });

  it('are asked live in time when the batch does not come to its end, which is then cancelled', async () => {
    const rig = await economyRig({ batchPolls: Number.POSITIVE_INFINITY });
    const startedAt = rig.clock.now();
    const { ask } = rig.router();
    const { sink } = ask({}, { deadlineMs: hour });
    await rig.until(() => sink.body !== undefined);
    expect(sink.head).toMatchObject({ status: 200, lane: 'live' });
    expect(rig.clock.now() - startedAt).toBe(hour - 300_000);
    expect(rig.upstream.batches).toMatchObject([{ status: 'cancelled' }]);
    expect(rig.upstream.batches[0]?.polls).toBeGreaterThan(25);
    expect(rig.upstream.batches[0]?.polls).toBeLessThan(45);
  });

  it.each(['expired', 'failed', 'cancelled'] as const)('are asked live when the batch is %s', async (batchOutcome) => {
    const rig = await economyRig({ batchOutcome });
    for (const model of ['openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5']) {
      const { ask } = rig.router();
      const { sink } = ask({ model, max_tokens: 50, messages: [{ role: 'user', content: model }] });
      await rig.until(() => sink.body !== undefined);
      if (model.startsWith('anthropic') && batchOutcome === 'failed') continue;
      expect(sink.head).toMatchObject({ status: 200, lane: 'live' });
    }
  });

  it('are asked live when the provider refuses the batch, and the next ones at once', async () => {
    const rig = await economyRig();
    rig.upstream.injectBatch('refuse');
    const { ask } = rig.router();
    const { sink } = ask();
    await rig.until(() => sink.body !== undefined);
    expect(sink.head).toMatchObject({ status: 200, lane: 'live' });
    const next = ask({ messages: [{ role: 'user', content: 'next' }] });
    await rig.settle();
    expect(next.sink.head).toMatchObject({ lane: 'live' });
    expect(rig.upstream.batches).toHaveLength(0);
  });

  it('are asked live one by one when they fail in the batch', async () => {
    const rig = await economyRig({ failItem: ({ messages }) => JSON.stringify(messages).includes('bad') });
    const { ask } = rig.router();
    const good = ask({ messages: [{ role: 'user', content: 'good' }] });
    const bad = ask({ messages: [{ role: 'user', content: 'bad' }] });
    await rig.until(() => good.sink.body !== undefined && bad.sink.body !== undefined);
    expect(good.sink.head).toMatchObject({ status: 200, lane: 'batch' });
    expect(bad.sink.head).toMatchObject({ status: 200, lane: 'live' });
  });

  it('get the error of the live call where that fails too', async () => {
    const rig = await economyRig({ failItem: () => true });
    const { ask } = rig.router();
    const { sink } = ask({ temperature: 3, messages: [{ role: 'user', content: 'bad' }] });
    rig.upstream.inject('context-length');
    await rig.until(() => sink.body !== undefined || sink.error !== undefined);
    expect(sink.head).toMatchObject({ status: 400, lane: 'live' });
  });
});

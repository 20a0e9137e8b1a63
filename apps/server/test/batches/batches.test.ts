import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RouterError } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import {
  answer,
  type Call,
  customIds,
  fakeRouter,
  finished,
  formOf,
  head,
  hour,
  ids,
  line,
  linesOf,
  makeFolder,
  message,
  nobody,
  open,
  owner,
  promptOf,
  resultsOf,
  sqliteMissing,
  start,
  submit,
  submitMessages,
  textOf,
  until,
  upload,
} from './support.ts';

describe.skipIf(sqliteMissing)('the lines of a batch', () => {
  it('are asked by the end of its window, a few at a time, and answered in their order', async () => {
    let most = 0;
    let now = 0;
    const router = fakeRouter((call) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(
        () => {
          now -= 1;
          answer(call);
          // The later ones of each few come first.
        },
        20 - (router.calls.indexOf(call) % 4) * 5,
      );
    });
    const batches = open({ router, limits: { concurrency: 4 } });
    const { id } = await submit(
      batches,
      ids(30).map((id) => line(id)),
    );
    const batch = await finished(batches, id);
    expect(most).toBe(4);
    expect(router.calls.map(({ exchange }) => exchange.deadlineAt)).toEqual(Array(30).fill(start + 24 * hour));
    expect(router.calls[0]?.exchange).toMatchObject({ protocol: 'openai-chat', tenant: 'default' });
    expect(batch).toMatchObject({
      status: 'completed',
      counts: { succeeded: 30, errored: 0, cancelled: 0, expired: 0 },
      usage: { input: 90, cached: 30, output: 60, reasoning: 0 },
    });
    const lines = await linesOf(batches, batch.outputFileId);
    expect(customIds(lines)).toEqual(ids(30));
    expect(lines.map(({ response }) => response.body.said)).toEqual(ids(30));
  });

  it('of one that waits hold up no other', async () => {
    const router = fakeRouter((call) => {
      if (!promptOf(call.exchange).startsWith('slow')) answer(call);
    });
    const batches = open({ router, limits: { concurrency: 2 } });
    const slow = await submit(
      batches,
      ['slow-1', 'slow-2', 'slow-3'].map((id) => line(id)),
    );
    await until(() => router.calls.length === 2);
    const quick = await submit(
      batches,
      ids(20).map((id) => line(id)),
    );
    expect(await finished(batches, quick.id)).toMatchObject({ status: 'completed' });
    expect(batches.batch(owner, 'openai', slow.id).status).toBe('in_progress');
  });

  it('keep their answers as they came, on one line', async () => {
    const body = Buffer.from('{\r\n  "seed": 12345678901234567890,\n  "text": "a\\nb"\n}');
    const batches = open({ router: fakeRouter(({ sink }) => sink.whole(head(), body)) });
    const { id } = await submit(batches, [line('a')]);
    const { outputFileId } = await finished(batches, id);
    const text = Buffer.concat(await batches.content(owner, outputFileId ?? '').stream.toArray()).toString();
    expect(text).toContain(body.toString().replaceAll(/\r|\n/g, ' '));
    expect(text.match(/\n/g)).toHaveLength(1);
  });
});

describe.skipIf(sqliteMissing)('a line that fails', () => {
  const failures = (status: number, isRetryable: boolean, code = 'ROUTER_UPSTREAM_STATUS' as const) =>
    new RouterError(code, 'no', { status, isRetryable });
  const settle = async (reply: (call: Call, tries: number) => void) => {
    const waits: number[] = [];
    const router = fakeRouter((call) => reply(call, router.calls.length));
    const wait = async (ms: number): Promise<void> => void waits.push(ms);
    const batches = open({ router, wait, random: () => 0.5 });
    const { id } = await submit(batches, [line('a')]);
    const batch = await finished(batches, id);
    const [error] = await linesOf(batches, batch.errorFileId);
    return { tries: router.calls.length, waits, counts: batch.counts, error };
  };

  it('for good is not asked again', async () => {
    const { tries, counts, error } = await settle(({ sink }) => sink.fail(failures(400, false)));
    expect([tries, counts.errored]).toEqual([1, 1]);
    expect(error.response).toMatchObject({ status_code: 400, body: { error: { message: 'no' } } });
  });

  it('in a way that may pass is asked again, and in the end told', async () => {
    const { tries, waits, error } = await settle(({ sink }) => sink.fail(failures(503, true)));
    expect([tries, waits]).toEqual([4, [1000, 4000, 16_000]]);
    expect(error.response.status_code).toBe(503);
    const busy = head({ status: 429, headers: { 'retry-after': '7' } });
    const passed = await settle((call, tries) =>
      tries < 3 ? call.sink.whole(busy, Buffer.from('{"error":{}}')) : answer(call),
    );
    expect([passed.tries, passed.waits, passed.counts.succeeded]).toEqual([3, [7000, 7000], 1]);
  });

  it('at a limit of ours is asked again until there is room', async () => {
    const limited = new RouterError('ROUTER_LIMITED', 'full', { status: 429, isRetryable: true, retryAfterMs: 9 });
    const { tries, waits, counts } = await settle((call, tries) =>
      tries < 20 ? call.sink.fail(limited) : answer(call),
    );
    expect([tries, waits.length, waits[0], counts.succeeded]).toEqual([20, 19, 100, 1]);
  });
});

describe.skipIf(sqliteMissing)('lines in the economy lane', () => {
  it('are all under way at once, and the next are asked meanwhile', async () => {
    const router = fakeRouter(({ exchange }) => exchange.onLane?.('batch'));
    const batches = open({ router, limits: { concurrency: 2 } });
    const { id } = await submit(
      batches,
      ids(500).map((id) => line(id)),
    );
    await until(() => router.calls.length === 500);
    for (const call of router.calls) {
      call.exchange.onLane?.('live');
      answer(call);
    }
    expect((await finished(batches, id)).counts.succeeded).toBe(500);
  });

  it('make room when they take longer than any call, told or not', async () => {
    let now = start;
    const router = fakeRouter(nobody);
    const batches = open({ router, now: () => now, limits: { concurrency: 2 } });
    await submit(
      batches,
      ids(10).map((id) => line(id)),
    );
    await until(() => router.calls.length === 2);
    now += 900_000 - 1;
    batches.look();
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(router.calls).toHaveLength(2);
    now += 1;
    batches.look();
    await until(() => router.calls.length === 4);
  });

  it('are as many as memory is set aside for', async () => {
    const router = fakeRouter(({ exchange }) => exchange.onLane?.('batch'));
    const batches = open({ router, limits: { bytesInMemory: 70_000 } });
    const large = ids(5).map((id) => line(id, { filler: 'x'.repeat(20_000) }));
    const { id } = await submit(batches, large);
    await until(() => router.calls.length === 3);
    // Each may take its time to be read: those that would get in are in by then.
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(router.calls).toHaveLength(3);
    for (const call of [...router.calls]) answer(call);
    await until(() => router.calls.length === 5);
    for (const call of router.calls.slice(3)) answer(call);
    expect((await finished(batches, id)).counts.succeeded).toBe(5);
  });

  it('are left when the batch is cancelled, while an answer on its way is waited for', async () => {
    const router = fakeRouter(({ exchange }) => {
      if (promptOf(exchange) !== 'id-0') exchange.onLane?.('batch');
    });
    const batches = open({ router, limits: { concurrency: 2 } });
    const { id } = await submit(
      batches,
      ids(10).map((id) => line(id)),
    );
    await until(() => router.calls.length === 10);
    expect(batches.cancel(owner, 'openai', id).status).toBe('cancelling');
    await until(() => router.calls.filter(({ hasLeft }) => hasLeft).length === 9);
    const live = router.calls.find(({ exchange }) => promptOf(exchange) === 'id-0') as Call;
    expect(live.hasLeft).toBe(false);
    answer(live);
    const batch = await finished(batches, id);
    expect(batch).toMatchObject({ status: 'cancelled', counts: { succeeded: 1, cancelled: 9 } });
    expect(customIds(await linesOf(batches, batch.errorFileId))).toEqual(ids(10).slice(1));
  });
});

describe.skipIf(sqliteMissing)('the end of its window', () => {
  it('ends a batch with what it has', async () => {
    let now = start;
    const router = fakeRouter((call) => {
      if (promptOf(call.exchange) === 'id-1') answer(call);
    });
    const batches = open({ router, now: () => now });
    const { id } = await submit(
      batches,
      ids(3).map((id) => line(id)),
    );
    const messages = await submitMessages(batches, ids(3).map(message));
    await until(() => router.calls.length === 6);
    now += 24 * hour - 1;
    batches.look();
    expect(batches.batch(owner, 'openai', id).status).toBe('in_progress');
    now += 1;
    batches.look();
    const batch = await finished(batches, id);
    expect(batch).toMatchObject({ status: 'expired', counts: { succeeded: 1, expired: 2 } });
    expect(router.calls.filter(({ hasLeft }) => hasLeft)).toHaveLength(4);
    const errors = await linesOf(batches, batch.errorFileId);
    expect(errors.map(({ custom_id, error }) => [custom_id, error.code])).toEqual([
      ['id-0', 'batch_expired'],
      ['id-2', 'batch_expired'],
    ]);
    await until(() => batches.batch(owner, 'anthropic', messages.id).endedAt !== null);
    const results = await resultsOf(batches, messages.id);
    expect(results.map(({ result }) => result.type)).toEqual(['expired', 'succeeded', 'expired']);
  });
});

describe.skipIf(sqliteMissing)('files and ended batches', () => {
  it('are kept as long as they should be, and nothing of them stays', async () => {
    let now = start;
    const folder = makeFolder();
    const batches = open({ router: fakeRouter(), folder, now: () => now, limits: { keepMs: 48 * hour } });
    const input = await upload(batches, [line('a')]);
    const { id } = await submit(batches, [line('a'), line('b', { stream: true })]);
    const messages = await submitMessages(batches, [message('a')]);
    const { outputFileId, errorFileId } = await finished(batches, id);
    await until(() => batches.batch(owner, 'anthropic', messages.id).endedAt !== null);
    await until(
      () =>
        readdirSync(join(folder, 'work')).length === 1 && readdirSync(join(folder, 'work', messages.id)).length === 1,
    );
    expect(readdirSync(join(folder, 'work', messages.id))).toEqual(['results.jsonl']);
    expect(readdirSync(join(folder, 'files'))).toHaveLength(4);
    now += 48 * hour;
    expect(() => batches.file(owner, input.id)).toThrow('no file');
    batches.look();
    await until(
      () => readdirSync(join(folder, 'files')).length === 0 && readdirSync(join(folder, 'work')).length === 0,
    );
    for (const file of [outputFileId, errorFileId]) expect(() => batches.file(owner, file ?? '')).toThrow('no file');
    expect(() => batches.batch(owner, 'openai', id)).toThrow('no batch');
    await expect(batches.results(owner, messages.id)).rejects.toThrow('no batch');
  });

  it('have limits of number, of each owner', async () => {
    const other = { ...owner, id: 'another' };
    const batches = open({ router: fakeRouter(nobody), limits: { maxFiles: 2, maxBatches: 1 } });
    const { id } = await upload(batches, [line('a')]);
    await submit(batches, [line('a')]);
    await expect(upload(batches, [line('b')])).rejects.toMatchObject({ info: { code: 'SERVER_FILE_LIMIT' } });
    await upload(batches, [line('b')], other);
    const limit = { info: { status: 429, code: 'SERVER_BATCH_LIMIT' } };
    const batch = { inputFileId: id, endpoint: '/v1/chat/completions', metadata: null, headers: {} };
    await expect(batches.addBatch(owner, batch)).rejects.toMatchObject(limit);
    await expect(submitMessages(batches, [message('a')])).rejects.toMatchObject(limit);
  });

  it('have a limit of bytes, which what is stored counts towards', async () => {
    const batches = open({ router: fakeRouter(), limits: { maxStoredBytes: 1000 } });
    const full = { info: { status: 400, code: 'SERVER_FILE_LIMIT' } };
    const first = await batches.addFile(owner, formOf('x'.repeat(600)), () => ({}));
    await expect(batches.addFile(owner, formOf('x'.repeat(401)), () => ({}))).rejects.toMatchObject(full);
    await batches.addFile(owner, formOf('x'.repeat(400)), () => ({}));
    await batches.deleteFile(owner, first.id);
    await batches.addFile(owner, formOf('x'.repeat(600)), () => ({}));
  });

  it('of a body that is too large, or broken, leave nothing', async () => {
    const folder = makeFolder();
    const batches = open({ router: fakeRouter(), folder, limits: { maxFileBytes: 5000 } });
    const rows = ids(50).map((id) => line(id));
    const tooLarge = { info: { status: 413, code: 'SERVER_FILE_TOO_LARGE' } };
    await expect(upload(batches, rows)).rejects.toMatchObject(tooLarge);
    await expect(submitMessages(batches, ids(100).map(message))).rejects.toMatchObject({ info: { status: 413 } });
    await expect(submitMessages(batches, '{"requests":[{"custom_id":"a"')).rejects.toMatchObject({
      info: { status: 400 },
    });
    const form = (text: string) => Object.assign(formOf(textOf([])), { headers: { 'content-type': text } });
    for (const text of ['multipart/form-data', 'multipart/form-data; boundary=other']) {
      await expect(batches.addFile(owner, form(text), () => ({}))).rejects.toMatchObject({ info: { status: 400 } });
    }
    for (const part of ['files', 'incoming', 'work']) expect(readdirSync(join(folder, part))).toEqual([]);
    const fits = await batches.addFile(owner, formOf('x'.repeat(5000)), () => ({}));
    expect(fits.bytes).toBe(5000);
    await expect(batches.addFile(owner, formOf('x'.repeat(5001)), () => ({}))).rejects.toMatchObject(tooLarge);
  });

  it('belong to their owner alone', async () => {
    const other = { ...owner, id: 'another' };
    const batches = open({ router: fakeRouter() });
    const { id } = await submit(batches, [line('a')]);
    const { outputFileId } = await finished(batches, id);
    expect(() => batches.content(other, outputFileId ?? '')).toThrow('no file');
    expect(() => batches.batch(other, 'openai', id)).toThrow('no batch');
    expect(() => batches.batch(owner, 'anthropic', id)).toThrow('no batch');
    expect(batches.batches(other, 'openai', { limit: 10 })).toEqual([]);
    expect(batches.files(other, { limit: 10, ascending: false })).toEqual([]);
  });
});

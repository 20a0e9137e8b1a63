import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentialOf } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import {
  answer,
  type Call,
  customIds,
  fakeRouter,
  finished,
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
  until,
} from './support.ts';

describe.skipIf(sqliteMissing)('a gateway that stops', () => {
  it('takes the answers that are on their way, and asks the other lines after the next start', async () => {
    const folder = makeFolder();
    const first = fakeRouter((call) => {
      if (!promptOf(call.exchange).endsWith('3')) answer(call);
    });
    const batches = open({ router: first, folder, limits: { concurrency: 1 } });
    const { id } = await submit(
      batches,
      ids(9).map((id) => line(id)),
    );
    await until(() => first.calls.length === 4);
    const closed = batches.close(new AbortController().signal);
    answer(first.calls[3] as Call);
    await closed;
    expect(first.calls).toHaveLength(4);
    const second = fakeRouter();
    const again = open({ router: second, folder });
    const batch = await finished(again, id);
    expect(second.calls.map(({ exchange }) => promptOf(exchange)).sort()).toEqual(ids(9).slice(4));
    expect(batch.usage.input).toBe(27);
    expect(customIds(await linesOf(again, batch.outputFileId))).toEqual(ids(9));
  });

  it('waits no longer than it is told to', async () => {
    const folder = makeFolder();
    const first = fakeRouter(nobody);
    const batches = open({ router: first, folder });
    const { id } = await submitMessages(batches, ids(3).map(message));
    await until(() => first.calls.length === 3);
    const patience = new AbortController();
    const closed = batches.close(patience.signal);
    patience.abort();
    await closed;
    expect(first.calls.every(({ hasLeft }) => hasLeft)).toBe(true);
    const again = open({ router: fakeRouter(), folder });
    await until(() => again.batch(owner, 'anthropic', id).endedAt !== null);
    expect(customIds(await resultsOf(again, id))).toEqual(ids(3));
  });
});

describe.skipIf(sqliteMissing)('a batch of a client with a key of its own', () => {
  const secret = 'sk-ant-api03-a-key-of-its-own-0123456789';
  const byKey = (key: string) => ({ ...owner, credential: credentialOf({ 'x-api-key': key }) });

  it.each([
    ['of a known vendor', 'sk-ant-api03-a-key-of-its-own-0123456789'],
    ['that may be anybody’s', 'sk-client0own0123456789'],
    ['that looks like nothing', 'token-of-its-own-01'],
  ])('%s is asked with that key, which is nowhere on disk, and waits for it after a restart', async (_, secret) => {
    const folder = makeFolder();
    const first = fakeRouter(nobody);
    const batches = open({ router: first, folder });
    const { id } = await submit(batches, [line('a')], byKey(secret));
    await until(() => first.calls.length === 1);
    expect(first.calls[0]?.exchange.credential?.reveal()).toBe(secret);
    await batches.close(AbortSignal.abort());
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect(readFileSync(join(file.parentPath, file.name)).includes(secret)).toBe(false);
    }
    const second = fakeRouter();
    const again = open({ router: second, folder });
    for (const other of [owner, byKey(secret.replace('own', 'two'))]) {
      expect(again.batch(other, 'openai', id).status).toBe('in_progress');
      again.look();
    }
    // One that is begun later and comes to its end: this one would have been asked by then.
    const other = await submit(again, [line('b')]);
    await finished(again, other.id);
    expect(second.calls.map(({ exchange }) => promptOf(exchange))).toEqual(['b']);
    expect(again.batch(byKey(secret), 'openai', id).status).toBe('in_progress');
    expect(await finished(again, id)).toMatchObject({ status: 'completed' });
    expect(second.calls[1]?.exchange.credential?.reveal()).toBe(secret);
  });

  it('that never shows it again expires', async () => {
    const folder = makeFolder();
    const batches = open({ router: fakeRouter(nobody), folder });
    const { id } = await submit(batches, [line('a')], byKey(secret));
    await batches.close(AbortSignal.abort());
    const router = fakeRouter();
    const again = open({ router, folder, now: () => start + 24 * hour });
    expect(await finished(again, id)).toMatchObject({ status: 'expired', counts: { expired: 1 } });
    expect(router.calls).toEqual([]);
  });
});

describe.skipIf(sqliteMissing)('two gateways of one folder', () => {
  it('work on a batch one after the other, and both know of it', async () => {
    const folder = makeFolder();
    const [one, two] = [fakeRouter(nobody), fakeRouter()];
    const first = open({ router: one, folder });
    await submit(first, [line('a')]);
    await until(() => one.calls.length === 1);
    const second = open({ router: two, folder });
    const { id } = await submit(second, [line('b')]);
    first.look();
    await until(() => one.calls.length === 2);
    second.look();
    expect(two.calls).toEqual([]);
    expect(second.cancel(owner, 'openai', id).status).toBe('cancelling');
    await first.close(AbortSignal.abort());
    second.look();
    await until(() => two.calls.length === 1);
    expect(two.calls.map(({ exchange }) => promptOf(exchange))).toEqual(['a']);
    expect(await finished(second, id)).toMatchObject({ status: 'cancelled', counts: { cancelled: 1 } });
  });
});

describe.skipIf(sqliteMissing)('a disk that fails', () => {
  it('while results are put together makes them late, not different', async () => {
    const folder = makeFolder();
    const errors: unknown[] = [];
    const files = join(folder, 'files');
    const router = fakeRouter((call) => {
      if (existsSync(files)) {
        rmSync(files, { recursive: true });
        writeFileSync(files, '');
      }
      answer(call);
    });
    let now = start;
    const onError = (error: unknown): void => void errors.push(error);
    const batches = open({ router, folder, onError, now: () => now });
    const { id } = await submit(
      batches,
      ids(5).map((each) => line(each)),
    );
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'ENOTDIR' });
    expect(batches.batch(owner, 'openai', id)).toMatchObject({ status: 'finalizing', counts: { succeeded: 5 } });
    rmSync(files);
    mkdirSync(files);
    batches.look();
    expect(batches.batch(owner, 'openai', id).status).toBe('finalizing');
    now += 30_000;
    batches.look();
    const { outputFileId } = await finished(batches, id);
    expect(customIds(await linesOf(batches, outputFileId))).toEqual(ids(5));
    expect(router.calls).toHaveLength(5);
    expect(readdirSync(files)).toHaveLength(1);
  });
});

describe.skipIf(sqliteMissing)('a batch whose input is gone', () => {
  it('fails and says so', async () => {
    const folder = makeFolder();
    const router = fakeRouter(nobody);
    const batches = open({ router, folder });
    const { id } = await submit(batches, [line('a')]);
    await until(() => router.calls.length === 1);
    await batches.close(AbortSignal.abort());
    rmSync(join(folder, 'work', id), { recursive: true });
    const again = open({ router: fakeRouter(), folder });
    const batch = await finished(again, id);
    expect(batch).toMatchObject({ status: 'failed', faults: [{ code: 'input_lost' }] });
    expect(existsSync(join(folder, 'work', id))).toBe(false);
  });
});

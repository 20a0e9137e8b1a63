import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answerOf,
  type Call,
  fakeRouter,
  finished,
  head,
  line,
  linesOf,
  makeFolder,
  open,
  owner,
  promptOf,
  sqliteMissing,
  start,
  submit,
  until,
} from './support.ts';

const noSpace = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
let isFull = false;

beforeEach(async () => {
  isFull = false;
  const file = await openFile(join(makeFolder(), 'any'), 'w');
  const handles = Object.getPrototypeOf(file);
  await file.close();
  const { appendFile } = handles;
  vi.spyOn(handles, 'appendFile').mockImplementation(function (this: unknown, ...given: unknown[]) {
    return isFull ? Promise.reject(noSpace()) : appendFile.apply(this, given);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const answer = ({ exchange, sink }: Call) => sink.whole(head(), answerOf(exchange));
/** Long enough for what must not happen to happen. */
const others = () => new Promise((resolve) => setTimeout(resolve, 20));
const ids = Array.from({ length: 12 }, (_, at) => `line-${at}`);

/** Four lines at a time, of a router that answers when it is told. */
const setUp = (folder: string, reply?: (call: Call) => void) => {
  const router = fakeRouter(reply);
  const faults: unknown[] = [];
  const clock = { now: start };
  const batches = open({
    router,
    folder,
    limits: { concurrency: 4 },
    now: () => clock.now,
    onError: (error) => faults.push((error as { code?: string }).code),
  });
  return { router, faults, clock, batches };
};

describe.skipIf(sqliteMissing)('a disk that is full', () => {
  it('has no line asked twice: answers wait in memory, and nothing is asked until there is room', async () => {
    const { router, faults, clock, batches } = setUp(makeFolder(), (call) => {
      if (router.calls.length > 4) answer(call);
    });
    const { id } = await submit(
      batches,
      ids.map((each) => line(each)),
    );
    await until(() => router.calls.length === 4);
    isFull = true;
    const [first, ...later] = router.calls;
    answer(first as Call);
    await others();
    expect(router.calls.map(({ hasLeft }) => hasLeft)).toEqual([false, false, false, false]);
    for (const call of later) answer(call);
    await until(() => faults.length === 1);

    // After 30 s, then after a minute, then after two.
    for (const [tries, waitMs] of [30_000, 60_000, 120_000].entries()) {
      clock.now += waitMs - 1;
      batches.look();
      await others();
      expect(faults).toHaveLength(tries + 1);
      clock.now += 1;
      batches.look();
      await until(() => faults.length === tries + 2);
    }
    expect(new Set(faults)).toEqual(new Set(['ENOSPC']));
    expect(router.calls).toHaveLength(4);

    isFull = false;
    clock.now += 240_000;
    batches.look();
    const { outputFileId, counts } = await finished(batches, id);
    expect(counts).toMatchObject({ succeeded: 12, errored: 0 });
    // Four are read from the disk at once, and asked as they come.
    expect(router.calls.map(({ exchange }) => promptOf(exchange)).sort()).toEqual([...ids].sort());
    const output = await linesOf(batches, outputFileId);
    expect(output.map(({ response }) => response.body.said)).toEqual(ids);
  });

  it('has nothing asked after a restart either', async () => {
    const folder = makeFolder();
    const before = setUp(folder, () => {});
    const { id } = await submit(before.batches, [line('a')]);
    await until(() => before.router.calls.length === 1);
    await before.batches.close(AbortSignal.abort());
    isFull = true;
    const { router, faults, clock, batches } = setUp(folder);
    await until(() => faults.length === 1);
    expect(router.calls).toEqual([]);
    isFull = false;
    clock.now += 30_000;
    batches.look();
    expect(await finished(batches, id, owner)).toMatchObject({ status: 'completed' });
  });

  it('costs a batch that is cancelled before there is room none of its answers', async () => {
    const { router, faults, clock, batches } = setUp(makeFolder(), () => {});
    const { id } = await submit(
      batches,
      ids.map((each) => line(each)),
    );
    await until(() => router.calls.length === 4);
    isFull = true;
    for (const call of router.calls) answer(call);
    await until(() => faults.length === 1);
    batches.cancel(owner, 'openai', id);
    isFull = false;
    clock.now += 30_000;
    batches.look();
    expect((await finished(batches, id)).counts).toMatchObject({ succeeded: 4, cancelled: 8 });
    expect(router.calls).toHaveLength(4);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemo } from '../../src/engine/memo.ts';
import { createBatch, type Step } from '../../src/index.ts';
import { functionDispatcher, type Work } from '../support/function-dispatcher.ts';
import { memoryWorkspace } from '../support/memory-workspace.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hotpath-memo-'));
  writeFileSync(join(root, 'in'), '1');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const newBatch = (work: Work, cache: Map<string, string> = new Map()) => {
  const texts = new Map<string, string>();
  let calls = 0;
  const batch = createBatch({
    root,
    dispatcher: functionDispatcher({
      work: (task, options) => {
        calls += 1;
        return work(task, options);
      },
    }),
    workspaces: [memoryWorkspace(texts)],
    memo: { cache },
  });
  const run = (fields: object = {}) =>
    batch.run({ name: 'test', steps: [{ id: 'work', call: 'work', memo: true, reads: ['in'], ...fields } as Step] })
      .outcome;
  return { run, texts, calls: () => calls };
};

describe('a step with memo', () => {
  const write: Work = (_, options) => {
    options.write('out', 'made');
    return { made: true };
  };

  it('is done once for what it reads and is told, and its changes are made again', async () => {
    const { run, texts, calls } = newBatch(write);
    await run();
    texts.clear();
    expect(await run()).toMatchObject({ outputs: { work: { made: true } } });
    expect(calls()).toBe(1);
    expect([...texts]).toEqual([['out', 'made']]);
  });

  it('is done again when what it reads, or is told, is another', async () => {
    const { run, calls } = newBatch(write);
    await run();
    writeFileSync(join(root, 'in'), '2');
    await run();
    await run({ with: { other: 1 } });
    await run({ reads: ['in*'] });
    expect(calls()).toBe(3);
    await run({ reads: ['.'] });
    writeFileSync(join(root, 'new'), '');
    await run({ reads: ['.'] });
    expect(calls()).toBe(5);
  });

  it('is done again when a step before it came to something else', async () => {
    const cache = new Map<string, string>();
    const comeTo = async (value: number): Promise<unknown> => {
      const batch = createBatch({
        root,
        dispatcher: functionDispatcher({ source: () => value, work: (_, { output }) => output('source') }),
        workspaces: [],
        memo: { cache },
      });
      const steps = [
        { id: 'source', call: 'source' },
        { id: 'work', call: 'work', memo: true, dependencies: ['source'] },
      ];
      return (await batch.run({ name: 'test', steps }).outcome).outputs.work;
    };
    expect([await comeTo(1), await comeTo(2), await comeTo(1)]).toEqual([1, 2, 1]);
  });

  it('is not remembered where what it reads changed meanwhile', async () => {
    const { run, calls } = newBatch(() => writeFileSync(join(root, 'in'), '2'));
    await run();
    writeFileSync(join(root, 'in'), '1');
    await run();
    expect(calls()).toBe(2);
  });

  it('comes to the same when it is remembered, bytes as bytes and nothing else as bytes', async () => {
    const { write: writtenDown, keep, recall } = createMemo({ cache: new Map<string, string>() });
    const mine = { $bytes: 'AAEC' };
    const result = {
      output: { mine, list: [mine] },
      changes: [
        { workspace: 'json', touched: [], changes: [{ type: 'set', pointer: '/a', value: mine }] },
        {
          workspace: 'files',
          touched: [],
          changes: [
            { type: 'write', path: 'a', content: 'text' },
            { type: 'write', path: 'b', content: Uint8Array.of(0, 255) },
          ],
        },
      ],
    };
    await keep('key', writtenDown(result) as string);
    expect(await recall('key')).toEqual(result);
  });

  it('is done whatever becomes of the cache', async () => {
    const broken = new Map();
    broken.get = broken.set = () => {
      throw new Error('no cache');
    };
    const { run, calls } = newBatch(write, broken);
    expect(await run()).toMatchObject({ state: 'committed' });
    expect(calls()).toBe(1);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonChange, type JsonWorkspace, jsonWorkspace } from '../../src/index.ts';
import { changeOf, jsonContainer } from './support/arbitraries.ts';
import { MemoryDisk } from './support/memory-disk.ts';
import { naiveChange } from './support/naive.ts';

const run = 'run';
const set = (document: string, pointer: string, value: unknown): JsonChange => ({
  type: 'set',
  document,
  pointer,
  value,
});

/** Does what the engine does, one step at a time. */
const driver = (
  disk: MemoryDisk,
  workspace: JsonWorkspace = jsonWorkspace({ root: '/nowhere', files: disk.documentFiles }),
) => {
  const files = disk.workspace();
  let prepared = 0;
  const nextName = (): string => {
    prepared += 1;
    return `step-${prepared}`;
  };
  return {
    workspace,
    async apply(changes: readonly JsonChange[], order?: string): Promise<string> {
      const intent = await workspace.prepare(changes, { run, name: nextName(), order });
      await workspace.apply(intent);
      return intent;
    },
    /** Returns what takes it back. */
    async flush(isMeant?: (path: string) => boolean): Promise<{ own: string[]; undo(): Promise<void> }> {
      const own: string[] = [];
      const undos: (() => Promise<unknown>)[] = [];
      for (const { workspace: name, changes } of (await workspace.flush?.(run, isMeant)) ?? []) {
        const target = name === 'files' ? files : workspace;
        const intent = await target.prepare(changes as never, { run, name: nextName() });
        await target.apply(intent);
        if (name === 'json') own.push(intent);
        undos.unshift(() => target.undo(intent));
      }
      return {
        own,
        undo: async () => {
          for (const undo of undos) await undo();
        },
      };
    },
    value: async (path: string): Promise<unknown> => (await workspace.open(run, path)).value,
  };
};

const newDisk = (texts: Readonly<Record<string, string>> = {}): MemoryDisk => {
  const disk = new MemoryDisk();
  for (const [path, text] of Object.entries(texts)) disk.put(path, text);
  return disk;
};

describe('the workspace of documents', () => {
  it('reads a file once, and writes it once', async () => {
    const disk = newDisk({ 'a.json': '{"a": 1}\n' });
    const { apply, flush } = driver(disk);
    for (let step = 0; step < 50; step += 1) await apply([set('a.json', '/a', step)]);
    expect([disk.reads, disk.text('a.json')]).toEqual([1, '{"a": 1}\n']);
    await flush();
    expect([disk.writes, disk.text('a.json')]).toEqual([1, '{"a": 49}\n']);
    await flush();
    expect(disk.writes).toBe(1);
  });

  it('is what copies of all of the document would be, through edits, undo and writing in any order', async () => {
    type Action = { readonly change: JsonChange } | 'undo' | 'flush';
    const actions = jsonContainer.chain((value) =>
      fc.tuple(
        fc.constant(value),
        fc.array(
          fc.oneof(
            { weight: 4, arbitrary: changeOf(value).map((change): Action => ({ change })) },
            { weight: 1, arbitrary: fc.constantFrom<Action>('undo', 'flush') },
          ),
          { maxLength: 12 },
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(actions, async ([made, list]) => {
        const text = JSON.stringify(made, null, 2);
        const disk = newDisk({ 'a.json': text });
        const { workspace, apply, flush, value } = driver(disk);
        const first = JSON.parse(text) as unknown;
        const undos: { readonly before: unknown; undo(): Promise<void> }[] = [];
        let now = first;
        for (const action of list) {
          if (action === 'flush') {
            const { undo } = await flush();
            undos.push({ before: now, undo });
            expect(JSON.stringify(sorted(JSON.parse(disk.text('a.json') as string)))).toBe(JSON.stringify(sorted(now)));
          } else if (action === 'undo') {
            const last = undos.pop();
            await last?.undo();
            now = last === undefined ? now : last.before;
          } else {
            const wanted = naiveChange(now, action.change);
            if (wanted === undefined) {
              await expect(apply([action.change])).rejects.toMatchObject({ code: 'BATCH_JSON_POINTER' });
              continue;
            }
            const intent = await apply([action.change]);
            undos.push({ before: now, undo: async () => void (await workspace.undo(intent)) });
            now = wanted.value;
          }
          expect(JSON.stringify(await value('a.json'))).toBe(JSON.stringify(now));
        }
        for (const { undo } of undos.reverse()) await undo();
        expect(JSON.stringify(await value('a.json'))).toBe(JSON.stringify(first));
        expect(disk.text('a.json')).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('has the keys that steps add at one time in the order of the steps', async () => {
    const disk = newDisk({ 'a.json': '{}' });
    const { workspace, flush } = driver(disk);
    const late = await workspace.prepare([set('a.json', '/x/late', 1)], { run, name: 'late', order: '2' });
    const early = await workspace.prepare([set('a.json', '/x/early', 1)], { run, name: 'early', order: '1' });
    await workspace.apply(late);
    await workspace.apply(early);
    await flush();
    expect(disk.text('a.json')).toBe('{\n  "x": {\n    "early": 1,\n    "late": 1\n  }\n}');
  });

  it('has them so for who reads it, and what was read stays what it is', async () => {
    const { workspace, apply, value } = driver(newDisk({ 'a.json': '{"a": 1}' }));
    await apply([set('a.json', '/late', { b: 1 })], '2');
    const read = (await value('a.json')) as { late: unknown };
    await apply([set('a.json', '/early', 1)], '1');
    await apply([set('a.json', '/late/a', 2)], '3');
    const { peek } = await workspace.open(run, 'a.json');
    expect(JSON.stringify([read, peek])).toBe('[{"a":1,"late":{"b":1}},{"a":1,"early":1,"late":{"b":1,"a":2}}]');
  });

  it('has the keys in that order also where some are in the file already', async () => {
    const disk = newDisk({ 'a.json': '{"a": 1}' });
    const { workspace, apply, flush } = driver(disk);
    await apply([set('a.json', '/late', 1)], '2');
    const { own, undo } = await flush();
    expect(disk.text('a.json')).toBe('{"a": 1, "late": 1}');
    const early = await apply([set('a.json', '/early', 1)], '1');
    const { undo: undoLast } = await flush();
    expect(disk.text('a.json')).toBe('{"a": 1, "early": 1, "late": 1}');
    await undoLast();
    expect([own.length, disk.text('a.json')]).toEqual([1, '{"a": 1, "late": 1}']);
    await workspace.undo(early);
    await undo();
    expect(disk.text('a.json')).toBe('{"a": 1}');
  });

  it('takes out of the file what is undone of what it has', async () => {
    const disk = newDisk({ 'a.json': '{"a": 1}' });
    const { workspace, apply, flush } = driver(disk);
    const first = await apply([set('a.json', '/b', 2)]);
    await apply([set('a.json', '/c', 3)]);
    await flush();
    expect(await workspace.undo(first)).toEqual([]);
    await flush();
    expect(disk.text('a.json')).toBe('{"a": 1, "c": 3}');
  });

  it('is not taken for changed by somebody else while it is being written', async () => {
    const disk = newDisk({ 'a.json': '{"a": 1}' });
    const { workspace, apply, flush } = driver(disk);
    await apply([set('a.json', '/b', 2)]);
    const [writes, own] = (await workspace.flush?.(run)) ?? [];
    const [write] = (writes?.changes ?? []) as [{ content: Uint8Array }];
    disk.put('a.json', new TextDecoder().decode(write.content));
    // The file has it, and the document has not heard.
    expect((await workspace.open(run, 'a.json')).value).toEqual({ a: 1, b: 2 });
    await workspace.apply(await workspace.prepare(own?.changes as never, { run, name: 'flush' }));
    await apply([set('a.json', '/c', 3)]);
    await flush();
    expect(disk.text('a.json')).toBe('{"a": 1, "b": 2, "c": 3}');
  });

  it('refuses to lose what somebody else has changed', async () => {
    const disk = newDisk({ 'a.json': '{"a": 1}' });
    const { workspace, apply, value } = driver(disk);
    await apply([set('a.json', '/a', 2)]);
    disk.put('a.json', '{"a": 1}');
    await apply([set('a.json', '/b', 2)]);
    disk.put('a.json', '{"mine": 1}');
    const changed = { code: 'BATCH_DOCUMENT_CHANGED', path: 'a.json' };
    await expect(workspace.flush?.(run)).rejects.toMatchObject(changed);
    await expect(apply([set('a.json', '/c', 1)])).rejects.toMatchObject(changed);
    await expect(value('a.json')).rejects.toMatchObject(changed);
    expect(disk.text('a.json')).toBe('{"mine": 1}');
  });

  it('reads again what somebody else has changed where nothing is lost by that', async () => {
    const disk = newDisk({ 'a.json': '{"a": 1}' });
    const { apply, flush, value } = driver(disk);
    await apply([set('a.json', '/a', 2)]);
    await flush();
    disk.put('a.json', '{"mine": 1}');
    await apply([set('a.json', '/b', 3)]);
    expect(await value('a.json')).toEqual({ mine: 1, b: 3 });
  });

  it('writes what is meant, and keeps the rest to itself', async () => {
    const disk = newDisk({ 'a.json': '{}', 'b.json': '{}' });
    const { apply, flush } = driver(disk);
    await apply([set('a.json', '/x', 1), set('b.json', '/x', 1)]);
    await flush((path) => path === 'b.json');
    expect(disk.texts()).toEqual({ 'a.json': '{}', 'b.json': '{\n  "x": 1\n}' });
  });

  it('makes a file that is not there of a whole value, and of nothing else', async () => {
    const disk = newDisk();
    const { apply, flush } = driver(disk);
    await expect(apply([set('a.json', '/a', 1)])).rejects.toMatchObject({ code: 'BATCH_FILE_MISSING', path: 'a.json' });
    await apply([set('a.json', '', {}), set('a.json', '/a', [1])]);
    const { undo } = await flush();
    expect(disk.text('a.json')).toBe('{\n  "a": [\n    1\n  ]\n}\n');
    await undo();
    expect(disk.text('a.json')).toBeUndefined();
  });

  it('keeps documents without a file', async () => {
    const disk = newDisk();
    const { apply, flush, value } = driver(disk);
    const intent = await apply([set('name:notes', '/seen', [1])]);
    await flush();
    expect([await value('name:notes'), disk.texts()]).toEqual([{ seen: [1] }, {}]);
    const other = jsonWorkspace({ root: '/nowhere', files: disk.documentFiles });
    expect(await other.restore?.(run, [intent])).toEqual([]);
    expect((await other.open(run, 'name:notes')).value).toEqual({ seen: [1] });
  });

  it('takes what it is given for what it was then', async () => {
    const { apply, value } = driver(newDisk({ 'a.json': '{}' }));
    const given = { list: [1] };
    await apply([set('a.json', '/x', given)]);
    given.list.push(2);
    expect(await value('a.json')).toEqual({ x: { list: [1] } });
  });

  it.each([
    ['nothing', undefined],
    ['NaN', { a: [Number.NaN] }],
    ['a big integer', 1n],
    ['a circle', circle()],
    ['what is too deep', deep(1_001)],
  ])('refuses %s, which is no JSON', async (_, given) => {
    const { apply, value } = driver(newDisk({ 'a.json': '{}' }));
    const wanted = { code: 'BATCH_FIELD_INVALID', path: 'a.json', field: '/x' };
    await expect(apply([set('a.json', '/x', given)])).rejects.toMatchObject(wanted);
    expect(await value('a.json')).toEqual({});
  });

  it('changes what is deep, and leaves what is deeper', async () => {
    const text = `{"x": ${'['.repeat(50_000)}${']'.repeat(50_000)}, "y": ${JSON.stringify(deep(900))}}`;
    const disk = newDisk({ 'a.json': text });
    const { apply, flush } = driver(disk);
    await apply([set('a.json', `/y${'/0'.repeat(899)}/-`, 1)]);
    await flush();
    expect(disk.text('a.json')).toBe(text.replace(/\[\](?=\]+\}$)/, '[1]'));
    await expect(apply([set('a.json', '/a'.repeat(1_001), 1)])).rejects.toMatchObject({ code: 'BATCH_JSON_POINTER' });
  });

  it('writes large intents down small', async () => {
    const { apply, workspace, value } = driver(newDisk({ 'a.json': '{}' }));
    const large = Array.from({ length: 5_000 }, () => 'the same again');
    const intent = await apply([set('a.json', '/x', large)]);
    expect(intent.length).toBeLessThan(1_000);
    await workspace.undo(intent);
    expect(await value('a.json')).toEqual({});
  });

  it.each(['../a.json', '/etc/a.json', 'a/../../b.json'])('refuses %s, which is not below the root', async (path) => {
    const workspace = jsonWorkspace({ root: import.meta.dirname });
    await expect(workspace.open(run, path)).rejects.toMatchObject({ code: 'BATCH_DOCUMENT_OUTSIDE' });
  });
});

describe('what another process has begun', () => {
  const begun = async (disk: MemoryDisk) => {
    const { apply, flush } = driver(disk);
    const intents = [await apply([set('a.json', '/list/-', 1)]), await apply([set('a.json', '/list/-', 2)])];
    return { intents, apply, flush };
  };
  const restored = async (disk: MemoryDisk, intents: readonly string[]) => {
    const next = driver(disk);
    return { conflicts: await next.workspace.restore?.(run, intents), ...next };
  };

  it('is there again', async () => {
    const disk = newDisk({ 'a.json': '{"list": []}' });
    const { intents } = await begun(disk);
    const { conflicts, flush } = await restored(disk, intents);
    await flush();
    expect([conflicts, disk.text('a.json')]).toEqual([[], '{"list": [1, 2]}']);
  });

  it('is not done twice where the file has it', async () => {
    const disk = newDisk({ 'a.json': '{"list": []}' });
    const { intents, flush, apply } = await begun(disk);
    intents.push(...(await flush()).own);
    const done = await restored(disk, intents);
    expect(await done.value('a.json')).toEqual({ list: [1, 2] });
    intents.push(await apply([set('a.json', '/list/-', 3)]));
    const more = await restored(disk, intents);
    expect(await more.value('a.json')).toEqual({ list: [1, 2, 3] });
  });

  it('is done again where the file was to have it, and the power went', async () => {
    const disk = newDisk({ 'a.json': '{"list": []}' });
    const { intents, flush, apply } = await begun(disk);
    intents.push(...(await flush()).own, await apply([set('a.json', '/list/-', 3)]));
    disk.put('a.json', '{"list": []}');
    const { conflicts, value } = await restored(disk, intents);
    expect([conflicts, await value('a.json')]).toEqual([[], { list: [1, 2, 3] }]);
  });

  it('is not laid over what somebody else has made of the file', async () => {
    const disk = newDisk({ 'a.json': '{"list": []}' });
    const { intents, flush } = await begun(disk);
    disk.put('a.json', '{"list": [9]}');
    const { conflicts } = await restored(disk, intents);
    expect(conflicts).toEqual([{ path: 'a.json', reason: 'was changed since the run has read it' }]);
    disk.put('a.json', '{"list": []}');
    intents.push(...(await flush()).own);
    disk.put('a.json', '{"list": [9]}');
    const after = await restored(disk, intents);
    expect([after.conflicts, await after.value('a.json')]).toEqual([[], { list: [9] }]);
  });

  it('is nothing to take back where no file has it', async () => {
    const disk = newDisk({ 'a.json': '{"list": []}' });
    const { intents } = await begun(disk);
    const other = jsonWorkspace({ root: '/nowhere', files: disk.documentFiles });
    for (const intent of intents.reverse()) expect(await other.undo(intent)).toEqual([]);
    expect(disk.text('a.json')).toBe('{"list": []}');
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]): [string, unknown] => [key, sorted(inner)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function deep(levels: number): unknown {
  let value: unknown[] = [];
  for (let level = 1; level < levels; level += 1) value = [value];
  return value;
}

function circle(): unknown {
  const value: unknown[] = [];
  value.push(value);
  return value;
}

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { channels } from '@hotpath/ai-router';
import { afterEach, expect, it, vi } from 'vitest';
import { createHotpath } from '../../src/compose.ts';
import type { Hotpath } from '../../src/hotpath.ts';
import { askAgents } from '../../src/workflows/ask-agents.ts';
import { createFileStore } from '../../src/workflows/file-store.ts';
import { openWorkflows } from '../../src/workflows/open-workflows.ts';
import { openShellFolder } from '../../src/workflows/shell-folder.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-workflows-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const machine = () => {
  const folder = newFolder();
  const root = join(folder, 'root');
  mkdirSync(root);
  return { root, folders: { state: join(folder, 'state'), cache: join(folder, 'cache') } };
};

it('puts the engine together; models are only looked for when an agent is asked', async () => {
  const { root, folders: own } = machine();
  const hotpath = vi.fn(() =>
    createHotpath(
      { providers: { sim: { type: 'sim' } }, detect: { environment: false, ollama: false }, defaultModel: 'sim/sim-1' },
      { environment: { HOTPATH_HOME: own.state }, warmCache: false },
    ),
  );
  const workflows = openWorkflows({ root, folders: own, hotpath });
  const plain = await workflows.batch.run({ name: 'plain', steps: [{ id: 'a', file: 'a.txt', content: 'x' }] }).outcome;
  expect(plain.state).toBe('committed');
  expect(hotpath).not.toHaveBeenCalled();
  const steps = [
    { id: 'one', agent: 'writer', task: 'first' },
    { id: 'two', agent: 'writer', task: 'second' },
  ];
  const asking: unknown[] = [];
  const onRequest = (event: unknown): void => void asking.push(event);
  channels.requestEnd.subscribe(onRequest);
  const { outputs, costUsd } = await workflows.batch.run({ name: 'asking', steps }).outcome;
  channels.requestEnd.unsubscribe(onRequest);
  expect(asking).toMatchObject([{ agent: 'writer' }, { agent: 'writer' }]);
  expect(outputs).toEqual({ one: expect.stringContaining('first'), two: expect.stringContaining('second') });
  expect(costUsd).toBe(0);
  expect(hotpath).toHaveBeenCalledTimes(1);
  await workflows.close();
  await workflows.close();
  expect(existsSync(join(own.state, 'workflows.sqlite'))).toBe(true);
});

it('a step with memo is not done again by another process', async () => {
  const { root, folders: own } = machine();
  const count = join(newFolder(), 'count');
  const workflow = {
    name: 'memo',
    steps: [{ id: 'a', run: `echo x >> ${count}; echo made > made.txt`, memo: true, writes: ['made.txt'] }],
  };
  for (let time = 0; time < 2; time += 1) {
    const workflows = openWorkflows({ root, folders: own });
    rmSync(join(root, 'made.txt'), { force: true });
    expect((await workflows.batch.run(workflow).outcome).state).toBe('committed');
    expect(readFileSync(join(root, 'made.txt'), 'utf8')).toBe('made\n');
    await workflows.close();
  }
  expect(readFileSync(count, 'utf8')).toBe('x\n');
});

/** A router that answers by what it is asked. */
const routerOf = (answer: (query: Record<string, unknown>) => string): { hotpath: Hotpath; asked: unknown[] } => {
  const asked: unknown[] = [];
  const stream = (query: Record<string, unknown>) => {
    asked.push({ ...query, signal: undefined });
    const text = answer(query);
    return Object.assign(
      (async function* () {
        yield text.slice(0, 3);
        yield text.slice(3);
      })(),
      { result: Promise.resolve({ text, costUsd: 0.5 }) },
    );
  };
  return { hotpath: { router: { stream } } as unknown as Hotpath, asked };
};
const request = {
  agent: 'poet',
  task: 'Write.',
  model: undefined,
  system: undefined,
  temperature: undefined,
  maxTokens: undefined,
  schema: undefined,
  idempotencyKey: 'k',
  attempt: 1,
};
const ask = (hotpath: Hotpath, more: object, onProgress = (_: string) => {}) =>
  askAgents(async () => hotpath)({ ...request, ...more }, { signal: new AbortController().signal, onProgress });

it('an agent is told its name where nothing else is said, and says how far it is', async () => {
  const { hotpath, asked } = routerOf(() => 'roses\nare red');
  const said: string[] = [];
  expect(await ask(hotpath, {}, (text) => said.push(text))).toEqual({ text: 'roses\nare red', costUsd: 0.5 });
  expect(said).toEqual(['ros', 'are red']);
  await ask(hotpath, { system: 'Rhyme.', model: 'a/b', temperature: 1, maxTokens: 5, attempt: 2 });
  expect(asked).toEqual([
    { prompt: 'Write.', system: 'You are the agent poet.', agent: 'poet', cache: 'use' },
    { prompt: 'Write.', system: 'Rhyme.', agent: 'poet', cache: 'refresh', model: 'a/b', temperature: 1, maxTokens: 5 },
  ]);
});

it('a schema is for the provider to keep, and said in words where it refuses it', async () => {
  const { hotpath, asked } = routerOf(({ responseFormat }) => {
    if (responseFormat !== undefined) throw Object.assign(new Error('no'), { code: 'ROUTER_FIELD_UNSUPPORTED' });
    return '{}';
  });
  const schema = { type: 'object' };
  expect(await ask(hotpath, { schema })).toMatchObject({ text: '{}' });
  expect(asked).toMatchObject([
    { responseFormat: { type: 'json-schema', schema } },
    { system: expect.stringMatching(/^You are the agent poet\.\n\nAnswer with JSON alone.*\n\{"type":"object"\}$/s) },
  ]);
});

it('a store keeps what was used last, and forgets the rest when it is closed', () => {
  const folder = join(newFolder(), 'store');
  const store = createFileStore({ folder, maxBytes: 250 });
  expect(store.get('a')).toBeUndefined();
  for (const key of ['a', 'b', 'c']) store.set(key, key.repeat(100));
  expect(store.get('b')).toBe('b'.repeat(100));
  store.close();
  expect(readdirSync(folder)).toHaveLength(2);
});

it('what killed processes left of their commands goes, and what others work with stays', () => {
  const [root, state] = [newFolder(), newFolder()];
  const leave = `
    const { mkdirSync } = await import('node:fs');
    const { openShellFolder } = await import(${JSON.stringify(new URL('../../src/workflows/shell-folder.ts', import.meta.url).href)});
    mkdirSync(openShellFolder(${JSON.stringify(root)}, ${JSON.stringify(state)}).folder, { recursive: true });
    process.kill(process.pid, 'SIGKILL');`;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', leave]).signal).toBe('SIGKILL');
  const all = join(state, 'workflow-commands');
  const foldersIn = () => readdirSync(all).filter((name) => !name.includes('.lock'));
  expect(foldersIn()).toHaveLength(1);
  const shell = openShellFolder(root, state);
  expect(foldersIn()).toEqual([]);
  mkdirSync(shell.folder);
  const other = openShellFolder(root, state);
  expect(foldersIn()).toEqual([basename(shell.folder)]);
  for (const each of [shell, other]) each.close();
  expect(existsSync(all)).toBe(false);
});

it('a command that opens it too, and sees no process but its own, takes nothing from others', async () => {
  const { root, folders: own } = machine();
  const nested = `
    const { openWorkflows } = await import(${JSON.stringify(new URL('../../src/workflows/open-workflows.ts', import.meta.url).href)});
    await openWorkflows(${JSON.stringify({ root: newFolder(), folders: own })}).close();`;
  writeFileSync(join(own.state, '..', 'nested.mjs'), nested);
  const workflows = openWorkflows({ root, folders: own });
  const run = `echo x > made.txt; ${process.execPath} ${join(own.state, '..', 'nested.mjs')}`;
  const { state, error } = await workflows.batch.run({ name: 'n', steps: [{ id: 'a', run, writes: ['made.txt'] }] })
    .outcome;
  expect([state, error]).toEqual(['committed', undefined]);
  expect(readFileSync(join(root, 'made.txt'), 'utf8')).toBe('x\n');
  await workflows.close();
});

it('opening and closing it for something else takes nothing from a command that is under way', async () => {
  const { root, folders: own } = machine();
  const workflows = openWorkflows({ root, folders: own });
  const go = join(newFolder(), 'go');
  const wait = `echo x > made.txt; echo waits; while [ ! -e ${go} ]; do sleep 0.02; done`;
  const run = workflows.batch.run({ name: 'slow', steps: [{ id: 'a', run: wait, writes: ['made.txt'] }] });
  for await (const { type } of run) if (type === 'step-progress') break;
  const others = openWorkflows({ root: newFolder(), folders: own });
  await others.close();
  writeFileSync(go, '');
  expect(await run.outcome).toMatchObject({ state: 'committed' });
  expect(readFileSync(join(root, 'made.txt'), 'utf8')).toBe('x\n');
  await workflows.close();
});

it('a plan knows what steps cost in earlier runs', async () => {
  const { root, folders: own } = machine();
  const { hotpath } = routerOf(() => 'done');
  const workflows = openWorkflows({
    root,
    folders: own,
    hotpath: async () => ({ ...hotpath, close: async () => {} }) as Hotpath,
  });
  const workflow = {
    name: 'paid',
    steps: [
      { id: 'many', agent: 'a', task: 't', map: [1, 2, 3] },
      { id: 'free', run: 'true' },
    ],
  };
  const costs = async () => (await workflows.plan(workflow)).steps.map(({ id, costUsd }) => [id, costUsd]);
  expect(await costs()).toEqual([
    ['many', null],
    ['free', null],
  ]);
  expect((await workflows.batch.run(workflow).outcome).costUsd).toBe(1.5);
  expect(await costs()).toEqual([
    ['many', 1.5],
    ['free', null],
  ]);
  expect((await workflows.plan({ ...workflow, maxCostUsd: 1 } as never)).findings).toContainEqual(
    expect.objectContaining({ code: 'BATCH_BUDGET' }),
  );
  await workflows.close();
});

it('prunes the runs of all folders but those in use, and says which these are', async () => {
  const { root, folders: own } = machine();
  const other = newFolder();
  const [workflows, others] = [openWorkflows({ root, folders: own }), openWorkflows({ root: other, folders: own })];
  const { run } = await workflows.batch.run({ name: 'one', steps: [{ id: 'a', file: 'a', content: 'x' }] }).outcome;
  const kept = await others.batch.run({ name: 'two', steps: [{ id: 'a', file: 'a', content: 'x' }] }).outcome;
  const stop = new AbortController();
  const slow = others.batch.run({ name: 'slow', steps: [{ id: 'a', run: 'sleep 20' }] }, { signal: stop.signal });
  for await (const { type } of slow) if (type === 'step-start') break;
  expect(await workflows.prune({ maxRuns: 0 })).toEqual({ removed: [run], busy: [others.root] });
  expect(workflows.allRuns({ idPrefix: kept.run.slice(0, 8) })).toMatchObject([{ id: kept.run, root: others.root }]);
  stop.abort();
  await slow.outcome;
  await others.close();
  await workflows.close();
});

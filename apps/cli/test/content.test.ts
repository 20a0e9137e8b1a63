import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './built.ts';
import { type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';

let machine: Machine;
let upstream: ScriptedUpstream;
beforeEach(async () => {
  machine = freshMachine();
  upstream = await scriptedUpstream(({ body }) => `re: ${body.messages.at(-1).content}`);
});
afterEach(() => upstream.close());

const run = (...args: string[]) => machine.run(args, { environment: upstream.environment });
const ask = (...args: string[]) => run('ask', '-m', 'openai/m', ...args);
const json = async (...args: string[]) => JSON.parse((await run('content', ...args, '--json')).stdout);
const state = () => join(machine.folder, 'home', 'state');
const switchOn = () =>
  machine.write('hotpath.config.json', JSON.stringify({ telemetry: { content: { enabled: true } } }));

describe('hotpath content', () => {
  it('says how to switch it on, and finds nothing, where it is off', async () => {
    await ask('of owls');
    const { code, stdout, stderr } = await run('content', 'search', 'owls');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('hotpath config set telemetry.content.enabled true');
    expect(await json('search', 'owls')).toEqual({ version: 1, isCapturing: false, entries: [], next: null });
    expect(await run('content', 'show', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CLI_CONTENT_MISSING'),
    });
    expect(readdirSync(state())).not.toContain('content.sqlite');
  });

  it('is switched on word for word as it says, and says that a gateway has to be started again', async () => {
    const refused = await run('config', 'set', 'telemetry.content.enabled', 'true');
    expect(refused.stderr).toContain('hotpath init --yes');
    const { stderr } = await run('content', 'search');
    const commands = [...stderr.matchAll(/"hotpath ([^"]+)"/g)].map(([, words = '']) => words.split(' '));
    expect(commands).toHaveLength(2);
    const ends = [];
    for (const words of commands) ends.push(await run(...words));
    expect(ends).toMatchObject([
      { code: 0 },
      { code: 0, stderr: expect.stringContaining('until it is started again') },
    ]);
    const after = await run('content', 'search');
    expect(after.stderr.replaceAll('\n', ' ')).toContain('Nothing is captured yet');
    expect(after.stderr.replaceAll('\n', ' ')).toContain('until it is started again');
    expect((await run('config', 'set', 'cache.ttlMs', '1h')).stderr).not.toContain('started again');
  });

  it('shows what was asked by the id that its answer tells', async () => {
    switchOn();
    await ask('of cats');
    const { requestId } = JSON.parse((await ask('of owls', '--json')).stdout);
    expect(await json('show', requestId)).toMatchObject({ requestId, prompt: 'user: of owls' });
  });

  it('searches and shows what was asked, without what was taken out, for this user alone', async () => {
    switchOn();
    await ask('Why do owls fly at night? sk-abcdefgh12345678');
    await ask('--no-log', 'of secret owls');
    await ask('of cats');
    const { stdout } = await run('content', 'search', 'OWLS', 'night');
    expect(stdout).toMatch(/^1 {2}\d{4}-.*Z {2}m\n {4}.*owls.*\[key\]/);
    expect((await json('search', 'owls')).entries).toMatchObject([
      { id: 1, model: 'm', command: 'ask', cache: 'miss' },
    ]);
    expect(await json('search', '--limit', '1')).toMatchObject({ entries: [{ id: 2 }], next: 2 });
    expect((await json('search', '--before', '2')).entries).toHaveLength(1);
    expect((await json('search', '--since', '1h', '--model', 'other')).entries).toEqual([]);
    const shown = await run('content', 'show', '1');
    expect(shown.stdout).toContain('Asked\nuser: Why do owls fly at night? [key]\n');
    expect(shown.stdout).toContain('Answered\nre: Why do owls fly at night? [key]\n');
    expect(await json('show', '1')).toMatchObject({
      version: 1,
      prompt: 'user: Why do owls fly at night? [key]',
      isPromptCut: false,
    });
    const file = join(state(), 'content.sqlite');
    expect(readFileSync(file).includes('sk-abcdefgh')).toBe(false);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('deletes by age, key, id or all of it, and asks before', async () => {
    switchOn();
    for (const text of ['one', 'two', 'three']) await ask(text);
    expect(await run('content', 'delete', '--all')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('hotpath content delete --all --yes'),
    });
    expect(await json('delete', '--older-than', '1h', '--yes')).toEqual({ version: 1, deleted: 0, isErased: true });
    expect(await json('delete', '--key', 'laptop', '--yes')).toEqual({ version: 1, deleted: 0, isErased: true });
    expect((await run('content', 'delete', '--id', '2', '--yes')).stdout).toBe('Deleted 1 entry.\n');
    expect((await json('search')).entries.map(({ id }: { readonly id: number }) => id)).toEqual([3, 1]);
    expect(await json('delete', '--all', '--yes')).toEqual({ version: 1, deleted: 2, isErased: true });
  });

  it('refuses what cannot be meant', async () => {
    switchOn();
    await ask('one');
    for (const args of [
      ['search', '---'],
      ['search', '"*"'],
      ['search', '--since', 'yesterday-ish'],
      ['show'],
      ['delete'],
      ['delete', '--all', '--id', '1'],
      ['delete', '--older-than', '30'],
    ])
      expect(await run('content', ...args)).toMatchObject({ code: 2 });
  });
});

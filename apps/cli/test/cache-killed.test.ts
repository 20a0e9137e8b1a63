import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest';
// @boundaries-ignore what tests of every package may need
import { mountDisk, unmountDisk } from '../../../tests/support/small-disk.ts';
import { freshMachine, type Machine, type Outcome, outcomeOf } from './built.ts';

const copies = 3_000;

const newMachine = (): Machine => {
  const machine = freshMachine();
  machine.write('hotpath.config.json', '{"providers":{"sim":{}},"defaultModel":"sim/sim-1"}');
  return machine;
};

/** A machine with a large cache, and the export that it was made of. */
let filled: Machine;
let lines: readonly string[];
let transfer: string;
beforeAll(async () => {
  filled = newMachine();
  await filled.run(['ask', 'one']);
  const [head = '', line = ''] = (await filled.run(['cache', 'export'])).stdout.split('\n');
  await filled.run(['cache', 'clear', '--yes']);
  const entry = JSON.parse(line);
  lines = [head, ...Array.from({ length: copies }, (_, index) => JSON.stringify({ ...entry, key: `copy-${index}` }))];
  transfer = filled.write('transfer.ndjson', `${lines.join('\n')}\n`);
  expect(await filled.run(['cache', 'import', transfer])).toMatchObject({ code: 0 });
});

const json = async (machine: Machine, ...args: string[]) => JSON.parse((await machine.run([...args, '--json'])).stdout);
const answersOf = (machine: Machine): string => join(machine.folder, 'home', 'cache', 'answers.sqlite');
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs a command and sends it a signal once `isUnderWay`; anew where it was quicker than that. */
const interrupted = async (
  machine: Machine,
  args: readonly string[],
  signal: NodeJS.Signals,
  isUnderWay: () => boolean,
): Promise<Outcome> => {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const child = machine.start(args);
    child.stdin.on('error', () => {}).end();
    const outcome = outcomeOf(child);
    while (child.exitCode === null && !isUnderWay()) await turn();
    child.kill(signal);
    const ended = await outcome;
    if (child.signalCode !== null || ended.code !== 0) return ended;
  }
  throw new Error(`"${args.join(' ')}" was always done before it could be interrupted.`);
};

describe('an export that is interrupted', () => {
  const folderFor = (name: string): string => {
    const folder = join(filled.folder, name);
    mkdirSync(folder);
    return folder;
  };
  const partialIn = (folder: string): string | undefined =>
    readdirSync(folder).find((name) => name.includes('partial'));
  const isHalfWritten = (folder: string): boolean => {
    const partial = partialIn(folder);
    return partial !== undefined && sizeOf(join(folder, partial)) > 128 * 1024;
  };
  const expectWhole = (file: string): void => {
    const written = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(written.slice(1).sort()).toEqual(lines.slice(1).sort());
  };
  /** A signal that comes when all is written finds a new file that is whole; earlier, what there was before. */
  const expectWholeOr = (file: string, before: string | undefined): void => {
    const written = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    if (written !== before) expectWhole(file);
  };

  it.each([
    ['SIGINT', 130, undefined],
    ['SIGTERM', 143, 'of before'],
  ] as const)(
    'by %s exits with %i and leaves no half file, not even a temporary one',
    async (signal, exitCode, before) => {
      const folder = folderFor(signal);
      const file = join(folder, 'answers.ndjson');
      if (before !== undefined) writeFileSync(file, before);
      const args = ['cache', 'export', '--output', file];
      const { code } = await interrupted(filled, args, signal, () => isHalfWritten(folder));
      expect(code).toBe(exitCode);
      expect(partialIn(folder)).toBeUndefined();
      expectWholeOr(file, before);
    },
  );

  it('by SIGKILL leaves the file of before, harms no cache, and stands in the way of no other', async () => {
    const folder = folderFor('SIGKILL');
    const file = join(folder, 'answers.ndjson');
    writeFileSync(file, 'of before');
    const args = ['cache', 'export', '--output', file];
    const { code } = await interrupted(filled, args, 'SIGKILL', () => isHalfWritten(folder));
    expect(code).toBeNull();
    expectWholeOr(file, 'of before');
    expect(await json(filled, 'cache', 'doctor')).toMatchObject({ healthy: true });
    expect(await filled.run(args)).toMatchObject({ code: 0 });
    expectWhole(file);
  });

  it('does not keep a later one from its work that has the same process id, as in a container', async () => {
    const folder = folderFor('same-id');
    const file = join(folder, 'answers.ndjson');
    const cli = fileURLToPath(new URL('../dist/hotpath.js', import.meta.url));
    const script = `echo half > "$2.partial-$$"; exec "$0" "$1" cache export --output "$2"`;
    const child = spawn('sh', ['-c', script, process.execPath, cli, file], {
      cwd: filled.folder,
      env: filled.environment,
    });
    expect(await outcomeOf(child)).toMatchObject({ code: 0 });
    expectWhole(file);
  });
});

describe('an import that is interrupted', () => {
  const isHalfWritten = (machine: Machine) => () =>
    sizeOf(answersOf(machine)) + sizeOf(`${answersOf(machine)}-wal`) > 1024 * 1024;

  it.concurrent.each([
    ['SIGKILL', null],
    ['SIGINT', 130],
  ] as const)('by %s leaves a cache that is whole, and the next one does the rest', async (signal, exitCode) => {
    const machine = newMachine();
    const { code } = await interrupted(machine, ['cache', 'import', transfer], signal, isHalfWritten(machine));
    expect(code).toBe(exitCode);
    if (signal === 'SIGINT') expect(readdirSync(join(answersOf(machine), '..'))).toEqual(['answers.sqlite']);
    expect(await json(machine, 'cache', 'doctor')).toMatchObject({ healthy: true });
    const { entries } = await json(machine, 'cache', 'stats');
    expect(entries).toBeGreaterThan(0);
    expect(entries).toBeLessThanOrEqual(copies);
    expect(await json(machine, 'cache', 'import', transfer)).toMatchObject({ imported: copies, durable: true });
    expect(await json(machine, 'cache', 'stats')).toMatchObject({ entries: copies });
  });
});

describe('a place without room', () => {
  /** A disk of its own. */
  const mounted = ({ skip }: TestContext, machine: Machine, options: string): string => {
    const folder = join(machine.folder, `disk-${readdirSync(machine.folder).length}`);
    if (!mountDisk(folder, options)) skip('a small disk can only be mounted by root');
    onTestFinished(() => unmountDisk(folder));
    return folder;
  };

  it('refuses an export, which leaves the file of before and nothing else', async (context) => {
    const folder = mounted(context, filled, 'size=1m');
    const file = join(folder, 'answers.ndjson');
    writeFileSync(file, 'whole');
    const { code, stderr, stdout } = await filled.run(['cache', 'export', '--output', file, '--json']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/cannot be used \(ENOSPC.*Make room on its disk, or name another/),
    });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'CLI_FILE_UNUSABLE' } });
    expect(readdirSync(folder)).toEqual(['answers.ndjson']);
    expect(readFileSync(file, 'utf8')).toBe('whole');
  });

  it('refuses an export of which all but the end has room', async (context) => {
    const machine = newMachine();
    await machine.run(['ask', 'one']);
    await machine.run(['ask', 'two']);
    const { length } = (await machine.run(['cache', 'export'])).stdout;
    const pageBytes = 4_096;
    const file = join(mounted(context, machine, `size=${Math.floor((length - 1) / pageBytes) * pageBytes}`), 'out');
    const { code } = await machine.run(['cache', 'export', '--output', file]);
    expect([code, existsSync(file)]).toEqual([1, false]);
  });

  it('ends an import with a complaint and an exit code, and the cache stays whole', async (context) => {
    const machine = newMachine();
    const disk = mounted(context, machine, 'size=4m');
    const path = join(disk, 'answers.sqlite');
    machine.write(
      'hotpath.config.json',
      JSON.stringify({ providers: { sim: {} }, defaultModel: 'sim/sim-1', cache: { path } }),
    );
    const { code, stdout, stderr } = await machine.run(['cache', 'import', transfer, '--json']);
    expect(code).toBe(1);
    expect(stdout).not.toContain('"durable":true');
    expect(stderr).toMatch(/full/);
    const { entries } = await json(machine, 'cache', 'stats');
    expect(entries).toBeLessThan(copies);
    const exported = await machine.run(['cache', 'export']);
    expect(exported.code).toBe(0);
    expect(exported.stdout.trimEnd().split('\n')).toHaveLength(entries + 1);
  });

  it('or one that may not be written to refuses an export', async (context) => {
    const isRoot = process.getuid?.() === 0;
    const folder = isRoot ? mounted(context, filled, 'ro') : join(filled.folder, 'read-only');
    if (!isRoot) {
      mkdirSync(folder);
      chmodSync(folder, 0o555);
    }
    const { code, stderr } = await filled.run(['cache', 'export', '--output', join(folder, 'answers.ndjson')]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/cannot be used \((EROFS|EACCES)/) });
    expect(readdirSync(folder)).toEqual([]);
  });
});

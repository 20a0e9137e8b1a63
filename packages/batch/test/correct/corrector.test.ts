import { describe, expect, it } from 'vitest';
import { createCorrector } from '../../src/correct/corrector.ts';
import type { ShellFailure } from '../../src/correct/failure.ts';
import { createFakeWorld } from './support/world.ts';

const shell = (line: string, stderr: string, extra: Partial<ShellFailure> = {}): ShellFailure => ({
  kind: 'shell',
  line,
  cwd: '/project',
  exitCode: 1,
  stderr,
  ...extra,
});

const lines = async (failure: ShellFailure, world = createFakeWorld({})): Promise<readonly (string | undefined)[]> =>
  (await createCorrector({ world }).suggest(failure)).map(({ change }) => change.line);

describe('corrections of command lines', () => {
  it('changes only the command that failed, and keeps the rest of the line as it was written', async () => {
    const world = createFakeWorld({ '/project/src/main.c': '', '/project/a b.txt': '' });
    const line = `X='a  b' cat  "a b.txt" | grep  -n 'x y' 'src/mian.c'   && git status`;
    const [best] = await lines(shell(line, 'grep: src/mian.c: No such file or directory'), world);
    expect(best).toBe(`X='a  b' cat  "a b.txt" | grep  -n 'x y' 'src/main.c'   && git status`);
  });

  it('follows cd within the line', async () => {
    const world = createFakeWorld({ '/project/app/data.txt': '', '/project/dato.txt': '' });
    const [best] = await lines(shell('cd app && cat dta.txt', 'cat: dta.txt: No such file or directory'), world);
    expect(best).toBe('cd app && cat data.txt');
  });

  it('says nothing when nothing was said', async () => {
    expect(await lines(shell('grpe foo a.txt', ''))).toEqual([]);
  });

  it('says nothing about a path that is there', async () => {
    const world = createFakeWorld({ '/project/data.txt': '', '/project/date.txt': '' });
    expect(await lines(shell('cat data.txt', 'cat: data.txt: No such file or directory'), world)).toEqual([]);
  });

  it('takes the tool at its word before anything else', async () => {
    const said = `git: 'lgo' is not a git command.\n\nThe most similar command is\n\tlog\n`;
    const [best] = await createCorrector({ world: createFakeWorld({}) }).suggest(shell('git lgo', said));
    expect(best?.change).toEqual({ line: 'git log' });
    expect(best?.reason).toContain('proposes');
  });

  it('asks a program for its options only after it has refused one', async () => {
    const world = createFakeWorld({}, ['tool'], { 'tool --help': '  --output FILE   where to\n  --quiet\n' });
    expect(await lines(shell('tool --outptu x', "tool: unrecognized option '--outptu'"), world)).toEqual([
      'tool --output x',
    ]);
    expect(world.asked).toEqual(['tool --help']);
    const other = createFakeWorld({ '/project/data.txt': '' }, ['tool']);
    await lines(shell('tool dta.txt', 'tool: dta.txt: Permission denied'), other);
    await lines(shell('toool dta.txt', 'sh: 1: toool: not found'), other);
    expect(other.asked).toEqual([]);
    // One that takes no notice of its options would do its work once more.
    const deploying = createFakeWorld({}, ['ship']);
    await lines(shell('ship prodd', 'ship: unknown target prodd'), deploying);
    await lines(shell('python3 ship.py prodd', 'ship.py: unknown target prodd'), deploying);
    await lines(shell('rm --forse x', "rm: unrecognized option '--forse'"), deploying);
    expect(deploying.asked.filter((command) => command !== 'python3 --help')).toEqual([]);
  });

  it('offers both of two that are equally near, and is sure of neither', async () => {
    const world = createFakeWorld({ '/project/test1.txt': '', '/project/test2.txt': '' });
    const found = await createCorrector({ world }).suggest(
      shell('cat test.txt', 'cat: test.txt: No such file or directory'),
    );
    expect(found.map(({ change }) => change.line).sort()).toEqual(['cat test1.txt', 'cat test2.txt']);
    for (const { confidence } of found) expect(confidence).toBeLessThan(0.7);
  });

  it('marks what a correction would lose', async () => {
    const world = createFakeWorld({ '/project/build/a.o': '' }, ['rm']);
    const [best] = await createCorrector({ world }).suggest(
      shell('rm -r biuld', "rm: cannot remove 'biuld': No such file or directory"),
    );
    expect(best).toMatchObject({ change: { line: 'rm -r build' }, risk: 'destructive' });
  });

  it('reads a bounded part of the world', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`/project/f${index % 60}/g${index % 50}/h${index}/x.txt`, '']),
    );
    const world = createFakeWorld(files);
    await lines(shell('cat nowhere.bin', 'cat: nowhere.bin: No such file or directory'), world);
    expect(world.looks.count).toBeLessThan(500);
  });

  it('stops when it is told to', async () => {
    const corrector = createCorrector({ world: createFakeWorld({}) });
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(corrector.suggest(shell('grpe x', 'sh: grpe: not found'), { signal })).rejects.toThrow('stopped');
  });

  it.each(['cat "unclosed', 'a && ', '$(', '<<EOF', "''", '', '😀 --x', 'x'.repeat(20_000)])(
    'lives with a line that is none: %#',
    async (line) => {
      expect(Array.isArray(await lines(shell(line, 'sh: 1: Syntax error: unknown option --x not found')))).toBe(true);
    },
  );
});

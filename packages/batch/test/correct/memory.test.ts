import { describe, expect, it } from 'vitest';
import { createCorrector } from '../../src/correct/corrector.ts';
import type { ShellFailure } from '../../src/correct/failure.ts';
import { shapeOf } from '../../src/correct/memory.ts';
import { createFakeWorld } from './support/world.ts';

const failing = (line: string, name: string): ShellFailure => ({
  kind: 'shell',
  line,
  cwd: '/project',
  exitCode: 1,
  stderr: `cat: ${name}: No such file or directory\n`,
});

const files = { '/project/notes.md': 'x', '/project/notes.txt': 'y', '/project/nodes.md': 'z' };

describe('what is learnt from corrections', () => {
  it('puts first what fixed the same failure before, and last what did not', async () => {
    const memory = new Map<string, string>();
    const corrector = createCorrector({ world: createFakeWorld(files), memory });
    const failure = failing('cat notes', 'notes');
    const before = await corrector.suggest(failure);
    expect(before.map(({ change }) => change.line)).toContain('cat notes.txt');
    const second = before.findIndex(({ change }) => change.line === 'cat notes.txt');
    const first = before.findIndex(({ change }) => change.line === 'cat notes.md');
    await corrector.learn(failure, before[second] as (typeof before)[number], 'fixed');
    await corrector.learn(failure, before[first] as (typeof before)[number], 'failed');
    const after = await corrector.suggest(failure);
    expect(after[0]?.change.line).toBe('cat notes.txt');
    const sunk = after.find(({ change }) => change.line === 'cat notes.md');
    expect(sunk?.confidence).toBeLessThan(before[first]?.confidence ?? 0);
  });

  it('never makes certain by learning what was uncertain by its rule', async () => {
    const memory = new Map<string, string>();
    const corrector = createCorrector({ world: createFakeWorld(files), memory });
    const failure = failing('cat notes', 'notes');
    for (let time = 0; time < 20; time++) {
      const best = (await corrector.suggest(failure))[0];
      if (best) await corrector.learn(failure, best, 'fixed');
    }
    const best = (await corrector.suggest(failure))[0];
    expect(best?.confidence).toBeLessThan(0.7);
  });

  it('holds for failures of one shape, and for no others', () => {
    const one = failing('cat /project/a/b.txt', '/project/a/b.txt');
    const other = failing('cat some/where.md', 'some/where.md');
    expect(shapeOf(one)).toBe(shapeOf(other));
    expect(shapeOf(failing('head b.txt', 'b.txt'))).not.toBe(shapeOf(one));
    expect(shapeOf({ ...one, stderr: 'cat: unrecognized option --nubmer' })).not.toBe(shapeOf(one));
  });

  it('sinks a rule that failed for another failure of the shape', async () => {
    const memory = new Map<string, string>();
    const corrector = createCorrector({
      world: createFakeWorld({ '/project/config.json': '{}', '/project/data.json': '{}' }),
      memory,
    });
    const one = failing('cat confg.json', 'confg.json');
    const other = failing('cat dta.json', 'dta.json');
    const before = (await corrector.suggest(other))[0];
    for (let time = 0; time < 3; time++) {
      const best = (await corrector.suggest(one))[0];
      if (best) await corrector.learn(one, best, 'failed');
    }
    expect((await corrector.suggest(other))[0]?.confidence).toBeLessThan(before?.confidence ?? 0);
  });

  it('goes on when what was kept is damaged', async () => {
    const memory = { get: () => '{"rules":', set: () => undefined };
    const corrector = createCorrector({ world: createFakeWorld(files), memory });
    expect(await corrector.suggest(failing('cat nodes.m', 'nodes.m'))).not.toEqual([]);
  });

  it('keeps a bounded number of lessons', async () => {
    const memory = new Map<string, string>();
    const corrector = createCorrector({ world: createFakeWorld(files), memory });
    for (let time = 0; time < 60; time++) {
      const failure = failing(`cat notes${time}`, `notes${time}`);
      await corrector.learn(
        failure,
        {
          rule: 'path',
          change: { line: `cat ${time}` },
          reason: '',
          confidence: 0.5,
          risk: 'safe',
          riskBefore: 'safe',
        },
        'fixed',
      );
    }
    for (const value of memory.values()) expect(Object.keys(JSON.parse(value).changes).length).toBeLessThanOrEqual(20);
  });
});

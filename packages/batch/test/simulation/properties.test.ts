import { describe, expect, it } from 'vitest';
import type { RunOutcome } from '../../src/index.ts';
import { differences } from './support/differences.ts';
import { interpret } from './support/interpret.ts';
import { createMachine, exactTree, type Machine, plainTree, startProcess } from './support/machine.ts';
import { createRandom } from './support/random.ts';
import { createScenario, type Scenario } from './support/scenario.ts';

const seedsFrom = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => first + at);

interface Ran {
  readonly machine: Machine;
  readonly outcome: RunOutcome;
}

const run = async (
  scenario: Scenario,
  { seed, concurrency, machine = createMachine(scenario) }: { seed: number; concurrency: number; machine?: Machine },
): Promise<Ran> => {
  const process = startProcess(machine, { seed });
  const { outcome } = process.batch.run(scenario.workflow, { concurrency });
  await process.passTime(outcome);
  return { machine, outcome: await outcome };
};

const doneOf = ({ steps }: RunOutcome): ReadonlySet<string> =>
  new Set(steps.filter(({ state }) => state === 'succeeded').map(({ step }) => step));

describe('a run of any graph', () => {
  it('comes to the same tree, outputs and hash in any order of finishing and at any concurrency', async () => {
    for (const seed of seedsFrom(1_000, 60)) {
      const scenario = createScenario(seed);
      const alone = await run(scenario, { seed, concurrency: 1 });
      const tree = plainTree(alone.machine);
      for (const concurrency of [2, 3, 5, 8]) {
        const { machine, outcome } = await run(scenario, { seed: seed + concurrency * 7, concurrency });
        const { state, resultHash, outputs } = outcome;
        const found = [...differences(plainTree(machine), tree), ...differences(outputs, alone.outcome.outputs)];
        // What a run that is stopped had begun hangs on what was first.
        const isHashed = alone.outcome.state === 'committed' || alone.outcome.state === 'kept';
        expect({ seed, concurrency, state, found: state === 'undone' ? [] : found }).toEqual({
          seed,
          concurrency,
          state: alone.outcome.state,
          found: [],
        });
        if (isHashed) expect({ seed, resultHash }).toEqual({ seed, resultHash: alone.outcome.resultHash });
      }
    }
  }, 60_000);

  it('is taken back to the exact bytes, modes, times and targets, several of them the newest first', async () => {
    for (const seed of seedsFrom(2_000, 40)) {
      const [first, second] = [createScenario(seed), createScenario(seed)];
      const one = await run(first, { seed, concurrency: 4 });
      const { machine } = one;
      if (one.outcome.state !== 'committed') continue;
      const between = exactTree(machine);
      // The same again may not fit the tree that the first has left: then it is taken back by itself.
      const two = await run(second, { seed: seed + 1, concurrency: 3, machine });
      const ids = [two, one].filter(({ outcome: { state } }) => state === 'committed' || state === 'kept');
      for (const { outcome } of ids) {
        const process = startProcess(machine, { seed });
        const undo = process.batch.undo(outcome.run);
        await process.passTime(undo);
        expect({ seed, conflicts: (await undo).conflicts }).toEqual({ seed, conflicts: [] });
        if (outcome === two.outcome)
          expect({ seed, found: differences(exactTree(machine), between) }).toEqual({ seed, found: [] });
      }
      const before = exactTree(createMachine(first));
      expect({ seed, found: differences(exactTree(machine), before) }).toEqual({ seed, found: [] });
    }
  }, 60_000);

  it('leaves whole steps, or none, when it is cancelled at any time', async () => {
    const ends = new Set<string>();
    for (const seed of seedsFrom(3_000, 80)) {
      const scenario = createScenario(seed);
      const machine = createMachine(scenario);
      const before = exactTree(machine);
      const process = startProcess(machine, { seed });
      const cancel = new AbortController();
      process.time.clock.after(createRandom(seed).integer(80), () => cancel.abort(new Error('enough')));
      const { outcome: ending } = process.batch.run(scenario.workflow, { concurrency: 4, signal: cancel.signal });
      await process.passTime(ending);
      const outcome = await ending;
      ends.add(outcome.state);
      const found =
        outcome.state === 'undone' || outcome.state === 'failed'
          ? differences(exactTree(machine), before)
          : differences(plainTree(machine), interpret(scenario, doneOf(outcome)).tree);
      expect({ seed, state: outcome.state, found }).toEqual({ seed, state: outcome.state, found: [] });
    }
    expect([...ends].sort()).toEqual(expect.arrayContaining(['committed', 'kept', 'undone']));
  }, 60_000);

  it('leaves whole steps, or none, when the disk fails it anywhere, if need be at the next start', async () => {
    const ends = new Set<string>();
    for (const seed of seedsFrom(4_000, 120)) {
      const scenario = createScenario(seed);
      const random = createRandom(seed);
      const rehearsed = createMachine(scenario);
      await run(scenario, { seed, concurrency: 4, machine: rehearsed });
      const machine = createMachine(scenario);
      const before = exactTree(machine);
      const [code, allWrites] = random.pick([
        ['ENOSPC', true],
        ['EIO', false],
        ['ENOSPC', false],
      ] as const);
      machine.fileSystem.failAt(1 + random.integer(rehearsed.fileSystem.operations), code, { allWrites });
      const process = startProcess(machine, { seed });
      const ran = process.batch.run(scenario.workflow, { concurrency: 4 });
      await process.passTime(ran.outcome);
      const outcome = await ran.outcome.catch(() => undefined);
      let done = outcome && doneOf(outcome);
      let state: string | undefined = outcome?.state;
      if (outcome === undefined) {
        machine.restart({ power: 'kept', random });
        const next = startProcess(machine, { seed });
        const recovery = next.batch.recover();
        await next.passTime(recovery);
        await recovery;
        const history = machine.journal.load(ran.id);
        state = history?.run.state ?? 'undone';
        done = new Set(history?.attempts.filter(({ end }) => end === 'succeeded').map(({ step }) => step));
      } else if (outcome.error !== undefined && !scenario.isDoomed)
        expect({ seed, error: String(outcome.error) }).toEqual({ seed, error: expect.stringContaining(code) });
      ends.add(String(state));
      const found =
        state === 'undone' || state === 'failed'
          ? differences(exactTree(machine), before)
          : differences(plainTree(machine), interpret(scenario, done).tree);
      expect({ seed, code, state, found }).toEqual({ seed, code, state, found: [] });
    }
    expect([...ends].sort()).toEqual(expect.arrayContaining(['committed', 'kept', 'undone']));
  }, 60_000);
});

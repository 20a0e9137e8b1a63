import type { RunOutcome, RunState } from '../../../src/index.ts';
import { differences } from './differences.ts';
import { interpret } from './interpret.ts';
import { createMachine, exactTree, type Machine, ownPaths, type Process, plainTree, startProcess } from './machine.ts';
import { createRandom } from './random.ts';
import { createScenario, type Scenario } from './scenario.ts';

/** A run to which nothing happens. */
export interface Reference {
  readonly scenario: Scenario;
  readonly before: Record<string, unknown>;
  readonly after: Record<string, unknown>;
  readonly outcome: RunOutcome;
  /** How many inputs and outputs it takes. */
  readonly points: number;
}

const begin = (process: Process, scenario: Scenario) =>
  process.batch.run(scenario.workflow, { concurrency: scenario.concurrency });

export const rehearse = async (seed: number): Promise<Reference> => {
  const scenario = createScenario(seed);
  const machine = createMachine(scenario);
  const before = exactTree(machine);
  const from = machine.points();
  const process = startProcess(machine, { seed });
  const { outcome } = begin(process, scenario);
  await process.passTime(outcome);
  const after = plainTree(machine);
  return { scenario, before, after, outcome: await outcome, points: machine.points() - from };
};

/** What is wrong with a run to which nothing happens. */
export const faultsOfReference = ({ scenario, after, outcome }: Reference): readonly string[] => {
  const { state, outputs, error } = outcome;
  const done = new Set(outcome.steps.filter((step) => step.state === 'succeeded').map(({ step }) => step));
  if (!scenario.isDoomed && state !== 'committed') return [`it is ${state}: ${String(error)}`];
  if (state === 'committed') {
    const wanted = interpret(scenario);
    const given = Object.fromEntries(Object.entries(outputs).map(([id, output]) => [id, output ?? null]));
    return [...differences(after, wanted.tree), ...differences(given, wanted.outputs)];
  }
  if (state === 'kept') return differences(after, interpret(scenario, done).tree);
  return differences(after, interpret(scenario, new Set()).tree);
};

/** How the life of a run is cut short, and what comes after. */
export interface Life {
  readonly seed: number;
  /** The process dies at this input or output, counted from 1; with all of them done, right after its end. */
  readonly point: number;
}

/** What no undo will ask for. Of a run that went with the power before any of it was sure, nobody knows what it had prepared. */
const leftOver = (machine: Machine, state: RunState | 'nothing'): readonly string[] =>
  state === 'committed' || state === 'kept' || state === 'nothing'
    ? []
    : ownPaths(machine).map((path) => `${path} is left`);

const ends: readonly RunState[] = ['committed', 'kept', 'undone', 'failed'];

interface Ways {
  readonly power: 'kept' | 'lost';
  readonly isResumed: boolean;
  /** The next process dies too. */
  readonly again: number | undefined;
  readonly powerAgain: 'kept' | 'lost';
  readonly isUndone: boolean;
}

/** A process dies, another comes after it. Returns what is wrong then, and where the run has ended. */
export const live = async (
  { scenario, before, after, outcome: wanted }: Reference,
  { seed, point }: Life,
): Promise<{ readonly faults: readonly string[]; readonly state: RunState | 'nothing' }> => {
  const random = createRandom(seed * 7_919 + point);
  const ways: Ways = {
    power: random.pick(['kept', 'lost']),
    isResumed: random.chance(0.5),
    again: random.chance(0.4) ? 1 + random.integer(random.pick([20, 200])) : undefined,
    powerAgain: random.pick(['kept', 'lost']),
    isUndone: random.chance(0.25),
  };
  const faults: string[] = [];
  const machine = createMachine(scenario);
  const first = startProcess(machine, { seed });
  machine.crashAt(point);
  const run = begin(first, scenario);
  await first.passTime(run.outcome);
  const told = machine.isDead() ? undefined : await run.outcome;
  const left = told && plainTree(machine);
  const stateOf = (): RunState | 'nothing' => machine.journal.load(run.id)?.run.state ?? 'nothing';
  // To take away what is no longer needed is not made sure: it may be there again after a loss of power, and harms nobody.
  const isOver = (): boolean => ['undone', 'failed'].includes(stateOf());
  if (told !== undefined) faults.push(...leftOver(machine, stateOf()));
  machine.restart({ power: ways.power, random });
  if (told !== undefined && stateOf() !== told.state) faults.push(`${told.state} was told, and it is ${stateOf()}`);
  if (left !== undefined) faults.push(...differences(plainTree(machine), left));

  const died = new Map(machine.calls);
  const ended = new Set(machine.ended);
  let isResumed = false;
  let resumed: RunOutcome | undefined;
  /** Puts in order what is left, by the next process. */
  const mend = async (number: number): Promise<void> => {
    const process = startProcess(machine, { seed: seed * 31 + point + number });
    const state = stateOf();
    if (ways.isResumed && (state === 'running' || (state === 'kept' && isResumed))) {
      isResumed = true;
      const { outcome } = process.batch.resume(run.id, { concurrency: 1 + random.integer(8) });
      await process.passTime(outcome);
      if (!machine.isDead()) resumed = await outcome;
    } else {
      const recovery = process.batch.recover();
      recovery.catch(() => {});
      await process.passTime(recovery);
      if (machine.isDead()) return;
      for (const { conflicts } of await recovery)
        for (const { path, reason } of conflicts) faults.push(`recovery: ${path} ${reason}`);
    }
  };
  try {
    if (ways.again !== undefined) {
      const wasOver = isOver();
      machine.crashAt(ways.again);
      await mend(1);
      if (!machine.isDead() && !wasOver) faults.push(...leftOver(machine, stateOf()));
      machine.restart({ power: ways.powerAgain, random });
    }
    const wasOver = isOver();
    await mend(2);
    const state = stateOf();
    if (!wasOver) faults.push(...leftOver(machine, state));
    machine.restart({ power: 'lost', random });
    if (stateOf() !== state) faults.push(`it was ${state}, and is ${stateOf()} after the loss of power`);
  } catch (error) {
    faults.push(`to mend it failed: ${error instanceof Error ? error.stack : String(error)}`);
    return { faults, state: stateOf() };
  }

  const state = stateOf();
  if (state !== 'nothing' && !ends.includes(state)) faults.push(`it is ${state} in the end`);
  if (state === 'committed' || (state === 'kept' && resumed !== undefined))
    faults.push(...differences(plainTree(machine), after));
  if (state === 'committed' && wanted.state !== 'committed')
    faults.push(`it is committed, where ${wanted.state} is due`);
  if (state === 'kept') {
    const attempts = machine.journal.load(run.id)?.attempts ?? [];
    const done = new Set(attempts.filter(({ end }) => end === 'succeeded').map(({ step }) => step));
    faults.push(...differences(plainTree(machine), interpret(scenario, done).tree));
  }
  if (resumed !== undefined) {
    if (resumed.state !== wanted.state && !(wanted.state === 'undone' && resumed.state === 'failed'))
      faults.push(`resumed it is ${resumed.state}, and not ${wanted.state}: ${String(resumed.error)}`);
    else if (resumed.state === 'committed' && resumed.resultHash !== wanted.resultHash)
      faults.push('another result hash', ...differences(resumed.outputs, wanted.outputs));
  }
  if (['undone', 'failed', 'nothing'].includes(state)) {
    faults.push(...differences(exactTree(machine), before));
  }
  /** What the disk has forgotten has to be done again; the journal says so. */
  const lost = new Set(
    machine.journal
      .load(run.id)
      ?.attempts.filter(({ error }) => error?.includes('lost with the power'))
      .map(({ step }) => step),
  );
  if (isResumed)
    for (const step of ended)
      for (const key of machine.keys.get(step) ?? [])
        if (machine.calls.get(key) !== died.get(key) && !lost.has(step))
          faults.push(`${step} was done again, though its end was known`);
  for (const [step, keys] of machine.keys) if (keys.size > 1) faults.push(`${step} had ${keys.size} keys`);

  if (ways.isUndone && (state === 'committed' || state === 'kept') && faults.length === 0) {
    const process = startProcess(machine, { seed });
    const undo = process.batch.undo(run.id);
    undo.catch(() => {});
    await process.passTime(undo);
    try {
      const { conflicts } = await undo;
      faults.push(...conflicts.map(({ path, reason }) => `undo: ${path} ${reason}`));
    } catch (error) {
      faults.push(`undo failed: ${String(error)}`);
    }
    faults.push(...differences(exactTree(machine), before), ...leftOver(machine, stateOf()));
  }
  const how = `power ${ways.power}, ${isResumed ? 'resumed' : 'recovered'}, again at ${ways.again ?? 'no point'} with power ${ways.powerAgain}`;
  return { faults: faults.map((fault) => `${fault} (${how})`), state };
};

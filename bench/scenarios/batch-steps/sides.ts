import type { FunctionStep } from '@hotpath/batch';
import type { BenchStep } from './workload.ts';

/** Runs all steps, at most four at once, each after those it depends on. Resolves to the sum of what they said. */
export type RunAll = (steps: readonly BenchStep[]) => Promise<number>;

export interface StepsSide {
  readonly name: string;
  readonly note: string;
  readonly open: () => Promise<RunAll>;
}

export const concurrency = 4;

type Limit = (run: () => Promise<number>) => Promise<number>;

const isIndependent = (steps: readonly BenchStep[]): boolean =>
  steps.every(({ dependencies }) => dependencies.length === 0);
const sumOf = (values: readonly number[]): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

/** What a limiter of concurrency lacks: what is ready is counted, and started in the order in which it became so. */
const inOrder =
  (newLimit: () => Limit): RunAll =>
  async (steps) => {
    const limit = newLimit();
    if (isIndependent(steps)) return sumOf(await Promise.all(steps.map(({ run }) => limit(run))));
    const numbers = new Map(steps.map(({ id }, number) => [id, number]));
    const missing = new Uint32Array(steps.length);
    const after: number[][] = steps.map(() => []);
    for (const [number, { dependencies }] of steps.entries()) {
      missing[number] = dependencies.length;
      for (const id of dependencies) after[numbers.get(id) as number]?.push(number);
    }
    let sum = 0;
    let open = steps.length;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const start = (number: number): void => {
      limit((steps[number] as BenchStep).run).then((value) => {
        sum += value;
        open -= 1;
        if (open === 0) resolve(sum);
        for (const next of after[number] as number[]) {
          missing[next] = (missing[next] as number) - 1;
          if (missing[next] === 0) start(next);
        }
      }, reject);
    };
    for (const [number, { dependencies }] of steps.entries()) if (dependencies.length === 0) start(number);
    return promise;
  };

const hotpath = (functionOf: (step: BenchStep) => FunctionStep['run']) => async (): Promise<RunAll> => {
  const { runSteps } = await import('@hotpath/batch');
  const known = new WeakMap<readonly BenchStep[], readonly FunctionStep[]>();
  return async (steps) => {
    const own = known.get(steps) ?? steps.map((step) => ({ ...step, run: functionOf(step) }));
    known.set(steps, own);
    const { steps: results } = await runSteps(own, { concurrency });
    let sum = 0;
    for (const { output } of results) sum += output as number;
    return sum;
  };
};

export const floorName = 'loop of awaits';
export const ownName = 'hotpath runSteps';

export const stepsSides: readonly StepsSide[] = [
  {
    name: floorName,
    note: 'the floor: one step after another in the order of declaration, which holds every dependency',
    open: async () => async (steps) => {
      let sum = 0;
      for (const step of steps) sum += await step.run();
      return sum;
    },
  },
  {
    name: 'promises',
    note: 'the naive way: a promise for each step, behind those of its dependencies, without any limit',
    open: async () => async (steps) => {
      const begun = new Map<string, Promise<number>>();
      for (const { id, dependencies, run } of steps) {
        const before = dependencies.map((each) => begun.get(each));
        begun.set(id, before.length === 0 ? run() : Promise.all(before).then(run));
      }
      return sumOf(await Promise.all(begun.values()));
    },
  },
  {
    name: 'fastq',
    note: 'fastq.promise',
    open: async () => {
      const { default: fastq } = await import('fastq');
      return inOrder(() => {
        const queue = fastq.promise((run: () => Promise<number>) => run(), concurrency);
        return (run) => queue.push(run);
      });
    },
  },
  {
    name: 'p-limit',
    note: 'a function for each step',
    open: async () => {
      const { default: pLimit } = await import('p-limit');
      return inOrder(() => pLimit(concurrency));
    },
  },
  {
    name: 'p-queue',
    note: 'the same, and what is ready sorted by priority, of which all have the same',
    open: async () => {
      const { default: PQueue } = await import('p-queue');
      return inOrder(() => {
        const queue = new PQueue({ concurrency });
        return (run) => queue.add(run);
      });
    },
  },
  {
    name: 'effect',
    note: 'Effect.forEach with concurrency 4; in the graph each waits first for the Deferred of each dependency, which the order of declaration allows',
    open: async () => {
      const { Deferred, Effect } = await import('effect');
      const independent: RunAll = async (steps) =>
        sumOf(await Effect.runPromise(Effect.forEach(steps, ({ run }) => Effect.promise(run), { concurrency })));
      const ordered: RunAll = async (steps) => {
        const ends = new Map(steps.map(({ id }) => [id, Deferred.makeUnsafe<number>()]));
        const endOf = (id: string) => ends.get(id) as NonNullable<ReturnType<typeof ends.get>>;
        const one = ({ id, dependencies, run }: BenchStep) =>
          Effect.gen(function* () {
            for (const before of dependencies) yield* Deferred.await(endOf(before));
            const value = yield* Effect.promise(run);
            yield* Deferred.succeed(endOf(id), value);
            return value;
          });
        return sumOf(await Effect.runPromise(Effect.forEach(steps, one, { concurrency })));
      };
      return (steps) => (isIndependent(steps) ? independent : ordered)(steps);
    },
  },
  {
    name: ownName,
    note: 'with priorities, states, retries, time limits, outputs by id and a signal for each step',
    open: hotpath(({ run }) => run),
  },
  {
    name: 'hotpath signals read',
    note: 'the same, each step asking for its signal, which is made then',
    open: hotpath(({ run }) => ({ signal }) => {
      signal.throwIfAborted();
      return run();
    }),
  },
];

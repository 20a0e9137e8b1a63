import { describe, expect, it } from 'vitest';
import { type FunctionStep, runSteps, type StepRun } from '../../src/index.ts';
import { manualClock, settle } from '../support/manual-clock.ts';

const pause = (ms: number, { signal }: StepRun): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
const transient = (message: string): Error => Object.assign(new Error(message), { isRetryable: true });

describe('runSteps', () => {
  it('runs each after those it depends on, and gives what they returned', async () => {
    const { isSuccess, steps } = await runSteps([
      { id: 'sum', run: (step) => Number(step.output('a')) + Number(step.output('b')), dependencies: ['a', 'b'] },
      { id: 'a', run: async () => 1 },
      { id: 'b', run: () => 2 },
    ]);
    expect(isSuccess).toBe(true);
    expect(steps.map(({ id, state, output, attempts }) => ({ id, state, output, attempts }))).toEqual([
      { id: 'sum', state: 'succeeded', output: 3, attempts: 1 },
      { id: 'a', state: 'succeeded', output: 1, attempts: 1 },
      { id: 'b', state: 'succeeded', output: 2, attempts: 1 },
    ]);
  });

  it('gives them to a function that takes apart what it is told', async () => {
    const { steps } = await runSteps([
      { id: 'one', run: () => 1 },
      { id: 'two', run: ({ output, signal }) => [output('one'), signal.aborted], dependencies: ['one'] },
    ]);
    expect(steps.map(({ output }) => output)).toEqual([1, [1, false]]);
  });

  it('runs no more at once than asked', async () => {
    let running = 0;
    let most = 0;
    const run = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await settle();
      running -= 1;
    };
    await runSteps(
      Array.from({ length: 20 }, (_, at): FunctionStep => ({ id: `s${at}`, run })),
      { concurrency: 3 },
    );
    expect(most).toBe(3);
  });

  it('tries again what may end otherwise, after a random part of a wait that doubles', async () => {
    const clock = manualClock();
    const startedAtMs: number[] = [];
    const running = runSteps(
      [
        {
          id: 'a',
          retries: 3,
          run: ({ attempt }) => {
            startedAtMs.push(clock.now() - 1_000_000);
            if (attempt < 4) throw transient('busy');
            return attempt;
          },
        },
      ],
      { clock, random: () => 0.5 },
    );
    await clock.advance(10_000);
    expect((await running).steps[0]).toMatchObject({ state: 'succeeded', output: 4, attempts: 4 });
    expect(startedAtMs).toEqual([0, 100, 300, 700]);
  });

  it.each([
    [new Error('broken'), undefined, 1],
    [new Error('broken'), 'always', 3],
    [Object.assign(new Error('x'), { code: 'ECONNRESET' }), undefined, 3],
    [Object.assign(new Error('x'), { status: 429 }), 'never', 1],
    [Object.assign(new Error('x'), { status: 503 }), undefined, 3],
    [Object.assign(new Error('x'), { status: 400 }), undefined, 1],
    [undefined, undefined, 1],
  ] as const)('tries %o of class %s %i times', async (error, retry, times) => {
    const { steps } = await runSteps([
      {
        id: 'a',
        retry,
        retryDelayMs: 0,
        run: () => {
          throw error;
        },
      },
    ]);
    expect(steps[0]).toMatchObject({ state: 'failed', attempts: times, error });
  });

  it('waits as long as a failure says', async () => {
    const clock = manualClock();
    let calls = 0;
    const running = runSteps(
      [
        {
          id: 'a',
          run: () => {
            calls += 1;
            if (calls === 1) throw Object.assign(transient('slow down'), { retryAfterMs: 5_000 });
          },
        },
      ],
      { clock },
    );
    await clock.advance(4_999);
    expect(calls).toBe(1);
    await clock.advance(1);
    expect((await running).isSuccess).toBe(true);
  });

  it('ends an attempt that takes too long, and counts it as one that may end otherwise', async () => {
    const clock = manualClock();
    const signals: AbortSignal[] = [];
    const running = runSteps(
      [
        {
          id: 'a',
          timeoutMs: 1_000,
          retries: 1,
          retryDelayMs: 0,
          run: ({ signal }) => {
            signals.push(signal);
            return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          },
        },
      ],
      { clock },
    );
    await clock.advance(2_000);
    expect((await running).steps[0]).toMatchObject({
      state: 'failed',
      attempts: 2,
      error: { code: 'BATCH_STEP_TIMEOUT' },
    });
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('does not wait for ever for one that ignores that it is to end', async () => {
    const clock = manualClock();
    const running = runSteps([{ id: 'a', timeoutMs: 1_000, retries: 0, run: () => new Promise(() => {}) }], { clock });
    await clock.advance(6_000);
    expect((await running).steps[0]).toMatchObject({ state: 'failed', error: { code: 'BATCH_STEP_TIMEOUT' } });
  });

  it('blocks what needs a step that failed, and goes on with the rest', async () => {
    const fail = (): never => {
      throw new Error('no');
    };
    const { isSuccess, steps } = await runSteps([
      { id: 'a', run: fail },
      { id: 'b', run: () => 1, dependencies: ['a'] },
      { id: 'c', run: () => 1 },
    ]);
    expect({ isSuccess, states: steps.map(({ state }) => state) }).toEqual({
      isSuccess: false,
      states: ['failed', 'blocked', 'succeeded'],
    });
  });

  it('stops all at the first failure where that is wanted', async () => {
    const fail = async (): Promise<never> => {
      throw new Error('no');
    };
    const { steps, stopped } = await runSteps(
      [
        { id: 'long', run: (step) => pause(60_000, step) },
        { id: 'bad', run: fail },
        { id: 'later', run: () => 1, dependencies: ['long'] },
      ],
      { stopOnFailure: true },
    );
    expect(steps.map(({ state }) => state)).toEqual(['failed', 'failed', 'cancelled']);
    expect(stopped).toMatchObject({ message: 'no' });
  });

  it('stops when it is told to, also before it has begun', async () => {
    const controller = new AbortController();
    const steps: FunctionStep[] = [
      { id: 'a', run: (step) => pause(60_000, step) },
      { id: 'b', run: () => 1, dependencies: ['a'] },
    ];
    const running = runSteps(steps, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 5);
    const outcome = await running;
    expect(outcome.steps.map(({ state }) => state)).toEqual(['failed', 'cancelled']);
    expect(outcome.stopped).toMatchObject({ code: 'BATCH_CANCELLED', cause: { message: 'enough' } });
    const early = await runSteps(steps, { signal: controller.signal });
    expect(early.steps.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
  });

  it('stops when all takes too long', async () => {
    const clock = manualClock();
    const running = runSteps(
      [{ id: 'a', run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)) }],
      {
        clock,
        timeoutMs: 3_000,
      },
    );
    await clock.advance(3_000);
    expect((await running).stopped).toMatchObject({ code: 'BATCH_RUN_TIMEOUT' });
  });

  it('keeps to limits of starts', async () => {
    const clock = manualClock();
    const startedAtMs: number[] = [];
    const steps = Array.from(
      { length: 4 },
      (_, at): FunctionStep => ({
        id: `s${at}`,
        resources: ['api'],
        run: () => void startedAtMs.push(clock.now() - 1_000_000),
      }),
    );
    const running = runSteps(steps, { clock, limits: { api: { starts: 2, perMs: 1_000 } } });
    await clock.advance(5_000);
    expect((await running).isSuccess).toBe(true);
    expect(startedAtMs).toEqual([0, 0, 500, 1_000]);
  });

  it.each([
    [[{ id: 'a' }, { id: 'a' }], 'BATCH_STEP_DUPLICATE', /two steps/i],
    [[{ id: 'a', dependencies: ['b'] }], 'BATCH_STEP_UNKNOWN', /"b"/],
    [
      [
        { id: 'a', dependencies: ['b'] },
        { id: 'b', dependencies: ['c'] },
        { id: 'c', dependencies: ['a'] },
      ],
      'BATCH_CYCLE',
      /-> . -> . -> /,
    ],
    [[{ id: 'a', dependencies: ['a'] }], 'BATCH_CYCLE', /a -> a/],
  ])('refuses %j', async (steps, code, message) => {
    await expect(runSteps(steps.map((step) => ({ run: () => 1, ...step })))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    await expect(runSteps([], { concurrency: 0 })).rejects.toMatchObject({ code: 'BATCH_OPTION_INVALID' });
  });

  it('starts them in the order of what is left after them, in whatever order they become ready', async () => {
    const ran: number[] = [];
    const durations = Array.from({ length: 200 }, (_, at) => (at * 73) % 199);
    const steps = durations.map((durationMs, at) => ({
      id: `step-${at}`,
      durationMs,
      dependencies: at < 100 ? [] : [`step-${at - 100}`],
      run: () => void ran.push(at),
    }));
    await runSteps(steps, { concurrency: 1 });
    const left = (at: number): number => (durations[at] as number) + (at < 100 ? (durations[at + 100] as number) : 0);
    const done = new Set<number>();
    for (const at of ran) {
      const ready = [...steps.keys()].filter((each) => !done.has(each) && (each < 100 || done.has(each - 100)));
      expect(left(at)).toBe(Math.max(...ready.map(left)));
      done.add(at);
    }
  });

  it('aborts all that run when it is stopped, and none that has ended', async () => {
    const ended: string[] = [];
    const controller = new AbortController();
    const untilAborted = (id: string) => ({
      id,
      run: ({ signal }: StepRun) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            ended.push(id);
            reject(signal.reason);
          });
        }),
    });
    const { steps } = await runSteps(
      [
        { id: 'quick', run: async () => 1 },
        ...['a', 'b', 'c', 'd'].map(untilAborted),
        { id: 'never', run: () => ended.push('never') },
        { id: 'trigger', priority: 1, run: () => setImmediate(() => controller.abort()) },
      ],
      { concurrency: 4, signal: controller.signal },
    );
    expect(ended.toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(steps.map(({ state }) => state).join(' ')).toBe('succeeded failed failed failed failed cancelled succeeded');
  });

  it('ends at once where there is nothing to run', async () => {
    expect(await runSteps([])).toMatchObject({ isSuccess: true, steps: [] });
  });
});

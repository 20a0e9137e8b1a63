import { beforeAll, describe, expect, it } from 'vitest';
import { createSpending, newBudget } from '../../src/engine/budget.ts';
import {
  type Agent,
  type AgentRequest,
  createBatch,
  localDispatcher,
  type Step,
  type Workflow,
} from '../../src/index.ts';

describe('spending from a budget', () => {
  it('sets aside what is expected, and has others wait that would not fit beside it', () => {
    const spending = createSpending();
    const budgets = [newBudget(1)];
    expect(spending.begin(1, budgets, 0.4)).toBe('begun');
    expect(spending.begin(2, budgets, 0.6)).toBe('begun');
    expect(spending.begin(3, budgets, 0.1)).toBe('wait');
    spending.end(1, budgets, 0.1);
    expect(spending.begin(3, budgets, 0.1)).toBe('begun');
    spending.end(2, budgets, 0.6);
    spending.end(3, budgets, 0.1);
    expect(budgets[0]).toMatchObject({ reservedUsd: 0, underWay: 0 });
    expect(budgets[0]?.spentUsd).toBeCloseTo(0.8);
    expect(spending.begin(4, budgets, 0.2)).toBe('begun');
  });

  it('names the budget that there is not enough in, and waits for nothing then', () => {
    const spending = createSpending();
    const [wide, narrow] = [newBudget(9), newBudget(1)];
    expect(spending.begin(1, [wide, narrow], 0.5)).toBe('begun');
    expect(spending.begin(2, [wide, narrow], 1.1)).toBe(narrow);
    spending.end(1, [wide, narrow], 1);
    expect(spending.begin(3, [wide, narrow], 0)).toBe(narrow);
    expect(spending.begin(3, [wide], 0.5)).toBe('begun');
    expect(wide.spentUsd).toBe(1);
  });

  it('lets one go alone where nothing is known, and takes the others to be as dear as the dearest', () => {
    const spending = createSpending();
    const budgets = [newBudget(1)];
    expect(spending.begin(1, budgets, undefined)).toBe('begun');
    expect(spending.begin(2, budgets, undefined)).toBe('wait');
    spending.end(1, budgets, 0.3);
    expect(spending.begin(2, budgets, undefined)).toBe('begun');
    expect(spending.begin(3, budgets, undefined)).toBe('begun');
    expect(spending.begin(4, budgets, undefined)).toBe('wait');
    expect(createSpending(0.2).begin(1, [newBudget(0.1)], undefined)).toMatchObject({ maxUsd: 0.1 });
  });

  it('learns nothing from one that failed without a cost', () => {
    const spending = createSpending();
    const budgets = [newBudget(1)];
    spending.begin(1, budgets, undefined);
    spending.end(1, budgets, undefined);
    expect(spending.expectedUsd(undefined)).toBeUndefined();
  });
});

// Loaded by the first workflow that is compiled, which takes time that no clock here tells.
beforeAll(() => import('@actions/expressions').then(() => {}));

const agentStep = (id: string, fields: object = {}): Step => ({ id, agent: 'x', task: id, ...fields }) as Step;

/** Agents that answer when told to. */
const newRun = (workflow: Omit<Workflow, 'name'>, estimateCostUsd?: (request: AgentRequest) => number | undefined) => {
  const asked: string[] = [];
  const open = new Map<string, (cost: number) => void>();
  const answer: Agent = async ({ task }) => {
    asked.push(task);
    const costUsd = await new Promise<number>((resolve) => open.set(task, resolve));
    return { text: task, costUsd };
  };
  const dispatcher = localDispatcher({ agents: Object.assign(answer, { estimateCostUsd }) });
  const batch = createBatch({ root: '/nowhere', dispatcher, workspaces: [] });
  const run = batch.run({ name: 'w', recovery: 'keep-successful', ...workflow });
  const settled = async (): Promise<readonly string[]> => {
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    return [...asked];
  };
  const pay = (task: string, cost: number): void => {
    open.get(task)?.(cost);
    open.delete(task);
  };
  return { run, settled, pay };
};

describe('agents of a run with a budget', () => {
  const four = ['a', 'b', 'c', 'd'].map((id) => agentStep(id));

  it('do not pass it together', async () => {
    const { run, settled, pay } = newRun({ maxCostUsd: 1, steps: four }, () => 0.4);
    expect(await settled()).toEqual(['a', 'b']);
    pay('a', 0.2);
    expect(await settled()).toEqual(['a', 'b', 'c']);
    pay('b', 0.4);
    pay('c', 0.4);
    const { steps, costUsd } = await run.outcome;
    expect(steps.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'failed']);
    expect(steps[3]?.error).toMatchObject({ code: 'BATCH_BUDGET', message: expect.stringContaining('$0.4000') });
    expect(costUsd).toBeCloseTo(1);
  });

  it('learn what one costs from the first, which goes alone', async () => {
    const { run, settled, pay } = newRun({ maxCostUsd: 1, steps: four });
    expect(await settled()).toEqual(['a']);
    pay('a', 0.3);
    expect(await settled()).toEqual(['a', 'b', 'c']);
    pay('b', 0.1);
    expect(await settled()).toEqual(['a', 'b', 'c', 'd']);
    pay('c', 0.3);
    pay('d', 0.3);
    expect((await run.outcome).state).toBe('committed');
  });

  it('have all attempts they are to have, though they waited before', async () => {
    const tried: number[] = [];
    const answer: Agent = async ({ task, attempt }) => {
      if (task !== 'b') return { text: task, costUsd: 0.1 };
      tried.push(attempt);
      throw Object.assign(new Error('busy'), { isRetryable: true });
    };
    const dispatcher = localDispatcher({ agents: answer });
    const batch = createBatch({ root: '/nowhere', dispatcher, workspaces: [] });
    const steps = [agentStep('a'), agentStep('b', { retries: 1, retryDelayMs: 0 })];
    await batch.run({ name: 'w', maxCostUsd: 1, steps }).outcome;
    expect(tried).toEqual([1, 2]);
  });

  it('let other steps go on while they wait', async () => {
    const { run, settled, pay } = newRun(
      { maxCostUsd: 1, concurrency: 2, steps: [...four.slice(0, 3), { id: 'f', call: () => 'done' }] },
      () => 0.9,
    );
    const ended: string[] = [];
    void (async () => {
      for await (const event of run) if (event.type === 'step-end') ended.push(event.step);
    })();
    expect(await settled()).toEqual(['a']);
    expect(ended).toEqual(['f']);
    for (const task of ['a', 'b', 'c']) {
      pay(task, 0.01);
      await settled();
    }
    expect((await run.outcome).state).toBe('committed');
  });

  it('are held to that of the workflow they are in, too', async () => {
    const inner: Workflow = { name: 'i', maxCostUsd: 0.5, steps: [agentStep('x'), agentStep('y'), agentStep('z')] };
    const { run, settled, pay } = newRun(
      { maxCostUsd: 9, steps: [{ id: 'in', workflow: inner }, agentStep('out')] },
      () => 0.2,
    );
    expect(await settled()).toEqual(['out', 'x', 'y']);
    for (const task of ['out', 'x', 'y']) pay(task, 0.2);
    const { steps } = await run.outcome;
    expect(steps.find(({ step }) => step === 'in/z')).toMatchObject({
      state: 'failed',
      error: { code: 'BATCH_BUDGET' },
    });
    expect(steps.find(({ step }) => step === 'out')?.state).toBe('succeeded');
  });
});

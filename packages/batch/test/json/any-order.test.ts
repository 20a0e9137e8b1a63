import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createBatch,
  type Executor,
  type JsonChange,
  jsonExecutor,
  jsonWorkspace,
  localDispatcher,
  type Step,
  type StepFunction,
} from '../../src/index.ts';
import { MemoryDisk } from './support/memory-disk.ts';
import { naiveChange } from './support/naive.ts';

const document = 'a.json';
const start = { list: [1], deep: { x: { y: 1 } }, gone: 1, name: 'a' };

/** What one of the steps does, each in a place of its own, and how long it takes. */
interface Plan {
  readonly kind: 'set' | 'merge' | 'again' | 'into' | 'call' | 'copy';
  readonly place: 'top' | 'deep' | 'made' | 'made/far';
  readonly ticks: number;
}

const plans = fc.array(
  fc.record<Plan>({
    kind: fc.constantFrom('set', 'merge', 'again', 'into', 'call', 'copy'),
    place: fc.constantFrom('top', 'deep', 'made', 'made/far'),
    ticks: fc.nat(12),
  }),
  { minLength: 2, maxLength: 14 },
);

const above: Readonly<Record<Plan['place'], readonly string[]>> = {
  top: [],
  deep: ['deep', 'x'],
  made: ['made'],
  'made/far': ['made', 'far'],
};

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight((inner, key) => ({ [key]: inner }), value);

/** The changes of a step, one list for each of the steps it becomes, which come one after the other. */
const changesOf = ({ kind, place }: Plan, id: string): readonly JsonChange[][] => {
  const path = [...above[place], id];
  const pointer = `/${path.join('/')}`;
  const set = (at: string, value: unknown): JsonChange => ({ type: 'set', document, pointer: at, value });
  if (kind === 'merge') return [[{ type: 'merge', document, value: nested(path, { b: 1, a: [id] }) }]];
  if (kind === 'again') return [[set(pointer, id)], [{ type: 'remove', document, pointer }], [set(pointer, [id])]];
  if (kind === 'into') return [[set(pointer, { z: 1 })], [set(`${pointer}/b`, id)], [set(`${pointer}/a`, id)]];
  if (kind === 'copy') return [[]];
  return [[set(pointer, id)]];
};

const run = async (list: readonly Plan[], indent: number, concurrency: number, salt: number) => {
  const disk = new MemoryDisk();
  disk.put(document, JSON.stringify(start, null, indent));
  const workspace = jsonWorkspace({ root: '/nowhere', files: disk.documentFiles });
  const ticks = async (id: string): Promise<void> => {
    const { ticks: own = 0 } = list[Number(id.slice(1))] ?? {};
    for (let at = 0; at < (own * salt) % 13; at += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  // Each of them has everything written that was changed before it, in the midst of the others.
  const shell: Executor = async ({ step }) => {
    await ticks(step);
    return {
      changes: [{ workspace: 'files', changes: [{ type: 'write', path: step, content: '' }], touched: [step] }],
    };
  };
  const call: StepFunction = async ({ step, json, with: { path } }) => {
    await ticks(step);
    const [key = '', ...ways] = [...(path as string[])].reverse();
    await json(document).edit<Record<string, never>>((draft) => {
      let at: Record<string, unknown> = draft;
      for (const way of ways.reverse()) at = at[way] as Record<string, unknown>;
      at[key] = step;
    });
  };
  const edit = jsonExecutor(workspace);
  const steps = list.flatMap((plan, number): Step[] => {
    const id = `s${number}`;
    if (plan.kind === 'copy') return [{ id, run: 'copy' } as Step];
    // A draft makes what is on the way itself, which only one step can.
    if (plan.kind === 'call' && !plan.place.startsWith('made'))
      return [{ id, call: 'call', with: { path: [...above[plan.place], id] } } as Step];
    return changesOf(plan, id).map((changes, at): Step => {
      const [first] = changes as [JsonChange];
      const fields =
        first.type === 'merge'
          ? { merge: first.value }
          : first.type === 'remove'
            ? { remove: [first.pointer] }
            : { set: { [first.pointer]: (first as { value: unknown }).value } };
      return { id: at === 0 ? id : `${id}-${at}`, json: document, ...fields } as Step;
    });
  });
  const { error } = await createBatch({
    root: '/nowhere',
    dispatcher: localDispatcher({
      json: async (task, options) => {
        await ticks(task.step);
        return edit(task, options);
      },
      documents: workspace,
      shell,
      functions: { call },
    }),
    workspaces: [disk.workspace(), workspace],
  }).run({ name: 'test', steps, concurrency }).outcome;
  if (error !== undefined) throw error;
  return { text: disk.text(document), flushes: disk.writes };
};

describe('a document that many steps change', () => {
  it('has the bytes it would have had if they had run one after the other, whatever finished first', async () => {
    let flushed = 0;
    await fc.assert(
      fc.asyncProperty(plans, fc.constantFrom(0, 2), fc.integer({ min: 1, max: 12 }), async (list, indent, salt) => {
        let value: unknown = start;
        for (const [number, plan] of list.entries())
          for (const change of changesOf(plan, `s${number}`).flat()) value = naiveChange(value, change)?.value;
        for (const concurrency of [1, 3, 20]) {
          const { text, flushes } = await run(list, indent, concurrency, salt);
          flushed += flushes > 2 ? 1 : 0;
          expect(text).toBe(JSON.stringify(value, null, indent));
        }
      }),
      { numRuns: 120 },
    );
    expect(flushed).toBeGreaterThan(20);
  }, 60_000);
});

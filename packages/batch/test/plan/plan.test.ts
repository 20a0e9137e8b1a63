// biome-ignore-all lint/suspicious/noTemplateCurlyInString: as it stands in a workflow
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkDrift,
  compileWorkflow,
  createPlan,
  type Plan,
  type PlanOptions,
  planToDot,
  planToMermaid,
  planToText,
  type Step,
} from '../../src/index.ts';
import { fakeWorld } from '../support/fake-world.ts';

const planOf = async (steps: readonly object[], options: Partial<PlanOptions> = {}, head: object = {}): Promise<Plan> =>
  createPlan(await compileWorkflow({ name: 'w', ...head, steps: steps as Step[] }), { world: fakeWorld(), ...options });
const step = (id: string, durationMs: number, dependencies: string[] = [], fields: object = {}): object => ({
  id,
  run: 'ls',
  durationMs,
  dependencies,
  ...fields,
});

describe('a plan', () => {
  it('says what runs when, what takes longest, and what cannot be shorter', async () => {
    const plan = await planOf(
      [step('a', 10), step('b', 30, ['a']), step('c', 5, ['a']), step('d', 5), step('e', 1, ['b', 'c'])],
      {
        concurrency: 2,
      },
    );
    expect(plan.steps.map(({ id, startsAtMs, endsAtMs, group }) => [id, startsAtMs, endsAtMs, group])).toEqual([
      ['a', 0, 10, 0],
      ['b', 10, 40, 0],
      ['c', 10, 15, 0],
      ['d', 0, 5, 1],
      ['e', 40, 41, 0],
    ]);
    expect(plan).toMatchObject({
      criticalPath: ['a', 'b', 'e'],
      makespanMs: 41,
      boundMs: 41,
      workMs: 51,
      groups: [['a', 'b', 'c', 'e'], ['d']],
    });
  });

  it('plays lists, workflows within and limits through', async () => {
    const inner = { name: 'i', steps: [step('x', 10), step('y', 10)] };
    expect(await planOf([step('a', 10, [], { map: [1, 2, 3, 4] })], { concurrency: 2 })).toMatchObject({
      makespanMs: 20,
      workMs: 40,
      boundMs: 20,
    });
    expect(await planOf([{ id: 'a', workflow: inner, map: [1, 2] }], { concurrency: 4 })).toMatchObject({
      makespanMs: 10,
      workMs: 40,
    });
    const narrow = { ...inner, concurrency: 1 };
    expect(await planOf([{ id: 'a', workflow: narrow, map: [1, 2] }], { concurrency: 4 })).toMatchObject({
      makespanMs: 20,
      workMs: 40,
    });
    expect(await planOf([{ id: 'a', workflow: inner }], { concurrency: 1 })).toMatchObject({
      makespanMs: 20,
      boundMs: 20,
    });
    expect(
      await planOf([step('a', 10, [], { resources: ['gpu'] }), step('b', 10, [], { resources: ['gpu'] })], {
        limits: { gpu: { slots: 1 } },
      }),
    ).toMatchObject({ makespanMs: 20, boundMs: 10 });
    expect(
      (
        await planOf([step('a', 0, [], { resources: ['api'] }), step('b', 0, [], { resources: ['api'] })], {
          limits: { api: { starts: 1, perMs: 100 } },
        })
      ).makespanMs,
    ).toBe(100);
  });

  it('learns what steps take, and guesses the rest from that', async () => {
    const plan = await planOf(
      [{ id: 'a', run: 'ls' }, step('b', 7), { id: 'c', run: 'ls' }, { id: 'd', approve: '?' }],
      {
        durationOf: ({ id }) => (id === 'a' ? 50 : undefined),
      },
    );
    expect(plan.steps.map(({ durationMs, durationFrom }) => [durationMs, durationFrom])).toEqual([
      [50, 'learnt'],
      [7, 'declared'],
      [50, 'guessed'],
      [0, 'declared'],
    ]);
  });

  it('is never shorter than its bound, nor longer than one step after the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(20), fc.array(fc.nat(9), { maxLength: 3 })), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 4 }),
        async (specs, concurrency) => {
          const steps = specs.map(([ms, before], at) =>
            step(`s${at}`, ms, [...new Set(before.filter((each) => each < at).map((each) => `s${each}`))]),
          );
          const plan = await planOf(steps, { concurrency });
          expect(plan.makespanMs).toBeGreaterThanOrEqual(plan.boundMs - 1e-9);
          expect(plan.makespanMs).toBeLessThanOrEqual(plan.workMs);
          for (const { from, to } of plan.dependencies) {
            const [first, last] = [from, to].map((id) => plan.steps.find((each) => each.id === id));
            expect(last?.startsAtMs).toBeGreaterThanOrEqual(first?.endsAtMs ?? Number.NaN);
          }
          // In Graham's bound for list schedules.
          expect(plan.makespanMs).toBeLessThanOrEqual((2 - 1 / concurrency) * plan.boundMs + 1e-9);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('says what has drifted since, path by path, and has one hash for one state', async () => {
    const steps = [
      { id: 'read', run: 'cat', reads: ['src/**', 'gone.txt'] },
      { id: 'write', file: 'out.txt', content: 'x' },
      { id: 'late', run: 'cat ${{ steps.read.output }}', reads: ['${{ steps.read.output }}'] },
    ];
    const world = fakeWorld({ 'src/a.ts': 'a', 'src/b.ts': 'b', 'gone.txt': 'g' });
    const plan = await planOf(steps, { world });
    expect(await checkDrift(plan, world)).toEqual([]);
    expect((await planOf(steps, { world })).hash).toBe(plan.hash);
    expect((await planOf(steps, { world, inputs: { a: 1 } })).hash).not.toBe(plan.hash);
    world.files['src/a.ts'] = 'A';
    world.files['src/c.ts'] = 'c';
    world.files['out.txt'] = 'o';
    world.files['other.txt'] = 'o';
    delete world.files['gone.txt'];
    expect(await checkDrift(JSON.parse(JSON.stringify(plan)), world)).toEqual([
      { path: 'gone.txt', change: 'removed', steps: ['read'] },
      { path: 'out.txt', change: 'added', steps: ['write'] },
      { path: 'src/a.ts', change: 'changed', steps: ['read'] },
      { path: 'src/c.ts', change: 'added', steps: ['read'] },
    ]);
    expect((await planOf(steps, { world })).hash).not.toBe(plan.hash);
  });

  it('looks at so many files and no more', async () => {
    const world = fakeWorld(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`src/${at}`, ''])));
    const { files } = await planOf([{ id: 'a', run: 'ls', reads: ['src/**'] }], { world, maxFiles: 10 });
    expect(files).toMatchObject([{ isCut: true }]);
    expect(Object.keys(files[0]?.files ?? {})).toHaveLength(10);
    expect(await checkDrift({ files }, world)).toEqual([]);
  });

  it('refuses a concurrency that is none', async () => {
    await expect(planOf([step('a', 1)], { concurrency: 0 })).rejects.toMatchObject({ code: 'BATCH_OPTION_INVALID' });
  });
});

describe('a plan for people', () => {
  it('is aligned within 80 columns', async () => {
    const plan = await planOf(
      [
        step(`a-very-long-name-${'x'.repeat(80)}`, 90_000),
        { id: 'review', agent: 'reviewer', task: '${{ item }}', map: 'inputs.list', durationMs: 1_500 },
        { id: 'write', file: 'out.txt', content: 'x' },
        { id: 'read', run: 'nope x', reads: ['out.txt', `deep/${'folder/'.repeat(20)}file`] },
      ],
      { estimateCostUsd: () => 0.01 },
      { inputs: { list: {} } },
    );
    const text = planToText(plan);
    const lines = text.split('\n');
    expect(
      lines.filter((line) => line.length > 80 && !line.includes('folder/folder') && !line.includes('xxxxxxxx')),
    ).toEqual([]);
    const table = lines.slice(lines.findIndex((line) => line.startsWith('Steps')) + 1).slice(0, 5);
    expect(table[1]).toMatch(/^ {2}[* ] {2}a-very-long-name-x+\.\.\. /);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toContain('  4 steps in 3 independent groups, 4 at once');
    expect(text).toMatch(/review \(x \?\)\s+agent\s+0 ms\s+1\.5 s\s+\$0\.0100/);
    expect(text).toContain('write-read out.txt');
    expect(text).toContain('error BATCH_COMMAND_UNKNOWN steps[3].run (read)');
  });
});

describe('a plan as a picture', () => {
  const nasty = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `${text}`);
  const hostile = fc.oneof(
    nasty,
    fc.constantFrom(
      'end',
      '"',
      '\\',
      '\n',
      '\\"',
      'a"]-->b["',
      '<script>',
      '#quot;',
      '|',
      '`x`',
      '}',
      '日本',
      '\u0000',
    ),
  );
  const pictures = fc.array(hostile, { minLength: 1, maxLength: 5 }).map(
    (texts): Pick<Plan, 'name' | 'steps' | 'dependencies'> => ({
      name: texts[0] as string,
      steps: texts.map((text, at) => ({
        id: `${at}${text}`,
        kind: 'shell',
        group: 0,
        durationMs: 1,
        durationFrom: 'learnt',
        startsAtMs: 0,
        endsAtMs: 1,
        isCritical: at === 0,
        items: 1,
        costUsd: null,
      })),
      dependencies: texts.slice(1).map((text, at) => ({
        from: `${at}${texts[at]}`,
        to: `${at + 1}${text}`,
        kind: at % 2 === 0 ? 'uses' : 'order',
        why: 'write-read',
        what: text,
      })),
    }),
  );

  it('is Mermaid, whatever the names', () => {
    const label = '"(?:[^"#&<>`;\\\\[\\](){}|\\n]|#\\d+;|<br/>)*"';
    const line = new RegExp(
      `^(?:flowchart LR|  s\\d+\\[${label}\\]|  s\\d+ (?:-->|-\\.->)(?:\\|${label}\\|)? s\\d+|  classDef critical stroke-width:3px|  class s\\d+(?:,s\\d+)* critical)$`,
      'u',
    );
    fc.assert(
      fc.property(pictures, (plan) => {
        const lines = planToMermaid(plan).trimEnd().split('\n');
        for (const each of lines) expect(each).toMatch(line);
        expect(lines.filter((each) => each.includes('['))).toHaveLength(plan.steps.length);
        expect(lines.filter((each) => /-->|-\.->/.test(each))).toHaveLength(plan.dependencies.length);
        // What is written by entities reads as it was.
        const first = /\["(.*)<br\/>/.exec(lines[1] as string)?.[1] ?? '';
        const read = first
          .replaceAll('<br/>', '\n')
          .replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
        const blanked = [...(plan.steps[0]?.id ?? '').replaceAll('\r\n', '\n')].map((character) =>
          character !== '\n' && (character < ' ' || character === '\u007f') ? ' ' : character,
        );
        expect(read).toBe(blanked.join(''));
      }),
    );
  });

  it('is DOT, whatever the names', () => {
    const text = '"(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
    const line = new RegExp(
      `^(?:digraph ${text} \\{|  rankdir=LR;|  node \\[shape=box\\];|  s\\d+ \\[label=${text}(?:, style=bold)?\\];|  s\\d+ -> s\\d+(?: \\[(?:label=${text})?(?:, )?(?:style=dashed)?\\])?;|\\})$`,
      'u',
    );
    fc.assert(
      fc.property(pictures, (plan) => {
        const lines = planToDot(plan).trimEnd().split('\n');
        for (const each of lines) expect(each).toMatch(line);
        expect(lines).toHaveLength(4 + plan.steps.length + plan.dependencies.length);
      }),
    );
  });
});

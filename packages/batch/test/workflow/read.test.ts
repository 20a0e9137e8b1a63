import { describe, expect, it } from 'vitest';
import type { BatchError } from '../../src/index.ts';
import { readWorkflow } from '../../src/workflow/read.ts';

const failure = async (text: string, file = 'flow.yaml'): Promise<BatchError> => {
  try {
    await readWorkflow(text, { file });
  } catch (error) {
    return error as BatchError;
  }
  throw new Error('it was read');
};
const problems = async (text: string, file?: string) =>
  (await failure(text, file)).problems?.map(({ path, line, column, step, message }) => ({
    path,
    line,
    column,
    step,
    message,
  }));

describe('reading a workflow', () => {
  it('reads YAML and JSON alike', async () => {
    const wanted = { name: 'w', steps: [{ id: 'a', run: 'ls' }] };
    expect(await readWorkflow('name: w\nsteps:\n  - id: a\n    run: ls\n')).toEqual(wanted);
    expect(
      await readWorkflow('\uFEFF{"$schema":"x","name":"w","steps":[{"id":"a","run":"ls"}]}', { file: 'w.json' }),
    ).toEqual(wanted);
  });

  it('names everything that is wrong at once, each with its place', async () => {
    const text = `name: w
concurency: 2
steps:
  - id: build
    run: make
    timeoutMs: 30s
  - id: test
    agent: reviewer
    tsk: look
  - id: say hi
    runs: echo hi
`;
    expect(await problems(text)).toEqual([
      { path: 'concurency', line: 2, column: 1, message: 'unknown field. Did you mean "concurrency"?' },
      {
        path: 'steps[0].timeoutMs',
        line: 6,
        column: 5,
        step: 'build',
        message: 'expected a whole number of milliseconds from 1, found "30s".',
      },
      { path: 'steps[1].tsk', line: 9, column: 5, step: 'test', message: 'unknown field. Did you mean "task"?' },
      { path: 'steps[1].task', line: 7, column: 5, step: 'test', message: 'it is missing. Every one must have it.' },
      {
        path: 'steps[2].runs',
        line: 11,
        column: 5,
        step: 'say hi',
        message: 'unknown field, and nothing says what the step does. Did you mean "run"?',
      },
      {
        path: 'steps[2].id',
        line: 10,
        column: 5,
        step: 'say hi',
        message: 'expected an id of letters, digits, "-", "_" and ".", found "say hi".',
      },
    ]);
    const error = await failure(text);
    expect(error.code).toBe('BATCH_WORKFLOW_INVALID');
    expect(error.message).toContain('flow.yaml:6:5 steps[0].timeoutMs (step "build"): expected a whole number');
  });

  it.each([
    ['a file step that does two things', 'file: x\n    content: a\n    append: b', /content and append/],
    ['a file step that does nothing', 'file: x', /it changes nothing/],
    ['find without replace', 'file: x\n    find: a', /goes with "replace"/],
    ['a JSON step that does nothing', 'json: x', /it changes nothing/],
    ['a mode that is no text', 'file: x\n    mode: 0755', /in quotes, as "755", found 755/],
    ['a list where names are wanted', 'run: x\n    env: [a]', /expected names with texts, found a list/],
    ['two kinds at once', 'run: x\n    agent: y\n    task: z', /agent and run: a step does one thing/],
    [
      'a resource that is none',
      'run: x\n    resources: ["gpu:0"]',
      /expected resources, as "gpu" or "memory:4", found "gpu:0"/,
    ],
  ])('refuses %s', async (_, fields, message) => {
    const found = await problems(`name: w\nsteps:\n  - id: a\n    ${fields}\n`);
    expect(found).toHaveLength(1);
    expect(found?.[0]?.message).toMatch(message);
  });

  it('finds what is wrong in a workflow within a step, and ids that stand twice', async () => {
    const inner = { name: 'i', steps: [{ id: 'b', ran: 'ls' }] };
    const text = JSON.stringify(
      {
        name: 'w',
        steps: [
          { id: 'a', workflow: inner },
          { id: 'a', run: 'ls' },
        ],
      },
      null,
      1,
    );
    const found = await problems(text, 'w.json');
    expect(found?.map(({ path }) => path)).toEqual(['steps[0].workflow.steps[0].ran', 'steps[1].id']);
    expect(found?.[0]).toMatchObject({ line: 11, column: 7 });
  });

  it.each([
    ['duplicate keys', 'name: w\nname: v\n', 2, 1, /second time/],
    ['a tab', 'name: w\nsteps:\n\t- id: a\n', 3, 1, /tab/],
    ['an open bracket', 'name: w\nsteps: [\n', 3, 1, /not closed/],
    ['an alias of nothing', 'name: *x\n', 1, 8, /alias/],
  ])('says where YAML has %s', async (_, text, line, column, message) => {
    expect(await failure(text)).toMatchObject({ code: 'BATCH_WORKFLOW_UNREADABLE', line, column, path: 'flow.yaml' });
    expect((await failure(text)).message).toMatch(message);
  });

  it.each([
    ['a key twice', '{\n "name": "w",\n "name": "v"}', 3, 2, /"name" stands here a second time/],
    ['a comma too many', '{"name": "w",}', 1, 14, /remove the comma/],
    ['a comment', '{\n// c\n}', 2, 1, /no comments/],
    ['an end too early', '{"name"', 1, 8, /ends too early/],
  ])('says where JSON has %s', async (_, text, line, column, message) => {
    expect(await failure(text, 'w.json')).toMatchObject({ code: 'BATCH_WORKFLOW_UNREADABLE', line, column });
    expect((await failure(text, 'w.json')).message).toMatch(message);
  });

  it('says that nothing is there', async () => {
    expect((await failure('# later\n')).message).toMatch(/nothing in it/);
    expect((await problems('[]'))?.[0]?.message).toMatch(/expected a workflow with "name" and "steps", found a list/);
  });

  it('does not unfold a bomb of aliases', async () => {
    const lines = Array.from(
      { length: 12 },
      (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(',')}]`,
    );
    const error = await failure(['a0: &a0 [x]', ...lines].join('\n'));
    expect(error).toMatchObject({ code: 'BATCH_WORKFLOW_UNREADABLE' });
    expect(error.message).toMatch(/aliases stand for more/);
    expect((await failure('a: &a [*a]')).message).toMatch(/alias/);
  });

  it('reads megabytes, and says what is too much', async () => {
    const steps = Array.from({ length: 12_000 }, (_, at) => `  - { id: s${at}, run: "echo ${'x'.repeat(60)}" }`);
    const text = ['name: w', 'steps:', ...steps].join('\n');
    expect(text.length).toBeGreaterThan(1_000_000);
    expect((await readWorkflow(text)).steps).toHaveLength(12_000);
    await expect(readWorkflow(text, { maxBytes: 1_000_000 })).rejects.toMatchObject({
      code: 'BATCH_WORKFLOW_UNREADABLE',
    });
  });

  it('lets steps share fields by anchors', async () => {
    const text = 'name: w\nsteps:\n  - &base { id: a, run: ls, retries: 3 }\n  - { <<: *base, id: b }\n';
    expect((await readWorkflow(text)).steps[1]).toEqual({ id: 'b', run: 'ls', retries: 3 });
  });
});

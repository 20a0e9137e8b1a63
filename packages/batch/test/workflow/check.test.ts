import { describe, expect, it } from 'vitest';
import { validate } from '../../src/plan/validate.ts';
import { findProblems } from '../../src/workflow/check.ts';
import { compileWorkflow } from '../../src/workflow/compile.ts';
import { fakeWorld } from '../support/fake-world.ts';

const inner = { name: 'i', steps: [{ id: 'x', run: 'ls' }] };
const problemsOf = (step: object, head: object = {}) =>
  findProblems({ name: 'w', steps: [{ id: 'a', ...step }], ...head }).map(({ path, message, meant }) => ({
    path: path.replace('steps[0]', 'a'),
    message,
    meant,
  }));

describe('a field that would do nothing', () => {
  it.each(['retry', 'retries', 'retryDelayMs', 'resources', 'memo', 'compensate', 'otherwise', 'idempotencyKey'])(
    'is refused: %s of a step that runs a workflow, and of an approval',
    (field) => {
      expect(problemsOf({ workflow: inner, [field]: 1 })).toEqual([
        { path: `a.${field}`, message: expect.stringContaining('each step of the workflow has its own') },
      ]);
      expect(problemsOf({ approve: 'Go?', [field]: 1 })).toEqual([
        { path: `a.${field}`, message: expect.stringContaining('nothing but wait') },
      ]);
    },
  );

  it('is a time limit of an approval, and none of a workflow', () => {
    expect(problemsOf({ approve: 'Go?', timeoutMs: 5 })).toMatchObject([{ path: 'a.timeoutMs' }]);
    expect(problemsOf({ workflow: inner, timeoutMs: 5 })).toEqual([]);
  });

  it.each([
    ['a field of another kind', { agent: 'x', task: 't', env: { A: 'b' } }, 'a.env', /goes with "run".*has "agent"/],
    ['a name for one of another kind', { run: 'ls', prompt: 'x' }, 'a.prompt', /As "task" it goes with "agent"/],
    ['a mode of what is deleted', { file: 'x', delete: true, mode: '755' }, 'a.mode', /does not go with "delete"/],
    ['a memo of a function', { call: (): number => 1, memo: true }, 'a.memo', /Hand it in/],
    ['a template for the name of a function', { call: '${{ inputs.f }}' }, 'a.call', /not filled in/],
    [
      'a template in a schema',
      { agent: 'x', task: 't', schema: { const: '${{ item }}' } },
      'a.schema',
      /not filled in/,
    ],
    ['a template in a dependency', { run: 'ls', dependencies: ['${{ item }}'] }, 'a.dependencies', /not filled in/],
    ['another way that is none', { run: 'ls', otherwise: [{ rnu: 'dir' }] }, 'a.otherwise[0].rnu', /mean "run"/],
    [
      'another way of another kind',
      { run: 'ls', otherwise: [{ model: 'm' }] },
      'a.otherwise[0].model',
      /goes with "agent"/,
    ],
    ['a value of another way', { run: 'ls', otherwise: [{ output: 'xml' }] }, 'a.otherwise[0].output', /one of "text"/],
    ['a limit of another way', { run: 'ls', otherwise: [{ timeoutMs: 1 }] }, 'a.otherwise[0].timeoutMs', /on the step/],
    ['another function', { call: (): number => 1, otherwise: [{ call: 'f' }] }, 'a.otherwise[0].call', /told by name/],
  ])('is refused: %s', (_, step, path, message) => {
    const found = problemsOf(step);
    expect(found.map((each) => each.path)).toEqual([path]);
    expect(found[0]?.message).toMatch(message);
  });

  it('is a template in a default', () => {
    expect(problemsOf({ run: 'ls' }, { inputs: { home: { default: '${{ env.HOME }}' } } })).toMatchObject([
      { path: 'inputs.home.default', message: expect.stringContaining('not filled in') },
    ]);
  });

  it('leaves other ways that are in order', () => {
    expect(problemsOf({ agent: 'x', task: 't', otherwise: [{ model: 'm' }, { agent: 'y', task: 'less' }] })).toEqual(
      [],
    );
    expect(problemsOf({ file: 'x', find: 'a', replace: 'b', otherwise: [{ find: 'c' }] })).toEqual([]);
  });
});

describe('names that fields have elsewhere', () => {
  const run = { run: 'ls' };
  const agent = { agent: 'x', task: 't' };
  it.each([
    ['depends_on', run, 'dependencies'],
    ['needs', run, 'dependencies'],
    ['dependsOn', run, 'dependencies'],
    ['if', run, 'when'],
    ['with_items', run, 'map'],
    ['working-directory', run, 'cwd'],
    ['environment', run, 'env'],
    ['max_retries', run, 'retries'],
    ['system_prompt', agent, 'system'],
    ['command', {}, 'run'],
    ['cmd', {}, 'run'],
    ['manual', {}, 'approve'],
    ['uses', {}, 'workflow'],
  ])('mean one here: %s', (name, step, meant) => {
    expect(problemsOf({ ...step, [name]: 'x' })).toMatchObject([
      { path: `a.${name}`, meant, message: expect.stringContaining(`"${meant}"`) },
    ]);
  });

  it('say what the prompt of an agent is', () => {
    expect(problemsOf({ agent: 'x', prompt: 'y' })).toMatchObject([
      { path: 'a.prompt', meant: 'task' },
      { path: 'a.task' },
    ]);
  });

  it.each([
    ['timeout', /timeoutMs, in milliseconds/],
    ['continue-on-error', /keep-successful/],
    ['name', /no name beside its id/],
    ['concurrency', /top of the workflow/],
  ])('are told where none here is the same: %s', (name, message) => {
    const [found, ...others] = problemsOf({ ...run, [name]: 1 });
    expect(others).toEqual([]);
    expect(found?.message).toMatch(message);
    expect(found?.meant).toBeUndefined();
  });

  it('are known of the workflow as well', () => {
    const found = problemsOf(run, { jobs: [], on: 'push', env: { A: 'b' }, max_parallel: 2 });
    expect(found.map(({ path, meant }) => [path, meant])).toEqual([
      ['jobs', 'steps'],
      ['on', undefined],
      ['env', undefined],
      ['max_parallel', 'concurrency'],
    ]);
    expect(found[1]?.message).toMatch(/started by whoever runs it/);
    expect(found[2]?.message).toMatch(/"env" of each step/);
  });

  it('say how often where somebody says so of "retry"', () => {
    expect(problemsOf({ ...run, retry: 3 })[0]?.message).toMatch(/how often is said by "retries"/);
  });
});

describe('what is easily written wrong', () => {
  it('is a number or a truth that YAML makes of a text', () => {
    const found = problemsOf({ run: 'ls', env: { PORT: 80 }, when: false });
    expect(found.map(({ path, message }) => [path, message])).toEqual([
      ['a.when', 'expected a text, found false. Put it in quotes.'],
      ['a.env.PORT', 'expected a text, found 80. Put it in quotes.'],
    ]);
  });

  it('is a workflow that runs itself', () => {
    const own = { name: 'w', steps: [{ id: 'a', workflow: {} }] };
    (own.steps[0] as { workflow: object }).workflow = own;
    expect(findProblems(own)).toMatchObject([
      { path: 'steps[0].workflow', message: expect.stringContaining('runs itself') },
    ]);
    const inner = { name: 'i', steps: [{ id: 'x', run: 'ls' }] };
    const twice = {
      name: 'w',
      steps: [
        { id: 'a', workflow: inner },
        { id: 'b', workflow: inner },
      ],
    };
    expect(findProblems(twice)).toEqual([]);
  });

  it.each(['${{ inputs.a }} && ${{ inputs.b }}', "${{ inputs.a }} == 'x'", '!${{ inputs.a }}'])(
    'is a condition of several expressions: %s',
    async (when) => {
      const workflow = { name: 'w', steps: [{ id: 'a', run: 'ls', when }] };
      await expect(compileWorkflow(workflow)).rejects.toMatchObject({
        code: 'BATCH_EXPRESSION_INVALID',
        message: expect.stringContaining('around all of it'),
      });
      const [found, ...others] = await validate(workflow, fakeWorld());
      expect(others).toEqual([]);
      expect(found).toMatchObject({ code: 'BATCH_EXPRESSION_INVALID', field: 'steps[0].when' });
    },
  );

  it('is none of these where a text within the expression looks so', async () => {
    const when = "${{ inputs.a == '}} ${{' }}";
    await compileWorkflow({
      name: 'w',
      steps: [
        { id: 'a', run: 'ls', when },
        { id: 'b', run: 'ls', when: "contains('x', 'y')" },
      ],
    });
  });
});

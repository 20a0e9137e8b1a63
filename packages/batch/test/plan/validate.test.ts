// biome-ignore-all lint/suspicious/noTemplateCurlyInString: as it stands in a workflow
import { describe, expect, it } from 'vitest';
import { firstCommand } from '../../src/plan/check-names.ts';
import { type ValidateOptions, validate } from '../../src/plan/validate.ts';
import { fakeWorld } from '../support/fake-world.ts';

const world = fakeWorld({ 'src/a.ts': 'a', 'README.md': 'r' }, { freeBytes: 1_000 });
const codes = async (steps: readonly object[], head: object = {}, options: ValidateOptions = {}) =>
  (await validate({ name: 'w', steps, ...head }, world, options)).map(
    ({ code, severity, step, field, message, fix }) => ({ code, severity, step, field, message, fix }),
  );
const known: ValidateOptions = {
  agents: ['reviewer', 'writer'],
  functions: ['upload'],
  models: ['small', 'large'],
  limits: { gpu: { slots: 2 } },
  estimateCostUsd: () => 0.5,
};

describe('validation before a run', () => {
  it('finds nothing wrong with what is in order', async () => {
    const steps = [
      { id: 'list', run: 'A=1 ls src', output: 'lines', reads: ['src/**'] },
      {
        id: 'each',
        agent: 'reviewer',
        task: '${{ item }}',
        map: '${{ steps.list.output }}',
        schema: { type: 'object', properties: { ok: { type: 'boolean' } }, additionalProperties: false },
      },
      {
        id: 'sum',
        call: 'upload',
        with: { all: '${{ steps.each.output.*.ok }}', first: '${{ steps.each.output[0].ok }}' },
      },
      { id: 'write', file: 'out/a.txt', content: 'x' },
      { id: 'edit', file: 'out/a.txt', find: 'x', replace: 'y' },
      { id: 'new', json: 'new.json', set: { '': {} } },
      { id: 'more', json: 'new.json', set: { '/a': 1 }, dependencies: ['new'] },
      { id: 'ok', approve: 'Go?', when: "steps.write.state == 'succeeded'" },
    ];
    expect(await codes(steps, {}, known)).toEqual([]);
  });

  it.each([
    [
      'a dependency on nothing',
      [
        { id: 'build', run: 'ls' },
        { id: 'b', run: 'ls', dependencies: ['biuld'] },
      ],
      'BATCH_STEP_UNKNOWN',
      'steps[1].dependencies[0]',
      /Did you mean "build"/,
    ],
    [
      'a template that names no step',
      [
        { id: 'build', run: 'ls' },
        { id: 'b', run: 'echo ${{ steps.bild.output }}' },
      ],
      'BATCH_STEP_UNKNOWN',
      'steps[1].run',
      /Did you mean "build"/,
    ],
    [
      'a field that a step has not',
      [
        { id: 'a', run: 'ls' },
        { id: 'b', run: 'echo ${{ steps.a.outptu }}' },
      ],
      'BATCH_REFERENCE_UNKNOWN',
      'steps[1].run',
      /Did you mean "output"/,
    ],
    [
      'a field that a schema has not',
      [
        {
          id: 'a',
          agent: 'writer',
          task: 't',
          schema: { type: 'object', properties: { title: {} }, additionalProperties: false },
        },
        { id: 'b', run: 'echo ${{ steps.a.output.titel }}' },
      ],
      'BATCH_REFERENCE_UNKNOWN',
      'steps[1].run',
      /has no "titel"\. Did you mean "title"/,
    ],
    [
      'a field of a text',
      [
        { id: 'a', run: 'ls' },
        { id: 'b', run: 'echo ${{ steps.a.output.name }}' },
      ],
      'BATCH_REFERENCE_UNKNOWN',
      'steps[1].run',
      /is a text there.*Set its output to "json"/,
    ],
    [
      'an output of a workflow that it has not',
      [
        { id: 'a', workflow: { name: 'i', steps: [{ id: 'x', run: 'ls' }] } },
        { id: 'b', run: 'echo ${{ steps.a.output.y }}' },
      ],
      'BATCH_REFERENCE_UNKNOWN',
      'steps[1].run',
      /has no "y"/,
    ],
    [
      'a circle',
      [
        { id: 'a', run: 'ls', dependencies: ['b'] },
        { id: 'b', run: 'ls', dependencies: ['a'] },
      ],
      'BATCH_CYCLE',
      'steps[0].dependencies',
      /"a" depends on "b", "b" depends on "a"/,
    ],
    [
      'a circle through a template',
      [
        { id: 'a', run: 'ls', dependencies: ['b'] },
        { id: 'b', run: 'echo ${{ steps.a.output }}' },
      ],
      'BATCH_CYCLE',
      'steps[0].dependencies',
      /"b" uses what "a" comes to/,
    ],
    [
      'an item without a list',
      [{ id: 'a', run: 'echo ${{ item }}' }],
      'BATCH_REFERENCE_UNKNOWN',
      'steps[0].run',
      /Give it "map"/,
    ],
    [
      'an input that is not declared',
      [{ id: 'a', run: 'echo ${{ inputs.nmae }}' }],
      'BATCH_REFERENCE_UNKNOWN',
      'steps[0].run',
      /Did you mean "name"/,
    ],
    [
      'an expression that is none',
      [{ id: 'a', run: 'echo ${{ steps. }}' }],
      'BATCH_EXPRESSION_INVALID',
      'steps[0].run',
      /cannot be evaluated/,
    ],
    [
      'a condition that is never true',
      [{ id: 'a', run: 'ls', when: 'false' }],
      'BATCH_WHEN_NEVER',
      'steps[0].when',
      /never runs/,
    ],
    [
      'a text for a list',
      [
        { id: 'a', run: 'ls' },
        { id: 'b', run: 'echo ${{ item }}', map: 'steps.a.output' },
      ],
      'BATCH_MAP_INVALID',
      'steps[1].map',
      /a text, and must be a list\. Write lines\(steps\.a\.output\)/,
    ],
    [
      'a file that is not there',
      [{ id: 'a', run: 'cat', reads: ['src/b.ts'] }],
      'BATCH_FILE_MISSING',
      'steps[0].reads[0]',
      /There is no src\/b\.ts.*Did you mean src\/a\.ts/,
    ],
    [
      'a file that is written later',
      [
        { id: 'a', run: 'cat', reads: ['new'] },
        { id: 'b', file: 'new', content: '' },
      ],
      'BATCH_READ_TOO_EARLY',
      'steps[0].reads[0]',
      /Let it depend on "b"/,
    ],
    [
      'items that write one file',
      [{ id: 'a', file: 'x', content: '${{ item }}', map: [1, 2] }],
      'BATCH_WRITE_CONFLICT',
      'steps[0].file',
      /Give each its own path/,
    ],
    [
      'an order that is only the list',
      [
        { id: 'a', run: 'ls', writes: ['out/*.js'] },
        { id: 'b', run: 'ls', writes: ['out/a*'] },
      ],
      'BATCH_ORDER_ASSUMED',
      'steps[1].writes',
      /"b" comes last/,
    ],
    [
      'a command that is not there',
      [{ id: 'a', run: 'gti status' }],
      'BATCH_COMMAND_UNKNOWN',
      'steps[0].run',
      /Did you mean "git"/,
    ],
    [
      'a script that is not there',
      [{ id: 'a', run: './x.sh' }],
      'BATCH_COMMAND_UNKNOWN',
      'steps[0].run',
      /no command at \.\/x\.sh/,
    ],
    [
      'an agent that is not there',
      [{ id: 'a', agent: 'reviewr', task: 't' }],
      'BATCH_AGENT_UNKNOWN',
      'steps[0].agent',
      /Did you mean "reviewer"/,
    ],
    [
      'a model that is not there',
      [{ id: 'a', agent: 'writer', task: 't', model: 'smal' }],
      'BATCH_MODEL_UNKNOWN',
      'steps[0].model',
      /Did you mean "small"/,
    ],
    [
      'a function that is not there',
      [{ id: 'a', call: 'uplod' }],
      'BATCH_FUNCTION_UNKNOWN',
      'steps[0].call',
      /Did you mean "upload"/,
    ],
    [
      'too much of a resource',
      [{ id: 'a', run: 'ls', resources: ['gpu', 'gpu:2'] }],
      'BATCH_RESOURCE_TOO_MUCH',
      'steps[0].resources',
      /takes 3 of "gpu", and there are 2/,
    ],
    [
      'files that do not fit',
      [{ id: 'a', file: 'x', content: 'x'.repeat(2_000) }],
      'BATCH_DISK_FULL',
      undefined,
      /2000 bytes at least, and 1000 are free/,
    ],
    [
      'a workflow that was not read',
      [{ id: 'a', workflow: 'b.yaml' }],
      'BATCH_WORKFLOW_UNREADABLE',
      'steps[0].workflow',
      /loadWorkflow/,
    ],
    [
      'a field that there is not',
      [{ id: 'a', run: 'ls', timeout: 1 }],
      'BATCH_WORKFLOW_INVALID',
      'steps[0].timeout',
      /unknown field/,
    ],
  ])('finds %s', async (_, steps, code, field, message) => {
    const inputs = { name: { type: 'string' } };
    const found = await codes(steps, { inputs }, known);
    expect(found.map((each) => ({ code: each.code, field: each.field }))).toEqual([{ code, field }]);
    expect(found[0]?.message).toMatch(message);
  });

  it('looks at inputs and at the budget', async () => {
    const inputs = { file: { required: true, type: 'string' }, count: { type: 'number' } };
    const steps = [{ id: 'a', agent: 'writer', task: 't', map: [1, 2, 3] }];
    const found = await codes(steps, { inputs, maxCostUsd: 1 }, { ...known, inputs: { count: 'x', fiel: 1 } });
    expect(found.map(({ code, severity }) => [code, severity])).toEqual([
      ['BATCH_INPUT_MISSING', 'error'],
      ['BATCH_INPUT_INVALID', 'error'],
      ['BATCH_BUDGET', 'error'],
      ['BATCH_INPUT_INVALID', 'warning'],
    ]);
  });

  it('names everything at once, also beside what is not in order', async () => {
    const steps = [
      { id: 'a', rnu: 'ls' },
      { id: 'b', run: 'gti', dependencies: ['a', 'zzzzzz'] },
      {
        id: 'c',
        workflow: { name: 'i', inputs: { x: { required: true } }, steps: [{ id: 'd', run: 'nmp', reads: [] }] },
      },
    ];
    expect((await codes(steps)).map(({ code, step }) => [code, step])).toEqual([
      ['BATCH_WORKFLOW_INVALID', 'a'],
      ['BATCH_STEP_UNKNOWN', 'b'],
      ['BATCH_INPUT_MISSING', 'c'],
      ['BATCH_COMMAND_UNKNOWN', 'b'],
      ['BATCH_COMMAND_UNKNOWN', 'c/d'],
    ]);
  });

  it('warns of what a workflow within says that holds for the run', async () => {
    const inner = {
      name: 'i',
      recovery: 'ask',
      concurrency: 3,
      undeclaredWrites: 'allow',
      steps: [{ id: 'x', run: 'ls' }],
    };
    const steps = [{ id: 'a', workflow: { name: 'j', steps: [{ id: 'b', workflow: inner }] } }];
    const found = (fields: object, options?: ValidateOptions) => codes(steps, fields, options);
    expect(
      (await found({ concurrency: 2 })).map(({ code, severity, step, field }) => [code, severity, step, field]),
    ).toEqual([
      ['BATCH_FIELD_UNUSED', 'warning', 'a/b', 'steps[0].workflow.steps[0].workflow.recovery'],
      ['BATCH_FIELD_UNUSED', 'warning', 'a/b', 'steps[0].workflow.steps[0].workflow.concurrency'],
    ]);
    expect(await found({ recovery: 'ask' })).toEqual([]);
    expect(await found({ recovery: 'ask' }, { concurrency: 2 })).toHaveLength(1);
  });

  it('looks at the budgets of workflows within', async () => {
    const inner = { name: 'i', maxCostUsd: 0.9, steps: [{ id: 'x', agent: 'writer', task: 't', map: [1, 2] }] };
    const steps = [{ id: 'a', workflow: inner }];
    const found = await codes(steps, { maxCostUsd: 1 }, known);
    expect(found.map(({ code, step, field }) => [code, step, field])).toEqual([
      ['BATCH_BUDGET', 'a', 'steps[0].workflow.maxCostUsd'],
    ]);
  });

  it('moves no field to where another one stands', async () => {
    const [found] = await codes([{ id: 'a', agent: 'writer', task: 't', taks: 'u' }]);
    expect(found).toMatchObject({ code: 'BATCH_WORKFLOW_INVALID', field: 'steps[0].taks', fix: undefined });
  });

  it.each([
    ['ls -l', 'ls'],
    ['A=1 B="x y" make all', 'make'],
    ['cd x && ls', 'cd'],
    ['$TOOL x', undefined],
    ['"my tool" x', undefined],
    ['(ls)', undefined],
    ['A=1', undefined],
    ['${{ inputs.tool }} x', undefined],
    ['# comment\nls', undefined],
    ['ls|cat', 'ls'],
    ['f() { ls; }; f', undefined],
  ])('takes from %j the command %j', (line, command) => {
    expect(firstCommand(line)).toBe(command);
  });
});

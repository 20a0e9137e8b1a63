// biome-ignore-all lint/suspicious/noTemplateCurlyInString: as it stands in a workflow
import { describe, expect, it } from 'vitest';
import { createBatch, jsonExecutor, jsonWorkspace, localDispatcher, type Step, validate } from '../../src/index.ts';
import { fakeWorld } from '../support/fake-world.ts';
import { MemoryDisk } from './support/memory-disk.ts';

const run = async (steps: readonly object[], inputs: Readonly<Record<string, unknown>> = {}, before: unknown = {}) => {
  const disk = new MemoryDisk();
  disk.put('a.json', JSON.stringify(before));
  const workspace = jsonWorkspace({ root: '/nowhere', files: disk.documentFiles });
  const batch = createBatch({
    root: '/nowhere',
    dispatcher: localDispatcher({ json: jsonExecutor(workspace), documents: workspace }),
    workspaces: [disk.workspace(), workspace],
  });
  const { state, error } = await batch.run({ name: 'w', steps: steps as Step[] }, { inputs }).outcome;
  return { state, error, value: JSON.parse(disk.text('a.json') ?? '') };
};

describe('places that are told by expressions', () => {
  it('are filled in, a value being one segment of them', async () => {
    const { value } = await run(
      [{ id: 'a', json: 'a.json', set: { '/files/${{ inputs.path }}': '${{ inputs.path }}', '/x': 1 } }],
      { path: 'src/~a.ts' },
    );
    expect(value).toEqual({ files: { 'src/~a.ts': 'src/~a.ts' }, x: 1 });
  });

  it('are taken as they are where they are one expression, or say so', async () => {
    const inputs = { place: '/a/b', more: 'd/e' };
    const { value } = await run(
      [{ id: 'a', json: 'a.json', set: { '${{ inputs.place }}': 1, '/c/${{ raw(inputs.more) }}': 2 } }],
      inputs,
    );
    expect(value).toEqual({ a: { b: 1 }, c: { d: { e: 2 } } });
  });

  it('are told so in "remove" as well', async () => {
    const { value } = await run(
      [{ id: 'a', json: 'a.json', remove: ['/${{ inputs.name }}'] }],
      { name: 'a/b' },
      {
        'a/b': 1,
        a: { b: 2 },
      },
    );
    expect(value).toEqual({ a: { b: 2 } });
  });

  it('are known to lead to different places in each item', async () => {
    const step = { id: 'a', json: 'a.json', map: ['x', 'y'], set: { '/${{ item }}': '${{ index }}' } };
    expect((await run([step])).value).toEqual({ x: 0, y: 1 });
    expect(await validate({ name: 'w', steps: [step] }, fakeWorld({ 'a.json': '{}' }))).toEqual([]);
  });

  it.each([
    ['${{ inputs.nothing }}', /comes to nothing/],
    ['/a/${{ inputs.nothing }}', /comes to nothing/],
  ])('fail where there is nothing to tell them: %s', async (place, message) => {
    const { error, value } = await run([{ id: 'a', json: 'a.json', set: { [place]: 1 } }], {}, { b: 1 });
    expect(error).toMatchObject({ code: 'BATCH_EXPRESSION_INVALID', message: expect.stringMatching(message) });
    expect(value).toEqual({ b: 1 });
  });

  it('fail where two come to one', async () => {
    const { error } = await run([{ id: 'a', json: 'a.json', set: { '/a': 1, '/${{ inputs.name }}': 2 } }], {
      name: 'a',
    });
    expect(error).toMatchObject({ code: 'BATCH_EXPRESSION_INVALID', message: expect.stringContaining('"/a"') });
  });

  it('are depended on, and checked before the run', async () => {
    const steps = [
      { id: 'b', json: 'a.json', set: { '/${{ steps.a.output }}': 1 } },
      { id: 'a', run: 'echo x' },
      { id: 'c', json: 'a.json', set: { '/c/${{ steps.d.output }}': 1 } },
    ];
    const findings = await validate({ name: 'w', steps }, fakeWorld({ 'a.json': '{}' }));
    expect(findings.map(({ code, field }) => [code, field])).toEqual([
      ['BATCH_STEP_UNKNOWN', 'steps[2].set["/c/${{ steps.d.output }}"]'],
    ]);
  });

  it('are so in names of other objects, as they are', async () => {
    const { value } = await run(
      [{ id: 'a', json: 'a.json', merge: { '${{ inputs.name }}': { 'v-${{ inputs.name }}': 1 } } }],
      { name: 'a/b' },
    );
    expect(value).toEqual({ 'a/b': { 'v-a/b': 1 } });
  });
});

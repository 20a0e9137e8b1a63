import { describe, expect, it } from 'vitest';
import { edgeKinds } from '../../src/graph/graph.ts';
import type { Step, Workflow } from '../../src/index.ts';
import { createSchedule } from '../../src/run/schedule.ts';
import { compileWorkflow } from '../../src/workflow/compile.ts';

const workflow = (...steps: object[]): Workflow => ({ name: 'w', steps: steps as Step[] });
const why = async (...steps: object[]): Promise<string[]> => {
  const compiled = await compileWorkflow(workflow(...steps));
  const nameOf = (step: number): string | undefined => compiled.steps[step]?.id;
  return compiled.dependencies.map(({ from, to, why: reason, what }) =>
    [nameOf(from), '->', nameOf(to), reason, ...(what === undefined ? [] : [what])].join(' '),
  );
};

describe('dependencies of a workflow', () => {
  it('follow from what steps declare, and from what they do by their fields', async () => {
    expect(
      await why(
        { id: 'make', file: 'a.txt', content: 'x' },
        { id: 'edit', file: 'a.txt', find: 'x', replace: 'y' },
        { id: 'move', file: 'a.txt', rename: 'b.txt' },
        { id: 'test', run: 'cat b.txt', reads: ['b.txt'] },
      ),
    ).toEqual(['make -> edit write-read a.txt', 'edit -> move write-read a.txt', 'move -> test write-read b.txt']);
  });

  it('are none between changes of different places of a JSON file, and are between changes of one list', async () => {
    expect(
      await why(
        { id: 'name', json: 'p.json', set: { '/name': 'a' } },
        { id: 'version', json: 'p.json', merge: { version: '1', scripts: { test: 'x' } } },
        { id: 'first', json: 'p.json', remove: ['/files/0'] },
        { id: 'last', json: 'p.json', set: { '/files/-': 'x' } },
        { id: 'publish', run: 'npm publish', reads: ['p.json'] },
      ),
    ).toEqual([
      'first -> last write-read p.json#/files',
      'last -> publish write-read p.json',
      'version -> publish write-read p.json',
      'name -> publish write-read p.json',
    ]);
  });

  it('see through a workflow within a step', async () => {
    const inner = workflow({ id: 'x', file: 'out.txt', content: 'x' });
    expect(await why({ id: 'inner', workflow: inner }, { id: 'read', run: 'cat', reads: ['out.txt'] })).toEqual([
      'inner -> read write-read out.txt',
    ]);
  });

  it('do not skip a step with the one that did not write what it reads', async () => {
    const { graph } = await compileWorkflow(
      workflow(
        { id: 'bump', file: 'a', content: 'x', when: 'inputs.bump' },
        { id: 'test', run: 'cat a', reads: ['a'] },
        { id: 'told', run: 'ls', dependencies: ['bump'] },
        { id: 'other', run: 'ls' },
        { id: 'both', run: 'cat a', reads: ['a'], dependencies: ['other'] },
      ),
    );
    expect([...graph.kind].sort()).toEqual([edgeKinds.uses, edgeKinds.uses, edgeKinds.needs, edgeKinds.needs]);
    const schedule = createSchedule(graph, { concurrency: 4 });
    const [bump, other] = [schedule.take(0), schedule.take(0)];
    schedule.skip(bump);
    schedule.succeed(other);
    expect([bump, other]).toEqual([0, 3]);
    expect([1, 2, 4].map((step) => schedule.stateOf(step))).toEqual(['ready', 'skipped', 'ready']);
  });

  it('block a step where the one failed that writes what it reads', async () => {
    const { graph } = await compileWorkflow(
      workflow({ id: 'a', file: 'a', content: 'x' }, { id: 'b', run: 'cat a', reads: ['a'] }),
    );
    const schedule = createSchedule(graph, { concurrency: 4 });
    schedule.fail(schedule.take(0));
    expect(schedule.stateOf(1)).toBe('blocked');
  });

  it('want workflows within to have been read', async () => {
    await expect(compileWorkflow(workflow({ id: 'a', workflow: './b.yaml' }))).rejects.toMatchObject({
      code: 'BATCH_WORKFLOW_UNREADABLE',
      message: expect.stringContaining('loadWorkflow'),
    });
  });
});

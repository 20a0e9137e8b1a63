import type { Step, StepFunction, Workflow } from '../../../src/index.ts';

/** What the function of a step does, in every process of a run. */
export const functions: Readonly<Record<string, StepFunction>> = {
  async count({ files, json }) {
    const text = await files.readText('src/0.txt');
    files.write('count.txt', String(text.length));
    await json('package.json').edit<{ count?: number }>((draft) => {
      draft.count = text.length;
    });
    return text.length;
  },
};

/** Files, documents and commands, in an order that matters. */
export const workflowOf = (seed: number): Workflow => {
  const files = Array.from(
    { length: 6 },
    (_, at): Step => ({
      id: `write${at}`,
      file: `src/${at}.txt`,
      content: `${seed} ${at}\n`.repeat(1 + seed * at * 7),
    }),
  );
  const steps: Step[] = [
    ...files,
    { id: 'version', json: 'package.json', set: { '/version': `${seed}.0.0`, '/deep/made': [seed] } },
    { id: 'other', json: 'other.json', merge: { list: [seed], gone: null } },
    { id: 'link', file: 'link', link: 'src/1.txt' },
    { id: 'mode', file: 'tool.sh', mode: seed % 2 === 0 ? '755' : '600' },
    { id: 'remove', file: 'old', delete: true },
    {
      id: 'list',
      run: 'cat src/2.txt package.json > list.txt; rm -f src/3.txt; mkdir -p made; echo done > made/x; wc -c < list.txt',
      reads: ['src/2.txt', 'package.json'],
      writes: ['list.txt', 'src/3.txt', 'made'],
      dependencies: ['version', 'write2', 'write3'],
    },
    { id: 'rename', file: 'moved', rename: 'made/moved' },
    { id: 'count', call: 'count', reads: ['src/0.txt'], writes: ['count.txt', 'package.json#/count'] },
    {
      id: 'append',
      run: 'echo "$(cat other.json)" >> list.txt; chmod 600 src/4.txt; cat count.txt',
      reads: ['other.json', 'count.txt'],
      writes: ['list.txt', 'src/4.txt'],
      dependencies: ['other', 'write4', 'count'],
    },
    { id: 'last', json: 'package.json', set: { '/last': '${{ steps.append.output }}' } },
  ];
  return { name: 'killed', steps, recovery: seed % 3 === 0 ? 'keep-successful' : 'atomic' };
};

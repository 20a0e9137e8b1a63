import { openContentThread } from '../../../src/content/content-thread.ts';

/** Captures without end, and says how many are safe. */
const [path = '', name = ''] = process.argv.slice(2);
const thread = openContentThread({ store: { path } });
const names = { protocol: 'openai-chat', provider: 'p', model: 'm', command: name, outcome: 'complete', cache: 'miss' };
for (let count = 0; ; count += 1) {
  const prompt = { texts: [`user: sk-secret0123456789 ${'word '.repeat(200)}`], isCut: false };
  await thread.add([
    {
      ...names,
      atMs: Date.now(),
      requestId: `${name}-${count}`,
      key: '',
      agent: '',
      prompt,
      answer: `owl${count}`,
      isAnswerCut: false,
    },
  ]);
  process.stdout.write(`${count + 1}\n`);
}

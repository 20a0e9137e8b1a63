import { newBatch } from './support/real-batch.ts';

// Changes a file, and one in a folder that may not be written to; prints what came of it.
const [folder = ''] = process.argv.slice(2);
const batch = newBatch(folder, {});
const { state, error, conflicts } = await batch.run({
  name: 'closed',
  steps: [
    { id: 'a', file: 'a', content: 'after' },
    { id: 'b', file: 'closed/b', content: 'after', dependencies: ['a'] },
  ],
}).outcome;
const { code, message } = error as { readonly code: string; readonly message: string };
console.log(JSON.stringify({ state, code, message, conflicts }));
await batch.close();

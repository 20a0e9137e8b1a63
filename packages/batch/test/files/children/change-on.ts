import { fsyncSync, openSync, writeSync } from 'node:fs';
import { filesWorkspace } from '../../../src/files.ts';
import { changesOf } from '../support/endless-changes.ts';

// Changes files batch after batch until it is killed, and writes each intent down before it is applied.
const [root = '', journal = '', seed = '0'] = process.argv.slice(2);
const workspace = filesWorkspace({ root });
const file = openSync(journal, 'a');
for (let number = 0; number < 1_000; number += 1) {
  const intent = await workspace.prepare(changesOf(Number(seed), number), { run: 'run', name: `step-${number}` });
  writeSync(file, `${intent}\n`);
  fsyncSync(file);
  if (number === 0) console.log('begun');
  await workspace.apply(intent);
}

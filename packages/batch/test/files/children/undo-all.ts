import { readFileSync } from 'node:fs';
import { filesWorkspace } from '../../../src/files.ts';

// Undoes all that stands whole in the journal, the last first; prints what was in the way.
const [root = '', journal = ''] = process.argv.slice(2);
const workspace = filesWorkspace({ root });
const intents = readFileSync(journal, 'utf8').split('\n').slice(0, -1);
const conflicts = [];
for (const intent of intents.reverse()) conflicts.push(...(await workspace.undo(intent)));
await workspace.forget('run');
console.log(JSON.stringify({ undone: intents.length, conflicts }));

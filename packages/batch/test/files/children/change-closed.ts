import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesWorkspace } from '../../../src/files.ts';

// Changes a file, and one in a folder that may not be written to; prints what came of it.
const [root = ''] = process.argv.slice(2);
const workspace = filesWorkspace({ root });
const intent = await workspace.prepare(
  [
    { type: 'write', path: 'a', content: 'new' },
    { type: 'write', path: 'closed/b', content: 'new' },
  ],
  { run: 'run', name: 'step' },
);
const error = await workspace.apply(intent).catch((reason) => reason);
const changed = readFileSync(join(root, 'a'), 'utf8');
const conflicts = await workspace.undo(intent);
console.log(JSON.stringify({ code: error.code, message: error.message, changed, conflicts }));

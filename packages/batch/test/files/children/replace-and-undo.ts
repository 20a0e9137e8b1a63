import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesWorkspace } from '../../../src/files.ts';

/** Replaces a file, takes that back, and says what it held in between and then, and its mode. */
const [root = '', path = ''] = process.argv.slice(2);
const workspace = filesWorkspace({ root });
const intent = await workspace.prepare([{ type: 'write', path, content: 'new' }], { run: 'run', name: 'step' });
await workspace.apply(intent);
const between = readFileSync(join(root, path), 'utf8');
const conflicts = await workspace.undo(intent);
const { mode } = statSync(join(root, path));
console.log(
  JSON.stringify({ between, conflicts, content: readFileSync(join(root, path), 'utf8'), mode: mode & 0o777 }),
);

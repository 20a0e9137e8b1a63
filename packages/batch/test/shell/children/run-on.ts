import { shellExecutor } from '../../../src/index.ts';
import { heldCommand } from '../../../src/shell/hold.ts';
import { runCommand } from '../../../src/shell/run-command.ts';

/** Runs a command line over a root, or held by a group alone, and says what it says: until it is killed. */
const [root = '', folder = '', how = '', line = ''] = process.argv.slice(2);
const signal = new AbortController().signal;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (how === 'group') await runCommand(heldCommand('group', line), { cwd: root, env: process.env, signal, onLine: say });
else {
  const isolation = how === '' ? undefined : (how as 'overlay' | 'copy');
  const { release } = await shellExecutor({ folder, isolation })(
    { run: 'r', step: 's', attempt: 1, kind: 'shell', fields: { run: line }, idempotencyKey: 'key', root },
    { signal, output: () => undefined, onProgress: say },
  );
  await release?.();
}

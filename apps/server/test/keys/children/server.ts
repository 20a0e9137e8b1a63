// Stands for a running server: says for each secret on stdin what it opens.
import { createInterface } from 'node:readline';
import { openKeyStore } from '../../../src/keys/store.ts';

const [path = ''] = process.argv.slice(2);
const store = openKeyStore({ path });
process.stdout.write(`${JSON.stringify({ hasKeys: store.hasKeys() })}\n`);
for await (const secret of createInterface({ input: process.stdin })) {
  const verified = store.verify(secret);
  const key = verified && { name: verified.key.name, disabled: verified.key.disabled, team: verified.key.team };
  process.stdout.write(`${JSON.stringify({ hasKeys: store.hasKeys(), key: key ?? null })}\n`);
}

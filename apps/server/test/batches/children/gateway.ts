// Stands for a gateway: works on the batches of a folder with a model that answers after a while, and says so.
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openBatches } from '../../../src/batches/batches.ts';

const [folder = '', calls = ''] = process.argv.slice(2);
const owner = { id: 'somebody', keyId: null, tenant: 'default' };
let requests = 0;

const batches = openBatches({
  folder,
  limits: { concurrency: 4 },
  costOf: () => 0,
  newRequestId: () => `${process.pid}-${++requests}`,
  onError: (error) => console.error(error),
  router: {
    answer({ body }, sink) {
      const [{ content }] = body.messages as unknown as [{ content: string }];
      const timer = setTimeout(
        () => {
          appendFileSync(calls, `${content}\n`);
          const answer = Buffer.from(JSON.stringify({ said: content, filler: 'x'.repeat(2000) }));
          const about = {
            provider: 'p',
            model: 'm',
            cache: 'miss',
            usage: { inputTokens: 1, outputTokens: 1 },
          } as const;
          sink.whole({ status: 200, contentType: 'application/json', headers: {}, ...about }, answer);
        },
        Number(content.slice(-1)),
      );
      return { leave: (): undefined => void clearTimeout(timer), resume() {} };
    },
  },
});
process.stdout.write('ready\n');
// Says how each batch fares that it is asked for.
for await (const id of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(batches.batch(owner, 'openai', id))}\n`);
}

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startObserved } from './dashboard/observed-server.ts';

let observed: Awaited<ReturnType<typeof startObserved>>;
beforeEach(async () => {
  observed = await startObserved();
});
afterEach(() => observed.close());

const patterns = async () => {
  await observed.telemetry.collector.flush();
  const report = await observed.telemetry.ask?.('patterns', { days: 1 });
  return report ?? expect.unreachable();
};

it('prompts that come again through the gateway are told, with what the cache did and could have done', async () => {
  await observed.ask('Where is order 17?');
  await observed.ask('Where is order 17?');
  const bypassing = await observed.ask('Where is order 17?', { temperature: 0.7 });
  await observed.ask('Where is order 17?', { temperature: 0.7 });
  const last = await observed.ask('where is  order 2,000?', { stream: true, stream_options: { include_usage: true } });
  await observed.ask('Who is it?');
  const { basis, patterns: found } = await patterns();
  expect(basis).toBe('shape');
  expect(found).toMatchObject([
    { requests: 5, reused: 1, bypassed: 2, repeated: 1, near: 2, models: ['sim-1'], agents: ['node'], example: last },
  ]);
  expect(found[0]?.shape).toMatch(/^[\w-]{12}$/);
  expect(found[0]?.missedUsd).toBeGreaterThan(0);
  expect(found[0]?.nearUsd).toBeGreaterThan(0);
  expect(bypassing).not.toBe(last);
});

it('no word of a prompt is in what is kept', async () => {
  await observed.ask('xylophone 17', {
    messages: [
      { role: 'system', content: 'zeppelin' },
      { role: 'user', content: 'xylophone 17' },
    ],
  });
  expect((await patterns()).requests).toBe(0);
  const { state } = observed.hotpath.folders;
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['events.sqlite', 'shape.key']));
  for (const { parentPath, name } of files)
    expect(readFileSync(join(parentPath, name)).toString('latin1')).not.toMatch(/xylophone|zeppelin/);
  expect(statSync(join(state, 'shape.key')).mode & 0o777).toBe(0o600);
});

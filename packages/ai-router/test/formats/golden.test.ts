import { describe, expect, test } from 'vitest';
import { anthropicMessages } from '../../src/formats/anthropic-messages.ts';
import { createOpenaiChat } from '../../src/formats/openai-chat.ts';
import type { Json, ModelEvent, WireFormat } from '../../src/wire-format.ts';
import { readFixtures } from './fixtures.ts';

const openaiChat = createOpenaiChat({ now: () => Date.UTC(2026, 0, 1) });
const pairs: readonly [name: string, from: WireFormat, to: WireFormat][] = [
  ['openai-to-anthropic', openaiChat, anthropicMessages],
  ['anthropic-to-openai', anthropicMessages, openaiChat],
];

// `vitest -u` writes the files anew; read the difference before committing it.
describe.each(pairs)('golden files %s', (pair, from, to) => {
  const fixtures = readFixtures(from.protocol);
  const golden = (path: string) => `../__fixtures__/golden/${pair}/${path}`;
  const json = (value: Json) => `${JSON.stringify(value, null, 2)}\n`;

  test.each(fixtures.requests)('request $name', async ({ name, body }) => {
    const written = to.encodeRequest(from.decodeRequest(body));
    await expect(json(written)).toMatchFileSnapshot(golden(`requests/${name}.json`));
  });

  test.each(fixtures.answers)('answer $name', async ({ name, body }) => {
    const written = to.encodeAnswer(from.decodeAnswer(body));
    await expect(json(written)).toMatchFileSnapshot(golden(`answers/${name}.json`));
  });

  test.each(fixtures.streams)('stream $name', async ({ name, bytes }) => {
    const decoder = from.streamDecoder();
    const encoder = to.streamEncoder({ streamUsage: true });
    const events: readonly ModelEvent[] = [...decoder.push(bytes), ...decoder.end()];
    const written = events.map((event) => encoder.push(event)).join('');
    await expect(written).toMatchFileSnapshot(golden(`streams/${name}.sse`));
  });

  test.each(fixtures.errors)('error $name', async ({ name, status, body }) => {
    const written = to.encodeError(from.decodeError(status, body));
    await expect(json(written)).toMatchFileSnapshot(golden(`errors/${name}.json`));
  });
});

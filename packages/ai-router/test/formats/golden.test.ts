import crypto from 'node:crypto';
import { readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { RouterError } from '../../src/errors.ts';
import { anthropicMessages } from '../../src/formats/anthropic-messages.ts';
import { createOpenaiChat } from '../../src/formats/openai-chat.ts';
import { createOpenaiResponses } from '../../src/formats/openai-responses.ts';
import { ownName, renamed } from '../../src/formats/own-names.ts';
import type { Json, JsonObject, ModelEvent, WireFormat } from '../../src/wire-format.ts';
import { readFixtures } from './fixtures.ts';

// Ids that a format makes up are numbered, so that files stay the same.
let made = 0;
beforeAll(() => {
  vi.spyOn(crypto, 'randomUUID').mockImplementation(() => {
    made += 1;
    return `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
  });
  syncBuiltinESMExports();
});
beforeEach(() => {
  made = 0;
});
afterAll(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

const now = () => Date.UTC(2026, 0, 1);
const formats: readonly WireFormat[] = [createOpenaiChat({ now }), createOpenaiResponses({ now }), anthropicMessages];
const pairs = formats.flatMap((from) =>
  formats.filter((to) => to !== from).map((to) => [`${from.protocol}-to-${to.protocol}`, from, to] as const),
);

/** What comes of a body, or of whom and why it is refused. */
function written(write: () => JsonObject): JsonObject {
  try {
    return write();
  } catch (error) {
    if (!RouterError.isInstance(error)) throw error;
    return { refused: { code: error.code, message: error.message, ...(error.param && { param: error.param }) } };
  }
}

/** A request as it is sent, with what is lost and refused by the client's own names. */
function translated(body: JsonObject, from: WireFormat, to: WireFormat, drop: (path: string) => void): JsonObject {
  const places = new Map<object, string>();
  const request = from.decodeRequest(body, { drop, read: (thing, path) => places.set(thing, path) });
  const nameOf = (path: string): string => ownName(path, from.protocol, request, places);
  try {
    return to.encodeRequest(request, { drop: (path) => drop(nameOf(path)) });
  } catch (error) {
    if (!RouterError.isInstance(error) || error.param === undefined) throw error;
    throw renamed(error, nameOf(error.param));
  }
}

// `vitest -u` writes the files anew; read the difference before committing it.
describe.each(pairs)('golden files %s', (pair, from, to) => {
  const fixtures = readFixtures(from.protocol);
  const folder = `../__fixtures__/golden/${pair}`;
  const json = (value: Json) => `${JSON.stringify(value, null, 2)}\n`;

  test.each(fixtures.requests)('request $name', async ({ name, body }) => {
    const dropped: string[] = [];
    const request = written(() => translated(body, from, to, (path) => dropped.push(path)));
    await expect(json({ request, dropped })).toMatchFileSnapshot(`${folder}/requests/${name}.json`);
  });

  test.each(fixtures.answers)('answer $name', async ({ name, body }) => {
    const answer = written(() => to.encodeAnswer(from.decodeAnswer(body)));
    await expect(json(answer)).toMatchFileSnapshot(`${folder}/answers/${name}.json`);
  });

  test.each(fixtures.streams)('stream $name', async ({ name, bytes }) => {
    const decoder = from.streamDecoder();
    const encoder = to.streamEncoder({ streamUsage: true });
    const events: readonly ModelEvent[] = [...decoder.push(bytes), ...decoder.end()];
    const stream = events.map((event) => encoder.push(event)).join('');
    await expect(stream).toMatchFileSnapshot(`${folder}/streams/${name}.sse`);
  });

  test.each(fixtures.errors)('error $name', async ({ name, status, body }) => {
    const error = to.encodeError(from.decodeError(status, body));
    await expect(json(error)).toMatchFileSnapshot(`${folder}/errors/${name}.json`);
  });

  test('are none but these', () => {
    const filesOf = (kind: string) =>
      readdirSync(new URL(`${folder}/${kind}`, import.meta.url)).map((file) => file.slice(0, file.lastIndexOf('.')));
    for (const kind of ['requests', 'answers', 'streams', 'errors'] as const) {
      expect(filesOf(kind).sort(), kind).toEqual(fixtures[kind].map(({ name }) => name).sort());
    }
  });
});

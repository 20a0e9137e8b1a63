import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createSoundEvents, type SoundEventsOptions } from '../../src/formats/sound-events.ts';
import { readFixtures } from './fixtures.ts';

interface Filtered {
  readonly text: string;
  readonly dropped: boolean;
}

function filter(chunks: readonly (string | Buffer)[], options?: SoundEventsOptions): Filtered {
  const events = createSoundEvents(options);
  const out = chunks.map((chunk) => events.push(Buffer.from(chunk)));
  out.push(events.end());
  const text = Buffer.concat(out.filter((bytes) => bytes !== undefined)).toString();
  return { text, dropped: events.dropped() };
}

const chat = (content: string) =>
  `data: ${JSON.stringify({ id: 'a', choices: [{ index: 0, delta: { content }, finish_reason: null }], usage: null })}\n\n`;
const anthropic = (words: string) =>
  `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { text: words } })}\n\n`;
const responses = (delta: string, number: number) =>
  `event: response.output_text.delta\ndata: ${JSON.stringify({ sequence_number: number, delta, logprobs: [] })}\n\n`;

describe('events that pass', () => {
  test.each([
    ['data', 'data: {"a":1}\n\n'],
    ['data without a space', 'data:{"a":1}\n\n'],
    ['data that is no object', 'data: 17\n\n'],
    ['white space around data', 'data: \t {"a" : [ 1 , 2 ] } \n\n'],
    ['the end', 'data: [DONE]\n\n'],
    ['a comment', ': keep-alive\n\n'],
    ['a comment beside data', ': one\ndata: {}\n\n'],
    ['fields of no concern', 'id: 1\nretry: 5\n\n'],
    ['a name with data', 'event: ping\ndata: {"type":"ping"}\n\n'],
    ['an error, whatever it holds', 'event: error\ndata: upstream is gone\n\n'],
    ['an error in several lines', 'event:error\ndata: upstream\ndata: is gone\n\n'],
    ['data in several lines', 'data: {"a":\ndata: 1}\n\n'],
    ['blank lines', '\n\n\ndata: {}\n\n\n\n'],
    ['a byte order mark', '\ufeffdata: {}\n\n'],
    ['line ends of Windows', 'event: x\r\ndata: {"a":1}\r\n\r\ndata: [DONE]\r\n\r\n'],
    ['line ends of old', 'event: x\rdata: {"a":1}\r\rdata: [DONE]\r\r'],
    ['an end without its blank line', 'data: {}\n\ndata: [DONE]\n'],
    ['nothing', ''],
  ])('%s', (_, stream) => {
    for (let at = 0; at <= Buffer.byteLength(stream); at += 1) {
      const bytes = Buffer.from(stream);
      expect(filter([bytes.subarray(0, at), bytes.subarray(at)]), `split at byte ${at}`).toEqual({
        text: stream,
        dropped: false,
      });
    }
    expect(filter(Array.from(Buffer.from(stream), (byte) => Buffer.of(byte))).text).toBe(stream);
  });
});

describe('events that are dropped', () => {
  test.each([
    ['cut JSON', 'data: {"choices":[{"delta":{"content":\n\n'],
    ['words', 'data: upstream is gone\n\n'],
    ['nothing', 'data:\n\n'],
    ['nothing but a name', 'event: ping\n\n'],
    ['two documents', 'data: {}{}\n\n'],
    ['two documents in two lines', 'data: {}\ndata: {}\n\n'],
    ['an end that is none', 'data: [DONE] \n\n'],
    ['a bad escape', 'data: {"a":"\\x"}\n\n'],
    ['a control character', 'data: {"a":"\t"}\n\n'],
    ['a comment with bad data', ': keep-alive\ndata: {\n\n'],
    ['line ends of Windows', 'event: x\r\ndata: {\r\n\r\n'],
    ['line ends of old', 'event: x\rdata: {\r\r'],
  ])('%s', (_, bad) => {
    const good = bad.includes('\r\n') ? 'data: {"a":"ü"}\r\n\r\n' : 'data: {"a":"ü"}\n\n';
    const bytes = Buffer.from(good + bad + good + good);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(filter([bytes.subarray(0, at), bytes.subarray(at)]), `split at byte ${at}`).toEqual({
        text: good + good + good,
        dropped: true,
      });
    }
    expect(filter(Array.from(bytes, (byte) => Buffer.of(byte))).text).toBe(good + good + good);
  });

  test('though a sound one follows in the same line', () => {
    expect(filter([chat('One'), 'data: {"x', chat('Two'), chat('Three')]).text).toBe(chat('One') + chat('Three'));
  });

  test('at the very end, cut off', () => {
    expect(filter(['data: {}\n\ndata: {"a":'])).toEqual({ text: 'data: {}\n\n', dropped: true });
  });

  test('though they are almost like the one before', () => {
    const sound = chat('Hello');
    const bad = sound.replace('"Hello"', '"Hel"lo"');
    expect(filter([sound, sound, bad, sound]).text).toBe(sound.repeat(3));
    const worse = sound.replace('null}', 'nul}');
    expect(filter([sound, sound, worse, sound, bad]).text).toBe(sound.repeat(3));
  });
});

const value = fc.jsonValue({ noUnicodeString: false, maxDepth: 3 });
const events = fc.oneof(
  fc.string({ unit: 'grapheme' }).map(chat),
  fc.string({ unit: 'grapheme' }).map(anthropic),
  fc.tuple(fc.string(), fc.nat()).map(([delta, number]) => responses(delta, number)),
  fc
    .tuple(value, fc.boolean())
    .map(([json, spaced]) => JSON.stringify(json, null, spaced ? ' ' : '').replaceAll('\n', ' '))
    .map((json) => `data: ${json}\n\n`),
  fc.constantFrom(
    ': keep-alive\n\n',
    'data: [DONE]\n\n',
    'id: 7\ndata: {}\n\n',
    'event: ping\ndata: {"type": "ping"}\n\n',
  ),
);
/** Sound events, some with one byte changed, left out or put in. */
const mutated = fc
  .tuple(
    events,
    fc.nat(),
    fc.constantFrom('', '"', '\\', '{', '}', ',', '0', 'e', '\u0001'),
    fc.integer({ min: 0, max: 1 }),
  )
  .map(([event, at, character, removed]) => {
    const position = 6 + (at % Math.max(1, event.length - 8));
    return (event.slice(0, position) + character + event.slice(position + removed)).toWellFormed();
  })
  .filter((event) => event.endsWith('\n\n') && !event.slice(0, -2).includes('\n\n'));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What the official client of OpenAI reads without throwing. */
function isSound(event: string): boolean {
  const lines = event.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
  const fields = lines.map((line) => /^([^:]*)(?:: ?(.*))?$/s.exec(line)?.slice(1) ?? []);
  const data = fields.filter(([name]) => name === 'data').map(([, text]) => text ?? '');
  const name = fields.findLast(([field]) => field === 'event')?.[1] ?? '';
  if (name === 'error') return true;
  if (data.length === 0) return name === '';
  return data[0] === '[DONE]' || isJson(data.join('\n'));
}

describe('any stream', () => {
  test('loses exactly what is malformed, wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: events }, mutated), { maxLength: 12 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 20 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        (list, cuts, lineEnd) => {
          const raw = (event: string) => event.replaceAll('\n', lineEnd);
          const bytes = Buffer.from(list.map(raw).join(''));
          const chunks: Buffer[] = [];
          let at = 0;
          for (const length of cuts) {
            chunks.push(bytes.subarray(at, at + length));
            at += length;
          }
          chunks.push(bytes.subarray(at));
          const sound = list.filter(isSound);
          expect(filter(chunks)).toEqual({ text: sound.map(raw).join(''), dropped: sound.length < list.length });
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each(['openai-chat', 'openai-responses', 'anthropic-messages'] as const)('recorded of %s passes', (protocol) => {
    for (const { name, bytes } of readFixtures(protocol).streams) {
      const text = Buffer.from(bytes).toString();
      const expected = text.split(/(?<=\r?\n\r?\n)/).filter((event) => isSound(event.replaceAll('\r', '')));
      expect(filter([Buffer.from(bytes)]).text, name).toBe(expected.join(''));
      if (!name.includes('malformed')) expect(expected.join(''), name).toBe(text);
    }
  });
});

describe('bytes', () => {
  test('of whole sound events are passed on where they lie', () => {
    const filtered = createSoundEvents();
    for (const words of ['One', 'Two', 'Three']) {
      const chunk = Buffer.from(chat(words) + chat(words));
      expect(filtered.push(chunk)).toBe(chunk);
      const single = Buffer.from(chat(words));
      expect(filtered.push(single)).toBe(single);
    }
    expect(filtered.end()).toBeUndefined();
  });

  test('of an event that is not over wait for its end', () => {
    const filtered = createSoundEvents();
    expect(filtered.push(Buffer.from('data: {"a"'))).toBeUndefined();
    expect(filtered.push(Buffer.from(':1}\n'))).toBeUndefined();
    expect(filtered.push(Buffer.from('\ndata'))?.toString()).toBe('data: {"a":1}\n\n');
    expect(filtered.push(Buffer.from(': nonsense\n\n'))).toBeUndefined();
    expect(filtered.end()).toBeUndefined();
  });

  test('of an event over the limit are not held, and pass unread', () => {
    const filtered = createSoundEvents({ maxEventBytes: 100 });
    expect(filtered.push(Buffer.from(`data: ${'x'.repeat(50)}`))).toBeUndefined();
    expect(filtered.push(Buffer.from('x'.repeat(50)))).toHaveLength(106);
    expect(filtered.push(Buffer.from('x\n'))?.toString()).toBe('x\n');
    expect(filtered.push(Buffer.from('\ndata: bad\n\ndata: {}\n\n'))?.toString()).toBe('\ndata: {}\n\n');
    expect(filter(['data: ', 'x'.repeat(200), '\r', '\n\r', '\ndata: {\r\n\r\n'], { maxEventBytes: 100 }).text).toBe(
      `data: ${'x'.repeat(200)}\r\n\r\n`,
    );
  });
});

describe('JSON.parse', () => {
  const parsed = (chunks: readonly string[]): number => {
    const parse = vi.spyOn(JSON, 'parse');
    try {
      filter(chunks);
      return parse.mock.calls.length;
    } finally {
      parse.mockRestore();
    }
  };
  const words = ['One', ' "two"', ' 三', ' \\n', ''];

  test.each([
    ['Chat', chat],
    ['Messages', anthropic],
    ['Responses', (text: string) => responses(text, text.length)],
  ])('is called for the first piece of %s alone', (_, event) => {
    const stream = Array.from({ length: 100 }, (_unused, index) => event(words[index % words.length] ?? ''));
    expect(parsed(stream)).toBe(1);
    expect(parsed([stream.join('')])).toBe(1);
  });

  test('is called for events that are never alike, without learning from them for ever', () => {
    const stream = Array.from({ length: 200 }, (_, index) => `data: {"key${index}":1}\n\n`);
    expect(parsed(stream)).toBe(200);
    expect(filter(stream).text).toBe(stream.join(''));
  });
});

import { describe, expect, test } from 'vitest';
import { type ServerSentEvent, type SplitterOptions, splitEvents, splitFrames } from '../../src/sse.ts';

function split(chunks: readonly (string | Uint8Array)[], options?: SplitterOptions) {
  const events: ServerSentEvent[] = [];
  const splitter = splitEvents((event) => events.push(event), options);
  const accepted = chunks.map((chunk) => splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  return { events, accepted, flushed: splitter.flush() };
}

const eventsOf = (text: string): ServerSentEvent[] => split([text]).events;

describe('server-sent events', () => {
  test.each([
    ['\\n', '\n'],
    ['\\r\\n', '\r\n'],
    ['\\r', '\r'],
  ])('are split wherever the bytes are, with lines ended by %s', (_, newline) => {
    const text =
      '\uFEFF: a comment\n\nevent: größe\ndata: {"a":"東京 🗼"}\n\n\n\ndata:one\ndata: two\nid: 7\nretry: 5\n\nevent:x\ndata\n\n';
    const bytes = Buffer.from(text.replaceAll('\n', newline));
    const expected = [
      { event: 'größe', data: '{"a":"東京 🗼"}' },
      { event: '', data: 'one\ntwo' },
      { event: 'x', data: '' },
    ];
    for (let first = 0; first <= bytes.length; first += 1) {
      for (let second = first; second <= bytes.length; second += 7) {
        const chunks = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(split(chunks).events, `split at ${first} and ${second}`).toEqual(expected);
      }
    }
    expect(split(Array.from(bytes, (byte) => Uint8Array.of(byte))).events).toEqual(expected);
  });

  test('of mixed line endings', () => {
    expect(eventsOf('data: a\r\n\ndata: b\n\r\ndata: c\r\rdata: d\n\n')).toEqual(
      ['a', 'b', 'c', 'd'].map((data) => ({ event: '', data })),
    );
  });

  test('lose one space after the colon, and no more', () => {
    expect(eventsOf('data:  two\n\n')).toEqual([{ event: '', data: ' two' }]);
  });

  test('ignore fields that only begin like one', () => {
    expect(eventsOf('database: x\neventful: y\ndata: z\n\n')).toEqual([{ event: '', data: 'z' }]);
  });

  test('without data are left out', () => {
    expect(eventsOf('event: ping\n\n: x\n\nid: 1\n\n')).toEqual([]);
  });

  test('that were not ended wait, and can be flushed', () => {
    expect(split(['data: a\n\ndata: b\n'])).toMatchObject({
      events: [
        { event: '', data: 'a' },
        { event: '', data: 'b' },
      ],
      flushed: true,
    });
    expect(split(['data: a\n\n']).flushed).toBe(false);
  });

  test('of a Uint8Array that is no Buffer', () => {
    const bytes = new TextEncoder().encode('__data: a\n\n');
    expect(split([bytes.subarray(2)]).events).toEqual([{ event: '', data: 'a' }]);
  });

  test.each([
    ['in one chunk', (text: string) => [text]],
    ['byte by byte', (text: string) => text.split('')],
  ])('over the limit are refused, %s', (_, cut) => {
    const fits = `data: ${'x'.repeat(94)}\n\n`;
    const large = `data: ${'x'.repeat(95)}\n\n`;
    const options = { maxEventBytes: 100 };
    expect(split(cut(fits + fits), options).accepted.at(-1)).toBe(true);
    const refused = split(cut(fits + large + fits), options);
    expect(refused.accepted.at(-1)).toBe(false);
    expect(refused.events).toHaveLength(1);
  });

  test('that never end are refused too', () => {
    expect(split(['data: ', 'x'.repeat(200)], { maxEventBytes: 100 }).accepted).toEqual([true, false]);
  });

  test('whole in their chunk are handed over where they lie', () => {
    const chunk = Buffer.from('data: a\n\ndata: b\n\n');
    const seen: Buffer[] = [];
    splitFrames((bytes) => seen.push(bytes)).push(chunk);
    expect(seen).toEqual([chunk, chunk]);
    expect(seen.every((bytes) => bytes === chunk)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { answerCodec, type CachedAnswer, packAnswer } from '../src/answer.ts';

const head = { contentType: 'application/json', provider: 'p', model: 'm', usage: { inputTokens: 1, outputTokens: 2 } };
const body = Buffer.from('{"text":"Zürich 日本語"}');

describe('a cached answer', () => {
  it.each<[string, CachedAnswer]>([
    ['packed', packAnswer(head, body)],
    ['made by hand', { ...head, body }],
    ['without a body', { ...head, body: Buffer.alloc(0) }],
  ])('survives its codec: %s', (_name, answer) => {
    const decoded = answerCodec.decode(answerCodec.encode(answer));
    expect(decoded).toEqual({ ...head, body: answer.body });
  });

  it('packed once is not written again', () => {
    const answer = packAnswer(head, body);
    expect(answerCodec.encode(answer)).toBe(answerCodec.encode(answer));
    expect(answer.body.equals(body)).toBe(true);
    expect(Object.isFrozen(answer)).toBe(true);
  });

  it.each([[Buffer.alloc(0)], [Buffer.from([255, 255, 255, 255])], [Buffer.from([2, 0, 0, 0, 123, 34])]])(
    'is not read from bytes that are none',
    (bytes) => {
      expect(() => answerCodec.decode(bytes)).toThrow();
    },
  );
});

import { describe, expect, it } from 'vitest';
import { createRequestSplitter } from '../../src/batches/split-requests.ts';

const requests = [
  { custom_id: 'a', params: { text: 'brackets ] } [ { and "quotes" \\ \\" in a string' } },
  { custom_id: 'b', params: { requests: [{ nested: [1, [2]] }], 'é😀': '\u2028' } },
  {},
];
const bodies = {
  compact: JSON.stringify({ requests }),
  spread: JSON.stringify({ requests }, null, 2).replaceAll('\n', '\r\n'),
};

const split = (body: Buffer, pieces: readonly number[], maxBytes = 10_000) => {
  const splitter = createRequestSplitter({ maxBytes });
  const found = [];
  let start = 0;
  for (const end of [...pieces, body.byteLength]) {
    found.push(...splitter.push(body.subarray(start, end)));
    start = end;
  }
  splitter.end();
  return found;
};
const refusalOf = (body: string | Buffer, maxBytes?: number): string => {
  try {
    split(Buffer.from(body), [], maxBytes);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('a body of requests', () => {
  it.each(Object.entries(bodies))('that is %s is taken apart wherever its chunks begin', (_name, text) => {
    const body = Buffer.from(text);
    for (let at = 1; at < body.byteLength; at++) {
      const found = split(body, [at]);
      expect(found.map(({ value }) => value)).toEqual(requests);
      for (const [index, { bytes }] of found.entries()) {
        expect(bytes.toString()).not.toMatch(/[\r\n]/);
        expect(JSON.parse(bytes.toString())).toEqual(requests[index]);
      }
    }
    const all = Array.from({ length: body.byteLength - 1 }, (_, at) => at + 1);
    expect(split(body, all)).toHaveLength(3);
  });

  it('keeps numbers as they are written', () => {
    const [found] = split(Buffer.from('{"requests":[{"seed":12345678901234567890, "x": 1e999}]}'), []);
    expect(found?.bytes.toString()).toBe('{"seed":12345678901234567890, "x": 1e999}');
  });

  it.each([
    ['', 'Unexpected end'],
    ['null', '"requests" must be a list'],
    ['[]', '"requests" must be a list'],
    ['{"requests":{}}', '"requests" must be a list'],
    ['{"requests":[]}', 'at least one'],
    ['{"requests":[0]}', 'objects alone'],
    ['{"requests":[{},"{}"]}', 'objects alone'],
    ['{"requests":[[{}]]}', 'objects alone'],
    ['{"requests":[{}],"requests":[{}]}', 'be there once'],
    ['{"\\u0072equests":[{}]}', 'objects alone'],
    ['{"requests":[{}],"model":"m"}', '"model" is not known'],
    ['{"requests":[{}]', 'Check its quotes'],
    ['{"requests":[{}', 'Check its quotes'],
    ['{"requests":[{}}}', 'Check its quotes'],
    ['{"requests":[{}]} {}', 'Check its quotes'],
    ['{"requests":[{},]}', 'Check its quotes'],
    ['{"requests":[{} {}]}', 'Check its quotes'],
    ['{"requests":[{"a":]}]}', 'requests.0 is not JSON'],
    ['{"requests":[{},{"a" 1}]}', 'requests.1 is not JSON'],
  ])('is refused: %s', (body, problem) => {
    expect(refusalOf(body)).toContain(problem);
  });

  it('is refused where a request, or what is around them, is too large, or is not UTF-8', () => {
    const long = JSON.stringify({ requests: [{ text: 'x'.repeat(100) }] });
    expect(refusalOf(long, 99)).toContain('99 bytes in one request');
    expect(refusalOf(long, 200)).toBe('none');
    expect(refusalOf(`{"requests":[${' '.repeat(4_194_304)}{}]}`)).toContain('more around');
    expect(refusalOf(Buffer.from('{"requests":[{"a":"\xff"}]}', 'latin1'))).toContain('requests.0 is not UTF-8');
  });
});

import { describe, expect, it } from 'vitest';
import { checkTransferHeader, parseTransferLine, transferHeader, transferLine } from '../src/cache-transfer.ts';

const value = new Uint8Array([0, 255, 10, 13, 128]);

describe('a line of an export', () => {
  it('brings an entry back as it was', () => {
    const full = {
      value,
      createdAt: 1,
      expiresAt: 2_000,
      staleAt: 1_000,
      loadMs: 0.5,
      costUsd: 0.0001,
      tags: ['provider:a', 'model:a/b "c"\n'],
    };
    const line = transferLine('key\n"1"', full);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(parseTransferLine(line)).toEqual({ key: 'key\n"1"', entry: full });
  });

  it('leaves out what an entry does not have, and an end that never comes', () => {
    const bare = { value, createdAt: 1, expiresAt: Number.POSITIVE_INFINITY };
    const line = transferLine('k', bare);
    expect(Object.keys(JSON.parse(line))).toEqual(['key', 'createdAt', 'value']);
    expect(parseTransferLine(line)).toEqual({ key: 'k', entry: bare });
  });

  it('takes the bytes of a view alone', () => {
    const view = new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2);
    const { entry } = parseTransferLine(transferLine('k', { value: view, createdAt: 0, expiresAt: 1 }));
    expect(entry.value).toEqual(new Uint8Array([2, 3]));
    expect(entry.value.buffer.byteLength).toBe(2);
  });

  it.each([
    ['a line that was cut', '{"key":"a","createdAt":1,"val', /not valid JSON.* cut short/],
    ['a list', '[]', /no JSON object/],
    ['no key', '{"createdAt":1,"value":""}', /"key" is missing/],
    ['no time', '{"key":"a","value":""}', /"createdAt" is missing/],
    ['a time that is none', '{"key":"a","createdAt":"now","value":""}', /"createdAt" is "now", not a number/],
    ['a negative cost', '{"key":"a","createdAt":1,"costUsd":-1,"value":""}', /"costUsd" is -1/],
    ['tags that are none', '{"key":"a","createdAt":1,"tags":[1],"value":""}', /"tags" is not a list of names/],
    ['no value', '{"key":"a","createdAt":1}', /"value" is not base64/],
    ['a value that was cut', '{"key":"a","createdAt":1,"value":"AAA"}', /"value" is not base64/],
    ['a value with foreign letters', '{"key":"a","createdAt":1,"value":"A*AA"}', /"value" is not base64/],
  ])('is refused with %s', (_, line, message) => {
    expect(() => parseTransferLine(line)).toThrow(message);
  });
});

describe('the first line of an export', () => {
  it('is accepted from this release, and from no other format', () => {
    expect(() => checkTransferHeader(transferHeader(0))).not.toThrow();
    expect(() => checkTransferHeader(transferLine('k', { value, createdAt: 0, expiresAt: 1 }))).toThrow(
      /not the first line of an export/,
    );
    expect(() => checkTransferHeader('{"format":"hotpath-cache","version":2}')).toThrow(/version 2, .* Update hotpath/);
    expect(() => checkTransferHeader('hello')).toThrow(/not valid JSON/);
  });
});

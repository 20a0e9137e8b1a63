import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonCodec } from '../src/index.ts';

describe('jsonCodec', () => {
  it('gives back what JSON can carry, in bytes of exact length', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const bytes = jsonCodec.encode(value);
        expect(bytes.byteLength).toBe(bytes.buffer.byteLength);
        expect(jsonCodec.decode(bytes)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('throws for what JSON cannot carry, and for bytes that are no JSON', () => {
    expect(() => jsonCodec.encode(() => 1)).toThrow('cannot be written as JSON');
    expect(() => jsonCodec.decode(new Uint8Array([0xff]))).toThrow();
    expect(() => jsonCodec.decode(new Uint8Array())).toThrow();
  });
});

import { describe, expect, it } from 'vitest';
import { ByteText } from '../../../src/exporters/prometheus/byte-text.ts';

describe('a text of bytes', () => {
  it('spells numbers as JavaScript does, and those without end as Prometheus does', () => {
    const numbers = [
      0,
      7,
      10,
      99,
      100,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 53,
      -1,
      0.1,
      1e21,
      ...Array.from({ length: 200 }, (_, exponent) => Math.round(1.13 ** exponent)),
    ];
    const text = new ByteText();
    for (const number of numbers) text.lastOfLine(number);
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) text.lastOfLine(number);
    expect(String(text.end())).toBe(`${numbers.join('\n')}\nNaN\n+Inf\n-Inf\n`);
  });

  it('has all that was written, of any length, and what comes again', () => {
    const text = new ByteText();
    let expected = '';
    for (let index = 0; index < 300; index += 1) {
      const piece = 'ä€🦊x'.repeat(index);
      const start = text.length;
      text.text(piece);
      text.again(start, text.length);
      text.bytes(Buffer.from('ü'));
      expected += `${piece}${piece}ü`;
    }
    expect(String(text.end())).toBe(expected);
    expect(text.length).toBe(Buffer.byteLength(expected));
  });
});

import { describe, expect, it } from 'vitest';
import { createChunkedReader } from '../harness/chunked.ts';
import { stagesOf } from '../harness/server-timing.ts';
import { clockText, readClock, virtualTime } from '../harness/virtual-clock.ts';
import { counterOf } from '../scenarios/gateway-workload/metrics.ts';

describe('a reader of chunks', () => {
  const wire = Buffer.from('5\r\nhello\r\nB\r\n, 1\r\n 2 3\r\n\r\n0\r\n\r\n');
  const content = 'hello, 1\r\n 2 3\r\n';

  it('reads them however they are cut', () => {
    for (let size = 1; size <= wire.length; size++) {
      const reader = createChunkedReader();
      let text = '';
      for (let at = 0; at < wire.length; at += size) text += reader.push(wire.subarray(at, at + size));
      expect(text).toBe(content);
      expect(reader.isOver).toBe(true);
    }
  });

  it('is not over before the last one', () => {
    const reader = createChunkedReader();
    reader.push(wire.subarray(0, -5));
    expect(reader.isOver).toBe(false);
  });

  it('takes the trailers for what they are', () => {
    const reader = createChunkedReader();
    expect(reader.push(Buffer.from('2\r\nab\r\n0\r\nx-cost: 1\r\n'))).toBe('ab');
    expect(reader.isOver).toBe(false);
    reader.push(Buffer.from('\r\n'));
    expect(reader.isOver).toBe(true);
  });

  it('refuses what is none', () => {
    expect(() => createChunkedReader().push(Buffer.from('HTTP/1.1 200 OK\r\n'))).toThrow('size of a chunk');
    expect(() => createChunkedReader().push(Buffer.from('2\r\nabc\r\n'))).toThrow('longer than it says');
  });
});

describe('the virtual clock', () => {
  it('shows the real time at its beginning, and runs from there', () => {
    const clock = readClock(clockText({ startedAt: 1_000_000, speed: 60 }));
    expect(virtualTime(clock, 1_000_000)).toBe(1_000_000);
    expect(virtualTime(clock, 1_060_000)).toBe(4_600_000);
  });

  it('says what is wrong with one that cannot be read', () => {
    expect(() => readClock(undefined)).toThrow('must hold a time and a speed');
    expect(() => readClock('5 0')).toThrow('must hold a time and a speed');
  });
});

describe('server-timing', () => {
  it('is read by stage, those without a duration left out', () => {
    expect([...stagesOf('parse;dur=0.012, cache;desc=miss, upstream;desc="a";dur=20.5, total;dur=21')]).toEqual([
      ['parse', 0.012],
      ['upstream', 20.5],
      ['total', 21],
    ]);
  });
});

describe('a counter of the metrics', () => {
  it('is the sum of the series that have a label', () => {
    const metrics = [
      '# TYPE saved counter',
      'saved{model="a",by="cache"} 1.5',
      'saved{model="b",by="cache"} 2',
      'saved{model="a",by="coalescing"} 7',
      'saved_more{by="cache"} 100',
    ].join('\n');
    expect(counterOf(metrics, 'saved', 'by="cache"')).toBe(3.5);
    expect(counterOf(metrics, 'saved')).toBe(10.5);
  });
});

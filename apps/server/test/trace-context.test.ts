import { describe, expect, it } from 'vitest';
import { traceOf } from '../src/trace-context.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the trace of a request', () => {
  it('is the one its header names', () => {
    expect(traceOf({ traceparent: `00-${trace}` })).toBe(`00-${trace}`);
  });

  it('is read of a later version as far as this one knows it', () => {
    expect(traceOf({ traceparent: `cc-${trace}` })).toBe(`00-${trace}`);
    expect(traceOf({ traceparent: `cc-${trace}-what-will-be` })).toBe(`00-${trace}`);
  });

  it.each([
    undefined,
    '',
    `ff-${trace}`,
    `00-${trace}-more`,
    `cc-${trace}.what`,
    `00-${trace.toUpperCase()}`,
    `00-${trace.replace(/^\w+/, '0'.repeat(32))}`,
    `00-${trace.replace('00f067aa0ba902b7', '0'.repeat(16))}`,
    `00-${trace.slice(1)}`,
    ` 00-${trace}`,
  ])('is not %j', (traceparent) => {
    expect(traceOf({ ...(traceparent !== undefined && { traceparent }) })).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { LogHistogram } from '../../../src/collector/log-histogram.ts';
import {
  createExposition,
  type ExpositionFormat,
  formatFor,
  labelsOf,
} from '../../../src/exporters/prometheus/exposition.ts';
import { parseExposition } from '../../support/parse-exposition.ts';

const nasty = labelsOf({ model: 'a "quoted" \\ name\nof two lines {}, é', empty: '' });

const write = (format: ExpositionFormat): string => {
  const exposition = createExposition(format);
  const histogram = new LogHistogram();
  for (const value of [100, 1000, 700_000, 99_000_000]) histogram.record(value);
  exposition.counter('asked_total', 'How often.', [
    [nasty, 3],
    [labelsOf({ model: 'b' }), 1e21],
  ]);
  exposition.gauge('warmth', 'How warm.', [['', -0.5]]);
  exposition.gauge('nothing', 'Is left out.', []);
  const buckets = { bounds: [1000, 500_000, 1_000_000, 10_000_000], scale: 1_000_000 };
  exposition.histogram('took_seconds', 'How long.', buckets, [
    ['', { histograms: [histogram], sum: 99_701_100 }],
    [labelsOf({ a: 'b' }), { histograms: [histogram, histogram], sum: 1 }],
  ]);
  return String(exposition.end());
};

describe('an exposition', () => {
  it('is written in the text format', () => {
    expect(write('text')).toBe(`# HELP asked_total How often.
# TYPE asked_total counter
asked_total{model="a \\"quoted\\" \\\\ name\\nof two lines {}, é",empty=""} 3
asked_total{model="b"} 1e+21
# HELP warmth How warm.
# TYPE warmth gauge
warmth -0.5
# HELP took_seconds How long.
# TYPE took_seconds histogram
took_seconds_bucket{le="0.001"} 2
took_seconds_bucket{le="0.5"} 2
took_seconds_bucket{le="1"} 3
took_seconds_bucket{le="10"} 3
took_seconds_bucket{le="+Inf"} 4
took_seconds_sum 99.7011
took_seconds_count 4
took_seconds_bucket{a="b",le="0.001"} 4
took_seconds_bucket{a="b",le="0.5"} 4
took_seconds_bucket{a="b",le="1"} 6
took_seconds_bucket{a="b",le="10"} 6
took_seconds_bucket{a="b",le="+Inf"} 8
took_seconds_sum{a="b"} 0.000001
took_seconds_count{a="b"} 8
`);
  });

  it('is written as OpenMetrics', () => {
    const text = write('openmetrics');
    expect(text).toContain('# TYPE asked counter\nasked_total{');
    expect(text).toContain('le="1.0"} 3\ntook_seconds_bucket{le="10.0"} 3\n');
    expect(text.endsWith('took_seconds_count{a="b"} 8\n# EOF\n')).toBe(true);
  });

  it.each(['text', 'openmetrics'] as const)('keeps to the rules of %s', (format) => {
    const samples = parseExposition(write(format), format);
    expect(samples.get(`asked_total{${nasty}}`)).toBe(3);
    expect(samples.get('took_seconds_count')).toBe(4);
  });

  it('makes text of what is none', () => {
    expect(labelsOf({ model: 'half \ud800' })).toBe('model="half \ufffd"');
  });
});

describe('the format', () => {
  it.each([
    ['text', undefined],
    ['text', '*/*'],
    ['text', 'text/plain'],
    ['text', 'text/html,application/xhtml+xml,*/*;q=0.8'],
    ['openmetrics', 'application/openmetrics-text'],
    ['openmetrics', 'application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'],
    // As Prometheus 3 asks.
    [
      'openmetrics',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    ],
    ['text', 'text/plain;version=0.0.4;q=1, application/openmetrics-text;version=1.0.0;q=0.9'],
    ['text', 'application/openmetrics-text;version=2.0.0, text/plain;q=0.1'],
    ['text', 'application/openmetrics-text;q=0, text/plain;q=0.1'],
  ] as const)('is %s for %s', (format, accept) => {
    expect(formatFor(accept)).toBe(format);
  });
});

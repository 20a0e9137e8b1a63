// What the gateway writes is what is read here.
import { createExposition, LogHistogram, labelsOf } from '@hotpath/runtime/metrics';
import {
  array,
  assert,
  constantFrom,
  dictionary,
  double,
  oneof,
  property,
  record,
  string,
  stringMatching,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMetricsReader } from '../../src/monitor/prometheus.ts';

const read = (text: string) => createMetricsReader().read(text);

describe('reading metrics', () => {
  it('gives back whatever the gateway writes, in both formats', () => {
    const name = stringMatching(/^[a-z_:][a-z0-9_:]{0,20}$/);
    const labels = dictionary(
      stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((key) => key !== 'le'),
      oneof(string({ unit: 'grapheme' }), constantFrom('a"b\\c\nd', '{}', ',', '} 1', '\\n', '"', '\\')),
      { maxKeys: 4 },
    );
    const sample = record({ labels, value: oneof(double({ noNaN: false }), constantFrom(0, 1e21, 1e-7, -0.5)) });
    const family = record({ name, samples: array(sample, { maxLength: 5 }) });
    assert(
      property(
        array(family, { maxLength: 5 }),
        constantFrom('text' as const, 'openmetrics' as const),
        (families, format) => {
          const exposition = createExposition(format);
          for (const { name, samples } of families) {
            exposition.gauge(
              name,
              'Help.',
              samples.map(({ labels, value }) => [labelsOf(labels), value] as const),
            );
          }
          const wanted = families.flatMap(({ name, samples }) => samples.map((its) => ({ name, ...its })));
          const text = String(exposition.end());
          const reader = createMetricsReader();
          const found = reader.read(text);
          // What it remembers of the first reading changes nothing.
          expect(reader.read(text)).toEqual(found);
          expect(found.map(({ name, value }) => [name, value === 0 ? 0 : value])).toEqual(
            wanted.map(({ name, value }) => [name, value === 0 ? 0 : value]),
          );
          expect(found.map(({ labels }) => ({ ...labels }))).toEqual(
            wanted.map(({ labels }) =>
              Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, value.toWellFormed()])),
            ),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads histograms with their bounds', () => {
    const histogram = new LogHistogram();
    for (const value of [100, 700, 9000]) histogram.record(value);
    const buckets = { bounds: [500, 1000], scale: 1000 };
    const exposition = createExposition('openmetrics');
    exposition.histogram('took_seconds', 'How long.', buckets, [
      [labelsOf({ model: 'a' }), { histograms: [histogram], sum: 9800 }],
    ]);
    const samples = read(String(exposition.end()));
    expect(samples.map(({ name, labels, value }) => `${name} ${labels.le ?? ''} ${value}`)).toEqual([
      'took_seconds_bucket 0.5 1',
      'took_seconds_bucket 1.0 2',
      'took_seconds_bucket +Inf 3',
      'took_seconds_sum  9.8',
      'took_seconds_count  3',
    ]);
  });

  it('never fails, and reads good lines between bad ones', () => {
    const line = oneof(
      string(),
      stringMatching(/^[a-z]{1,3}\{?[a-z="\\,{}]{0,30}\}? ?[0-9.eE+-]{0,5}$/),
      constantFrom(
        '# TYPE x counter',
        '# EOF',
        '',
        '\r',
        '{} 1',
        'x',
        'x{',
        'x{a="',
        'x{a="b"',
        'x{a="b"} ',
        'x 1 2 3 # {}',
        'x NaN',
        'x +Inf',
        'x 0x10',
        'x 1_0',
        'x ١',
      ),
    );
    assert(
      property(array(line), array(line), (before, after) => {
        const samples = read([...before, 'good{a="b"} 4 1700000000', ...after].join('\n'));
        expect(samples).toContainEqual({ name: 'good', labels: { a: 'b' }, value: 4 });
        for (const { value } of samples) expect(value).toBeTypeOf('number');
      }),
      { numRuns: 1000 },
    );
  });

  it('reads long lines of quotes and backslashes in time that grows with their length alone', () => {
    const nasty = [`x{${'a="\\\\",'.repeat(20_000)}`, `x{a="${'\\"'.repeat(50_000)}`, `x${' '.repeat(100_000)}`];
    expect(read(nasty.join('\n'))).toEqual([]);
  });
});

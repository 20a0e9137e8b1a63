import { bucketsOf, type LogHistogram } from '../../collector/log-histogram.ts';
import { ByteText } from './byte-text.ts';

/** Prometheus' own text format 0.0.4, or OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Labels as they are written, made once by `labelsOf`: `provider="openai",model="gpt-4o"`. */
export type Labels = string;
export type Sample = readonly [labels: Labels, value: number];

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** Longer values are cut. */
const longestValue = 128;

const shown = (value: string): string =>
  (value.length > longestValue ? `${value.slice(0, longestValue)}…` : value)
    .toWellFormed()
    .replace(/[\\"\n]/g, (found) => escapes[found] ?? '');

/** Any text may be a value; what is beyond its first 128 characters is left out. */
export const labelsOf = (labels: Readonly<Record<string, string>>): Labels =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${shown(value)}"`)
    .join(',');

/** Bounds of the buckets that a histogram is written with. */
export interface Buckets {
  /** Rising, in what the histogram counts. */
  readonly bounds: readonly number[];
  /** How many of it are one of what is written: 1,000,000 where microseconds are written as seconds. */
  readonly scale: number;
}

/** Values that are written as one histogram. */
export interface Spread {
  readonly histograms: readonly LogHistogram[];
  /** Of all values, in what the histograms count. */
  readonly sum: number;
}

/** Writes families of metrics one after another. One without samples is left out. */
export interface Exposition {
  /** `name` ends in `_total`. */
  counter(name: string, help: string, samples: Iterable<Sample>): void;
  gauge(name: string, help: string, samples: Iterable<Sample>): void;
  /** A bound takes in all of the bucket of `LogHistogram` that it lies in: values that are 3% above it at most. */
  histogram(name: string, help: string, buckets: Buckets, series: Iterable<readonly [Labels, Spread]>): void;
  /** Everything written, with what must come last, in UTF-8. Nothing is to be written afterwards. */
  end(): Buffer;
}

export const createExposition = (format: ExpositionFormat): Exposition => {
  const isOpen = format === 'openmetrics';
  const written = new ByteText();

  const line = (name: string, labels: Labels, value: number): void => {
    written.text(labels === '' ? `${name} ` : `${name}{${labels}} `);
    written.lastOfLine(value);
  };

  const announce = (name: string, help: string, type: string): void =>
    written.text(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);

  /** Announced with its first sample. */
  const family = (name: string, help: string, type: string, samples: Iterable<Sample>, suffix = ''): void => {
    let isAnnounced = false;
    for (const [labels, value] of samples) {
      if (!isAnnounced) announce(name, help, type);
      isAnnounced = true;
      line(name + suffix, labels, value);
    }
  };

  // OpenMetrics writes the bounds as floats.
  const bound = (value: number): string => (isOpen && Number.isInteger(value) ? `${value}.0` : String(value));

  return {
    counter(name, help, samples) {
      // There the family goes by the name without what its samples end in.
      if (isOpen) family(name.replace(/_total$/, ''), help, 'counter', samples, '_total');
      else family(name, help, 'counter', samples);
    },
    gauge: (name, help, samples) => family(name, help, 'gauge', samples),
    histogram(name, help, { bounds, scale }, series) {
      const buckets = bucketsOf(bounds);
      const uppers = [...bounds.map((upper) => bound(upper / scale)), '+Inf'].map((upper) =>
        Buffer.from(`${upper}"} `),
      );
      const counts = new Float64Array(uppers.length);
      let isAnnounced = false;
      for (const [labels, { histograms, sum }] of series) {
        if (!isAnnounced) announce(name, help, 'histogram');
        isAnnounced = true;
        counts.fill(0);
        let total = 0;
        for (const histogram of histograms) {
          histogram.addCountsUpTo(buckets, counts);
          total += histogram.count;
        }
        counts[bounds.length] = total;
        const start = written.length;
        written.text(`${name}_bucket{${labels}${labels === '' ? '' : ','}le="`);
        const end = written.length;
        for (let index = 0; index < uppers.length; index += 1) {
          if (index > 0) written.again(start, end);
          written.bytes(uppers[index] as Buffer);
          written.lastOfLine(counts[index] as number);
        }
        line(`${name}_sum`, labels, sum / scale);
        line(`${name}_count`, labels, total);
      }
    },
    end() {
      if (isOpen) written.text('# EOF\n');
      return written.end();
    },
  };
};

/** The format that a client takes best; OpenMetrics only where it asks for it. */
export const formatFor = (accept: string | undefined): ExpositionFormat => {
  let open = 0;
  let plain = 0;
  for (const part of (accept ?? '').toLowerCase().split(',', 32)) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const value = (name: string): string | undefined =>
      parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
    const given = value('q');
    const quality = given === undefined ? 1 : Number(given) || 0;
    const version = value('version') ?? '1.0.0';
    if (type === 'application/openmetrics-text' && (version === '1.0.0' || version === '0.0.1')) {
      open = Math.max(open, quality);
    } else if (type === 'text/plain' || type === 'text/*' || type === '*/*') plain = Math.max(plain, quality);
  }
  return open > 0 && open >= plain ? 'openmetrics' : 'text';
};

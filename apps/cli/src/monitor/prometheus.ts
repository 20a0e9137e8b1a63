/** One line of an exposition. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

export type Labels = Readonly<Record<string, string>>;

const noLabels: Labels = {};
const escapes: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+(\S+)/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"/g;

const numberOf = (text: string): number | undefined => {
  const special = /^([+-]?)(inf|nan)$/i.exec(text);
  if (special) {
    if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
};

export interface MetricsReader {
  /** The samples of a text, in order. Never throws: comments and what is no sample are left out. */
  read(text: string): readonly MetricSample[];
}

type Series = Pick<MetricSample, 'name' | 'labels'>;

/** Beyond these, what a series came to is looked up anew. */
const mostKnown = 50_000;

const labelsOf = (text: string | undefined): Labels =>
  text
    ? Object.fromEntries(
        Array.from(text.matchAll(label), ([, name = '', value = '']) => [
          name,
          value.replace(/\\[\\"n]/g, (escaped) => escapes[escaped] ?? escaped),
        ]),
      )
    : noLabels;

/**
 * Reads Prometheus' text format 0.0.4, and OpenMetrics as far as samples go; timestamps and exemplars are left out. The same
 * series come with each reading, thousands of them: what stands before a value is taken apart once.
 */
export const createMetricsReader = (): MetricsReader => {
  const known = new Map<string, Series>();

  const readLine = (line: string): MetricSample | undefined => {
    const space = line.lastIndexOf(' ');
    const start = line.slice(0, space);
    const found = known.get(start);
    if (found) {
      const value = numberOf(line.slice(space + 1));
      return value === undefined ? undefined : { name: found.name, labels: found.labels, value };
    }
    const match = sampleLine.exec(line);
    const value = match ? numberOf(match[3] ?? '') : undefined;
    if (!match || value === undefined) return undefined;
    const series = { name: match[1] ?? '', labels: labelsOf(match[2]) };
    if (known.size >= mostKnown) known.clear();
    // Else the last word is a timestamp, and the value stands before it.
    if (match[0] === line && space === line.length - (match[3] ?? '').length - 1) known.set(start, series);
    return { ...series, value };
  };

  return {
    read: (text) =>
      text.split('\n').flatMap((line) => {
        const sample = line === '' || line.startsWith('#') ? undefined : readLine(line);
        return sample ?? [];
      }),
  };
};

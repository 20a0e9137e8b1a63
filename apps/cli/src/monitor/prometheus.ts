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

/** Beyond these, what labels came to is looked up anew. */
const mostKnown = 50_000;

/**
 * Reads Prometheus' text format 0.0.4, and OpenMetrics as far as samples go; timestamps and exemplars are left out. The same
 * labels come with each reading: what they came to is kept.
 */
export const createMetricsReader = (): MetricsReader => {
  const known = new Map<string, Labels>();

  const labelsOf = (text: string | undefined): Labels => {
    if (!text) return noLabels;
    const found = known.get(text);
    if (found) return found;
    const labels: Labels = Object.fromEntries(
      Array.from(text.matchAll(label), ([, name = '', value = '']) => [
        name,
        value.replace(/\\[\\"n]/g, (escaped) => escapes[escaped] ?? escaped),
      ]),
    );
    if (known.size >= mostKnown) known.clear();
    known.set(text, labels);
    return labels;
  };

  return {
    read(text) {
      const samples: MetricSample[] = [];
      for (const line of text.split('\n')) {
        if (line === '' || line.startsWith('#')) continue;
        const match = sampleLine.exec(line);
        const value = match && numberOf(match[3] ?? '');
        if (!match || value === undefined || value === null) continue;
        samples.push({ name: match[1] ?? '', labels: labelsOf(match[2]), value });
      }
      return samples;
    },
  };
};

/** The samples of a scrape by name and labels, as they are written: `name{a="b"}`. */
export type Samples = ReadonlyMap<string, number>;

interface Family {
  readonly name: string;
  readonly type: string;
  readonly samples: Map<string, number>;
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;
const number = /^(?:[+-]Inf|NaN|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)$/;

const fail = (line: string, why: string): never => {
  throw new Error(`${why}: ${line}`);
};

const parseLabels = (text: string, line: string): Map<string, string> => {
  const labels = new Map<string, string>();
  let rest = text;
  while (rest !== '') {
    const [whole = '', name = '', value = ''] = label.exec(rest) ?? fail(line, 'labels that cannot be read');
    if (labels.has(name)) fail(line, `the label ${name} twice`);
    labels.set(name, value);
    rest = rest.slice(whole.length);
    if (rest === '' && whole.endsWith(',')) fail(line, 'a comma after the last label');
  }
  return labels;
};

const parseNumber = (text: string, line: string): number => {
  if (!number.test(text)) fail(line, 'no number');
  return text.endsWith('Inf') ? Number(`${text[0]}Infinity`) : Number(text);
};

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

/** What makes a histogram one: bounds that rise, counts that never fall, and a total that fits the last of them. */
const checkHistogram = ({ name, samples }: Family, isOpen: boolean): void => {
  const series = new Map<string, [bound: number, count: number][]>();
  for (const [sample, count] of samples) {
    const [, own = '', bound = ''] = /_bucket\{(.*?),?le="([^"]*)"\}$/.exec(sample) ?? [];
    if (bound === '') continue;
    if (isOpen && !/[.e]|Inf/.test(bound)) fail(sample, 'a bound that is no float');
    const buckets = series.get(own) ?? [];
    buckets.push([parseNumber(bound, sample), count]);
    series.set(own, buckets);
  }
  if (series.size === 0) fail(name, 'a histogram without buckets');
  for (const [own, buckets] of series) {
    const labels = own === '' ? '' : `{${own}}`;
    for (const [index, [bound, count]] of buckets.entries()) {
      const [lastBound, lastCount] = buckets[index - 1] ?? [Number.NEGATIVE_INFINITY, 0];
      if (!(bound > lastBound) || count < lastCount) fail(`${name}${labels}`, 'buckets that do not rise');
    }
    const [bound, count] = buckets.at(-1) ?? [];
    if (bound !== Number.POSITIVE_INFINITY) fail(name, 'no bucket of everything');
    if (samples.get(`${name}_count${labels}`) !== count) fail(`${name}${labels}`, 'a count that fits no bucket');
    if (!Number.isFinite(samples.get(`${name}_sum${labels}`))) fail(`${name}${labels}`, 'no sum');
  }
};

/** Reads a scrape as strictly as the format is written down, and throws at what it does not allow. */
export const parseExposition = (text: string, format: 'text' | 'openmetrics'): Samples => {
  const isOpen = format === 'openmetrics';
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const lines = text.slice(0, -1).split('\n');
  if (isOpen && lines.pop() !== '# EOF') throw new Error('no "# EOF" at the end');
  const families = new Map<string, Family>();
  let family: Family | undefined;
  let helpFor: string | undefined;

  for (const line of lines) {
    if (line.startsWith('# HELP ')) {
      const [, name = ''] =
        /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S/.exec(line) ?? fail(line, 'help that cannot be read');
      if (families.has(name)) fail(line, 'a family in two places');
      helpFor = name;
    } else if (line.startsWith('# TYPE ')) {
      const [, name = '', type = ''] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? fail(line, 'no type');
      if (name !== helpFor) fail(line, 'a type apart from its help');
      if (type === 'counter' && name.endsWith('_total') === isOpen) fail(line, 'a counter by the wrong name');
      family = { name, type, samples: new Map() };
      families.set(name, family);
    } else {
      const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? fail(line, 'a line that cannot be read');
      parseLabels(labels, line);
      const of = family ?? fail(line, 'a sample of no family');
      const wanted = isOpen && of.type === 'counter' ? ['_total'] : (suffixes[of.type] ?? []);
      if (!wanted.some((suffix) => of.name + suffix === name)) fail(line, `a sample that is not of ${of.name}`);
      const key = labels === '' ? name : `${name}{${labels}}`;
      if (of.samples.has(key)) fail(line, 'a sample twice');
      const parsed = parseNumber(value, line);
      if (of.type !== 'gauge' && !(parsed >= 0)) fail(line, 'a count below nothing');
      of.samples.set(key, parsed);
    }
  }
  for (const each of families.values()) {
    if (each.samples.size === 0) fail(each.name, 'a family without samples');
    if (each.type === 'histogram') checkHistogram(each, isOpen);
  }
  return new Map([...families.values()].flatMap(({ samples }) => [...samples]));
};

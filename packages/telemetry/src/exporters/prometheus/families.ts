import type { EventKind, Unit } from '../../kind.ts';
import { attemptKind } from '../../kinds/attempt.ts';
import { sampleKind } from '../../kinds/process.ts';
import { refusalKind } from '../../kinds/refusal.ts';
import { requestKind } from '../../kinds/request.ts';

/** Which events are told apart, and how. Families with the same one share its sums. */
export interface Grouping {
  readonly kind: EventKind;
  /** Labels, each with the dimension that it shows. */
  readonly labels: Readonly<Record<string, string>>;
  /** Events that are counted: by dimension, the names they have one of. @default all */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** How names are spelled in labels, by label. @default as they are */
  readonly spelled?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A metric. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly grouping: Grouping;
  /** The sums of figures, each with the value of `label`; else how many events there were. */
  readonly figures?: Readonly<Record<string, string>>;
  /** Tells the figures apart, where there are several. */
  readonly label?: string;
  /** The figure that it is the histogram of. */
  readonly spread?: string;
}

/** How many of a unit are one of what Prometheus counts in. */
export const scales: Readonly<Partial<Record<Unit, number>>> = {
  microseconds: 1e6,
  'micro-dollars': 1e6,
  'per-mille': 1000,
};

/** What names end in, by what is counted. */
const endings: Readonly<Record<Unit, string>> = {
  microseconds: '_seconds',
  'micro-dollars': '_usd',
  tokens: '_tokens',
  'tokens-per-second': '_tokens_per_second',
  bytes: '_bytes',
  'per-mille': '_ratio',
  count: '',
  status: '',
};

/** Bounds of buckets, in what the unit counts. Of time: from an answer out of memory to the longest that is waited for. */
export const boundsOf = (unit: Unit): readonly number[] =>
  unit === 'microseconds'
    ? [500, 1e3, 2500, 5e3, 1e4, 25e3, 5e4, 1e5, 25e4, 5e5, 1e6, 25e5, 5e6, 1e7, 25e6, 6e7, 12e7, 3e8, 6e8]
    : unit === 'bytes'
      ? [16, 64, 128, 256, 512, 1024, 2048, 4096].map((mebibytes) => mebibytes * 2 ** 20)
      : [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

const ofRequest: Grouping = {
  kind: requestKind,
  labels: { protocol: 'protocol', provider: 'provider', model: 'model', outcome: 'outcome', cache: 'cache' },
};
const byModel = { provider: 'provider', model: 'model' };
const ofModel: Grouping = { kind: requestKind, labels: byModel };
/** Who has hours to wait says nothing of how fast the others are answered. */
const timed = (outcomes: readonly string[]): Grouping => ({
  kind: requestKind,
  labels: { ...byModel, cache: 'cache', stream: 'stream' },
  where: { outcome: outcomes, lane: [''] },
  spelled: { stream: { yes: 'true', no: 'false' } },
});

const repeats: Readonly<Record<string, string>> = {
  retry: 'retries',
  hedge: 'hedges',
  failover: 'failovers',
  continuation: 'continuations',
};

/** The metrics of a gateway, by the names that dashboards know. */
export const ownFamilies: readonly Family[] = [
  { name: 'hotpath_requests_total', help: 'Requests that came to their end.', grouping: ofRequest },
  {
    name: 'hotpath_time_to_first_byte_seconds',
    help: 'From the request until the first byte of its answer; failed requests left out.',
    grouping: timed(['complete', 'left']),
    spread: 'first_token',
  },
  {
    name: 'hotpath_request_duration_seconds',
    help: 'From the request until the end of its answer; complete answers only.',
    grouping: timed(['complete']),
    spread: 'duration',
  },
  {
    name: 'hotpath_refused_requests_total',
    help: 'Requests that were refused before a model was looked for.',
    grouping: { kind: refusalKind, labels: { protocol: 'protocol', code: 'code', status: 'status' } },
  },
  {
    name: 'hotpath_attempts_total',
    help: 'Calls to providers that came to their end.',
    grouping: { kind: attemptKind, labels: { ...byModel, outcome: 'outcome', status: 'answer' } },
  },
  ...Object.entries(repeats).map(([cause, plural]) => ({
    name: `hotpath_${plural}_total`,
    help: `Calls to providers that were made as a ${cause}.`,
    grouping: { kind: attemptKind, labels: byModel, where: { cause: [cause] } },
  })),
  {
    name: 'hotpath_tokens_total',
    help: 'Tokens that providers billed, each in one class.',
    grouping: ofModel,
    label: 'class',
    figures: {
      input: 'input',
      cached_input: 'cached_input',
      cache_write: 'cache_write',
      output: 'output',
      reasoning: 'reasoning',
    },
  },
  {
    name: 'hotpath_cost_usd_total',
    help: 'US dollars that providers billed, by list price.',
    grouping: ofModel,
    figures: { cost: '' },
  },
  {
    name: 'hotpath_saved_usd_total',
    help: 'US dollars that answers would have cost besides.',
    grouping: ofModel,
    label: 'by',
    figures: {
      saved_cache: 'cache',
      saved_coalescing: 'coalescing',
      saved_prompt_cache: 'prompt_caching',
      saved_batch: 'batch',
    },
  },
  {
    name: 'hotpath_unpriced_answers_total',
    help: 'Answers whose cost is not known.',
    grouping: ofModel,
    figures: { unpriced: '' },
  },
];

/** Kinds that are told otherwise; samples are what a scrape takes itself. */
const toldOtherwise: ReadonlySet<string> = new Set(
  [requestKind, attemptKind, refusalKind, sampleKind].map(({ name }) => name),
);

const sentence = (about: string): string => about.replaceAll('`', '').replaceAll('\n', ' ');

/** The metrics of any other kind: how many events there were, and their figures, by all dimensions. */
export const familiesOf = (kind: EventKind): readonly Family[] => {
  if (toldOtherwise.has(kind.name)) return [];
  const grouping: Grouping = {
    kind,
    labels: Object.fromEntries(kind.dimensionNames.map((name) => [name, name])),
  };
  const families: Family[] = [{ name: `hotpath_${kind.name}_events_total`, help: sentence(kind.about), grouping }];
  for (const measure of kind.measureNames) {
    const { unit, keep, about } = kind.measures[measure] as EventKind['measures'][string];
    const name = `hotpath_${kind.name}_${measure}${endings[unit]}`;
    const help = sentence(about);
    if (keep === 'histogram') families.push({ name, help, grouping, spread: measure });
    else if (keep === 'sum') families.push({ name: `${name}_total`, help, grouping, figures: { [measure]: '' } });
  }
  return families;
};

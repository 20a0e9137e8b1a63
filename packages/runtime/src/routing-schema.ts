import type { AttemptPolicy, CheckOptions, LimitOptions, Limits, RouteOptions, RouteTarget } from '@hotpath/ai-router';
import * as v from 'valibot';
import { parseDuration } from './quantity.ts';
import {
  duration,
  flag,
  isRecord,
  numberBetween,
  oneOf,
  type Schema,
  section,
  setting,
  table,
  text,
} from './schema-kinds.ts';

const strategies = ['ordered', 'weighted', 'least-latency', 'least-busy', 'cheapest', 'cascade', 'race'] as const;
export const capabilities = ['tools', 'images', 'files', 'structured-output', 'reasoning'] as const;

const target = setting(
  'a model as "provider/model"',
  (value) => (typeof value === 'string' && /^[^/]+\/.+$/.test(value) ? value : undefined),
  'A route names its targets in full.',
);

const targetSection = section({
  model: target,
  weight: numberBetween(0, 1_000_000, false),
  contextTokens: numberBetween(1, 1_000_000_000, true),
  capabilities: v.pipe(v.array(oneOf(capabilities)), v.readonly()),
  continues: setting('"prefill", "instructed" or false', (value) =>
    value === 'prefill' || value === 'instructed' ? value : value === false || value === 'false' ? false : undefined,
  ),
}) as unknown as Schema<RouteTarget>;

const targets = v.pipe(
  v.array(v.lazy((value) => (isRecord(value) ? targetSection : target)) as Schema<string | RouteTarget>),
  v.rawCheck(({ dataset, addIssue }) => {
    if (dataset.typed && dataset.value.length === 0) {
      addIssue({ expected: 'at least one model', message: 'Write each as "provider/model", best first.' });
    }
  }),
  v.readonly(),
);

const expression = setting('a regular expression, without its slashes', (value) => {
  if (typeof value !== 'string') return undefined;
  try {
    new RegExp(value, 'iu');
    return value;
  } catch {
    return undefined;
  }
});

const schemaFlag = setting(
  'true, false or a JSON Schema',
  (value) => (value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined),
  'true takes the schema that the request asked for.',
);

const check = section({
  json: flag,
  schema: v.lazy((value) => (isRecord(value) ? v.unknown() : schemaFlag)),
  refusal: flag,
  complete: flag,
  minCharacters: numberBetween(0, 100_000_000, true),
  not: v.pipe(v.array(expression), v.readonly()),
}) as unknown as Schema<CheckOptions>;

const share = numberBetween(0, 1, false);
const hedgeSection = section({ quantile: share, budget: share, afterMs: duration });
const hedge = v.lazy((value) => (isRecord(value) ? hedgeSection : flag)) as unknown as Schema<
  NonNullable<RouteOptions['hedge']>
>;

const route = v.pipe(
  section({
    targets,
    strategy: oneOf(strategies),
    hedge,
    check,
    onExhausted: oneOf(['error', 'answer']),
    mixEmbeddings: flag,
    firstTokenMs: duration,
    stallMs: duration,
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value.targets !== undefined) return;
    const path = { type: 'object', origin: 'value', input: {}, key: 'targets', value: undefined } as const;
    addIssue({
      input: undefined,
      expected: 'a list of models',
      message: 'Write each as "provider/model".',
      path: [path],
    });
  }),
) as unknown as Schema<RouteOptions>;

const routeName = setting(
  'a name without "/"',
  (value) => (typeof value === 'string' && value.trim() !== '' && !value.includes('/') ? value : undefined),
  'Clients send it as the name of the model.',
);

export const routesSchema: Schema<Record<string, RouteOptions>> = table(routeName, route);

const period = setting('a duration above 0', (value) => {
  const durationMs = parseDuration(value);
  return durationMs !== undefined && durationMs > 0 ? durationMs : undefined;
});

export const attemptsSchema = section({
  maxAttempts: numberBetween(1, 20, true),
  patienceMs: duration,
  retryShare: share,
  backoffMs: duration,
  breaker: section({
    failuresInRow: numberBetween(1, 1_000_000, true),
    failureShare: share,
    leastVolume: numberBetween(1, 1_000_000, true),
    windowMs: period,
    openMs: period,
    longestOpenMs: period,
    calmMs: duration,
    goodProbes: numberBetween(1, 1_000, true),
    probeLimitMs: period,
  }),
}) as unknown as Schema<AttemptPolicy>;

const most = numberBetween(0, 1_000_000_000, true);
const limitsOfOne = section({
  concurrency: most,
  requestsPerMinute: most,
  tokensPerMinute: most,
}) as unknown as Schema<Limits>;

export const limitsSchema = section({
  providers: table(text('the id of a provider'), limitsOfOne),
  models: table(target, limitsOfOne),
  queueMs: duration,
}) as unknown as Schema<LimitOptions>;

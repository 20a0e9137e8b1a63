import * as v from 'valibot';
import { alertsSchema } from './alerts-schema.ts';
import { cacheEvictionPolicies, type ValidCache } from './cache-config.ts';
import { type ProviderType, providerTypes, type ResolvedProvider, type ValidConfig } from './config.ts';
import { contentSchema } from './content-schema.ts';
import { pricesSchema } from './prices-schema.ts';
import { parseDuration } from './quantity.ts';
import { attemptsSchema, limitsSchema, routesSchema } from './routing-schema.ts';
import {
  checkedSection,
  duration,
  flag,
  isRecord,
  numberBetween,
  oneOf,
  type Schema,
  section,
  setting,
  size,
  table,
  text,
  url,
} from './schema-kinds.ts';
import { otlpConventions } from './telemetry-config.ts';

const texts = (what: string): Schema<readonly string[]> => v.pipe(v.array(text(what)), v.readonly());
const models = texts('the name of a model');

const providerId = setting(
  'a provider id of letters, digits, ".", "_" and "-"',
  (value) => (typeof value === 'string' && /^[a-z0-9][\w.-]*$/i.test(value) ? value : undefined),
  'It stands before the slash in "provider/model".',
);

const hostName: Schema<string> = setting(
  'a host name',
  (value) =>
    typeof value === 'string' && /^[\w-]+(\.[\w-]+)*$|^\[[\da-f:.]+\]$/i.test(value) ? value.toLowerCase() : undefined,
  'Write it like "ai.example.com", without "http://" and without a port.',
);

const upstream = {
  type: oneOf(providerTypes),
  apiKey: text('an API key'),
  baseUrl: url,
  models,
  headers: table(text('the name of a header'), text("a header's text")),
  passThroughKeys: flag,
  forwardTrace: flag,
};

const simulator = {
  type: oneOf(providerTypes),
  latencyMs: duration,
  tokensPerSecond: numberBetween(0, 1_000_000, false),
  errorRate: numberBetween(0, 1, false),
  models,
};

const contributionName = text('the name of what a plugin contributes');
const pluginSettings = v.custom<Record<string, unknown>>(isRecord) as Schema<Record<string, unknown>>;

// An unknown type is reported alone: the keys that would be right depend on it.
const providerSchemas: Readonly<Record<ProviderType, v.GenericSchema>> = {
  openai: section(upstream),
  anthropic: section(upstream),
  xai: section(upstream),
  'openai-compatible': v.pipe(
    section(upstream),
    v.rawCheck(({ dataset, addIssue }) => {
      if (dataset.typed && dataset.value.baseUrl === undefined) {
        addIssue({
          input: undefined,
          expected: 'an http or https address',
          message: 'This type of provider needs a baseUrl, like "http://127.0.0.1:8000/v1".',
          path: [{ type: 'object', origin: 'value', input: dataset.value, key: 'baseUrl', value: undefined }],
        });
      }
    }),
  ),
  sim: section(simulator),
  plugin: section({ type: oneOf(providerTypes), name: contributionName, settings: pluginSettings }),
};

const choiceOfTypes = `one of ${providerTypes.map((type) => `"${type}"`).join(', ')}`;

const unknownType = v.pipe(
  v.custom<Record<string, unknown>>(isRecord),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const input = dataset.value.type;
    const path = { type: 'object', origin: 'value', input: dataset.value, key: 'type', value: input } as const;
    addIssue({ input, expected: choiceOfTypes, path: [path] });
  }),
);

const isProviderType = (value: unknown): value is ProviderType => providerTypes.some((type) => type === value);

const provider = v.lazy((value) => {
  const type = isRecord(value) ? value.type : undefined;
  return isProviderType(type) ? providerSchemas[type] : unknownType;
}) as Schema<ResolvedProvider>;

/** `toKeepNothing`: what to write instead of 0, where nothing is to be kept. */
const lifeOf = (toKeepNothing?: string): Schema<number> =>
  setting(
    'a duration above 0',
    (value) => {
      const durationMs = parseDuration(value);
      return durationMs !== undefined && durationMs > 0 ? durationMs : undefined;
    },
    `Write milliseconds, or a number with a unit such as "15m" or "24h"${toKeepNothing === undefined ? '' : `; to keep nothing, ${toKeepNothing}`}.`,
  );

const life = lifeOf();

const redisAddress = 'an address of Redis';
const redisAddressFix = 'Write it like "redis://localhost:6379", or "rediss://…" for TLS.';

const redis = checkedSection<NonNullable<NonNullable<ValidConfig['cache']>['redis']>>(
  {
    url: setting(
      redisAddress,
      (value) => (typeof value === 'string' && /^rediss?:\/\//.test(value) && URL.canParse(value) ? value : undefined),
      redisAddressFix,
    ),
    prefix: setting('a word without spaces and braces', (value) =>
      typeof value === 'string' && /^[^\s{}]+$/.test(value) ? value : undefined,
    ),
    ttlMs: lifeOf('leave cache.redis out'),
  },
  ({ url }) => (url === undefined ? { key: 'url', expected: redisAddress, fix: redisAddressFix } : undefined),
);

const keyFix = 'Make one with "openssl rand -hex 32".';

const encryptionKey = setting(
  'a key of 32 bytes, as 64 hex digits or in base64',
  (value) => (typeof value === 'string' && /^(?:[0-9a-f]{64}|[\w+/-]{43}=?)$/i.test(value) ? value : undefined),
  keyFix,
);

const encryptionKeyId = setting(
  'an id of 1 to 64 letters, digits, ".", "_" and "-"',
  (value) => (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined),
  'It is stored beside each answer, readably.',
);

const encryption = checkedSection<NonNullable<ValidCache['encryption']>>(
  { keys: table(encryptionKeyId, encryptionKey), current: text('the id of a key') },
  ({ keys, current }) => {
    const ids = isRecord(keys) ? Object.keys(keys) : [];
    if (ids.length === 0) return { key: 'keys', expected: 'a key by its id', fix: keyFix };
    if (typeof current === 'string' && ids.includes(current)) return undefined;
    return {
      key: 'current',
      expected: `one of ${ids.map((id) => `"${id}"`).join(', ')}`,
      fix: 'It names the key for new answers.',
    };
  },
);

export const configSchema: Schema<ValidConfig> = section({
  providers: table(providerId, provider),
  aliases: table(text('a name'), text('the name of a model')),
  routes: routesSchema,
  promptCache: oneOf(['off', 'safe', 'aggressive']),
  attempts: attemptsSchema,
  limits: limitsSchema,
  prices: pricesSchema,
  defaultModel: text('the name of a model'),
  detect: section({ environment: flag, ollama: flag }),
  cache: checkedSection<ValidCache>(
    {
      enabled: flag,
      path: text('the path of a file'),
      ttlMs: lifeOf('set cache.enabled to false'),
      memoryEntries: numberBetween(1, 10_000_000, true),
      memoryBytes: size(1024),
      diskBytes: size(1024 * 1024),
      maxAnswerBytes: size(0),
      temperature: oneOf(['unset-or-zero', 'zero', 'any']),
      scope: oneOf(['key', 'shared']),
      evictionPolicy: oneOf(cacheEvictionPolicies),
      compressFromBytes: size(0),
      warmEntries: numberBetween(0, 1_000_000, true),
      warmBudgetMs: lifeOf('set cache.warmEntries to 0'),
      store: checkedSection<NonNullable<ValidCache['store']>>(
        { name: contributionName, settings: pluginSettings },
        ({ name }) =>
          name === undefined
            ? { key: 'name', expected: 'the name of a store', fix: 'See "hotpath plugins list" for those there are.' }
            : undefined,
      ),
      redis,
      encryption,
    },
    ({ store, encryption }) =>
      store !== undefined && encryption !== undefined
        ? {
            key: 'store',
            expected: 'no store beside encryption',
            fix: "A plugin's store is handed answers as they are: leave one of the two out.",
          }
        : undefined,
  ),
  economy: section({
    enabled: flag,
    path: text('the path of a file'),
    windowMs: duration,
    liveReserveMs: duration,
    leastWaitMs: duration,
    pollMs: duration,
    maxRequests: numberBetween(1, 50_000, true),
  }),
  timeouts: section({ connectMs: duration, firstTokenMs: duration, idleMs: duration, totalMs: duration }),
  server: section({
    host: text('a host name or address'),
    port: numberBetween(0, 65_535, true),
    allowedHosts: v.pipe(v.array(hostName), v.readonly()),
    bodyLimitBytes: size(1024),
    shutdownGraceMs: duration,
  }),
  batches: section({
    enabled: flag,
    concurrency: numberBetween(1, 1000, true),
    maxFileBytes: size(1024),
    keepMs: lifeOf('set batches.enabled to false'),
  }),
  plugins: section({
    enabled: flag,
    folders: texts('the path of a folder'),
    disabled: texts('the name of a plugin'),
    settings: table(text('the name of a plugin'), pluginSettings),
    timeouts: section({ importMs: life, activationMs: life, deactivationMs: life }),
  }),
  conversations: section({ enabled: flag, keepMs: lifeOf('set conversations.enabled to false') }),
  telemetry: section({
    enabled: flag,
    path: text('the path of a file'),
    keepEventsMs: lifeOf('set telemetry.enabled to false'),
    keepSumsMs: lifeOf('set telemetry.enabled to false'),
    maxBytes: size(1024 * 1024),
    otlp: section({
      endpoint: url,
      headers: table(text('the name of a header'), text("a header's text")),
      conventions: oneOf(otlpConventions),
      sampleRatio: numberBetween(0, 1, false),
    }),
    content: contentSchema,
  }),
  alerts: alertsSchema,
});

/** One rule broken, before it is put into words. */
export interface SchemaIssue {
  readonly keys: readonly (string | number)[];
  readonly unknownKey: boolean;
  readonly expected: string;
  readonly fix: string | undefined;
  readonly input: unknown;
}

const isKey = (key: unknown): key is string | number => typeof key === 'string' || typeof key === 'number';

/** Checks a configuration against the schema and tells everything that is wrong, not only the first thing. */
export const checkSchema = (
  config: unknown,
): { readonly config: ValidConfig } | { readonly issues: readonly SchemaIssue[] } => {
  const result = v.safeParse(configSchema, config);
  if (result.success) return { config: result.output };
  const issues = result.issues.map((issue): SchemaIssue => {
    const own = issue.type === 'raw_check' || issue.type === 'raw_transform';
    const group = issue.type === 'custom' ? 'a group of settings' : 'a list';
    return {
      keys: (issue.path ?? []).map((item: { readonly key?: unknown }) => item.key).filter(isKey),
      unknownKey: issue.expected === 'known key',
      expected: own ? (issue.expected ?? '') : group,
      fix: own && !issue.message.startsWith('Invalid ') ? issue.message : undefined,
      input: issue.input,
    };
  });
  return { issues };
};

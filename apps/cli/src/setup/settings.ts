import type { MergedProvider } from '@hotpath/runtime';
import { ownValue } from '../own-value.ts';

/** What a first configuration file says. */
export interface Settings {
  readonly providers: readonly FirstProvider[];
  /** Found, and not wanted: they must not be found again. */
  readonly declined: readonly FirstProvider[];
  readonly defaultModel: string | undefined;
  /** Undefined for no cache. */
  readonly cacheTtl: string | undefined;
}

/** A provider as it is written: a key by the name of its variable, never by its value. */
export interface FirstProvider {
  readonly id: string;
  readonly settings: Readonly<Record<string, string>>;
}

const knownKeys: Readonly<Record<string, string>> = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  xai: 'XAI_API_KEY',
};

const ollama: FirstProvider = {
  id: 'ollama',
  settings: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1' },
};

/** Those that a person can name without having them set up. */
export const knownProviders: readonly string[] = [...Object.keys(knownKeys), 'ollama', 'sim'];

/** A provider that was named. */
export const namedProvider = (id: string): FirstProvider => {
  if (id === 'ollama') return ollama;
  const key = ownValue(knownKeys, id);
  return { id, settings: key === undefined ? {} : { apiKey: `\${${key}}` } };
};

/** A provider that was found: what it was found by is referred to, where it is a variable. */
export const foundProvider = ({ id, config }: MergedProvider): FirstProvider => {
  if (config.type === 'sim') return { id, settings: {} };
  if (config.type === 'plugin') return { id, settings: { type: config.type } };
  const key = ownValue(knownKeys, id);
  const { type, baseUrl } = config;
  if (key === undefined) return { id, settings: { type, ...(baseUrl !== undefined && { baseUrl }) } };
  const address = baseUrl === undefined ? {} : { baseUrl: `\${${key.replace('API_KEY', 'BASE_URL')}}` };
  return { id, settings: { apiKey: `\${${key}}`, ...address } };
};

/** The variables that the file refers to. */
export const variablesOf = ({ providers }: Settings): readonly string[] =>
  providers.flatMap(({ settings }) =>
    Object.values(settings).flatMap((value) => /^\$\{(\w+)\}$/.exec(value)?.[1] ?? []),
  );

/** The configuration as an object. */
export const configOf = ({ providers, declined, defaultModel, cacheTtl }: Settings): Record<string, unknown> => {
  const detect = {
    ...(declined.some(({ id }) => id !== 'ollama') && { environment: false }),
    ...(declined.some(({ id }) => id === 'ollama') && { ollama: false }),
  };
  return {
    ...(providers.length > 0 && { providers: Object.fromEntries(providers.map(({ id, settings }) => [id, settings])) }),
    ...(Object.keys(detect).length > 0 && { detect }),
    ...(defaultModel !== undefined && { defaultModel }),
    cache: cacheTtl === undefined ? { enabled: false } : { ttlMs: cacheTtl },
  };
};

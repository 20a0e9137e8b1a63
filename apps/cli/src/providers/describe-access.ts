import type { MergedProvider } from '@hotpath/runtime';

/** Where the well-known APIs live, as their SDKs have it. */
const usualAddresses: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
  xai: 'https://api.x.ai/v1',
};

/** The address of a provider without a password that may be in it; undefined for the simulator and for plugins. */
export const addressOf = ({ config }: MergedProvider): string | undefined => {
  if (config.type === 'sim' || config.type === 'plugin') return undefined;
  const url = new URL(config.baseUrl ?? usualAddresses[config.type] ?? '');
  if (url.password !== '' || url.username !== '') [url.username, url.password] = ['***', ''];
  return url.href.replace(/\/$/, '');
};

/** How a key begins, so that it can be told from another: at most seven characters and a fourth of it. */
export const maskKey = (key: string): string => `${key.slice(0, Math.min(7, Math.floor(key.length / 4)))}…`;

/** What a provider is, fit to be shown. */
export interface Access {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly address: string | null;
  /** How its key begins; null without one. */
  readonly key: string | null;
}

export const describeAccess = (provider: MergedProvider): Access => {
  const { id, config, source } = provider;
  return {
    id,
    type: config.type,
    source,
    address: addressOf(provider) ?? null,
    key: 'apiKey' in config && config.apiKey !== undefined ? maskKey(config.apiKey) : null,
  };
};

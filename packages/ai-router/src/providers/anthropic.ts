import type { Credential } from '../credential.ts';
import { anthropicBatches } from '../economy/anthropic-batches.ts';
import type { Provider } from '../provider.ts';
import { type HttpProviderOptions, httpProvider } from './http.ts';

/** OAuth tokens go into no other header than this one, and keys never do; of others nobody knows but who sent them. */
const isBearer = (key: string, credential: Credential | undefined): boolean =>
  credential !== undefined &&
  (key.startsWith('sk-ant-oat') || (credential.owner === undefined && credential.scheme === 'bearer'));

/**
 * Anthropic's API. `baseUrl` is accepted with `/v1` and without, since Anthropic's SDKs leave it out.
 * @default baseUrl "https://api.anthropic.com"
 */
export const anthropic = (options: HttpProviderOptions): Provider => {
  const baseUrl = (options.baseUrl ?? 'https://api.anthropic.com').replace(/\/+$/, '');
  return httpProvider({
    ...options,
    id: options.id ?? 'anthropic',
    baseUrl: baseUrl.endsWith('/v1') ? baseUrl : `${baseUrl}/v1`,
    protocols: ['anthropic-messages', 'anthropic-count-tokens'],
    namePattern: /^claude-/,
    defaultHeaders: { 'anthropic-version': '2023-06-01' },
    keyOwner: 'anthropic',
    auth: (key, credential) => (isBearer(key, credential) ? { authorization: `Bearer ${key}` } : { 'x-api-key': key }),
    batches: (caller, about) => anthropicBatches({ caller, ...about }),
  });
};

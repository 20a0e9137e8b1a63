import type { Provider } from '../provider.ts';
import { type HttpProviderOptions, httpProvider } from './http.ts';

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
    auth: options.apiKey ? { 'x-api-key': options.apiKey } : {},
  });
};

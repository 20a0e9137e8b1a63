import type { Provider } from '../provider.ts';
import { type HttpProviderOptions, httpProvider } from './http.ts';

/** xAI's API (Grok). `baseUrl` includes `/v1`. @default baseUrl "https://api.x.ai/v1" */
export const xai = (options: HttpProviderOptions): Provider =>
  httpProvider({
    ...options,
    id: options.id ?? 'xai',
    baseUrl: options.baseUrl ?? 'https://api.x.ai/v1',
    protocols: ['openai-chat'],
    namePattern: /^grok-/,
    keyOwner: 'xai',
    auth: (key) => ({ authorization: `Bearer ${key}` }),
  });

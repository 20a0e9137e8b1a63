import { openaiBatches } from '../economy/openai-batches.ts';
import type { Provider } from '../provider.ts';
import { type HttpProviderOptions, httpProvider } from './http.ts';

/** OpenAI's API: Chat Completions, Responses and Embeddings. `baseUrl` includes `/v1`, as in OpenAI's SDKs. @default baseUrl "https://api.openai.com/v1" */
export const openai = (options: HttpProviderOptions): Provider =>
  httpProvider({
    ...options,
    id: options.id ?? 'openai',
    baseUrl: options.baseUrl ?? 'https://api.openai.com/v1',
    protocols: ['openai-chat', 'openai-responses', 'openai-embeddings'],
    // Google has a text-embedding-004.
    namePattern: /^(gpt-(?!oss)|chatgpt-|o\d|ft:gpt-|text-embedding-(3|ada)-)/,
    keyOwner: 'openai',
    auth: (key) => ({ authorization: `Bearer ${key}` }),
    batches: (caller, about) =>
      openaiBatches({ caller, protocols: ['openai-chat', 'openai-responses', 'openai-embeddings'], ...about }),
  });

import type { Provider } from '../provider.ts';
import { type HttpProviderOptions, httpProvider } from './http.ts';

/** Any server that speaks OpenAI's chat completions, and its embeddings if it has some: Ollama, vLLM, Groq, Mistral, Gemini's endpoint and many more. */
export const openaiCompatible = (
  options: HttpProviderOptions & { readonly id: string; readonly baseUrl: string },
): Provider =>
  httpProvider({
    ...options,
    protocols: ['openai-chat', 'openai-embeddings'],
    auth: (key) => ({ authorization: `Bearer ${key}` }),
  });

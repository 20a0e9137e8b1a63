import type { Provider } from '../provider.ts';
import { type HttpProviderOptions, httpProvider } from './http.ts';

/** Any server that speaks OpenAI's chat completions: Ollama, vLLM, Groq, Mistral, Gemini's endpoint and many more. */
export const openaiCompatible = (
  options: HttpProviderOptions & { readonly id: string; readonly baseUrl: string },
): Provider =>
  httpProvider({
    ...options,
    protocols: ['openai-chat'],
    auth: options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {},
  });

export type { LanguageModelOptions } from './language-model.ts';
export { languageModel } from './language-model.ts';
export type { AiSdkOptions } from './providers/ai-sdk.ts';
export { aiSdk } from './providers/ai-sdk.ts';
export type { UndiciFetch } from './providers/undici-fetch.ts';
export { undiciFetch } from './providers/undici-fetch.ts';

import type { PluginErrorCode } from '@hotpath/plugin-loader';

/** Something that works differently from what was asked, and what to do about it. Never contains a secret. */
export interface Warning {
  readonly code:
    | 'CACHE_UNAVAILABLE'
    | 'ENVIRONMENT_BASE_URL_INVALID'
    | 'ENVIRONMENT_BASE_URL_OWN'
    | 'OLLAMA_EMPTY'
    | 'OLLAMA_SILENT'
    | 'PROVIDER_KEY_MISSING'
    | PluginErrorCode;
  readonly message: string;
}

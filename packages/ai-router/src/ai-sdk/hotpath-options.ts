import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import { requestInvalid } from '../errors.ts';
import type { CacheMode } from '../exchange.ts';

/** What a call can say to the router itself, in `providerOptions.hotpath`. */
export interface HotpathOptions {
  /** @default "use" */
  readonly cache?: CacheMode;
  /** Names of models to ask, in this order, where the model fails. */
  readonly fallbacks?: readonly string[];
  /** Opaque end-user id for the provider's abuse checks. */
  readonly user?: string;
  /** Whether the model may call several tools at once. @default the provider's own */
  readonly parallelToolCalls?: boolean;
  /** Whether structured output must fit its schema exactly. @default true */
  readonly strictJsonSchema?: boolean;
}

type Check = (value: unknown) => boolean;

const isBoolean: Check = (value) => typeof value === 'boolean';
const checks: Readonly<Record<keyof HotpathOptions, Check>> = {
  cache: (value) => ['use', 'refresh', 'off'].includes(value as string),
  fallbacks: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  user: (value) => typeof value === 'string',
  parallelToolCalls: isBoolean,
  strictJsonSchema: isBoolean,
};

/** Reads `providerOptions.hotpath`. Throws `ROUTER_REQUEST_INVALID` for an option that is unknown or has a wrong value. */
export function readHotpathOptions(options: SharedV4ProviderOptions | undefined): HotpathOptions {
  const given = Object.entries(options?.hotpath ?? {}).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const path = `providerOptions.hotpath.${name}`;
    if (!Object.hasOwn(checks, name)) {
      throw requestInvalid(`"${path}" is no option. Use one of ${Object.keys(checks).join(', ')}.`, path);
    }
    if (!checks[name as keyof HotpathOptions](value)) {
      throw requestInvalid(`"${path}" has a wrong value. Check its type.`, path);
    }
  }
  return Object.fromEntries(given) as HotpathOptions;
}

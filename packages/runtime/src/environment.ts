import type { ResolvedProvider } from './config.ts';
import type { Warning } from './warning.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A provider that nobody configured, and where it came from. */
export interface DetectedProvider {
  readonly id: string;
  readonly config: ResolvedProvider;
  /** What it was found by, such as `OPENAI_API_KEY`. */
  readonly source: string;
}

export interface Detection {
  readonly providers: readonly DetectedProvider[];
  /** The well-known ones that the environment has no key for, at their addresses, for clients with keys of their own. */
  readonly guests?: readonly DetectedProvider[];
  readonly warnings: readonly Warning[];
}

const known = [
  { type: 'openai', prefix: 'OPENAI' },
  { type: 'anthropic', prefix: 'ANTHROPIC' },
  { type: 'xai', prefix: 'XAI' },
] as const;

/** What `hotpath exec` gives to tools that will not start without a key. It opens nothing. */
const placeholderKey = 'sk-hotpath-placeholder';

const given = (environment: Environment, name: string): string | undefined => {
  const value = environment[name]?.trim();
  return value === '' || value === placeholderKey ? undefined : value;
};

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether an address is a port of this machine itself. */
const isOwnAddress = (address: string, ownPort: number | undefined): boolean => {
  if (ownPort === undefined || !URL.canParse(address)) return false;
  const { hostname, port, protocol } = new URL(address);
  return loopback.test(hostname) && Number(port || (protocol === 'https:' ? 443 : 80)) === ownPort;
};

/**
 * The providers that the environment has keys for: `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `XAI_API_KEY`, each with its
 * usual `…_BASE_URL`. Empty values count as absent, and so does the placeholder of `hotpath exec`.
 *
 * Whoever points SDKs at the gateway exports `OPENAI_BASE_URL` in the very shell that may start it: a base URL that is
 * the gateway's own address (`ownPort` on this machine) is left out, else it would call itself without end.
 */
export const detectFromEnvironment = (environment: Environment, ownPort?: number): Detection => {
  const providers: DetectedProvider[] = [];
  const guests: DetectedProvider[] = [];
  const warnings: Warning[] = [];
  for (const { type, prefix } of known) {
    const apiKey = given(environment, `${prefix}_API_KEY`);
    const baseUrl = given(environment, `${prefix}_BASE_URL`);
    const warn = (warning: Warning): void => {
      if (apiKey !== undefined) warnings.push(warning);
    };
    let usable = baseUrl;
    if (baseUrl !== undefined && isOwnAddress(baseUrl, ownPort)) {
      usable = undefined;
      warn({
        code: 'ENVIRONMENT_BASE_URL_OWN',
        message: `${prefix}_BASE_URL is this gateway's own address and was left out: ${type} is reached at its usual address.`,
      });
    } else if (baseUrl !== undefined && !(URL.canParse(baseUrl) && /^https?:/.test(baseUrl))) {
      usable = undefined;
      warn({
        code: 'ENVIRONMENT_BASE_URL_INVALID',
        message: `${prefix}_BASE_URL is not an http or https address and was left out. Write it in full, with https://.`,
      });
    }
    const at = usable === undefined ? {} : { baseUrl: usable };
    if (apiKey === undefined) guests.push({ id: type, config: { type, ...at }, source: "clients' own keys" });
    else providers.push({ id: type, config: { type, apiKey, ...at }, source: `${prefix}_API_KEY` });
  }
  return { providers, guests, warnings };
};

import type { Credential } from '../credential.ts';
import { ownerOfHost } from '../key-owners.ts';

export interface KeyRuleOptions {
  /** Whose API it is by its type, where that tells. */
  readonly owner: string | undefined;
  readonly hostname: string;
  /** Whether it has a key of its own. */
  readonly hasKey: boolean;
  /** As `HttpProviderOptions.passThroughKeys`. */
  readonly passThroughKeys: boolean | undefined;
}

export interface KeyRule {
  /** Whether a client's own key is sent there, in place of the provider's. */
  takes(credential: Credential): boolean;
  /** Whether nothing can be asked there without one. */
  readonly needsKey: boolean;
}

/**
 * Which clients' keys a provider is sent: those that are surely of its own kind. The address says more of its kind than its type: DeepSeek speaks
 * Anthropic's protocol and must not get Anthropic's keys. At an address that is nobody's in particular none
 * replaces a key of its own: a proxy has keys of its own making.
 */
export function createKeyRule({ owner: type, hostname, hasKey, passThroughKeys }: KeyRuleOptions): KeyRule {
  const host = ownerOfHost(hostname);
  const owner = host ?? type;
  const needsKey = host !== undefined && !hasKey;
  if (passThroughKeys === false) return { takes: () => false, needsKey };
  const isToldTo = passThroughKeys === true;
  return {
    needsKey,
    takes({ owner: theirs, isSure }) {
      // Without a sure owner it may be anybody's: it goes where the operator says that it may.
      if (owner === undefined || !isSure) return isToldTo;
      return theirs === owner && (isToldTo || !hasKey || host !== undefined);
    },
  };
}

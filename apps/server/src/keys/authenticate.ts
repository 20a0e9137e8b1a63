import type { IncomingHttpHeaders } from 'node:http';
import {
  type KeyRefusal,
  keyDisabled,
  keyExpired,
  keyMissing,
  keyUnknown,
  noKeysYet,
  secretReplaced,
} from './refusal.ts';
import type { KeyStore, Verified } from './store.ts';
import type { VirtualKey } from './virtual-key.ts';

export interface AuthenticateOptions {
  readonly store: Pick<KeyStore, 'verify' | 'hasKeys'>;
  /** Whether requests pass without a key while the store has none. Where there is one, every request needs one. */
  readonly allowAnonymous: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Who asks: the holder of a key, or anybody (undefined) where there are no keys. */
export type Principal = { readonly key: VirtualKey | undefined };

export const isRefusal = <Passed extends object>(result: Passed | KeyRefusal): result is KeyRefusal =>
  'error' in result;

const anybody: Principal = { key: undefined };

/** Whether a key opens anything at a time; undefined where it does. */
export const refusalOf = ({ disabled, expiresAt }: VirtualKey, at: number): KeyRefusal | undefined => {
  if (disabled) return keyDisabled;
  return expiresAt !== null && expiresAt <= at ? keyExpired(expiresAt) : undefined;
};

/** The credentials of a request, in the order in which they are tried. */
const credentialsOf = (headers: IncomingHttpHeaders): readonly string[] => {
  const bearer = headers.authorization?.replace(/^Bearer\s+/i, '').trim();
  const apiKey = headers['x-api-key'];
  return [bearer, typeof apiKey === 'string' ? apiKey.trim() : undefined].filter(
    (text): text is string => text !== undefined && text !== '',
  );
};

/**
 * Finds out who sent a request by `authorization: Bearer` or `x-api-key`, whatever its protocol: tools of both send either,
 * some send both and leave one empty or the same for everybody. One that opens a key is enough. Throws what `verify` throws.
 */
export const createAuthenticate = ({ store, allowAnonymous, now }: AuthenticateOptions) => {
  const judge = ({ key, secretExpiresAt }: Verified): Principal | KeyRefusal => {
    const at = now();
    const refusal = refusalOf(key, at);
    if (refusal) return refusal;
    return secretExpiresAt !== null && secretExpiresAt <= at ? secretReplaced(secretExpiresAt) : { key };
  };

  return (headers: IncomingHttpHeaders): Principal | KeyRefusal => {
    if (!store.hasKeys()) return allowAnonymous ? anybody : noKeysYet;
    let refusal: KeyRefusal | undefined;
    for (const credential of credentialsOf(headers)) {
      const verified = store.verify(credential);
      if (!verified) continue;
      const result = judge(verified);
      if (!isRefusal(result)) return result;
      // Whoever holds a secret may know what became of it.
      refusal ??= result;
    }
    if (refusal) return refusal;
    return credentialsOf(headers).length === 0 ? keyMissing : keyUnknown;
  };
};

import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, Protocol } from '@hotpath/runtime';
import { createAuthenticate, isRefusal, type Principal, refusalOf } from './authenticate.ts';
import type { CostEstimate } from './estimate-cost.ts';
import { compileGlob } from './glob.ts';
import {
  budgetExhausted,
  type KeyRefusal,
  keyMissing,
  keysUnavailable,
  keyUnknown,
  modelNotAllowed,
} from './refusal.ts';
import type { CallUsage } from './spending.ts';
import type { KeyStore } from './store.ts';
import type { KeyLimits, VirtualKey } from './virtual-key.ts';

export interface GatekeeperOptions {
  /** Whether requests pass without a key while the store has none: for a server that only its own machine reaches. */
  readonly allowAnonymous: boolean;
  /** Whose cached answers a request may see that came without a key. */
  readonly anonymousTenant: (headers: IncomingHttpHeaders) => string;
  /** For keys that do not say so themselves. `shared`: all of those share one. @default "key" */
  readonly cacheScope?: 'key' | 'shared' | undefined;
  /**
   * The models that a name may stand for, as `provider/model`: of an alias, a route, a model without its provider, and of
   * no name. It may throw for a name that stands for nothing. @default a name stands for itself
   */
  readonly modelsOf?: ((name: string | undefined) => readonly string[] | Promise<readonly string[]>) | undefined;
  /**
   * What a request may cost; undefined where nobody knows. Asked only where a budget is at stake.
   * @default undefined for all
   */
  readonly estimateUsd?:
    | ((protocol: Protocol, body: JsonObject, models: readonly string[]) => CostEstimate | undefined)
    | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Told why keys could not be checked. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A request that may go on. */
export interface Admission {
  /** For `Exchange.tenant`. */
  readonly tenant: string;
  /** For `Exchange.limits`. */
  readonly limits: readonly string[];
  /** Who pays; undefined where there are no keys. */
  readonly key: VirtualKey | undefined;
  /** What a request costs at least whose client did not wait for its answer, US dollars; undefined where nobody knows. */
  readonly leftUsd?: number | undefined;
  /**
   * To be called once the answer has ended, however it did: 0 for one from the cache and for a failure that cost nothing,
   * undefined where nobody knows, which charges what was reserved. Only the first call counts.
   */
  settle(costUsd: number | undefined, usage?: CallUsage): void;
}

/** Keeps what a key may not do out of the gateway. */
export interface Gatekeeper {
  /**
   * Tells whether a request may go on, and reserves its money. `fallbacks`: names of models that may be asked after the one in
   * the body. Never throws; a promise only where `modelsOf` returns one.
   */
  admit(
    headers: IncomingHttpHeaders,
    protocol: Protocol,
    body: JsonObject,
    fallbacks?: readonly string[],
  ): Admission | KeyRefusal | Promise<Admission | KeyRefusal>;
  /**
   * As `admit`, for a request that was accepted earlier and whose headers are gone: by the id of the key it came with, null
   * where it came without one. `tenant`: whose cached answers it may see where there are no keys.
   */
  admitKey(
    keyId: string | null,
    tenant: string,
    protocol: Protocol,
    body: JsonObject,
  ): Admission | KeyRefusal | Promise<Admission | KeyRefusal>;
  /** For what costs nothing, such as a list of models. Never throws. */
  identify(headers: IncomingHttpHeaders): Principal | KeyRefusal;
  /** Whether a key may use a model, by its `provider/model` or the name of a route. */
  mayUse(key: VirtualKey | undefined, name: string): boolean;
  /** As `createKeyLimits` tells; undefined for other names. */
  limitsOf(name: string): KeyLimits | undefined;
}

const keyLimits = 'key:';
const nothing: readonly string[] = [];
const hasLimits = ({ limits }: VirtualKey): boolean => Object.keys(limits).length > 0;
const nothingToSettle = (): void => {};

/**
 * The limits behind a name in `Admission.limits`, for `LimitOptions.others`: apart from the gatekeeper, since the router has to
 * be there before it.
 */
export const createKeyLimits =
  (store: Pick<KeyStore, 'byId'>, onError?: (error: unknown) => void) =>
  (name: string): KeyLimits | undefined => {
    if (!name.startsWith(keyLimits)) return undefined;
    try {
      return store.byId(name.slice(keyLimits.length))?.limits;
    } catch (error) {
      // Whoever was let in a moment ago is not stopped here.
      onError?.(error);
      return undefined;
    }
  };

export const createGatekeeper = (store: KeyStore, options: GatekeeperOptions): Gatekeeper => {
  const { allowAnonymous, anonymousTenant, cacheScope = 'key', estimateUsd, now = Date.now, onError } = options;
  const modelsOf = options.modelsOf ?? ((name: string | undefined) => (name === undefined ? [] : [name]));
  const authenticate = createAuthenticate({ store, allowAnonymous, now });
  const matchers = new WeakMap<readonly string[], (name: string) => boolean>();

  const matcherOf = (patterns: readonly string[]): ((name: string) => boolean) => {
    const known = matchers.get(patterns);
    if (known) return known;
    const globs = patterns.map(compileGlob);
    const matcher = (name: string): boolean => globs.some((matches) => matches(name));
    matchers.set(patterns, matcher);
    return matcher;
  };

  const mayUse = (key: VirtualKey | undefined, name: string): boolean => !key?.models || matcherOf(key.models)(name);

  /** By the name itself, as of a route; else by every model that may answer for it. */
  const mayAsk = (key: VirtualKey, name: string | undefined, models: readonly string[]): boolean =>
    key.models === null ||
    (name !== undefined && mayUse(key, name)) ||
    (models.length > 0 && models.every((model) => mayUse(key, model)));

  const tenantOf = ({ id, team, cacheScope: scope }: VirtualKey): string => {
    if (scope === 'team' && team !== null) return `team:${team}`;
    return scope === null && cacheScope === 'shared' ? 'default' : `virtual-key:${id}`;
  };

  /** Runs what may meet a key file that cannot be read. */
  const guarded = <Result>(work: () => Result): Result | KeyRefusal => {
    try {
      return work();
    } catch (error) {
      onError?.(error);
      return keysUnavailable;
    }
  };

  const reserve = (
    key: VirtualKey,
    protocol: Protocol,
    body: JsonObject,
    models: readonly string[],
  ): Admission | KeyRefusal => {
    const estimate = key.budgets.length === 0 ? undefined : estimateUsd?.(protocol, body, models);
    const leastUsd = estimate?.leastUsd;
    const verdict = store.spending.reserve(key, estimate?.mostUsd, leastUsd);
    if (!verdict.granted) return budgetExhausted(key, leastUsd, verdict, now());
    return {
      tenant: tenantOf(key),
      limits: hasLimits(key) ? [keyLimits + key.id] : nothing,
      key,
      ...(leastUsd !== undefined && { leftUsd: leastUsd }),
      settle: verdict.settle,
    };
  };

  /** A name that stands for nothing is the router's to refuse. */
  const lookUp = (name: string | undefined): readonly string[] | Promise<readonly string[]> => {
    try {
      const models = modelsOf(name);
      return models instanceof Promise ? models.catch(() => nothing) : models;
    } catch {
      return nothing;
    }
  };

  const admitHolder = (
    key: VirtualKey,
    protocol: Protocol,
    body: JsonObject,
    fallbacks: readonly string[],
  ): Admission | KeyRefusal | Promise<Admission | KeyRefusal> => {
    // Without such bounds nobody needs to know which model it is.
    if (key.models === null && key.budgets.length === 0) return reserve(key, protocol, body, nothing);
    const name = typeof body.model === 'string' ? body.model : undefined;
    // What is no name here may still become one on its way, as a list of one does where it is taken for a text.
    if (key.models !== null && name === undefined && body.model !== undefined) return modelNotAllowed(key, undefined);
    const names = [name, ...fallbacks];
    const decide = (found: readonly (readonly string[])[]): Admission | KeyRefusal => {
      const stopped = names.findIndex((each, index) => !mayAsk(key, each, found[index] ?? nothing));
      return stopped === -1 ? reserve(key, protocol, body, found.flat()) : modelNotAllowed(key, names[stopped]);
    };
    const found = names.map(lookUp);
    if (found.every((models) => !(models instanceof Promise))) return decide(found as (readonly string[])[]);
    return Promise.all(found).then((lists) => guarded(() => decide(lists)));
  };

  return {
    admit: (headers, protocol, body, fallbacks = nothing) =>
      guarded(() => {
        const principal = authenticate(headers);
        if (isRefusal(principal)) return principal;
        if (principal.key) return admitHolder(principal.key, protocol, body, fallbacks);
        return { tenant: anonymousTenant(headers), limits: nothing, key: undefined, settle: nothingToSettle };
      }),
    admitKey: (keyId, tenant, protocol, body) =>
      guarded(() => {
        // Asked first in any case: it looks whether others have changed the file.
        const hasKeys = store.hasKeys();
        if (keyId === null) {
          if (hasKeys || !allowAnonymous) return keyMissing;
          return { tenant, limits: nothing, key: undefined, settle: nothingToSettle };
        }
        const key = store.byId(keyId);
        if (!key) return keyUnknown;
        return refusalOf(key, now()) ?? admitHolder(key, protocol, body, nothing);
      }),
    identify: (headers) => guarded(() => authenticate(headers)),
    mayUse,
    limitsOf: createKeyLimits(store, onError),
  };
};

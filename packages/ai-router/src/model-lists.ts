import { type Credential, credentialFor } from './credential.ts';
import { RouterError, upstreamUnreachable } from './errors.ts';
import type { Provider } from './provider.ts';

/** What providers offer, asked anew every five minutes; to the holder of a key of its own, what that key sees. */
export interface ModelLists {
  /** The models, or why the provider would not say. */
  namesOf(provider: Provider, credential?: Credential): Promise<readonly string[] | RouterError>;
}

interface KnownList {
  /** When to ask again; never while asking. */
  until: number;
  last: readonly string[] | RouterError | undefined;
  list: Promise<readonly string[] | RouterError>;
}

const listTtlMs = 300_000;
/** A provider that could not list its models is asked again after this. */
const failureTtlMs = 10_000;
/** Lists of clients' own keys, each of some kilobytes; beyond this many the oldest is forgotten. */
const mostOwnLists = 100;

export function createModelLists(now: () => number): ModelLists {
  const lists = new Map<Provider, KnownList>();
  const ownLists = new Map<string, KnownList>();

  const ask = (provider: Provider, known: KnownList | undefined, credential: Credential | undefined): KnownList => {
    const list = provider.models(credential && { credential }).then(
      (names) => ({ outcome: names, ttlMs: listTtlMs }),
      (error: unknown) => {
        const fault = RouterError.isInstance(error) ? error : upstreamUnreachable(provider.id, error);
        return { outcome: fault, ttlMs: failureTtlMs };
      },
    );
    const entry: KnownList = {
      until: Number.POSITIVE_INFINITY,
      last: known?.last,
      list: list.then(({ outcome, ttlMs }) => {
        entry.last = outcome;
        entry.until = now() + ttlMs;
        return outcome;
      }),
    };
    return entry;
  };

  return {
    namesOf(provider, given) {
      const credential = credentialFor(provider, given);
      const ownName = credential && `${provider.id} ${credential.hash}`;
      const known = ownName === undefined ? lists.get(provider) : ownLists.get(ownName);
      // While a list is asked for anew, the old outcome still stands: a provider that hangs delays nobody twice.
      if (known && now() < known.until) return known.last === undefined ? known.list : Promise.resolve(known.last);
      const entry = ask(provider, known, credential);
      if (ownName === undefined) lists.set(provider, entry);
      else {
        ownLists.delete(ownName);
        ownLists.set(ownName, entry);
        if (ownLists.size > mostOwnLists) ownLists.delete(ownLists.keys().next().value as string);
      }
      return entry.last === undefined ? entry.list : Promise.resolve(entry.last);
    },
  };
}

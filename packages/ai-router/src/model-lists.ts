import { type Credential, credentialFor } from './credential.ts';
import { RouterError, upstreamUnreachable } from './errors.ts';
import type { Provider } from './provider.ts';
import { createRecent } from './recent.ts';

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
/** Lists that belong to clients' own keys, each of some kilobytes. */
const mostOwnLists = 100;

export function createModelLists(now: () => number): ModelLists {
  const lists = new WeakMap<Provider, KnownList>();
  const ownLists = createRecent<KnownList>(mostOwnLists);

  const unasked = (): KnownList => ({ until: Number.NEGATIVE_INFINITY, last: undefined, list: Promise.resolve([]) });

  const listOf = (provider: Provider, credential: Credential | undefined): KnownList => {
    if (credential) return ownLists.get(`${provider.id} ${credential.hash}`, unasked);
    const list = lists.get(provider) ?? unasked();
    lists.set(provider, list);
    return list;
  };

  const ask = (entry: KnownList, provider: Provider, credential: Credential | undefined): void => {
    entry.until = Number.POSITIVE_INFINITY;
    entry.list = provider.models(credential && { credential }).then(
      (names) => {
        entry.until = now() + listTtlMs;
        entry.last = names;
        return names;
      },
      (error: unknown) => {
        entry.until = now() + failureTtlMs;
        entry.last = RouterError.isInstance(error) ? error : upstreamUnreachable(provider.id, error);
        return entry.last;
      },
    );
  };

  return {
    namesOf(provider, given) {
      const credential = credentialFor(provider, given);
      const entry = listOf(provider, credential);
      if (now() >= entry.until) ask(entry, provider, credential);
      // While a list is asked for anew, the old outcome still stands: a provider that hangs delays nobody twice.
      return entry.last === undefined ? entry.list : Promise.resolve(entry.last);
    },
  };
}

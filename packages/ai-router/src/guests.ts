import { type Credential, credentialFor } from './credential.ts';
import type { Target } from './models.ts';
import type { Provider } from './provider.ts';

export interface GuestsOptions {
  readonly guests: readonly Provider[];
  /** The configured ones, which go first. */
  readonly providers: readonly Provider[];
  /** Which configured providers list a name, and which did not say. */
  readonly ask: (
    name: string,
    credential: Credential,
  ) => Promise<{ readonly found: readonly Provider[]; readonly silent: readonly Provider[] }>;
  /** Remembers a target under a name, within bounds. */
  readonly remember: (name: string, target: Target) => Target;
}

/** Providers that nobody configured, and that only clients with a key of their own to them may reach. */
export interface Guests {
  /** Those that take a key. */
  takers(credential: Credential | undefined): readonly Provider[];
  /** Who of them answers for a name; undefined where that is a configured provider's to do. */
  find(name: string, credential: Credential): Target | Promise<Target | undefined> | undefined;
}

/**
 * A guest answers for `id/model`, and for bare names that are its by their looks. Whatever a configured provider lists, or may have
 * without saying so, stays there: a prompt meant for a server of one's own must not go to a vendor because a key came with it.
 */
export function createGuests({ guests, providers, ask, remember }: GuestsOptions): Guests {
  const ids = new Set(providers.map(({ id }) => id));

  const takers = (credential: Credential | undefined): readonly Provider[] =>
    guests.filter((guest) => credentialFor(guest, credential));

  const unlessTaken = async (name: string, target: Target, credential: Credential): Promise<Target | undefined> => {
    const { found, silent } = await ask(name, credential);
    if (found.length > 0 || silent.some(({ owns }) => !owns)) return undefined;
    return silent.length === 0 ? remember(name, target) : target;
  };

  return {
    takers,
    find(name, credential) {
      const slash = name.indexOf('/');
      const id = slash > 0 && slash < name.length - 1 ? name.slice(0, slash) : '';
      if (ids.has(id) || providers.some(({ owns }) => owns?.(name))) return undefined;
      for (const provider of takers(credential)) {
        if (provider.id === id) return unlessTaken(name, { provider, model: name.slice(slash + 1) }, credential);
        if (provider.owns?.(name)) return unlessTaken(name, { provider, model: name }, credential);
      }
      return undefined;
    },
  };
}

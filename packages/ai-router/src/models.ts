import {
  listTooSlow,
  modelAmbiguous,
  modelUnknown,
  RouterError,
  requestInvalid,
  upstreamUnreachable,
} from './errors.ts';
import type { Provider } from './provider.ts';

/** Where a request goes: a provider, and the model's name there. */
export interface Target {
  readonly provider: Provider;
  readonly model: string;
}

export interface ModelInfo {
  /** `provider/model`, accepted wherever a model is named. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
}

export interface ModelList {
  readonly models: readonly ModelInfo[];
  /** Providers that could not say what they offer, and why. */
  readonly failures: readonly { readonly provider: string; readonly error: RouterError }[];
}

export interface ModelDirectory {
  /**
   * Finds who answers for a name: an alias, `provider/model`, or a bare model name. A bare name goes to the only provider
   * there is, else to the only one that lists it; where none does, to the only one whose it is by its looks (`claude-…`),
   * or the only one that could not say what it has.
   * Throws or rejects with `ROUTER_MODEL_UNKNOWN`, `ROUTER_MODEL_AMBIGUOUS` or `ROUTER_REQUEST_INVALID`.
   */
  resolve(name: string | undefined): Target | Promise<Target>;
  /** `timeoutMs`: how long to wait for each provider; one that is slower is a failure. @default no limit of its own */
  list(options?: { readonly timeoutMs?: number }): Promise<ModelList>;
}

export interface ModelDirectoryOptions {
  readonly providers: readonly Provider[];
  readonly aliases?: Readonly<Record<string, string>>;
  readonly defaultModel?: string;
  readonly now: () => number;
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
const maxRemembered = 1000;
/** How long a bare name waits for the lists of all providers. */
const patienceMs = 1500;

const patience = (ms: number): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, undefined).unref();
  });

export function createModelDirectory(options: ModelDirectoryOptions): ModelDirectory {
  const { providers, now } = options;
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  const aliases = new Map(Object.entries(options.aliases ?? {}));
  const remembered = new Map<string, Target>();
  const lists = new Map<Provider, KnownList>();

  /** While a list is asked for anew, the old outcome still stands: a provider that hangs delays nobody twice. */
  const namesOf = (provider: Provider): Promise<readonly string[] | RouterError> => {
    const known = lists.get(provider);
    if (known && now() < known.until) return known.last === undefined ? known.list : Promise.resolve(known.last);
    const list = provider.models().then(
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
    lists.set(provider, entry);
    return entry.last === undefined ? entry.list : Promise.resolve(entry.last);
  };

  const remember = (name: string, target: Target): Target => {
    if (name.length > 256) return target;
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(name, target);
    return target;
  };

  /** The providers whose list has the name, and those that did not say in time. */
  const ask = async (name: string) => {
    const found: Provider[] = [];
    const silent: Provider[] = [];
    const known: string[] = [];
    await Promise.all(
      providers.map(async (provider) => {
        const names = await Promise.race([namesOf(provider), patience(patienceMs)]);
        if (names === undefined || RouterError.isInstance(names)) silent.push(provider);
        else {
          if (names.includes(name)) found.push(provider);
          known.push(...names.map((model) => `${provider.id}/${model}`));
        }
      }),
    );
    return { found, silent, known: known.sort() };
  };

  const fromLists = async (asked: string, name: string): Promise<Target> => {
    const owners = providers.filter((provider) => provider.owns?.(name));
    const { found, silent, known } = await ask(name);
    // Many names are not listed (aliases, dated versions), so a provider may be known by the looks of the name alone.
    const candidates = found.length > 0 ? found : owners.length > 0 ? owners : silent;
    const [only, ...others] = candidates;
    if (!only) throw modelUnknown(asked, known);
    if (others.length > 0) throw modelAmbiguous(name, candidates.map(({ id }) => `${id}/${name}`).sort());
    const target = { provider: only, model: name };
    // What a silent provider might have said is asked again the next time.
    return silent.length === 0 ? remember(asked, target) : target;
  };

  return {
    resolve(asked = options.defaultModel) {
      if (typeof asked !== 'string' || asked === '') {
        throw requestInvalid('"model" must name a model, as "provider/model" or a bare model name.', 'model');
      }
      const known = remembered.get(asked);
      if (known) return known;
      const name = aliases.get(asked) ?? asked;
      const slash = name.indexOf('/');
      const named = slash > 0 ? byId.get(name.slice(0, slash)) : undefined;
      if (named && slash < name.length - 1) return remember(asked, { provider: named, model: name.slice(slash + 1) });
      const [first] = providers;
      if (first && providers.length === 1) return remember(asked, { provider: first, model: name });
      return fromLists(asked, name);
    },

    async list({ timeoutMs } = {}) {
      const listed = await Promise.all(
        providers.map(async (provider) => {
          const names =
            timeoutMs === undefined ? undefined : await Promise.race([namesOf(provider), patience(timeoutMs)]);
          if (timeoutMs !== undefined && names === undefined)
            return [provider, listTooSlow(provider.id, timeoutMs)] as const;
          return [provider, names ?? (await namesOf(provider))] as const;
        }),
      );
      return {
        models: listed.flatMap(([{ id }, names]) =>
          RouterError.isInstance(names) ? [] : names.map((model) => ({ id: `${id}/${model}`, provider: id, model })),
        ),
        failures: listed.flatMap(([{ id }, names]) =>
          RouterError.isInstance(names) ? [{ provider: id, error: names }] : [],
        ),
      };
    },
  };
}

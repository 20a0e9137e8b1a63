import { type Credential, credentialFor } from './credential.ts';
import { listTooSlow, modelAmbiguous, modelUnknown, RouterError, requestInvalid } from './errors.ts';
import { createGuests } from './guests.ts';
import { createModelLists } from './model-lists.ts';
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
   * A guest is found by its id, or by the looks of a name that no other provider has, where it takes the client's own key.
   * Throws or rejects with `ROUTER_MODEL_UNKNOWN`, `ROUTER_MODEL_AMBIGUOUS` or `ROUTER_REQUEST_INVALID`.
   */
  resolve(name: string | undefined, credential?: Credential): Target | Promise<Target>;
  /**
   * `timeoutMs`: how long to wait for each provider; one that is slower is a failure. `credential`: asks those that take it
   * with the client's own key, guests too.
   * @default no limit of its own
   */
  list(options?: { readonly timeoutMs?: number; readonly credential?: Credential | undefined }): Promise<ModelList>;
}

export interface ModelDirectoryOptions {
  readonly providers: readonly Provider[];
  /** Those that are there only for clients with a key of their own that they take. @default none */
  readonly guests?: readonly Provider[];
  readonly aliases?: Readonly<Record<string, string>>;
  readonly defaultModel?: string;
  readonly now: () => number;
}

const maxRemembered = 1000;
/** How long a bare name waits for the lists of all providers. */
const patienceMs = 1500;

const patience = (ms: number): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, undefined).unref();
  });

const vendors: readonly string[] = ['openai', 'anthropic', 'xai', 'ollama', 'sim'];

/** Whether it begins with the usual id of a provider. */
export const isOfVendor = (name: string): boolean => vendors.includes(name.slice(0, Math.max(0, name.indexOf('/'))));

export function createModelDirectory(options: ModelDirectoryOptions): ModelDirectory {
  const { providers, now } = options;
  const { namesOf } = createModelLists(now);
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  const aliases = new Map(Object.entries(options.aliases ?? {}));
  const remembered = new Map<string, Target>();
  const ofGuests = new Map<string, Target>();

  const remember = (name: string, target: Target, among = remembered): Target => {
    if (name.length > 256) return target;
    if (among.size >= maxRemembered) among.clear();
    among.set(name, target);
    return target;
  };

  /** The providers whose list has the name, and those that did not say in time. */
  const ask = async (name: string, credential?: Credential) => {
    const found: Provider[] = [];
    const silent: Provider[] = [];
    const known: string[] = [];
    await Promise.all(
      providers.map(async (provider) => {
        const names = await Promise.race([namesOf(provider, credential), patience(patienceMs)]);
        if (names === undefined || RouterError.isInstance(names)) silent.push(provider);
        else {
          if (names.includes(name)) found.push(provider);
          known.push(...names.map((model) => `${provider.id}/${model}`));
        }
      }),
    );
    return { found, silent, known: known.sort() };
  };

  const fromLists = async (asked: string, name: string, credential?: Credential): Promise<Target> => {
    const owners = providers.filter((provider) => provider.owns?.(name));
    const { found, silent, known } = await ask(name, credential);
    // Many names are not listed (aliases, dated versions), so a provider may be known by the looks of the name alone.
    // What names another provider is sent to nobody else, unless its own list says that it goes by that name.
    const unasked = isOfVendor(name) ? [] : silent;
    const candidates = found.length > 0 ? found : owners.length > 0 ? owners : unasked;
    const [only, ...others] = candidates;
    if (!only) throw modelUnknown(asked, known);
    if (others.length > 0) {
      const choices = candidates.map(({ id }) => `${id}/${name}`).sort();
      throw modelAmbiguous(name, choices, candidates !== unasked);
    }
    const target = { provider: only, model: name };
    // What a silent provider might have said is asked again the next time.
    return silent.length === 0 ? remember(asked, target) : target;
  };

  /** As for everybody, whether they have a key of their own or not. */
  const usual = (asked: string, name: string, credential: Credential | undefined): Target | Promise<Target> => {
    const known = remembered.get(asked);
    if (known) return known;
    const slash = name.indexOf('/');
    const named = slash > 0 ? byId.get(name.slice(0, slash)) : undefined;
    if (named && slash < name.length - 1) return remember(asked, { provider: named, model: name.slice(slash + 1) });
    const [first] = providers;
    if (first && providers.length === 1 && slash < 1) return remember(asked, { provider: first, model: name });
    return fromLists(asked, name, credential);
  };

  const guests = createGuests({
    guests: options.guests ?? [],
    providers,
    ask,
    remember: (name, target) => remember(name, target, ofGuests),
  });

  return {
    resolve(asked = options.defaultModel, credential) {
      if (typeof asked !== 'string' || asked === '') {
        throw requestInvalid('"model" must name a model, as "provider/model" or a bare model name.', 'model');
      }
      const name = aliases.get(asked) ?? asked;
      if (!credential) return usual(asked, name, undefined);
      const known = ofGuests.get(name);
      if (known) return credentialFor(known.provider, credential) ? known : usual(asked, name, credential);
      const found = guests.find(name, credential);
      if (!(found instanceof Promise)) return found ?? usual(asked, name, credential);
      return found.then((target) => target ?? usual(asked, name, credential));
    },

    async list({ timeoutMs, credential } = {}) {
      const listed = await Promise.all(
        [...providers, ...guests.takers(credential)].map(async (provider) => {
          const names =
            timeoutMs === undefined
              ? undefined
              : await Promise.race([namesOf(provider, credential), patience(timeoutMs)]);
          if (timeoutMs !== undefined && names === undefined)
            return [provider, listTooSlow(provider.id, timeoutMs)] as const;
          return [provider, names ?? (await namesOf(provider, credential))] as const;
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

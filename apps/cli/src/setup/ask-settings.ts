import type { HotpathConfig } from '@hotpath/runtime';
import type { Asker } from '../ask-lines.ts';
import { cheapestModel } from '../providers/cheapest-model.ts';
import { configOf, type FirstProvider, knownProviders, namedProvider, type Settings } from './settings.ts';

const listTimeoutMs = 4_000;
const mostShown = 12;

/** What the providers offer, and which of it costs least. Those that do not answer offer nothing. */
export const findModels = async (
  providers: readonly FirstProvider[],
): Promise<{ readonly ids: readonly string[]; readonly cheapest: string | undefined }> => {
  const { ConfigError, createHotpath } = await import('@hotpath/runtime');
  const settings = { providers, declined: [], defaultModel: undefined, cacheTtl: undefined };
  const config = {
    ...configOf(settings),
    detect: { environment: false, ollama: false },
    economy: { enabled: false },
  } as HotpathConfig;
  try {
    const hotpath = await createHotpath(config, { listTimeoutMs, warmCache: false });
    try {
      const { models } = await hotpath.router.models();
      const cheapest = await cheapestModel(models, hotpath.prices);
      return { ids: models.map(({ id }) => id), cheapest: cheapest?.id };
    } finally {
      await hotpath.close();
    }
  } catch (error) {
    // A key that is not set yet.
    if (ConfigError.isInstance(error)) return { ids: [], cheapest: undefined };
    throw error;
  }
};

const askProviders = async (
  asker: Asker,
  found: readonly (FirstProvider & { readonly source: string })[],
): Promise<Pick<Settings, 'providers' | 'declined'>> => {
  const wanted: FirstProvider[] = [];
  const declined: FirstProvider[] = [];
  for (const { id, settings, source } of found) {
    const isWanted = await asker.yes(`Use ${id}, found by ${source}?`, true);
    (isWanted ? wanted : declined).push({ id, settings });
  }
  if (wanted.length === 0) {
    const id = await asker.choose('Which provider will you use?', knownProviders, 'sim');
    wanted.push(namedProvider(id));
  }
  return { providers: wanted, declined: declined.filter(({ id }) => !wanted.some((each) => each.id === id)) };
};

export interface Given {
  readonly providers: readonly FirstProvider[] | undefined;
  readonly model: string | undefined;
  /** `false` for no cache. */
  readonly cacheTtl: string | false | undefined;
}

/** Asks for all that was not given. `parse` says whether a text is a duration. */
export const askSettings = async (
  asker: Asker,
  found: readonly (FirstProvider & { readonly source: string })[],
  given: Given,
  parse: (text: string) => number | undefined,
): Promise<Settings> => {
  const chosen =
    given.providers === undefined ? await askProviders(asker, found) : { providers: given.providers, declined: [] };
  let defaultModel = given.model;
  if (defaultModel === undefined) {
    const { ids, cheapest } = await findModels(chosen.providers);
    const first = cheapest === undefined ? ids : [cheapest, ...ids.filter((id) => id !== cheapest)];
    const question =
      ids.length === 0
        ? 'Default model (none answered a list; empty for none)'
        : 'Default model: number, or provider/model';
    defaultModel = (await asker.choose(question, first.slice(0, mostShown), cheapest ?? '', true)) || undefined;
  }
  let { cacheTtl } = given;
  if (cacheTtl === undefined) {
    cacheTtl = (await asker.yes('Keep answers, so that the same question costs once?', true)) && '24h';
    while (typeof cacheTtl === 'string') {
      const answer = await asker.text('For how long? Such as 30m, 24h or 7d:', cacheTtl);
      if (parse(answer) === undefined) continue;
      cacheTtl = answer;
      break;
    }
  }
  return { ...chosen, defaultModel, cacheTtl: cacheTtl === false ? undefined : cacheTtl };
};

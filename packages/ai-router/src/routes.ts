import { answerChecks, type CheckOptions } from './answer-check.ts';
import { createBackoff } from './attempts/backoff.ts';
import { createHedgeBudget, createRetryBudget, type RetryBudget } from './attempts/retry-budget.ts';
import { type Price, type PriceTable, priceOf } from './cost.ts';
import type { Credential } from './credential.ts';
import { RouterError, requestInvalid } from './errors.ts';
import type { BreakerSettings } from './health/breaker.ts';
import type { HealthView } from './health/health-view.ts';
import { createTargetHealth, type TargetHealth } from './health/target-health.ts';
import { hasJsonSchema, loadJsonSchema } from './json-schema.ts';
import { isOfVendor, type ModelDirectory, type Target } from './models.ts';
import { createOwnKeyRoutes } from './own-key-route.ts';
import type { Provider } from './provider.ts';
import type { AnswerCheck, Continuation, Hedge, Route, RouteCandidate } from './route.ts';
import { sha256 } from './sha256.ts';
import { cheapest } from './strategies/cheapest.ts';
import { leastBusy } from './strategies/least-busy.ts';
import { leastLatency } from './strategies/least-latency.ts';
import { ordered } from './strategies/ordered.ts';
import type { Candidate, Capability, Strategy } from './strategies/strategy.ts';
import { weighted } from './strategies/weighted.ts';

/** One of the models behind a route. */
export interface RouteTarget {
  /** `provider/model`. */
  readonly model: string;
  /** Its share where the strategy heeds it; 0: only where no other is left. @default 1 */
  readonly weight?: number;
  /** Tokens of input and output together. @default what the price table knows */
  readonly contextTokens?: number;
  /** @default what the price table knows */
  readonly capabilities?: readonly Capability[];
  /** In place of the price table's. */
  readonly price?: Price;
  /** How it goes on from an answer that broke off. @default "prefill" for models known to, else not at all */
  readonly continues?: Continuation | false;
}

/** A name of your own that several models answer for. */
export interface RouteOptions {
  /** `provider/model`, best first, or one of them with what is known of it. */
  readonly targets: readonly (string | RouteTarget)[];
  /**
   * Who is asked first; the others follow where it fails. `cascade`: in order, and on to the next one also where `check`
   * does not accept the answer. `race`: all at once, and the first piece of an answer decides. @default "ordered"
   */
  readonly strategy?: 'ordered' | 'weighted' | 'least-latency' | 'least-busy' | 'cheapest' | 'cascade' | 'race';
  /**
   * A second call where the first takes longer than most: after the live quantile of its latency, within a budget of
   * extra calls. @default false; `true`: quantile 0.95, a budget of 5%
   */
  readonly hedge?:
    | boolean
    | {
        readonly quantile?: number;
        readonly budget?: number /** Before enough is known. */;
        readonly afterMs?: number;
      };
  /** What an answer must be; all but the last target's are held back until it is known. */
  readonly check?: AnswerCheck | CheckOptions;
  /**
   * What comes where the check refused an answer and all targets after it failed. `error`: their failure, which says so too.
   * `answer`: the refused answer, with the reason in its head (`rejected`); it is never cached. @default "error"
   */
  readonly onExhausted?: 'error' | 'answer';
  /**
   * Whether all targets may make embeddings, whatever the names of their models. Vectors of different models cannot be
   * compared, so that otherwise only those are asked whose model has the name of the first one's. @default false
   */
  readonly mixEmbeddings?: boolean;
  /** While another target is left, how long the first piece of a stream may take, milliseconds. @default 15,000 */
  readonly firstTokenMs?: number;
  /** ... and each further one. @default 20,000 */
  readonly stallMs?: number;
}

export interface AttemptPolicy {
  /** Calls for one request at most. 1: none is made twice, and none elsewhere. @default 6 */
  readonly maxAttempts?: number;
  /** The longest wait before a retry while another target is left, milliseconds. @default 2,000 */
  readonly patienceMs?: number;
  /** Retries as a share of requests, so that an outage does not multiply the load. @default 0.2 */
  readonly retryShare?: number;
  /** The longest wait before the first retry, doubled with each, milliseconds. @default 250 */
  readonly backoffMs?: number;
  /** When a target is put behind the others, and for how long. */
  readonly breaker?: BreakerSettings;
}

export interface RoutesOptions {
  readonly providers: readonly Provider[];
  readonly directory: ModelDirectory;
  readonly aliases?: Readonly<Record<string, string>>;
  /** Asked where a request names no model. */
  readonly defaultModel?: string;
  readonly routes?: Readonly<Record<string, RouteOptions>>;
  readonly attempts?: AttemptPolicy;
  readonly prices: PriceTable;
  /** A clock that never goes back, milliseconds. @default performance.now */
  readonly now?: () => number;
  /** @default Math.random */
  readonly random?: () => number;
}

/** Finds who answers for a name. */
export interface Routes {
  /**
   * As `ModelDirectory.resolve`, and the names of routes. `fallbacks`: asked after it, in this order, or with `race` all at once.
   * `credential`: a client's own key, by which answers and health are kept apart wherever it is sent.
   */
  resolve(
    name: string | undefined,
    asked?: {
      readonly fallbacks?: readonly string[];
      readonly race?: boolean;
      readonly credential?: Credential | undefined;
    },
  ): Route | Promise<Route>;
  /** How many calls may be made for one request to this name at the same time. */
  callsAtOnce(name: string | undefined): number;
  /** The targets that were asked so far. */
  health(): readonly HealthView[];
}

const mostTargets = 1_000;

/** How one provider's models fare, by breakers with these settings. */
interface KeptHealths {
  readonly settings: string;
  readonly healths: Map<string, TargetHealth>;
}

/** It stays with the provider: a router that is handed the same one goes on where another was. */
const healthsOf = new WeakMap<Provider, KeptHealths>();

const keptHealths = (provider: Provider, settings: string): Map<string, TargetHealth> => {
  const known = healthsOf.get(provider);
  if (known?.settings === settings) return known.healths;
  const healths = new Map<string, TargetHealth>();
  healthsOf.set(provider, { settings, healths });
  return healths;
};

/** Throws `ROUTER_REQUEST_INVALID` for a route without targets, or with one that is no `provider/model`. */
export function createRoutes(options: RoutesOptions): Routes {
  const { directory, aliases = {}, prices, random = Math.random, now = () => performance.now() } = options;
  const { maxAttempts = 6, patienceMs = 2_000, retryShare, backoffMs, breaker = {} } = options.attempts ?? {};
  const settings = JSON.stringify(breaker);
  const kept = new Map(options.providers.map((provider) => [provider, keptHealths(provider, settings)]));
  const backoff = createBackoff({ random, ...(backoffMs !== undefined && { baseMs: backoffMs }) });
  const newRetryBudget = (): RetryBudget =>
    createRetryBudget({ now, ...(retryShare !== undefined && { share: retryShare }) });
  const retryBudget = newRetryBudget();
  const forHolder = createOwnKeyRoutes({ now, random, newRetryBudget, breaker });
  const singles = new WeakMap<Target, Route>();
  /** Those whose check needs the validator, which is loaded at their first request. */
  const bySchema = new WeakSet<Route>();

  const healthOf = (target: Target): TargetHealth => {
    const healths = kept.get(target.provider) ?? keptHealths(target.provider, settings);
    const known = healths.get(target.model);
    if (known) return known;
    const health = createTargetHealth({ target, now, random, breaker });
    // Providers may take any name for a model: what clients make up must not be kept for ever.
    if (healths.size < mostTargets) healths.set(target.model, health);
    return health;
  };

  const candidateOf = (target: Target, given: Omit<RouteTarget, 'model'> = {}): RouteCandidate => {
    const known = priceOf(prices, target.model, target.provider.id);
    const { weight = 1, price, contextTokens = known?.contextTokens, capabilities = known?.capabilities } = given;
    const continues = given.continues ?? (goesOnFromPrefill(target) ? 'prefill' : undefined);
    return {
      target,
      weight,
      health: healthOf(target),
      price,
      contextTokens,
      capabilities,
      continues: continues || undefined,
    };
  };

  const common = { maxAttempts, patienceMs, backoff, retryBudget, firstTokenMs: 15_000, stallMs: 20_000 };

  const single = (target: Target, name: string): Route => {
    const known = singles.get(target);
    if (known) return known;
    const route: Route = {
      ...common,
      name,
      identity: target,
      candidates: [candidateOf(target)],
      order: ordered,
      mixesEmbeddings: false,
      race: 1,
      hedge: undefined,
      check: undefined,
      onExhausted: 'error',
    };
    singles.set(target, route);
    return route;
  };

  const build = (name: string, given: RouteOptions): Route => {
    const { targets, strategy = 'ordered', firstTokenMs = 15_000, stallMs = 20_000 } = given;
    if (targets.length === 0)
      throw requestInvalid(`The route "${name}" has no targets. Name at least one model.`, 'routes');
    const candidates = targets.map((target) => {
      const { model, ...rest } = typeof target === 'string' ? { model: target } : target;
      return candidateOf(fixed(model, name), rest);
    });
    const route: Route = {
      ...common,
      name,
      identity: { provider: { id: 'route', scope: fingerprint(given) }, model: name },
      candidates,
      order: strategyOf(strategy, prices, random),
      mixesEmbeddings: given.mixEmbeddings ?? false,
      race: strategy === 'race' ? candidates.length : 1,
      hedge: hedgeOf(given.hedge, now),
      check: checkOf(given.check),
      onExhausted: given.onExhausted ?? 'error',
      firstTokenMs,
      stallMs,
    };
    if (typeof given.check === 'object' && given.check.schema) bySchema.add(route);
    return route;
  };

  /** A target that no list has to be asked for. */
  const fixed = (model: string, route: string): Target => {
    const target = model.includes('/') ? directory.resolve(model) : undefined;
    if (target === undefined || target instanceof Promise) {
      // Whatever the lists would have said comes to nobody.
      target?.catch(() => {});
      throw requestInvalid(
        `The route "${route}" names "${model}". Write it as "provider/model", with a provider that is configured.`,
        'routes',
      );
    }
    return target;
  };

  const defined = new Map(Object.entries(options.routes ?? {}).map(([name, given]) => [name, build(name, given)]));

  const definedFor = (name = options.defaultModel): Route | undefined =>
    name === undefined ? undefined : (defined.get(name) ?? defined.get(aliases[name] ?? ''));

  const usual = (name = options.defaultModel, credential?: Credential): Route | Promise<Route> => {
    const route = definedFor(name);
    if (route) return bySchema.has(route) && !hasJsonSchema() ? loadJsonSchema().then(() => route) : route;
    const target = directory.resolve(name, credential);
    if (target instanceof Promise) return target.then((found) => single(found, name ?? found.model));
    return single(target, name ?? target.model);
  };

  const one = (name: string | undefined, credential?: Credential): Route | Promise<Route> => {
    const route = usual(name, credential);
    if (!credential) return route;
    return route instanceof Promise
      ? route.then((found) => forHolder(found, credential))
      : forHolder(route, credential);
  };

  /** Undefined where only others have a key to the provider that is named: whoever falls back passes it over. */
  const reachable = async (name: string, credential: Credential | undefined): Promise<Route | undefined> => {
    try {
      return await one(name, credential);
    } catch (error) {
      if (isOfVendor(name) && RouterError.isInstance(error) && error.code === 'ROUTER_MODEL_UNKNOWN') return undefined;
      throw error;
    }
  };

  const withFallbacks = async (
    name: string | undefined,
    fallbacks: readonly string[],
    isRace: boolean,
    credential: Credential | undefined,
  ): Promise<Route> => {
    const [route, ...reached] = await Promise.all([
      one(name, credential),
      ...fallbacks.map((each) => reachable(each, credential)),
    ]);
    const others = reached.filter((other) => other !== undefined);
    const { identity } = route;
    const known = new Set(route.candidates.map(({ target }) => target));
    const extra = others
      .flatMap(({ candidates }) => candidates)
      .filter(({ target }) => {
        const isNew = !known.has(target);
        known.add(target);
        return isNew;
      });
    const isExtra = (candidate: Candidate): boolean => extra.includes(candidate as RouteCandidate);
    const candidates = [...route.candidates, ...extra];
    return {
      ...route,
      race: isRace ? candidates.length : route.race,
      // Others may answer than without fallbacks, and with the client's own key though the first one does not take it.
      identity: {
        provider: {
          id: identity.provider.id,
          scope: JSON.stringify([
            identity.provider.scope ?? '',
            fallbacks,
            ...(credential ? others.map(({ identity: its }) => its.provider.scope ?? '') : []),
          ]),
        },
        model: identity.model,
      },
      candidates,
      order: (some, context) => [
        ...route.order(
          some.filter((candidate) => !isExtra(candidate)),
          context,
        ),
        ...some.filter(isExtra),
      ],
    };
  };

  return {
    resolve(name, { fallbacks = [], race = false, credential } = {}) {
      return fallbacks.length > 0 || race ? withFallbacks(name, fallbacks, race, credential) : one(name, credential);
    },
    callsAtOnce(name) {
      const route = definedFor(name);
      return route ? Math.max(1, route.race) + (route.hedge ? 1 : 0) : 1;
    },
    health: () => [...kept.values()].flatMap((healths) => [...healths.values()].map((each) => each.view())),
  };
}

/**
 * Claude's models up to 4.5 go on from a last message of their own; later ones refuse it (platform.claude.com, "What's new
 * in Claude 4.6": prefill removal).
 */
function goesOnFromPrefill({ provider, model }: Target): boolean {
  return (
    provider.protocols[0] === 'anthropic-messages' &&
    /^claude-(?:3|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:-\d{8})?$)/.test(model)
  );
}

function strategyOf(name: NonNullable<RouteOptions['strategy']>, prices: PriceTable, random: () => number): Strategy {
  switch (name) {
    case 'weighted':
      return weighted({ random });
    case 'least-latency':
      return leastLatency({ random });
    case 'least-busy':
      return leastBusy({ random });
    case 'cheapest':
      return cheapest({ prices });
    default:
      return ordered;
  }
}

function hedgeOf(given: RouteOptions['hedge'], now: () => number): Hedge | undefined {
  if (given === undefined || given === false) return undefined;
  const { quantile = 0.95, budget: share = 0.05, afterMs = Number.POSITIVE_INFINITY } = given === true ? {} : given;
  // A window of seconds would leave a route with few requests without any hedge.
  const budget: RetryBudget = createHedgeBudget({ now, share, windowMs: 300_000 });
  return { budget, quantile, afterMs };
}

const checkOf = (given: RouteOptions['check']): AnswerCheck | undefined =>
  typeof given === 'function' || given === undefined ? given : answerChecks(given);

/** Another list of targets, or another check, may give other answers under the same name. */
function fingerprint({ targets, check }: RouteOptions): string {
  const text = JSON.stringify([targets, typeof check === 'function' ? String(check) : check]);
  return sha256(text).slice(0, 22);
}

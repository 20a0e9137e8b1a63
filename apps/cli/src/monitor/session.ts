import { CliError } from '../errors.ts';
import type { GatewayAddress } from '../exec/running-gateway.ts';
import type { Content } from './draw.ts';
import { getText } from './get-text.ts';
import { createHistory } from './history.ts';
import { createScraper } from './scrape.ts';
import type { StoreView } from './store-view.ts';
import { viewOf } from './view.ts';

/** Looks at a gateway, or at the local store while there is none. */
export interface Session {
  /** Resolves to what is there now. Rejects with the reason of `signal` alone. */
  sample(signal: AbortSignal): Promise<Content>;
}

export interface SessionOptions {
  readonly address: GatewayAddress;
  /** Whether somebody asked for this gateway: nothing else will do then. */
  readonly isNamed: boolean;
  readonly key: string | undefined;
  readonly configFile: string | undefined;
  /** A gateway that is slower than this is told of as silent, milliseconds. @default 3,000 */
  readonly timeoutMs?: number;
}

/** Charts are at most this wide. */
const mostRates = 400;

/** The store is left alone for this many times as long as a look at it took. */
const restsPerLook = 20;

const openGateway = (url: string, key: string | undefined, timeoutMs: number): Session => {
  const history = createHistory();
  const scrape = createScraper({ url, key, timeoutMs });
  return {
    async sample(signal) {
      const scraped = await scrape(signal);
      if ('reading' in scraped) history.add(scraped.reading, performance.now());
      else history.addGap(performance.now());
      const problem = 'problem' in scraped ? scraped.problem : undefined;
      return {
        view: viewOf({ history, url, at: new Date(), problem }),
        rates: history.rates('requests', mostRates),
      };
    },
  };
};

/** Throws what a configuration or a damaged file is wrong about when it is opened; later it is told in the sample. */
const openStore = async (configFile: string | undefined) => {
  const [{ collectCacheState }, { findSettings }] = await Promise.all([
    import('../commands/cache-stats.ts'),
    import('../cache-stores.ts'),
  ]);
  const settings = await findSettings(configFile);
  let found: Pick<StoreView, 'store' | 'storeProblem'> | undefined;
  let nextAt = 0;
  const collect = async (): Promise<Pick<StoreView, 'store' | 'storeProblem'>> => {
    try {
      return { store: await collectCacheState(settings), storeProblem: null };
    } catch (error) {
      return { store: null, storeProblem: error instanceof Error ? error.message : String(error) };
    }
  };
  return async (url: string, problem: string): Promise<Content> => {
    const startedAt = performance.now();
    if (!found || startedAt >= nextAt) {
      found = await collect();
      const endedAt = performance.now();
      // Looking through a large file takes a while, and should not be most of what this machine does.
      nextAt = endedAt + (endedAt - startedAt) * restsPerLook;
    }
    return { view: { source: 'store', at: new Date().toISOString(), url, problem, ...found } };
  };
};

/**
 * Looks for the gateway. Where none was asked for by name and none answers, the local store is looked at until one does. Throws
 * `CLI_GATEWAY_UNREACHABLE`.
 */
export const openSession = async (options: SessionOptions): Promise<Session> => {
  const { address, isNamed, key, configFile, timeoutMs = 3_000 } = options;
  const { findRunningGateway } = await import('../exec/running-gateway.ts');
  let gateway: Session | undefined;
  let problem = '';
  const look = async (): Promise<Session | undefined> => {
    try {
      gateway = openGateway(await findRunningGateway(address, getText), key, timeoutMs);
    } catch (error) {
      if (isNamed || !(error instanceof CliError) || error.code !== 'CLI_GATEWAY_UNREACHABLE') throw error;
      problem = error.message;
    }
    return gateway;
  };
  const found = await look();
  if (found) return found;
  const sampleStore = await openStore(configFile);
  return {
    async sample(signal) {
      const session = gateway ?? (await look());
      signal.throwIfAborted();
      return session ? session.sample(signal) : sampleStore(address.text, problem);
    },
  };
};

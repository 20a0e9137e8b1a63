import { resolve } from 'node:path';
import { CliError } from '../errors.ts';
import type { GatewayAddress } from '../exec/running-gateway.ts';
import type { Content } from './draw.ts';
import { getText } from './get-text.ts';
import { createHistory } from './history.ts';
import { createScraper } from './scrape.ts';
import { viewOf } from './view.ts';

/** Looks at a gateway, or at the events of this machine while there is none. */
export interface Session {
  /** Resolves to what is there now, of the local store for so long back. Rejects with the reason of `signal` alone. */
  sample(signal: AbortSignal, rangeMs: number): Promise<Content>;
}

export interface SessionOptions {
  readonly address: GatewayAddress;
  /** Whether somebody asked for this gateway: nothing else will do then. */
  readonly isNamed: boolean;
  readonly key: string | undefined;
  readonly configFile: string | undefined;
  /** The local store is wanted, whether a gateway runs or not: this file of events, or the one of this user. @default a gateway is */
  readonly store?: { readonly path: string | undefined } | undefined;
  /** A gateway that is slower than this is told of as silent, milliseconds. @default 3,000 */
  readonly timeoutMs?: number;
}

/** Charts are at most this wide. */
const mostRates = 400;

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

/** Throws what a configuration is wrong about. */
const openStore = async (given: string | undefined, configFile: string | undefined) => {
  const [{ findPath }, { followStore }] = await Promise.all([
    import('../analytics/open-events.ts'),
    import('./follow-store.ts'),
  ]);
  const path = resolve(given ?? (await findPath(configFile)));
  const follower = await followStore(path);
  return (rangeMs: number, missing: { readonly url: string; readonly problem: string } | undefined): Content => {
    const now = new Date();
    const { url = null, problem = null } = missing ?? {};
    const at = now.toISOString();
    return { view: { source: 'store', at, url, problem, path, rangeMs, ...follower.look(now.getTime(), rangeMs) } };
  };
};

/**
 * Looks for the gateway. Where none was asked for by name and none answers, the local store is followed until one does. Throws
 * `CLI_GATEWAY_UNREACHABLE`.
 */
export const openSession = async (options: SessionOptions): Promise<Session> => {
  const { address, isNamed, key, configFile, store, timeoutMs = 3_000 } = options;
  if (store !== undefined) {
    const sampleStore = await openStore(store.path, configFile);
    return { sample: async (_signal, rangeMs) => sampleStore(rangeMs, undefined) };
  }
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
  const sampleStore = await openStore(undefined, configFile);
  return {
    async sample(signal, rangeMs) {
      const session = gateway ?? (await look());
      signal.throwIfAborted();
      return session ? session.sample(signal, rangeMs) : sampleStore(rangeMs, { url: address.text, problem });
    },
  };
};

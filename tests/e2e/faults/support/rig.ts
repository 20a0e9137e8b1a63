import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath, type Hotpath, type HotpathConfig } from '@hotpath/runtime';
import { type RunningServer, type ServerOptions, startServer } from '@hotpath/server';
import { type Knobs, startUpstream, type Upstream } from '../../../upstream/index.ts';

export type Protocol = 'openai' | 'anthropic';
type RouteConfig = NonNullable<HotpathConfig['routes']>[string];
type Target = Exclude<RouteConfig['targets'][number], string>;

/** Sixty words of five characters, so that sixty tokens are six characters each. */
export const canonicalText = Array.from(
  { length: 60 },
  (_, index) => ['a', 'ö', 'µ', '日', 'z'][index % 5] + String(index).padStart(2, '0').repeat(2),
).join(' ');

export const models = {
  primary: { openai: 'gpt-4o', anthropic: 'claude-sonnet-4-6' },
  fallback: { openai: 'gpt-4o-mini', anthropic: 'claude-haiku-4-5' },
} as const;

export interface RigOptions {
  readonly primary?: Protocol;
  /** What the fallback speaks; absent for none. */
  readonly fallback?: Protocol | undefined;
  readonly route?: Partial<RouteConfig>;
  readonly primaryTarget?: Partial<Target>;
  readonly fallbackTarget?: Partial<Target>;
  readonly fallbackKnobs?: Partial<Knobs>;
  /** Stands in the primary's place. */
  readonly primaryAt?: Pick<Upstream, 'url' | 'openaiUrl'>;
  readonly config?: HotpathConfig;
  readonly server?: Pick<ServerOptions, 'requestTimeoutMs'>;
  /** @default the canonical text in sixty tokens */
  readonly knobs?: Partial<Knobs>;
}

/** A gateway on a real port before two upstreams, or one. The route is called `route`. */
export interface Rig extends AsyncDisposable {
  readonly url: string;
  readonly server: RunningServer;
  readonly hotpath: Hotpath;
  readonly primary: Upstream;
  readonly fallback: Upstream;
  readonly upstreams: readonly Upstream[];
}

/** Time limits a test can wait for. While another target is left, silence is waited out for a second only. */
const limits = {
  timeouts: { connectMs: 1_000, firstTokenMs: 4_000, idleMs: 4_000, totalMs: 6_000 },
  route: { firstTokenMs: 1_000, stallMs: 1_500 },
} as const;

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const { primary: spoken = 'openai', fallback: other } = options;
  const knobs: Partial<Knobs> = { text: canonicalText, tokens: 60, ...options.knobs };
  const [home, primary, fallback] = await Promise.all([
    mkdtemp(join(tmpdir(), 'hotpath-faults-')),
    startUpstream(knobs),
    startUpstream({ ...knobs, ...options.fallbackKnobs }),
  ]);
  const provider = (protocol: Protocol, upstream: Pick<Upstream, 'url' | 'openaiUrl'>) => ({
    type: protocol,
    apiKey: 'sk-upstream',
    baseUrl: protocol === 'openai' ? upstream.openaiUrl : upstream.url,
  });
  const targets: Target[] = [{ model: `primary/${models.primary[spoken]}`, ...options.primaryTarget }];
  if (other) targets.push({ model: `fallback/${models.fallback[other]}`, ...options.fallbackTarget });
  const hotpath = await createHotpath(
    {
      detect: { environment: false, ollama: false },
      cache: { enabled: false },
      timeouts: limits.timeouts,
      ...options.config,
      providers: {
        primary: provider(spoken, options.primaryAt ?? primary),
        fallback: provider(other ?? spoken, fallback),
      },
      routes: { route: { ...limits.route, ...options.route, targets } },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  const server = await startServer({ ...options.server, hotpath, port: 0 });
  return {
    url: server.url,
    server,
    hotpath,
    primary,
    fallback,
    upstreams: [primary, fallback],
    async [Symbol.asyncDispose]() {
      await server.close({ graceMs: 0 });
      await hotpath.close();
      await Promise.all([primary.close(), fallback.close(), rm(home, { recursive: true, force: true })]);
    },
  };
}

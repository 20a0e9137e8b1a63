/** One way to run the gateway: which of its savings are on. */
export interface Saving {
  readonly name: string;
  readonly cache: boolean;
  /** Whether requests in flight are shared; without it the client asks for a call of its own (`cache-control: no-store`). */
  readonly coalescing: boolean;
  readonly promptCache: 'off' | 'safe';
}

export const baseline = 'none';
export const everything = 'all';

/** The cache cannot be had without coalescing: its row has both. */
export const savings: readonly Saving[] = [
  { name: baseline, cache: false, coalescing: false, promptCache: 'off' },
  { name: 'coalescing', cache: false, coalescing: true, promptCache: 'off' },
  { name: 'cache and coalescing', cache: true, coalescing: true, promptCache: 'off' },
  { name: 'prompt cache', cache: false, coalescing: false, promptCache: 'safe' },
  { name: everything, cache: true, coalescing: true, promptCache: 'safe' },
];

const longEnough = { connectMs: 600_000, firstTokenMs: 600_000, idleMs: 600_000, totalMs: 7_200_000 };

/** The gateway's configuration. Each way is an organisation of its own at the provider. */
export const configOf = ({ name, cache, promptCache }: Saving, upstreamUrl: string): object => ({
  detect: { environment: false, ollama: false },
  providers: { anthropic: { type: 'anthropic', apiKey: name, baseUrl: upstreamUrl } },
  cache: { enabled: cache },
  promptCache,
  // A machine that is held up for a second is held up for a minute of the virtual clock.
  timeouts: longEnough,
});

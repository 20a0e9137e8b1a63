import type { MergedProvider, Plan } from '@hotpath/runtime';
import { addressOf, maskKey } from '../providers/describe-access.ts';
import { testProvider } from '../providers/test-provider.ts';
import { howToSetUp } from '../simulated.ts';
import { type Check, failed, ok, warned } from './check.ts';

/** How keys of the well-known providers begin. */
const beginnings: Readonly<Record<string, RegExp>> = { openai: /^sk-/, anthropic: /^sk-ant-/, xai: /^xai-/ };
/** Shorter ones are none of theirs. */
const leastLength = 20;

/** What is wrong with a key by its looks; undefined where nothing is. */
const flawOf = ({ config }: MergedProvider): string | undefined => {
  if (!('apiKey' in config) || config.apiKey === undefined) return undefined;
  const { apiKey, type, baseUrl } = config;
  if (/[^\x21-\x7e]/.test(apiKey)) return 'has a space, a line break or a character that no header takes';
  if (/^(["']).*\1$/.test(apiKey)) return 'has quotes around it';
  if (/^(\$\{?\w+\}?|your|<|xxx|sk-\.\.\.|changeme)/i.test(apiKey)) return 'is an example, not a key';
  const beginning = baseUrl === undefined ? beginnings[type] : undefined;
  if (beginning !== undefined && !beginning.test(apiKey)) return `does not begin as keys of ${type} do`;
  if (beginning !== undefined && apiKey.length < leastLength) return 'is too short';
  return undefined;
};

export const checkKey = (provider: MergedProvider): Check | undefined => {
  const { config, id, source } = provider;
  if (!('apiKey' in config) || config.apiKey === undefined) return undefined;
  const code = `KEY:${id}`;
  const flaw = flawOf(provider);
  if (flaw === undefined) return ok(code, `the key of ${id} (${maskKey(config.apiKey)}, ${source}) looks well.`);
  return warned(
    code,
    `the key of ${id} (${source}) ${flaw}.`,
    'Copy it again from the console of the provider, whole and alone.',
  );
};

const mostSkewMs = 60_000;

/** `serverMs` as its Date header says, which knows seconds. */
export const judgeClock = (serverMs: number, ownMs: number, host: string): Check => {
  const skewMs = ownMs - serverMs;
  const code = 'CLOCK';
  if (Math.abs(skewMs) <= mostSkewMs) return ok(code, `the clock agrees with that of ${host}.`);
  const amount = `${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'}`;
  return warned(
    code,
    `the clock of this machine is ${amount} that of ${host}: signatures and limits go wrong.`,
    'Set the clock by the network (NTP): "timedatectl set-ntp true" on Linux.',
  );
};

/** Against the first provider that answers anything at all; undefined where none does. */
const checkClock = async (providers: readonly MergedProvider[], signal: AbortSignal): Promise<Check | undefined> => {
  for (const provider of providers) {
    const address = addressOf(provider);
    if (address === undefined) continue;
    try {
      const answer = await fetch(address, { method: 'HEAD', redirect: 'manual', signal });
      const date = Date.parse(answer.headers.get('date') ?? '');
      if (!Number.isNaN(date)) return judgeClock(date, Date.now(), new URL(address).host);
    } catch {
      // That it cannot be reached is told elsewhere.
    }
  }
  return undefined;
};

/** Keys as they look, providers as they answer, and the clock beside theirs. */
export const checkAccess = async (plan: Plan, timeoutMs: number, signal: AbortSignal): Promise<readonly Check[]> => {
  if (plan.simulated) return [warned('PROVIDERS', 'no provider is set up: the simulator answers.', howToSetUp)];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const [clock, ...answers] = await Promise.all([
    checkClock(plan.providers, limit),
    ...plan.providers.map((provider) => testProvider(provider, { plan, asks: false, timeoutMs, signal })),
  ]);
  const reached = answers.map(({ id, error, latencyMs, address }) => {
    const code = `PROVIDER:${id}`;
    if (error !== null) return failed(code, `${id} fails: ${error.message}`, error.fix);
    return ok(code, `${id} answers${address === null ? '' : ` at ${address} in ${latencyMs} ms`}.`);
  });
  const keys = plan.providers.map(checkKey).filter((check) => check !== undefined);
  return [...keys, ...reached, ...(clock === undefined ? [] : [clock])];
};

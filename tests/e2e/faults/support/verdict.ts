import type { RecordedRequest } from '../../../upstream/index.ts';
import type { Seen } from './ask.ts';
import { canonicalText } from './rig.ts';

/**
 * `pass`: rescued, and every check holds. `partial`: rescued, but an advisory check does not hold. `safe`: not rescued, but a
 * clean error in time. `fail`: a hang, an answer that is not whole, or a check that does not hold.
 */
export type Verdict = 'pass' | 'partial' | 'safe' | 'fail';

/** What must be so besides: FailoverBench's checks, by its meaning of them. */
export type Check = { readonly isAdvisory?: boolean } & (
  | { readonly kind: 'primary-attempts'; readonly least?: number; readonly most?: number }
  | { readonly kind: 'fallback-attempts'; readonly most: number }
  /** Between the primary's first two attempts. */
  | { readonly kind: 'first-gap'; readonly leastMs: number }
  /** Of the primary's attempts, counted from the first. */
  | { readonly kind: 'most-within'; readonly ms: number; readonly most: number }
  | { readonly kind: 'ends-within'; readonly ms: number; readonly needsFallback?: boolean }
  | { readonly kind: 'says'; readonly pattern: RegExp }
  | { readonly kind: 'usage' }
  | { readonly kind: 'cost' }
  | { readonly kind: 'reports-fallback' }
  /** A fallback's refusal to go on must not end the request. */
  | { readonly kind: 'no-prefill-masking' }
);

/** Both sides of one request. */
export interface Observation {
  readonly seen: Seen;
  readonly primary: readonly RecordedRequest[];
  readonly fallback: readonly RecordedRequest[];
  readonly hasFallback: boolean;
  readonly fallbackModel: string;
  /** Whether a request that meets no fault is answered afterwards. */
  readonly isAlive: boolean;
  /** Calls that an upstream still has open although their client has its answer. */
  readonly leftOpen: number;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** What did not hold. */
  readonly reasons: readonly string[];
}

export function judge(observation: Observation, ideal: 'answer' | 'error', checks: readonly Check[]): Judgement {
  const { seen } = observation;
  const isWhole = seen.outcome === 'answer' && seen.text === canonicalText;
  const required = [
    ...(seen.outcome === 'hang' ? [`hang: nothing that ends within ${Math.round(seen.ms)} ms`] : []),
    ...(seen.outcome === 'answer' && !isWhole
      ? [`not whole, yet no error: ${JSON.stringify(seen.text.slice(-40))}`]
      : []),
    ...conduct(observation),
    ...checks.filter(({ isAdvisory }) => !isAdvisory).flatMap((check) => complaintOf(check, observation)),
  ];
  const advisory = checks.filter(({ isAdvisory }) => isAdvisory).flatMap((check) => complaintOf(check, observation));
  const reasons = [...required, ...advisory];
  if (required.length > 0) return { verdict: 'fail', reasons };
  const isRescued = ideal === 'answer' ? isWhole : seen.outcome === 'error';
  if (isRescued) return { verdict: advisory.length === 0 ? 'pass' : 'partial', reasons };
  return { verdict: ideal === 'error' ? 'partial' : 'safe', reasons: [...reasons, seen.message] };
}

const mostAttempts = 6;
/** So many calls to one upstream within a second are a tight loop. */
const tight = 5;

/** What every fault asks for. */
function* conduct({ seen, primary, fallback, isAlive, leftOpen }: Observation): Generator<string> {
  const attempts = primary.length + fallback.length;
  if (attempts > mostAttempts) yield `${attempts} attempts`;
  for (const requests of [primary, fallback]) {
    const most = Math.max(0, ...requests.map(({ openedAt }) => within(requests, openedAt, 1_000)));
    if (most >= tight) yield `a tight loop: ${most} attempts within a second`;
  }
  if (!isAlive) yield 'the next request is not answered';
  if (leftOpen > 0) yield `${leftOpen} calls are left open at the upstreams`;
  if (seen.outcome === 'error' && seen.message === '') yield 'an error without a word';
  yield* accounts({ seen, primary, fallback });
}

/** Model and usage are those of the call that answered last; the model, in a stream that others went on with, of the first. */
function* accounts({ seen, primary, fallback }: Pick<Observation, 'seen' | 'primary' | 'fallback'>): Generator<string> {
  if (seen.outcome !== 'answer') return;
  const calls = [...primary, ...fallback].filter(({ usage }) => usage).sort((one, two) => one.openedAt - two.openedAt);
  const last = calls.at(-1);
  if (seen.usage && JSON.stringify(seen.usage) !== JSON.stringify(last?.usage))
    yield `usage ${JSON.stringify(seen.usage)}, but the upstream counted ${JSON.stringify(last?.usage)}`;
  const asked = calls.map(({ body }) => JSON.parse(body.toString()).model);
  if (!asked.includes(seen.model)) yield `answered by "${asked.at(-1)}", reported as "${seen.model}"`;
}

const within = (requests: readonly RecordedRequest[], from: number, ms: number): number =>
  requests.filter(({ openedAt }) => openedAt >= from && openedAt < from + ms).length;

function complaintOf(check: Check, observation: Observation): string[] {
  const complaint = complain(check, observation);
  return complaint === undefined ? [] : [`${check.kind}: ${complaint}`];
}

function complain(check: Check, observation: Observation): string | undefined {
  const { seen, primary, fallback, hasFallback, fallbackModel } = observation;
  switch (check.kind) {
    case 'primary-attempts': {
      const { least = 0, most = mostAttempts } = check;
      return primary.length < least || primary.length > most ? `${primary.length} attempts` : undefined;
    }
    case 'fallback-attempts':
      return fallback.length > check.most ? `${fallback.length} attempts` : undefined;
    case 'first-gap': {
      const [first, second] = primary;
      const gap = first && second ? second.openedAt - first.openedAt : undefined;
      return gap === undefined || gap < check.leastMs ? `${gap} ms` : undefined;
    }
    case 'most-within': {
      const count = within(primary, primary[0]?.openedAt ?? 0, check.ms);
      return count > check.most ? `${count} attempts` : undefined;
    }
    case 'ends-within':
      return seen.ms > check.ms && (hasFallback || !check.needsFallback) ? `${Math.round(seen.ms)} ms` : undefined;
    case 'says':
      return check.pattern.test(seen.message) ? undefined : seen.message;
    case 'usage':
      return seen.outcome === 'answer' && !seen.usage ? 'none' : undefined;
    case 'cost': {
      const cost = seen.headers?.get('x-hotpath-cost-usd');
      return seen.outcome === 'answer' && !(Number(cost) > 0) ? `${cost}` : undefined;
    }
    case 'reports-fallback':
      return fallback.length > 0 && seen.model !== fallbackModel ? `${seen.model}` : undefined;
    case 'no-prefill-masking': {
      // A call without usage to a healthy upstream is one that it refused.
      const refused = fallback.filter(({ usage }) => !usage).length;
      return seen.outcome === 'error' && refused > 0 ? seen.message : undefined;
    }
  }
}

import type { Fault, RecordedRequest, Upstream } from '../../../upstream/index.ts';
import { ask, type Seen } from './ask.ts';
import { canonicalText } from './rig.ts';

/** A number from 0 up to 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What goes wrong, and how often it does where something does. */
export const faults: readonly (readonly [weight: number, fault: Fault])[] = [
  [3, { name: 'rate-limit', seconds: 1 }],
  [3, { name: 'rate-limit-bare' }],
  [4, { name: 'server-error' }],
  [4, { name: 'unavailable' }],
  [4, { name: 'reset-before-head' }],
  [3, { name: 'reset-in-body' }],
  [4, { name: 'destroy-stream', after: 40, of: 60, bytes: 17 }],
  [3, { name: 'cut-stream', after: 20, of: 60 }],
  [1, { name: 'hang' }],
  [1, { name: 'head-only' }],
  [1, { name: 'stall-stream', after: 20, of: 60 }],
  [3, { name: 'slow-first-token', ms: 300 }],
  [2, { name: 'malformed-event' }],
  [2, { name: 'missing-done' }],
  [1, { name: 'missing-done', end: 'open' }],
  [2, { name: 'error-event', after: 20, of: 60 }],
  [2, { name: 'error-event', after: 0, of: 60 }],
  [2, { name: 'truncated-json' }],
  [2, { name: 'html-error' }],
  [2, { name: 'gzip' }],
  [2, { name: 'brotli' }],
  [2, { name: 'split-characters' }],
  [2, { name: 'wrong-content-length' }],
  [2, { name: 'close-after-answer' }],
  [2, { name: 'close-on-reuse' }],
  [1, { name: 'content-filter' }],
  [1, { name: 'context-length' }],
];
const total = faults.reduce((sum, [weight]) => sum + weight, 0);

/** Makes a share of requests meet a fault, chosen by weight. */
export const faultChooser = (random: () => number, share: number) => (): Fault | undefined => {
  if (random() >= share) return undefined;
  let left = random() * total;
  for (const [weight, fault] of faults) {
    left -= weight;
    if (left < 0) return fault;
  }
  return undefined;
};

export interface Storm {
  readonly url: string;
  readonly upstreams: readonly Upstream[];
  readonly random: () => number;
  readonly count: number;
  /** How many at the same time. @default all */
  readonly concurrency?: number;
  /** Tells requests of one storm from those of others. */
  readonly name: string;
  /** Asked in turn. @default "route" */
  readonly models?: readonly string[];
  /** Share of clients that leave on their way. @default 0.05 */
  readonly leaving?: number;
}

export interface Reply extends Seen {
  readonly content: string;
  readonly hasLeft: boolean;
}

/** Sends requests of both protocols, streamed and whole, each with a content of its own. Resolves to one reply for each. */
export async function raiseStorm(storm: Storm): Promise<readonly Reply[]> {
  const { url, random, count, concurrency = count, name, models = ['route'], leaving = 0.05 } = storm;
  const replies: Reply[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const model = models[next % models.length] as string;
      const content = `${name} ${next++}.`;
      const client = new AbortController();
      const leavesAfter = random() < leaving ? random() * 200 : undefined;
      const timer = leavesAfter === undefined ? undefined : setTimeout(() => client.abort(), leavesAfter);
      const protocol = random() < 0.5 ? 'openai' : 'anthropic';
      const stream = random() < 0.6;
      const seen = await ask(url, { protocol, model, stream, content, signal: client.signal, hangMs: 20_000 });
      clearTimeout(timer);
      replies.push({ ...seen, content, hasLeft: client.signal.aborted });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return replies;
}

/** What is wrong with the replies: a hang, an answer that is not whole, an account that differs from the upstream's. */
export function complaintsAbout(replies: readonly Reply[], upstreams: readonly Upstream[]): string[] {
  const calls = new Map<string, RecordedRequest[]>();
  for (const request of upstreams.flatMap(({ requests }) => requests)) {
    const content = /"([^"]* \d+\.)"/.exec(request.body.toString())?.[1] ?? '';
    const known = calls.get(content);
    if (known) known.push(request);
    else calls.set(content, [request]);
  }
  return replies.flatMap((reply) => {
    const complaint = complaintOf(reply, calls.get(reply.content) ?? []);
    return complaint === undefined ? [] : [`${reply.content} ${complaint}`];
  });
}

/** A call that a kept connection loses is made again on another, which is no attempt of its own. */
const replaced: ReadonlySet<string | undefined> = new Set(['reset-before-head', 'close-on-reuse']);

function complaintOf(reply: Reply, calls: readonly RecordedRequest[]): string | undefined {
  const { outcome, text, usage, model, message, hasLeft } = reply;
  if (outcome === 'hang') return 'hangs';
  const attempts = calls.filter(({ fault }) => !replaced.has(fault)).length;
  if (attempts > 6) return `made ${attempts} calls`;
  if (outcome === 'error') return message === '' ? 'failed without a word' : undefined;
  // A client may leave when the answer is already whole.
  const met = calls.map(({ path, fault }) => `${path} ${fault ?? 'well'}`).join(', ');
  if (text !== canonicalText) return hasLeft ? undefined : `is not whole (${met}): ${JSON.stringify(text)}`;
  const counted = calls.filter((call) => call.usage);
  const said = counted.map((call) => JSON.stringify(call.usage));
  if (usage && !said.includes(JSON.stringify(usage))) return `used ${JSON.stringify(usage)}, counted ${said.join()}`;
  const models = counted.map(({ body }) => JSON.parse(body.toString()).model);
  return models.includes(model) ? undefined : `says it is by ${model}, and was by ${models.join()}`;
}

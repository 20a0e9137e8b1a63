import type { Fault } from '../../upstream/index.ts';
import type { RigOptions } from './support/rig.ts';
import type { Check, Verdict } from './support/verdict.ts';

/** One way in which the fault is tried: streamed or whole. */
export interface Trial {
  readonly fault: Fault;
  /** How many of the primary's answers meet it. @default every one */
  readonly times?: number;
  /** Where the primary is alone. */
  readonly alone: Verdict;
  /** Where a route has a second target, whichever protocol that speaks. */
  readonly fallback: Verdict;
  /** Beyond those that hold for every fault. */
  readonly checks?: readonly Check[];
}

export interface FaultRow {
  readonly id: string;
  readonly title: string;
  /** What the gateway does about it. */
  readonly does: string;
  /** What a caller should get. @default "answer" */
  readonly ideal?: 'error';
  readonly stream: Trial;
  /** Absent where only a stream can fail so. */
  readonly whole?: Trial;
  /** How the route is configured, beyond two targets. */
  readonly rig?: Pick<RigOptions, 'primaryTarget' | 'fallbackTarget' | 'fallbackKnobs'>;
  /** Twenty requests over an outage, in place of one. */
  readonly isSequence?: true;
}

const onceEach = [{ kind: 'primary-attempts', least: 2, isAdvisory: true }] as const;
const once = (name: Fault['name'], more: Partial<Fault> = {}): Trial => ({
  fault: { name, ...more },
  times: 1,
  alone: 'pass',
  fallback: 'pass',
  checks: onceEach,
});
const always = (name: Fault['name'], more: Partial<Fault> = {}, checks: readonly Check[] = []): Trial => ({
  fault: { name, ...more },
  alone: 'safe',
  fallback: 'pass',
  checks,
});
const inPlace = (name: Fault['name'], more: Partial<Fault> = {}, checks: readonly Check[] = []): Trial => ({
  fault: { name, ...more },
  alone: 'pass',
  fallback: 'pass',
  checks: [{ kind: 'primary-attempts', most: 1 }, ...checks],
});
const oneAttempt: Check = { kind: 'primary-attempts', least: 1, most: 1 };
const continues = { fallbackTarget: { continues: 'prefill' } } as const;

/**
 * The sixteen faults of FailoverBench 0.1 (github.com/failoverbench/failoverbench) with the verdict each must get. Waits are
 * shorter than there, and so are the gateway's limits: a first token is awaited for 1 s rather than 15.
 */
export const faultTable: readonly FaultRow[] = [
  {
    id: 'S01',
    title: '429 with `Retry-After`',
    does: 'Waits as long as it was told to, then asks again.',
    stream: {
      ...once('rate-limit', { seconds: 1 }),
      checks: [...onceEach, { kind: 'first-gap', leastMs: 950 }, { kind: 'most-within', ms: 900, most: 1 }],
    },
    whole: {
      ...once('rate-limit', { seconds: 1 }),
      checks: [...onceEach, { kind: 'first-gap', leastMs: 950 }, { kind: 'most-within', ms: 900, most: 1 }],
    },
  },
  {
    id: 'S02',
    title: '429 without it, on and on',
    does: 'Leaves for the fallback at once; alone, it asks twice more with growing, random waits and passes the 429 on.',
    stream: always('rate-limit-bare'),
    whole: always('rate-limit-bare'),
  },
  {
    id: 'S03',
    title: '500 once',
    does: 'Asks the same target once more.',
    stream: once('server-error'),
    whole: once('server-error'),
  },
  {
    id: 'S04',
    title: '503 (Anthropic: 529), on and on',
    does: 'Asks once more, then the fallback; alone, twice more, and passes the error on.',
    stream: always('unavailable'),
    whole: always('unavailable'),
  },
  {
    id: 'S05',
    title: 'TCP reset before the head',
    does: 'Asks the same target once more, on another connection.',
    stream: once('reset-before-head'),
    whole: once('reset-before-head'),
  },
  {
    id: 'S06',
    title: 'No response at all',
    does: 'Leaves for the fallback after `firstTokenMs`, and never asks a silent provider twice; alone, a 504. A whole answer, which shows nothing before its end, has half of the total limit while the fallback is left.',
    stream: always('hang', {}, [{ ...oneAttempt, isAdvisory: true }]),
    whole: always('hang', {}, [{ ...oneAttempt, isAdvisory: true }]),
  },
  {
    id: 'S07',
    title: 'First token after a long while',
    does: 'Leaves for the fallback after `firstTokenMs`, though the head is there; alone, it waits.',
    stream: {
      ...inPlace('slow-first-token', { ms: 2_500 }),
      checks: [oneAttempt, { kind: 'ends-within', ms: 2_300, needsFallback: true, isAdvisory: true }],
    },
  },
  {
    id: 'S08',
    title: 'Connection cut after 40 of 60 tokens',
    does: 'The fallback goes on from what the client has; alone, the stream ends in an error event. A whole answer is asked for again.',
    rig: continues,
    stream: always('destroy-stream', { after: 40, of: 60 }),
    whole: always('reset-in-body'),
  },
  {
    id: 'S08b',
    title: 'Stream ended cleanly after 40 of 60 tokens',
    does: 'The same: an end without finish reason is none. A whole answer that is no complete JSON is asked for again.',
    rig: continues,
    stream: always('cut-stream', { after: 40, of: 60 }),
    whole: always('truncated-json'),
  },
  {
    id: 'S09',
    title: 'Stream stalls after 20 tokens',
    does: 'The fallback goes on after `stallMs`; alone, an error event after the idle timeout.',
    rig: continues,
    stream: always('stall-stream', { after: 20, of: 60 }, [{ kind: 'ends-within', ms: 7_000 }]),
    whole: always('stall-stream', {}, [{ kind: 'ends-within', ms: 7_000 }]),
  },
  {
    id: 'S10',
    title: 'Malformed event within a stream',
    does: 'Leaves it out and goes on in place.',
    stream: inPlace('malformed-event', { after: 10, of: 60 }),
  },
  {
    id: 'S11',
    title: 'No `[DONE]`, connection closed',
    does: 'Ends the answer at once, with its usage and the terminator.',
    stream: inPlace('missing-done', {}, [
      { kind: 'ends-within', ms: 2_500 },
      { kind: 'usage', isAdvisory: true },
    ]),
  },
  {
    id: 'S11b',
    title: 'No `[DONE]`, connection kept open',
    does: 'Ends the answer a second after its finish reason.',
    stream: inPlace('missing-done', { end: 'open' }, [
      { kind: 'ends-within', ms: 4_000 },
      { kind: 'usage', isAdvisory: true },
    ]),
  },
  {
    id: 'S12',
    title: 'Context length exceeded',
    does: 'Goes to a target with a larger context, and never asks the same one again; alone, the 400 is passed on.',
    rig: { primaryTarget: { contextTokens: 8_000 }, fallbackTarget: { contextTokens: 1_000_000 } },
    stream: always('context-length', {}, [oneAttempt]),
    whole: always('context-length', {}, [oneAttempt]),
  },
  {
    id: 'S12b',
    title: 'The same, and no larger context to be had',
    does: 'Passes the 400 on: a target of the same size is not asked.',
    rig: { primaryTarget: { contextTokens: 8_000 }, fallbackTarget: { contextTokens: 8_000 } },
    stream: { ...always('context-length', {}, [oneAttempt, { kind: 'fallback-attempts', most: 0 }]), fallback: 'safe' },
    whole: { ...always('context-length', {}, [oneAttempt, { kind: 'fallback-attempts', most: 0 }]), fallback: 'safe' },
  },
  {
    id: 'S13',
    title: 'Content filter',
    does: 'Passes the refusal on in the provider’s words; nobody else is asked.',
    ideal: 'error',
    stream: {
      ...inPlace('content-filter'),
      checks: [
        oneAttempt,
        { kind: 'says', pattern: /safety|content filtering/ },
        { kind: 'fallback-attempts', most: 0 },
      ],
    },
    whole: {
      ...inPlace('content-filter'),
      checks: [
        oneAttempt,
        { kind: 'says', pattern: /safety|content filtering/ },
        { kind: 'fallback-attempts', most: 0 },
      ],
    },
  },
  {
    id: 'S14',
    title: 'Cut stream, and the fallback rejects a prefill',
    does: 'A fallback known to take none is told to go on instead (`continues: instructed`); its 400 never hides the cut.',
    rig: { fallbackTarget: { continues: 'instructed' }, fallbackKnobs: { rejectPrefill: true } },
    stream: always('destroy-stream', { after: 40, of: 60 }, [{ kind: 'no-prefill-masking' }]),
  },
  {
    id: 'S15',
    title: 'The primary flaps',
    does: 'Stops asking it after a few failures, serves from the fallback, probes, and returns; alone, errors while it lasts.',
    isSequence: true,
    stream: { ...always('unavailable') },
    whole: { ...always('unavailable') },
  },
  {
    id: 'S16',
    title: 'Accounting after failover',
    does: 'Model, usage and cost are those of the target that answered; failed calls count nothing.',
    stream: always('unavailable', {}, [{ kind: 'reports-fallback' }, { kind: 'usage' }]),
    whole: always('unavailable', {}, [{ kind: 'reports-fallback' }, { kind: 'usage' }, { kind: 'cost' }]),
  },
];

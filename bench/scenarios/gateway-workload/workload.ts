import { model } from './bill.ts';
import { createDraws } from './draws.ts';
import { type Kind, kinds } from './kinds.ts';
import { bodyOf, inputTokens, type Prompt, piecesOf } from './prompt.ts';
import type { SentRequest } from './replay.ts';

// What stands behind the workload.
//
// There is no public trace of what a team spends on models, and by how much caching pays depends on nothing else. So the
// workload has five kinds of traffic, each with a bill of its own in the tables, and equal shares of the money: whoever knows
// his own shares can weigh the kinds by them. Of each kind it is stated how much repeats, how much is shared, and what may wait:
//
// documents  Fitted to the published synthetic trace of Mooncake (FAST '25; 3,993 requests in 17 minutes): a fifth of the first
//            prompts come again, 5 times in the mean, with gaps of 55 s in the median and 280 s at the 90th percentile
//            (Weibull, shape 0.7); 5% of whole prompts repeat; 15,300 tokens in, 149 out; 60% of the input continues a prefix
//            of the last five minutes. Nothing waits.
// chat       Fitted to figures of the conversations of the same paper (12,031 requests in an hour): 1.0% of whole prompts repeat,
//            29% of the input continues a prefix of the last five minutes and 37% one of the hour; 12,000 tokens in, 343
//            out. Nothing waits.
// agents     No trace was at hand. One prompt of tools and instructions (6,000 tokens) for each of two agents, a dozen steps a
//            task, each adding some 700 tokens; 5% of the steps wait for a person. That makes some 100 tokens in for one
//            out, as a maker of agents has published of his (Manus, "Context Engineering for AI Agents", 2025). No prompt
//            repeats, nothing waits. Agents that mark their own prefixes for the provider are left alone by a gateway and
//            save nothing by it: these do not.
// checks     No trace was at hand. A suite of prompts runs at each push, some eight minutes apart, in the three jobs of a matrix
//            at once; a push changes 20% of the cases, and one push in twenty the instructions and with them all.
//            Somebody waits for the result.
// jobs       No trace was at hand. Some 300 records under one instruction of 1,500 tokens, which is three fifths of each prompt;
//            1% of the records come twice. All of it may wait for hours; nothing else here may.
//
// Costs are at list price. Caches are cold at the beginning, which is against us, and an hour is long enough to learn.

/** One request of the workload. */
export interface WorkRequest {
  /** Milliseconds from the beginning. */
  readonly at: number;
  readonly kind: Kind;
  readonly prompt: Prompt;
}

export interface WorkloadOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Names of the kinds of traffic. @default all */
  readonly only?: readonly string[];
  /** What each kind costs without any saving, US dollars. */
  readonly dollarsPerKind: number;
  /** US dollars for a million tokens. */
  readonly price: { readonly input: number; readonly output: number };
}

/** All requests in the order in which they are sent; the same for the same options on every machine. */
export const createWorkload = (options: WorkloadOptions): readonly WorkRequest[] =>
  kinds
    .flatMap((kind, index) => (options.only?.includes(kind.name) === false ? [] : requestsOf(kind, options, index)))
    .sort((left, right) => left.at - right.at);

/** The requests as they are sent. */
export const sentOf = (requests: readonly WorkRequest[]): SentRequest[] =>
  requests.map(({ at, kind, prompt }) => ({ at, kind, body: () => bodyOf(model, kind.name, prompt) }));

/** Sessions are added, at any time of the whole, until the money is spent; the last one ends where it is. */
const requestsOf = (kind: Kind, options: WorkloadOptions, index: number): WorkRequest[] => {
  const { seed, durationMs, dollarsPerKind, price } = options;
  const draws = createDraws(seed * 1_000 + index);
  const requests: WorkRequest[] = [];
  let dollars = 0;
  for (let session = 0; dollars < dollarsPerKind; session++) {
    let at = kind.standing ? 0 : draws.between(0, durationMs);
    for (const { afterMs, prompt } of kind.session(draws, `${kind.name} ${seed}.${session}`)) {
      at += afterMs;
      if (at >= durationMs || dollars >= dollarsPerKind) break;
      requests.push({ at: Math.round(at), kind, prompt });
      dollars += (inputTokens(prompt) * price.input + prompt.outputTokens * price.output) / 1e6;
    }
  }
  return requests;
};

/** What a kind of traffic is like. Shares are from 0 to 1, of tokens where they are of prefixes. */
export interface KindFigures {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Requests whose whole prompt came before. */
  readonly repeated: number;
  /** Input that continues a prefix of the last five minutes, and of whatever came before. */
  readonly sharedSoon: number;
  readonly shared: number;
}

const soonMs = 300_000;

/** Measures a workload as traces are measured, by kind. */
export const figuresOf = (requests: readonly WorkRequest[], kind: string): KindFigures => {
  const own = requests.filter((request) => request.kind.name === kind);
  const wholes = new Set<string>();
  const prefixes = new Map<string, number>();
  const sum = { input: 0, output: 0, repeated: 0, soon: 0, ever: 0 };
  for (const { at, prompt } of own) {
    let prefix = '';
    for (const { id, tokens } of piecesOf(prompt)) {
      prefix += `\n${id}`;
      const last = prefixes.get(prefix);
      if (last !== undefined) sum.ever += tokens;
      if (last !== undefined && at - last <= soonMs) sum.soon += tokens;
      sum.input += tokens;
      prefixes.set(prefix, at);
    }
    if (wholes.has(prefix)) sum.repeated += 1;
    wholes.add(prefix);
    sum.output += prompt.outputTokens;
  }
  return {
    requests: own.length,
    inputTokens: sum.input / own.length,
    outputTokens: sum.output / own.length,
    repeated: sum.repeated / own.length,
    sharedSoon: sum.soon / sum.input,
    shared: sum.ever / sum.input,
  };
};

// @boundaries-ignore traces are read beside the tests of the planner that learns from them
import { readTrace } from '../../../packages/ai-router/test/support/request-trace.ts';
import { model, price } from '../gateway-workload/bill.ts';
import type { SentRequest } from '../gateway-workload/replay.ts';
import { createWorkload, sentOf } from '../gateway-workload/workload.ts';

/** Names a file of requests in Mooncake's format. */
export const traceVariable = 'HOTPATH_REQUEST_TRACE';

export interface Traffic {
  readonly name: string;
  readonly requests: readonly SentRequest[];
}

/** As many requests in as long a time as the published trace has: 61 million tokens in, 17 minutes. */
const [publishedTokens, publishedMs] = [61_000_000, 1_020_000];

/**
 * Made-up requests fitted to what is published of the trace, the same on every machine; and the first of the trace itself where a
 * file is named, whose answers are as long as they were. `max_tokens` tells the provider that length: the planner does not read it.
 */
export const trafficOf = (tracePath: string | undefined, durationMs = publishedMs): Traffic[] => {
  const dollarsPerKind = (publishedTokens * price.input * durationMs) / publishedMs / 1e6;
  const made = createWorkload({ seed: 1, durationMs, dollarsPerKind, price, only: ['documents'] });
  const traffic: Traffic[] = [{ name: 'made up', requests: sentOf(made) }];
  if (!tracePath) return traffic;
  const kind = { name: 'trace', waits: false };
  const requests: SentRequest[] = [];
  for (const { at, body, outputTokens } of readTrace(tracePath, model)) {
    if (at >= durationMs) break;
    const sent = { ...body, max_tokens: Math.max(1, outputTokens), metadata: { user_id: kind.name } };
    requests.push({ at, kind, body: () => JSON.stringify(sent) });
  }
  return [...traffic, { name: 'trace', requests }];
};

import { channels, type RequestEndEvent } from './events.ts';
import type { AnswerCost, AnswerHead, AnswerSink, Exchange, Ticket } from './exchange.ts';
import { formats } from './formats/index.ts';
import type { Target } from './models.ts';
import type { PromptHashes } from './shape/prompt-hashes.ts';
import { toldOf } from './told-answer.ts';
import type { Usage } from './wire-format.ts';

/** Stands between a request and who asked, without changing anything. */
export interface Observation {
  readonly sink: AnswerSink;
  readonly ticket: (ticket: Ticket) => Ticket;
}

/**
 * Announces a request's start and end; made only while someone listens. `target`: undefined where nobody could be found. `hashes` is
 * called when the request is over.
 */
export function observeRequest(
  exchange: Exchange,
  target: Target | undefined,
  sink: AnswerSink,
  startedAt: number,
  costOf: (model: string, usage: Usage, provider: string, lane?: 'batch' | 'live') => number | undefined,
  hashes?: () => PromptHashes,
): Observation {
  const { requestId, traceparent, keyId, agent, protocol, body, stages } = exchange;
  const call = {
    ...(requestId !== undefined && { requestId }),
    ...(traceparent !== undefined && { traceparent }),
    ...(keyId !== undefined && { keyId }),
    ...(agent !== undefined && { agent }),
    protocol,
    provider: target?.provider.id ?? '',
    model: target?.model ?? '',
    ...(typeof body.model === 'string' && { asked: body.model }),
    stream: body.stream === true && formats[protocol].operation === 'chat',
  };
  channels.requestStart.publish(call);
  let head: AnswerHead | undefined;
  let firstByteMs: number | undefined;
  let over = false;

  /** What is not paid again costs nothing, whatever its price. */
  const costFor = ({ cache, model, provider, lane }: AnswerHead, usage: Usage): number | undefined =>
    cache === 'hit' || cache === 'coalesced' ? 0 : costOf(model, usage, provider, lane);

  const end = (outcome: RequestEndEvent['outcome'], details: Partial<RequestEndEvent> = {}): void => {
    if (over) return;
    over = true;
    const costUsd = details.costUsd ?? (head && details.usage && costFor(head, details.usage));
    const event: RequestEndEvent = {
      ...call,
      // Who answered, which need not be who was asked first.
      ...(head && { provider: head.provider, model: head.model, status: head.status }),
      ...(head?.attempts !== undefined && { attempts: head.attempts }),
      ...(head?.lane && { lane: head.lane }),
      ...(costUsd !== undefined && { costUsd }),
      cache: head?.cache ?? 'miss',
      outcome,
      durationMs: performance.now() - startedAt,
      ...(firstByteMs !== undefined && { firstByteMs }),
      ...(stages && { stages }),
      ...hashes?.(),
      ...details,
    };
    channels.requestEnd.publish(event);
  };

  return {
    sink: {
      whole(answered, body) {
        head = answered;
        firstByteMs = performance.now() - startedAt;
        sink.whole(answered, body);
        end(answered.status === 200 ? 'complete' : 'failed', {
          ...toldOf(answered),
          ...costOnly(answered),
        });
      },
      start(answered) {
        head = answered;
        firstByteMs = performance.now() - startedAt;
        sink.start(answered);
      },
      data: (chunk) => sink.data(chunk),
      end(summary) {
        sink.end(summary);
        end(summary.outcome === 'complete' ? 'complete' : 'failed', {
          ...toldOf(summary),
          ...costOnly(summary),
        });
      },
      fail(error, cost) {
        sink.fail(error, cost);
        end('failed', { error, status: head?.status ?? error.status, ...cost });
      },
    },
    ticket: (ticket) => ({
      leave() {
        const cost = ticket.leave();
        end('left', cost);
        return cost;
      },
      resume: () => ticket.resume(),
    }),
  };
}

const costOnly = ({ costUsd, estimatedUsd }: AnswerCost): AnswerCost => ({
  ...(costUsd !== undefined && { costUsd }),
  ...(estimatedUsd !== undefined && { estimatedUsd }),
});

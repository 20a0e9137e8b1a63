import { channels, type RequestEndEvent } from './events.ts';
import type { AnswerHead, AnswerSink, Exchange, Ticket } from './exchange.ts';
import type { Target } from './models.ts';

/** Announces a request's start and end; made only while someone listens. */
export function observeRequest(
  exchange: Exchange,
  target: Target,
  sink: AnswerSink,
  startedAt: number,
): { readonly sink: AnswerSink; readonly ticket: (ticket: Ticket) => Ticket } {
  const call = {
    protocol: exchange.protocol,
    provider: target.provider.id,
    model: target.model,
    stream: exchange.body.stream === true,
  };
  channels.requestStart.publish(call);
  let head: AnswerHead | undefined;
  let firstByteMs: number | undefined;
  let over = false;

  const end = (outcome: RequestEndEvent['outcome'], details: Partial<RequestEndEvent> = {}): void => {
    if (over) return;
    over = true;
    const event: RequestEndEvent = {
      ...call,
      // Who answered, which need not be who was asked first.
      ...(head && { provider: head.provider, model: head.model }),
      cache: head?.cache ?? 'miss',
      outcome,
      durationMs: performance.now() - startedAt,
      ...(firstByteMs !== undefined && { firstByteMs }),
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
        end(answered.status === 200 ? 'complete' : 'failed', answered.usage && { usage: answered.usage });
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
          ...(summary.usage && { usage: summary.usage }),
          ...(summary.finishReason && { finishReason: summary.finishReason }),
        });
      },
      fail(error) {
        sink.fail(error);
        end('failed', { error });
      },
    },
    ticket: (ticket) => ({
      leave() {
        ticket.leave();
        end('left');
      },
      resume: () => ticket.resume(),
    }),
  };
}

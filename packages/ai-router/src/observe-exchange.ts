import { asRouterError } from './errors.ts';
import { channels } from './events.ts';
import type { AnswerSink, Exchange, Ticket } from './exchange.ts';
import type { Target } from './models.ts';
import { type Observation, observeRequest } from './observe.ts';
import { observeContent, tellsContent } from './observe-content.ts';
import { settled } from './pending-ticket.ts';

export interface ObservationOptions {
  /** By `performance.now()`. */
  readonly startedAt: number;
  readonly costOf: Parameters<typeof observeRequest>[4];
  /** Called when the request is over. */
  readonly hashes: Parameters<typeof observeRequest>[5];
}

/** Stands between a request and who asked, where somebody listens. `target`: undefined where nobody could be found. */
export function observeExchange(
  exchange: Exchange,
  target: Target | undefined,
  sink: AnswerSink,
  { startedAt, costOf, hashes }: ObservationOptions,
): Observation | undefined {
  const told = channels.requestEnd.hasSubscribers
    ? observeRequest(exchange, target, sink, startedAt, costOf, hashes)
    : undefined;
  if (!tellsContent(exchange)) return told;
  const content = observeContent(exchange, target, told?.sink ?? sink);
  return told ? { ...content, ticket: (ticket) => content.ticket(told.ticket(ticket)) } : content;
}

/** Answers into the sink of an observation: what began ends, also where it fails before anybody was asked. */
export function underObservation(
  observation: Observation,
  isGone: () => boolean,
  answer: (sink: AnswerSink) => Ticket | Promise<Ticket>,
): Ticket | Promise<Ticket> {
  const fail = (error: unknown): Ticket => {
    if (isGone()) observation.ticket(settled).leave();
    else observation.sink.fail(asRouterError(error));
    return settled;
  };
  try {
    const ticket = answer(observation.sink);
    return ticket instanceof Promise ? ticket.then(observation.ticket, fail) : observation.ticket(ticket);
  } catch (error) {
    return fail(error);
  }
}

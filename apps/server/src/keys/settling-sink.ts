import type { AnswerCost, AnswerHead, AnswerSink, RouterError, Usage } from '@hotpath/runtime';
import type { Admission } from './gatekeeper.ts';

export interface SettlingSinkOptions {
  readonly settle: Admission['settle'];
  /** As `Admission.leftUsd`. */
  readonly leftUsd?: number | undefined;
  /** The cost of a stream's tokens, US dollars; undefined for a model without a price. */
  readonly costOf: (model: string, usage: Usage, provider: string) => number | undefined;
}

export interface SettlingSink extends AnswerSink {
  /** The client left before its answer was whole. `cost`: what was used by then, as `Ticket.leave` tells it. */
  left(cost: AnswerCost | undefined): void;
}

/** Others pay for an answer that was there already, or on its way to somebody else of the same tenant. */
const isPaid = ({ cache }: AnswerHead): boolean => cache === 'hit' || cache === 'coalesced';

/**
 * Settles what an answer cost as soon as it is known, and passes everything on. A refusal is free, but for the calls that were
 * made in vain before it. An answer that broke off, or whose provider told no usage, is charged what it is estimated to have
 * cost; one that its client did not wait for that too, but no less than `leftUsd`: what a provider does until it hears of it
 * shows nowhere. Where nothing is known, and where others still wait for what its client left, it is what was reserved.
 */
export const createSettlingSink = (
  sink: AnswerSink,
  { settle, leftUsd = 0, costOf }: SettlingSinkOptions,
): SettlingSink => {
  let started: AnswerHead | undefined;

  const settleBroken = (): void => settle(started && isPaid(started) ? 0 : undefined);

  return {
    whole(head, body) {
      if (isPaid(head)) settle(0);
      else if (head.status >= 400) settle(head.costUsd ?? 0);
      else settle(head.costUsd ?? (head.usage && costOf(head.model, head.usage, head.provider)), head.usage);
      sink.whole(head, body);
    },
    start(head) {
      started = head;
      sink.start(head);
    },
    data: (chunk) => sink.data(chunk),
    end(summary) {
      const { usage } = summary;
      const costUsd = summary.costUsd ?? (started && usage && costOf(started.model, usage, started.provider));
      if (started && !isPaid(started) && (usage || costUsd !== undefined)) settle(costUsd, usage);
      else settleBroken();
      sink.end(summary);
    },
    fail(error: RouterError, cost) {
      // Until something has arrived, there is nothing that a provider could bill but a prompt, and most do not.
      if (cost?.costUsd !== undefined && !(started && isPaid(started))) settle(cost.costUsd);
      else if (started) settleBroken();
      else settle(0);
      sink.fail(error, cost);
    },
    left(cost) {
      if (cost?.costUsd === undefined || (started && isPaid(started))) settleBroken();
      else settle(Math.max(cost.costUsd, leftUsd));
    },
  };
};

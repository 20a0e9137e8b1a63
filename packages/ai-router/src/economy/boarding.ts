import type { ProviderReply } from '../attempt.ts';
import { limited, type RouterError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { SharedHead } from '../flight.ts';
import type { Verdict } from '../limits/reservation.ts';
import type { Target } from '../models.ts';
import { toldOf } from '../told-answer.ts';
import type { WholeAnswer } from '../whole-path.ts';
import type { EconomyLane, LanePlace } from './lane.ts';
import { answerFromBatch, type Destination, jobRequestFor } from './request.ts';

/** Exactly one of them comes, and nothing before `board` has returned; after `leave` none. */
export interface BoardingListener {
  /** A complete answer in the client's form. */
  answered(head: SharedHead, answer: WholeAnswer): void;
  /** The lane has none: it is to be asked live. */
  gaveUp(): void;
  /** A limit of ours has no room for the request, or the answer was not accepted. */
  refused(error: RouterError, rejected?: ProviderReply): void;
}

/** One request's way into the lane. */
export interface Boarding {
  /** Undefined where the lane does not take it. `check` throws where an answer is not accepted. */
  board(
    target: Target,
    check: ((body: Buffer, isStream: boolean) => void) | undefined,
    listener: BoardingListener,
  ): LanePlace | undefined;
}

export interface BoardingOptions {
  readonly lane: EconomyLane;
  readonly exchange: Exchange;
  readonly storeKey: string | undefined;
  readonly shared: boolean;
  /** Asks for leave; absent where there are no limits. */
  readonly admit: (() => Verdict | Promise<Verdict>) | undefined;
}

export function createBoarding({ lane, exchange, storeKey, shared, admit }: BoardingOptions): Boarding {
  return {
    board(target, check, listener) {
      let isOver = false;
      const once = (act: () => void): void => {
        if (isOver) return;
        isOver = true;
        act();
      };
      let request: ReturnType<typeof jobRequestFor>;
      try {
        request = jobRequestFor(exchange, target, { storeKey, shared });
      } catch {
        // A live call fails the same way, and is told.
        return undefined;
      }
      if (!request) return undefined;
      const { protocol } = request;
      const destination = JSON.parse(request.destination) as Destination;
      const place = lane.enter(request, {
        answered(answer) {
          const whole = readAnswer(answer, protocol, destination);
          once(() => {
            if (!whole) {
              listener.gaveUp();
              return;
            }
            try {
              check?.(whole.body, destination.stream);
            } catch (error) {
              listener.refused(error as RouterError, { head: headOf(target, whole), body: whole.body });
              return;
            }
            listener.answered(headOf(target, whole), whole);
          });
        },
        gaveUp: () => once(listener.gaveUp),
      });
      if (!place) return undefined;
      const judge = (verdict: Verdict): void => {
        // The wait for a batch takes nobody's place: only the rates count it.
        if (verdict.granted) verdict.settle(Number.NaN);
        else refuse(limited(verdict));
      };
      const refuse = (error: RouterError): void => {
        place.leave();
        queueMicrotask(() => once(() => listener.refused(error)));
      };
      const verdict = admit?.();
      if (verdict instanceof Promise) verdict.then(judge, refuse);
      else if (verdict) judge(verdict);
      return {
        leave() {
          isOver = true;
          place.leave();
        },
        hasten: place.hasten,
      };
    },
  };
}

const headOf = ({ provider, model }: Target, { contentType, summary }: WholeAnswer): SharedHead => ({
  status: 200,
  contentType,
  headers: {},
  provider: provider.id,
  model,
  lane: 'batch',
  ...toldOf(summary),
});

/** The answer, if it is a whole one. */
export function readAnswer(
  answer: string,
  protocol: Parameters<typeof answerFromBatch>[1],
  destination: Destination,
): WholeAnswer | undefined {
  try {
    const whole = answerFromBatch(answer, protocol, destination);
    return whole.storable ? whole : undefined;
  } catch {
    return undefined;
  }
}

import type { ProviderReply } from './attempt.ts';
import { answerWithheld, internal, RouterError } from './errors.ts';
import type { AnswerCost } from './exchange.ts';
import type { Flight, SharedHead } from './flight.ts';
import { errorTypeOf } from './formats/error-body.ts';
import type { Failure } from './leg.ts';
import type { Route } from './route.ts';
import type { ErrorInfo, WireFormat } from './wire-format.ts';

interface LastWordOptions {
  readonly route: Pick<Route, 'onExhausted'>;
  readonly flight: Flight;
  readonly client: WireFormat;
  headOf(head: SharedHead): SharedHead;
  /** Of the calls that were made in vain. */
  readonly cost: () => AnswerCost | undefined;
}

/** What a client hears that gets no accepted answer. */
export interface LastWord {
  /** Remembers what there was, in case nothing better comes. */
  note(failure: Failure): void;
  /** `hasStarted`: whether the client has part of an answer already. */
  tell(failure: Failure, hasStarted: boolean): void;
}

export function createLastWord(options: LastWordOptions): LastWord {
  let withheld: ProviderReply | undefined;
  return {
    note({ error, rejected }) {
      // An answer that could not even be read is none.
      if (rejected && error.code === 'ROUTER_ANSWER_REJECTED')
        withheld = { ...rejected, head: { ...rejected.head, rejected: String(error.cause) } };
    },
    tell(failure, hasStarted) {
      if (hasStarted || !withheld) {
        tellFailure(failure, hasStarted, options);
        return;
      }
      const { head, body } = withheld;
      const { usage, rejected = '', provider, model } = head;
      if (options.route.onExhausted === 'answer') {
        // It is among the calls in vain: its price is not to be added again.
        const { usage: _usage, ...rest } = head;
        options.flight.whole({ ...options.headOf(rest), ...(usage && { usage }), ...options.cost() }, body);
      } else if (failure.error.code === 'ROUTER_ANSWER_REJECTED') tellFailure(failure, false, options);
      else {
        const error = answerWithheld(failure.error, `${provider}/${model}`, rejected);
        tellFailure({ error, refusal: undefined }, false, options);
      }
    },
  };
}

/** Tells a client that there will be no answer, in the provider's own words where there are some. */
function tellFailure({ error, refusal }: Failure, hasStarted: boolean, options: LastWordOptions): void {
  const { flight, client } = options;
  const cost = options.cost();
  const headOf = (head: SharedHead): SharedHead => ({ ...options.headOf(head), ...cost });
  if (hasStarted && refusal?.head.status === 200) {
    // The provider's own words, which are the client's protocol already.
    flight.push(refusal.body);
    flight.end({ outcome: 'error', error: infoOf(error), ...cost });
  } else if (hasStarted || !refusal) flight.fail(error, cost);
  else if (refusal.head.status !== 200) flight.whole(headOf(refusal.head), refusal.body);
  else {
    // An error that came as the first event of a stream: the status can still say so.
    const body = Buffer.from(JSON.stringify(client.encodeError(infoOf(error))));
    flight.whole({ ...headOf(refusal.head), status: error.status, contentType: 'application/json' }, body);
  }
}

/** What one provider's protocol cannot say another's may. */
export function asUnsuited(error: unknown): RouterError {
  if (!RouterError.isInstance(error)) return internal(error);
  const { message, status, param } = error;
  if (error.code !== 'ROUTER_REQUEST_INVALID') return error;
  return new RouterError('ROUTER_FIELD_UNSUPPORTED', message, { status, ...(param !== undefined && { param }) });
}

const infoOf = (error: RouterError): ErrorInfo => ({
  status: error.status,
  type: error.type ?? errorTypeOf(error.status),
  message: error.message,
  code: error.reason ?? error.code,
  ...(error.param !== undefined && { param: error.param }),
});

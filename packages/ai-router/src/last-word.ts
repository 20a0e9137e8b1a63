import { internal, RouterError } from './errors.ts';
import type { AnswerCost } from './exchange.ts';
import type { Flight, SharedHead } from './flight.ts';
import { errorTypeOf } from './formats/error-body.ts';
import type { Failure } from './leg.ts';
import type { ErrorInfo, WireFormat } from './wire-format.ts';

interface Hearing {
  readonly flight: Flight;
  readonly client: WireFormat;
  /** Whether the client has part of an answer already. */
  readonly hasStarted: boolean;
  headOf(head: SharedHead): SharedHead;
  /** Of the calls that were made. */
  readonly cost: AnswerCost | undefined;
}

/** Tells a client that there will be no answer, in the provider's own words where there are some. */
export function tellFailure({ error, refusal }: Failure, hearing: Hearing): void {
  const { flight, client, hasStarted, cost } = hearing;
  const headOf = (head: SharedHead): SharedHead => ({ ...hearing.headOf(head), ...cost });
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

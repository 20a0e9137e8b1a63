import { aborted, type RouterError, upstreamRefused } from './errors.ts';
import type { AnswerHead, Exchange } from './exchange.ts';
import type { Exchanger } from './exchanger.ts';
import { formats } from './formats/index.ts';
import { parseObject } from './formats/json.ts';

/** A whole answer of status 200, in the bytes of its protocol. */
export interface AnsweredWhole {
  readonly head: AnswerHead;
  readonly body: Buffer;
}

/** Asks what is never answered as a stream. Rejects with a `RouterError`, also for the provider's own refusal. */
export function askWhole(
  exchanger: Pick<Exchanger, 'answer'>,
  exchange: Exchange,
  signal: AbortSignal | undefined,
): Promise<AnsweredWhole> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted(signal.reason));
      return;
    }
    const onAbort = (): void => {
      ticket.leave();
      reject(aborted(signal?.reason));
    };
    const fail = (error: RouterError): void => {
      signal?.removeEventListener('abort', onAbort);
      reject(error);
    };
    // Before it is asked: an answer from memory is there at once.
    signal?.addEventListener('abort', onAbort, { once: true });
    const ticket = exchanger.answer(exchange, {
      whole(head, body) {
        if (head.status !== 200) {
          const error = formats[exchange.protocol].decodeError(head.status, parseObject(body.toString()));
          fail(upstreamRefused(head.provider, error));
          return;
        }
        signal?.removeEventListener('abort', onAbort);
        resolve({ head, body });
      },
      start() {},
      data: () => true,
      end() {},
      fail,
    });
  });
}

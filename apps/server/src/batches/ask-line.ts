import { type AnswerHead, type Exchange, formats, type Hotpath, type RouterError, type Usage } from '@hotpath/runtime';
import { isRefusal } from '../keys/authenticate.ts';
import type { Admission, Gatekeeper } from '../keys/gatekeeper.ts';
import type { KeyRefusal } from '../keys/refusal.ts';
import { createSettlingSink } from '../keys/settling-sink.ts';
import { errorInfo } from '../reply-sink.ts';
import type { Outcome } from './dialect.ts';
import type { BatchUsage } from './records.ts';

/** A line on its way to a model. */
export interface LineExchange
  extends Pick<Exchange, 'protocol' | 'body' | 'headers' | 'agent' | 'deadlineAt' | 'credential'>,
    Required<Pick<Exchange, 'tenant' | 'requestId'>> {
  /** The virtual key that pays. */
  readonly keyId: string | null;
}

/** An answer, or why there is none; `retryAfterMs` where it is worth another try, NaN where nobody says when. */
export type Attempt = Outcome & { readonly retryAfterMs?: number; readonly isOurLimit?: boolean };

export interface Asked {
  /** Never rejects; undefined once it was left. */
  readonly attempt: Promise<Attempt | undefined>;
  /** Nobody waits for the answer any more. */
  leave(): void;
}

export interface AskOptions {
  readonly router: Pick<Hotpath['router'], 'answer'>;
  readonly gatekeeper?: Pick<Gatekeeper, 'admitKey'> | undefined;
  /** The cost of tokens, US dollars. */
  readonly costOf: (model: string, usage: Usage, provider: string) => number | undefined;
}

export type Ask = (line: LineExchange, onLane: (lane: 'batch' | 'live') => void) => Asked;

const usageOf = ({ usage }: AnswerHead): BatchUsage | undefined =>
  usage && {
    input: usage.inputTokens,
    cached: usage.cachedInputTokens ?? 0,
    output: usage.outputTokens,
    reasoning: usage.reasoningTokens ?? 0,
  };

const mayPass = (status: number): boolean => status >= 500 || [408, 409, 425, 429].includes(status);

const untilRetry = (header: string | undefined): number =>
  header !== undefined && /^\d+$/.test(header) ? Number(header) * 1000 : Number.NaN;

/** Has the router answer single lines, each admitted, limited and paid for as a request of its own. */
export const createAsk = ({ router, gatekeeper, costOf }: AskOptions): Ask => {
  const refused = (line: LineExchange, { error, headers }: KeyRefusal): Attempt => ({
    kind: 'errored',
    status: error.status,
    requestId: line.requestId,
    body: Buffer.from(JSON.stringify(formats[line.protocol].encodeError(error))),
    // What other calls only hold, or cannot be looked up, will be there in a moment; a used-up budget will not.
    ...(headers['retry-after'] !== undefined &&
      headers['x-should-retry'] === undefined && {
        retryAfterMs: untilRetry(headers['retry-after']),
        isOurLimit: true,
      }),
  });

  const answered = (line: LineExchange, head: AnswerHead, body: Buffer): Attempt => {
    const { status } = head;
    const usage = usageOf(head);
    if (status < 400) {
      return { kind: 'succeeded', status, requestId: line.requestId, body, ...(usage && { usage }) };
    }
    return {
      kind: 'errored',
      status,
      requestId: line.requestId,
      body,
      ...(mayPass(status) && { retryAfterMs: untilRetry(head.headers['retry-after']) }),
    };
  };

  const failed = (line: LineExchange, error: RouterError): Attempt => {
    const info = errorInfo(error);
    return {
      kind: 'errored',
      status: info.status,
      requestId: line.requestId,
      body: Buffer.from(JSON.stringify(formats[line.protocol].encodeError(info))),
      ...(error.isRetryable && { retryAfterMs: error.retryAfterMs ?? Number.NaN }),
      ...(error.code === 'ROUTER_LIMITED' && { isOurLimit: true }),
    };
  };

  return (line, onLane) => {
    const { promise, resolve } = Promise.withResolvers<Attempt | undefined>();
    let hasLeft = false;
    let leaveRouter = (): void => {};

    const send = (admission: Admission | undefined): void => {
      const { keyId, tenant, ...rest } = line;
      const exchange: Exchange = {
        ...rest,
        ...(keyId !== null && { keyId }),
        tenant: admission?.key ? admission.tenant : tenant,
        ...(admission && admission.limits.length > 0 && { limits: admission.limits }),
        onLane,
      };
      let started: AnswerHead | undefined;
      const pieces: Buffer[] = [];
      const sink = {
        whole: (head: AnswerHead, body: Buffer) => resolve(answered(line, head, body)),
        start(head: AnswerHead) {
          started = head;
        },
        data(chunk: Buffer) {
          pieces.push(chunk);
          return true;
        },
        end() {
          if (started) resolve(answered(line, started, Buffer.concat(pieces)));
        },
        fail: (error: RouterError) => resolve(failed(line, error)),
      };
      const paid =
        admission?.key && createSettlingSink(sink, { settle: admission.settle, leftUsd: admission.leftUsd, costOf });
      const ticket = router.answer(exchange, paid ?? sink);
      leaveRouter = () => {
        const cost = ticket.leave();
        paid?.left(cost);
      };
    };

    const decide = (verdict: Admission | KeyRefusal): void => {
      if (isRefusal(verdict)) resolve(refused(line, verdict));
      else if (hasLeft) verdict.settle(0);
      else send(verdict);
    };
    if (gatekeeper) {
      const verdict = gatekeeper.admitKey(line.keyId, line.tenant, line.protocol, line.body);
      if (verdict instanceof Promise) void verdict.then(decide);
      else decide(verdict);
    } else send(undefined);

    return {
      attempt: promise,
      leave() {
        if (hasLeft) return;
        hasLeft = true;
        resolve(undefined);
        leaveRouter();
      },
    };
  };
};

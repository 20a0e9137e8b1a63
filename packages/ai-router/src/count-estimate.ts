import { type FailureKind, failureKind } from './attempts/failure-kind.ts';
import { RouterError, type RouterErrorFields } from './errors.ts';
import type { AnswerHead, AnswerSink, Exchange } from './exchange.ts';
import { decodeTokenCount, encodeTokenCount, estimateTokens } from './formats/anthropic-messages/count-tokens.ts';
import { formats } from './formats/index.ts';
import { parseObject } from './formats/json.ts';
import { estimateInputTokens } from './limits/estimate.ts';
import type { Target } from './models.ts';
import { refuseTooMuch } from './translation-bound.ts';
import type { ErrorInfo, JsonObject } from './wire-format.ts';

/**
 * Answers a request to count tokens with our own estimate. Throws `ROUTER_REQUEST_INVALID` for what no provider could count
 * either.
 */
export function answerEstimate({ body }: Exchange, target: Target, sink: AnswerSink): void {
  sink.whole(headOf(target), bodyOf(body));
}

/**
 * Passes a provider's count on, and gives an estimate where the provider has no such endpoint or does not answer. What it
 * says of the request, the model or the key stays its word.
 */
export function withEstimate(sink: AnswerSink, { protocol, body }: Exchange, target: Target): AnswerSink {
  /** Returns whether it could be estimated. */
  const estimate = (told: Pick<AnswerHead, 'attempts'>): boolean => {
    let counted: Buffer;
    try {
      counted = bodyOf(body);
    } catch {
      return false;
    }
    sink.whole({ ...headOf(target), ...(told.attempts !== undefined && { attempts: told.attempts }) }, counted);
    return true;
  };
  return {
    whole(head, answer) {
      if (head.status >= 400) {
        const error = formats[protocol].decodeError(head.status, parseObject(answer.toString()));
        if (lacksCount(refusalOf(error)) && !namesModel(error) && estimate(head)) return;
      }
      sink.whole(head, answer);
    },
    fail(error) {
      if (!lacksCount(error) || !estimate({})) sink.fail(error);
    },
    start: (head) => sink.start(head),
    data: (chunk) => sink.data(chunk),
    end: (summary) => sink.end(summary),
  };
}

const headOf = ({ provider, model }: Target): AnswerHead => ({
  status: 200,
  contentType: 'application/json',
  headers: {},
  provider: provider.id,
  model,
  cache: 'bypass',
  estimate: true,
});

const bodyOf = (body: JsonObject): Buffer => Buffer.from(JSON.stringify(encodeTokenCount(countOf(body))));

function countOf(body: JsonObject): number {
  try {
    refuseTooMuch(body, 'anthropic-count-tokens');
    return estimateTokens(decodeTokenCount(body));
  } catch (error) {
    // What other protocols have no word for has tokens too: a rougher estimate takes them all.
    if (RouterError.isInstance(error) && error.code === 'ROUTER_FIELD_UNSUPPORTED') {
      return estimateInputTokens('anthropic-count-tokens', body);
    }
    throw error;
  }
}

/** Failures that say nothing of the request itself, nor of the right to make it. */
const ofTheEndpoint: ReadonlySet<FailureKind> = new Set([
  'not-found',
  'unsupported',
  'rate-limited',
  'rate-limited-untold',
  'server-error',
  'overloaded',
  'unreachable',
  'silent',
  'cut',
  'invalid-answer',
]);

const lacksCount = (error: RouterError): boolean => ofTheEndpoint.has(failureKind(error));

const refusalOf = ({ status, message, type, code }: ErrorInfo): RouterError => {
  const fields: RouterErrorFields = { status, type, ...(code !== undefined && { reason: code }) };
  return new RouterError('ROUTER_UPSTREAM_STATUS', message, fields);
};

/** The endpoint is there, the model is not: `model: claude-9` in Anthropic's words. */
const namesModel = ({ code, type, message }: ErrorInfo): boolean =>
  code === 'model_not_found' || (type === 'not_found_error' && /^model\b/i.test(message));

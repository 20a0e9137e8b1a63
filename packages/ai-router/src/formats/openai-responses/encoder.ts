import type { ErrorInfo, FinishReason, JsonObject, PartStart, StreamEncoder, Usage } from '../../wire-format.ts';
import { emptyResponse, responseId, seconds } from './answer.ts';
import { type EventWriter, type OpenItem, openItem } from './encoder-items.ts';
import { encodeStreamError } from './error.ts';
import { encodeFinish } from './finish.ts';
import { encodeUsage } from './usage.ts';

/**
 * Writes a response's events as OpenAI does: each item and each part of it begins, grows and is told whole; the last event
 * holds the whole response. An error is told twice: as the `error` event that OpenAI's SDKs throw, and as the failed
 * response that other clients wait for.
 */
export function createEncoder(now: () => number): StreamEncoder {
  let sequence = 0;
  let response: JsonObject | undefined;
  let id = '';
  let usage: Usage | undefined;
  let open: OpenItem | undefined;
  let ended = false;
  const output: JsonObject[] = [];
  const said = { calls: false, refuses: false };

  const writer: EventWriter = {
    event: (type, fields) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`,
    delta: (type, place, text, rest) =>
      `event: ${type}\ndata: {"type":"${type}","sequence_number":${sequence++},${place},"delta":${JSON.stringify(text)}${rest}}\n\n`,
  };

  const start = (givenId: string, model: string): string => {
    if (response) return '';
    id = givenId || responseId();
    response = emptyResponse(id, model, seconds(now));
    return writer.event('response.created', { response }) + writer.event('response.in_progress', { response });
  };

  const close = (status: string): string => {
    const ending = open?.end(status);
    open = undefined;
    if (ending?.item) output.push(ending.item);
    return ending?.text ?? '';
  };

  const begin = (part: PartStart): string => {
    said.calls ||= part.type === 'tool-call';
    said.refuses ||= part.type === 'refusal';
    if (open?.takes(part)) return open.begin(part);
    const closing = close('completed');
    open = openItem(part, { answerId: id, index: output.length, writer });
    return closing + open.begin(part);
  };

  const finish = (reason: FinishReason): string => {
    const ending = encodeFinish(reason, said);
    const closing = close(ending.status);
    const completed = ending.status === 'completed';
    return (
      closing +
      writer.event(`response.${ending.status}`, {
        response: {
          ...response,
          ...ending,
          ...(completed && { completed_at: seconds(now) }),
          output,
          usage: usage ? encodeUsage(usage) : null,
        },
      })
    );
  };

  const fail = (info: ErrorInfo): string => {
    const error = encodeStreamError(info);
    const { code, message, param, type } = error;
    const failed = { ...(response ?? emptyResponse(responseId(), '', seconds(now))), status: 'failed', output };
    return (
      writer.event('error', { code, message, param, error }) +
      writer.event('response.failed', { response: { ...failed, error: { code, message, param, type } } })
    );
  };

  return {
    push(event) {
      if (ended || event.type === 'ping') return '';
      if (event.type === 'error') {
        ended = true;
        return fail(event.error);
      }
      if (event.type === 'start') {
        usage = event.usage;
        return start(event.id, event.model);
      }
      const head = start('', '');
      if (event.type === 'part') return head + begin(event.part);
      if (event.type === 'delta') return head + (open?.delta(event.text) ?? '');
      if (event.type === 'proof') return head + (open?.prove(event.proof) ?? '');
      ended = true;
      usage = event.usage ?? usage;
      return head + finish(event.reason);
    },
  };
}

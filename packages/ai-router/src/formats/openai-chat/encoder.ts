import type { StreamEncoder, Usage } from '../../wire-format.ts';
import { completionId } from './answer.ts';
import { encodeError } from './error.ts';
import { encodeFinishReason } from './finish-reason.ts';
import { encodeUsage } from './usage.ts';

/** Writes chunks as OpenAI does: the role first, then text, the finish reason, usage if the client asked for it, `[DONE]`. */
export function createEncoder(streamUsage: boolean, now: () => number): StreamEncoder {
  let head = '';
  let tail = '';
  let usage: Usage | undefined;
  let ended = false;

  const start = (id: string, model: string): string => {
    const created = Math.floor(now() / 1000);
    const fields = JSON.stringify({ id: id || completionId(), object: 'chat.completion.chunk', created, model });
    head = `data: ${fields.slice(0, -1)},"choices":[`;
    tail = streamUsage ? '],"usage":null}\n\n' : ']}\n\n';
    return chunk('{"role":"assistant","content":"","refusal":null}', null);
  };
  // Written by hand: one chunk a token, and only the delta differs.
  const chunk = (delta: string, finishReason: string | null): string =>
    `${head}{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}${tail}`;
  const usageChunk = (): string =>
    streamUsage && usage ? `${head}],"usage":${JSON.stringify(encodeUsage(usage))}}\n\n` : '';

  return {
    push(event) {
      if (ended) return '';
      if (event.type === 'error') {
        ended = true;
        return `data: ${JSON.stringify(encodeError(event.error))}\n\n`;
      }
      if (event.type === 'start') {
        usage = event.usage;
        return head === '' ? start(event.id, event.model) : '';
      }
      const role = head === '' ? start('', '') : '';
      if (event.type === 'text') return `${role}${chunk(`{"content":${JSON.stringify(event.text)}}`, null)}`;
      ended = true;
      usage = event.usage ?? usage;
      return `${role}${chunk('{}', encodeFinishReason(event.reason))}${usageChunk()}data: [DONE]\n\n`;
    },
  };
}
